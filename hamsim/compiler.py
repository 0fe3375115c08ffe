"""From a description to the arrays of a `Network`, in time and memory linear in the synapses."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.bounds import Bounds
from hamsim.errors import CompileError, ExpressionError, HamsimError
from hamsim.lagrangians.families import formula_family
from hamsim.lagrangians.table import Lagrangian
from hamsim.memory import exceeds_memory
from hamsim.network import Connection, Floats, Group, Ints, Network, Record, Settings, Stimulus
from hamsim.spec.dump import dump
from hamsim.spec.load import load
from hamsim.spec.schema import ConnectionSpec, GroupSpec, LagrangianSpec, SimulationSpec, Spec
from hamsim.spec.values import is_random
from hamsim.wiring.blocks import End, make_block
from hamsim.wiring.values import one_a_neuron, stream

__all__ = ["as_network", "compile"]

# Entries of a block that are moved at once while blocks are put together; bounds the extra memory.
ENTRIES_AT_ONCE = 1_000_000


def as_network(source: Network | Spec | str | os.PathLike[str] | Mapping[str, Any]) -> Network:
    """A network as it is; anything that describes one, compiled."""
    return source if isinstance(source, Network) else compile(source)


def compile(
    source: Spec | str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | None = None,
) -> Network:
    """Turn a description into flat arrays.

    Parameters
    ----------
    source : Spec, path or dict
    overrides : mapping of str to value, optional
        Values to put in place of the source's, as ``{"groups.pixels.tau": 2}``.

    Returns
    -------
    Network
        Arrays in file order: groups as they stand in the file, each flattened in C order. Row i
        of W receives, column j sends. Read-only.

    Raises
    ------
    SpecError
        The description is wrong.
    CompileError
        A draw or a rule gave numbers that are not allowed.
    """
    if not isinstance(source, Spec | str | os.PathLike | Mapping):
        raise HamsimError(f"expected a Spec, a path or a dict, not {type(source).__name__}")
    spec = load(source, overrides)
    _refuse_huge(spec)
    starts = np.cumsum([0, *(group.count for group in spec.groups.values())]).tolist()
    groups = tuple(
        _group(spec, name, group, start)
        for (name, group), start in zip(spec.groups.items(), starts, strict=False)
    )
    connections, W = _connect(spec, groups)
    _locked(W)
    one_way = any(connection.kind == "from" for connection in connections)
    return Network(
        name=spec.name,
        description=spec.description,
        W=W,
        tau=_frozen(np.concatenate([_per_neuron(spec, group, "tau") for group in groups])),
        input=_frozen(np.concatenate([_per_neuron(spec, group, "input") for group in groups])),
        initial=_frozen(_initial(spec, groups)),
        groups=groups,
        connections=connections,
        stimuli=_stimuli(spec, groups),
        settings=_settings(spec.simulation),
        symmetric=not one_way or (W != W.T).nnz == 0,
        source=dump(spec),
    )


def _refuse_huge(spec: Spec) -> None:
    """Say so before the arrays of all neurons are made, if they cannot fit."""
    neurons = sum(group.count for group in spec.groups.values())
    wanted = 8.0 * neurons * (4 + (spec.simulation.trials or 1))
    if exceeds_memory(wanted):
        raise CompileError(f"{neurons:,} neurons need {wanted / 2**30:.1f} GiB of memory")


def _locked(block: csr_array) -> csr_array:
    for array in (block.data, block.indices, block.indptr):
        array.flags.writeable = False
    return block


def _frozen(array: Any) -> Any:
    array.flags.writeable = False
    return array


# --- neurons -----------------------------------------------------------------------------------


def _group(spec: Spec, name: str, group: GroupSpec, start: int) -> Group:
    shape, lagrangian = group.dimensions, group.lagrangian
    path = f"groups.{name}.lagrangian"
    parameters = {
        parameter.name: _frozen(
            one_a_neuron(
                lagrangian.parameters[parameter.name],
                shape,
                stream(spec.seed, "groups", name, "lagrangian", parameter.name),
                spec.files,
                f"{path}.{parameter.name}",
                bounds=parameter,
            )
        )
        for parameter in lagrangian.row.parameters
    }
    return Group(
        name=name,
        start=start,
        stop=start + group.count,
        shape=shape,
        family=_family(lagrangian, parameters, path),
        parameters=parameters,
        over=_axes(group),
        neuron_names=tuple(neuron.id for neuron in group.neurons or ()),
    )


def _family(lagrangian: LagrangianSpec, parameters: Mapping[str, Floats], path: str) -> Lagrangian:
    """The table's row, or what is known of a formula with these parameters."""
    if not lagrangian.expression:
        return lagrangian.row
    ranges = {key: (float(v.min()), float(v.max())) for key, v in parameters.items()}
    try:
        return formula_family(lagrangian.expression, ranges, lagrangian.domain)
    except ExpressionError as error:  # only what was drawn at random is not checked before
        raise CompileError(f"{path}.expression: {error}") from None


