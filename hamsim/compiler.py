"""From a description to the arrays of a `Network`, in time and memory linear in the synapses."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.bounds import Bounds
from hamsim.errors import CompileError, ExpressionError
from hamsim.lagrangians.families import formula_family
from hamsim.lagrangians.table import Lagrangian
from hamsim.memory import exceeds_memory, in_words
from hamsim.network import Floats, Group, Network, Record, Settings, Stimulus
from hamsim.spec.dump import dump
from hamsim.spec.ends import End
from hamsim.spec.forms import neuron_form
from hamsim.spec.load import load
from hamsim.spec.schema import GroupSpec, LagrangianSpec, SimulationSpec, Spec
from hamsim.spec.values import is_random
from hamsim.wiring.connect import connect
from hamsim.wiring.values import one_a_neuron, stream

__all__ = ["as_network", "compile"]


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
    spec = load(source, overrides)
    _refuse_huge(spec)
    starts = np.cumsum([0, *(group.count for group in spec.groups.values())]).tolist()
    groups = tuple(
        _group(spec, name, group, start)
        for (name, group), start in zip(spec.groups.items(), starts, strict=False)
    )
    connections, W, added = connect(spec, groups)
    own = np.concatenate([_per_neuron(spec, group, "input") for group in groups])
    one_way = any(connection.kind == "from" for connection in connections)
    return Network(
        name=spec.name,
        description=spec.description,
        W=W,
        tau=_frozen(np.concatenate([_per_neuron(spec, group, "tau") for group in groups])),
        input=_frozen(own + added if np.any(added) else own),
        initial=_frozen(_initial(spec, groups)),
        groups=groups,
        connections=connections,
        stimuli=_stimuli(spec, groups),
        settings=_settings(spec.simulation),
        symmetric=not one_way or _is_symmetric(W),
        source=dump(spec),
    )


def _refuse_huge(spec: Spec) -> None:
    """Say so before the arrays of all neurons are made, if they cannot fit."""
    neurons = sum(group.count for group in spec.groups.values())
    trials = spec.simulation.trials or 1
    # Of each trial the first states, those of a step and what is made of them.
    wanted = 8.0 * neurons * (4 + (1 if trials == 1 else 3 * trials))
    if exceeds_memory(wanted):
        what = f"{neurons:,} neurons" + (f" in {trials:,} trials" if trials > 1 else "")
        raise CompileError(f"{what} need {in_words(wanted)} of memory, more than there is")


def _is_symmetric(W: csr_array) -> bool:
    turned = W.T.tocsr()  # with sorted rows, as W has
    return all(
        np.array_equal(getattr(W, part), getattr(turned, part))
        for part in ("indptr", "indices", "data")
    )


def _frozen(array: Any) -> Any:
    array.flags.writeable = False
    return array


# --- neurons -----------------------------------------------------------------------------------


def _group(spec: Spec, name: str, group: GroupSpec, start: int) -> Group:
    shape, lagrangian = group.dimensions, group.lagrangian
    path = f"groups.{name}.lagrangian"
    form = neuron_form(End([name], [group]))
    parameters = {
        parameter.name: _frozen(
            one_a_neuron(
                lagrangian.parameters[parameter.name],
                shape,
                stream(spec.seed, "groups", name, "lagrangian", parameter.name),
                spec.files,
                f"{path}.{parameter.name}",
                bounds=parameter,
                form=form,
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
        form=neuron_form(End([group.name], [part]), trials=key == "initial"),
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
        end = End([group.name], [spec.groups[group.name]])
        value = one_a_neuron(
            stimulus.value,
            group.shape,
            rng,
            spec.files,
            f"{path}.value",
            spec.simulation.trials,
            form=neuron_form(end, trials=True),
        )
        neurons = np.arange(group.start, group.stop, dtype=np.int64)
        if stimulus.mask is not None:
            form = neuron_form(end)
            mask = one_a_neuron(
                stimulus.mask, group.shape, rng, spec.files, f"{path}.mask", form=form
            )
            mask = mask != 0
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
        energy=simulation.energy,
        record=Record(
            record.every,
            record.what,
            None if record.groups in (None, ("all",)) else record.groups,
        ),
    )