def _axes(group: GroupSpec) -> tuple[int, ...]:
    """Axes whose neurons share a Lagrangian; none for element-wise ones."""
    rank = len(group.dimensions)
    if group.lagrangian.row.additive:
        return ()
    over = group.lagrangian.over
    if over == "all":
        return tuple(range(rank))
    if over == "last":
        return (rank - 1,)
    return tuple(sorted(axis % rank for axis in over))


def _per_neuron(spec: Spec, group: Group, key: str, trials: int | None = None) -> Floats:
    part = spec.groups[group.name]
    values = one_a_neuron(
        getattr(part, key),
        group.shape,
        stream(spec.seed, "groups", group.name, key),
        spec.files,
        f"groups.{group.name}.{key}",
        trials=trials,
        bounds=Bounds(at_least=0.0) if key == "tau" else None,
    )
    for k, neuron in enumerate(part.neurons or ()):
        own = getattr(neuron, key)
        if own is not None:
            values[..., k] = own
    return values


def _initial(spec: Spec, groups: tuple[Group, ...]) -> Floats:
    """States at t = 0: (n,), or (trials, n) where anything has an axis for trials."""
    stated = {
        group.name: _per_neuron(spec, group, "initial")
        for group in groups
        if not is_random(spec.groups[group.name].initial)
    }
    trials = next((part.shape[0] for part in stated.values() if part.ndim == 2), None)
    trials = spec.simulation.trials if trials is None else trials
    parts = [
        stated[group.name] if group.name in stated else _per_neuron(spec, group, "initial", trials)
        for group in groups
    ]
    if trials is None:
        return np.concatenate(parts)
    return np.concatenate(
        [np.broadcast_to(part, (trials, part.shape[-1])) for part in parts], axis=1
    )


def _stimuli(spec: Spec, groups: tuple[Group, ...]) -> tuple[Stimulus, ...]:
    found = {group.name: group for group in groups}
    result = []
    for k, stimulus in enumerate(spec.stimuli):
        group, path = found[stimulus.group], f"stimuli[{k}]"
        rng = stream(spec.seed, path)
        value = one_a_neuron(
            stimulus.value, group.shape, rng, spec.files, f"{path}.value", spec.simulation.trials
        )
        neurons = np.arange(group.start, group.stop, dtype=np.int64)
        if stimulus.mask is not None:
            mask = one_a_neuron(stimulus.mask, group.shape, rng, spec.files, f"{path}.mask") != 0
            neurons, value = neurons[mask], value[..., mask]
        stop = np.inf if stimulus.stop is None else stimulus.stop
        result.append(
            Stimulus(stimulus.mode, _frozen(neurons), _frozen(value), stimulus.start, stop)
        )
    return tuple(result)


def _settings(simulation: SimulationSpec) -> Settings:
    def number(value: float | str) -> float | None:
        return None if isinstance(value, str) else value

    record = simulation.record
    return Settings(
        method=simulation.method,
        dt=number(simulation.dt),
        t_end=number(simulation.t_end),
        residual=None if simulation.until is None else simulation.until.residual,
        record=Record(
            record.every,
            record.what,
            None if record.groups in (None, ("all",)) else record.groups,
        ),
    )


# --- synapses ----------------------------------------------------------------------------------


class _Blocks:
    """Blocks of W by pairs of groups; those that meet are added in the order of the file.

    Adding in one order for both directions keeps W exactly symmetric.
    """

    def __init__(self) -> None:
        self.blocks: dict[tuple[int, int], csr_array] = {}
        self.owners: dict[tuple[int, int], list[int]] = {}

    def add(self, row: int, column: int, block: csr_array, owner: int) -> None:
        """Add W[row group, column group] of a connection."""
        pair = (row, column)
        self.owners.setdefault(pair, []).append(owner)
        present = self.blocks.get(pair)
        self.blocks[pair] = block if present is None else present + block


def _connect(spec: Spec, groups: tuple[Group, ...]) -> tuple[tuple[Connection, ...], csr_array]:
    number = {group.name: k for k, group in enumerate(groups)}
    collected = _Blocks()
    whole: list[csr_array] = []
    taken = {part.name for part in spec.connections if part.name is not None}
    seen: Counter[tuple[str, ...]] = Counter()
    connections: list[Connection] = []
    for k, part in enumerate(spec.connections):
        rows, columns = (_end(spec, groups, end) for end in part.ends)
        name = _name(part, rows, columns, taken)
        taken.add(name)
        place = (part.kind, *rows.names, "and", *columns.names)
        rng = stream(spec.seed, *place, str(seen[place]))
        seen[place] += 1
        block = make_block(part, rows, columns, rng, spec.files, f"connections[{k}].weights")
        connections.append(Connection(name, part.kind, rows.names, columns.names))
        whole.append(block)
        _cut(collected, groups, number, rows, columns, block, k, part.kind == "between")
    shared = {owner for owners in collected.owners.values() if len(owners) > 1 for owner in owners}
    kept = {k: whole[k] for k in shared}
    whole.clear()
    W = _assemble(collected.blocks, groups)
    return tuple(
        replace(connection, block=_locked(kept[k]) if k in kept else None)
        for k, connection in enumerate(connections)
    ), W


def _end(spec: Spec, groups: tuple[Group, ...], end: tuple[str, ...]) -> End:
    chosen = [group for group in groups if end == ("all",) or group.name in end]
    neurons: Ints = np.concatenate([np.arange(g.start, g.stop, dtype=np.int64) for g in chosen])
    shape = chosen[0].shape if len(chosen) == 1 else (int(neurons.size),)
    return End(tuple(group.name for group in chosen), neurons, shape)


def _name(part: ConnectionSpec, rows: End, columns: End, taken: set[str]) -> str:
    if part.name is not None:
        return part.name
    first, second = "+".join(rows.names), "+".join(columns.names)
    name = f"{second}->{first}" if part.kind == "from" else f"{first}-{second}"
    candidate, k = name, 2
    while candidate in taken:
        candidate, k = f"{name}#{k}", k + 1
    return candidate


def _cut(
    collected: _Blocks,
    groups: tuple[Group, ...],
    number: dict[str, int],
    rows: End,
    columns: End,
    block: csr_array,
    owner: int,
    both_ways: bool,
) -> None:
    """Cut a block at the borders of groups."""
    top = 0
    for row_name in rows.names:
        row = groups[number[row_name]]
        strip = block if len(rows.names) == 1 else block[top : top + row.size]
        top += row.size
        left = 0
        for column_name in columns.names:
            column = groups[number[column_name]]
            piece = strip if len(columns.names) == 1 else strip[:, left : left + column.size]
            left += column.size
            pair = number[row_name], number[column_name]
            collected.add(*pair, piece, owner)
            if both_ways:
                collected.add(pair[1], pair[0], piece.T.tocsr(), owner)


def _assemble(blocks: dict[tuple[int, int], csr_array], groups: tuple[Group, ...]) -> csr_array:
    """Put blocks together; each is let go as soon as it is copied."""
    n = groups[-1].stop
    if len(groups) == 1 and len(blocks) == 1:
        return _canonical(blocks.popitem()[1])
    counts = np.zeros(n + 1, dtype=np.int64)
    for (row, _), block in blocks.items():
        counts[groups[row].start + 1 : groups[row].stop + 1] += np.diff(block.indptr)
    indptr = np.cumsum(counts)
    nnz = int(indptr[-1])
    index = np.int32 if nnz < 2**31 and n < 2**31 else np.int64
    indices, data = np.empty(nnz, dtype=index), np.empty(nnz)
    filled = indptr[:-1].copy()
    # Blocks of a row in the order of their columns, so that the indices come out sorted.
    for pair in sorted(blocks, key=lambda pair: groups[pair[1]].start):
        rows, columns = groups[pair[0]].slice, groups[pair[1]].slice
        _fill(_canonical(blocks.pop(pair)), filled[rows], columns.start, indices, data)
    return csr_array((data, indices, indptr.astype(index)), shape=(n, n))


def _canonical(block: csr_array) -> csr_array:
    block.sum_duplicates()
    block.eliminate_zeros()
    if not np.all(np.isfinite(block.data)):
        raise CompileError("connections: weights that meet add up to more than a number can hold")
    return block


def _fill(block: csr_array, filled: Ints, offset: int, indices: Any, data: Floats) -> None:
    """Copy a block to where its rows continue in the result; moves `filled` on."""
    lengths = np.diff(block.indptr).astype(np.int64)
    shift = filled - block.indptr[:-1]
    filled += lengths
    first = 0
    while first < lengths.size:
        limit = int(block.indptr[first]) + ENTRIES_AT_ONCE
        last = max(first + 1, int(np.searchsorted(block.indptr, limit, side="right")) - 1)
        start, stop = int(block.indptr[first]), int(block.indptr[last])
        place = np.repeat(shift[first:last], lengths[first:last])
        place += np.arange(start, stop)
        indices[place] = block.indices[start:stop] + offset
        data[place] = block.data[start:stop]
        first = last
