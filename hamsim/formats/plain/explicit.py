"""A compiled network as a description that leaves nothing open: only numbers and names.

No files, no draws, no expressions, no rules: every synapse stands there with its weight. Compiled
again it gives the same network, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.sparse import triu

from hamsim.arrays import Floats, Ints
from hamsim.formats.plain.overtime import is_stated_over_time, own_input, stimuli_over_time
from hamsim.formats.plain.ranges import ranges_of
from hamsim.lazy import LazyText, unread
from hamsim.network import Connection, Group, Network, OverTime, Settings, Stimulus
from hamsim.placement import Placement
from hamsim.spec.dump import stated
from hamsim.spec.ends import is_numeral

__all__ = [
    "by_position",
    "compact",
    "compact_initial",
    "describe",
    "edge_columns",
    "edges",
    "listed",
    "outline",
]

# Nested lists of a description have at most this many axes, of which trials take one.
MAX_AXES = 8


def describe(network: Network) -> dict[str, Any]:
    """The whole network in the format ``hamsim/1``.

    Parameters
    ----------
    network : Network

    Returns
    -------
    dict
        For `hamsim.compile`, which makes the same network of it. Weights are
        ``{edges: [[a, b, weight], ...]}`` by the numbers of neurons within the connection's ends.

    Notes
    -----
    Linear in the synapses, with one small list for each: up to some millions.
    """
    description = outline(network, inputs=True)
    connections = description.get("connections", [])
    for part, connection in zip(connections, network.connections, strict=True):
        part["weights"] = listed(network, connection)
    return description


def outline(network: Network, inputs: bool = False) -> dict[str, Any]:
    """The same description as that of `describe`, but connections have no weights yet.

    Parameters
    ----------
    network : Network
    inputs : bool
        Whether inputs that change over time stand with their groups where that is possible;
        stimuli do the same.
    """
    said = stated(_text(network), "references", "seed", "stimuli", "simulation")
    domains = _domains(network)
    groups = {group.name: _group(network, group, domains) for group in network.groups}
    own: set[str] = set()
    for group in network.groups if inputs and network.over_time else ():
        if (moving := own_input(network, group)) is not None:
            groups[group.name]["input"] = moving
            own.add(group.name)
    description: dict[str, Any] = {
        "format": "hamsim/1",
        **({"name": network.name} if network.name else {}),
        **({"description": network.description} if network.description else {}),
        **{key: said[key] for key in ("references", "seed") if key in said},
        "groups": groups,
        "connections": [_connection(network, connection) for connection in network.connections],
        "stimuli": _stimuli(network, said.get("stimuli") or [], own),
        "simulation": _simulation(network, said.get("simulation") or {}),
    }
    return {key: value for key, value in description.items() if value not in ([], {})}


# --- values ------------------------------------------------------------------------------------


def compact(values: Floats, shape: tuple[int, ...]) -> Any:
    """One number where all are the same to the bit, otherwise lists in the group's shape.

    Parameters
    ----------
    values : ndarray, shape (n,) or (trials, n)
    shape : tuple of int
        Of the group, with n neurons.
    """
    if values.ndim == 1 and _same(values):
        return float(values[0])
    return _listed(values, shape)


def compact_initial(values: Floats, shape: tuple[int, ...]) -> Any:
    """The same for states at t = 0, whose number of trials stands in the simulation block."""
    alike = values.ndim == 2 and np.all(values.view(np.int64) == values[:1].view(np.int64))
    return compact(np.ascontiguousarray(values[0]) if alike else values, shape)


def _listed(values: Floats, shape: tuple[int, ...]) -> Any:
    if len(shape) >= MAX_AXES:
        return values.tolist()
    return values.reshape(*values.shape[:-1], *shape).tolist()


def _same(values: Floats) -> bool:
    bits = values.view(np.int64)  # 0.0 and -0.0 differ
    return bool(np.all(bits == bits[:1]))


# --- groups ------------------------------------------------------------------------------------


def _group(network: Network, group: Group, domains: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = {}
    if group.neuron_names:
        part["neurons"] = list(group.neuron_names)
    if group.shape != (len(group.neuron_names),):
        part["shape"] = list(group.shape)
    return {
        **part,
        "lagrangian": _lagrangian(group, domains.get(group.name)),
        "tau": compact(network.tau[group.slice], group.shape),
        "input": compact(network.input[group.slice], group.shape),
        "initial": compact_initial(network.initial[..., group.slice], group.shape),
        **_noise(network, group),
    }


def _noise(network: Network, group: Group) -> dict[str, Any]:
    """Noise of a group, if anything is said of it."""
    own = {} if network.noise is None else network.noise._asdict()
    own = {key: values[group.slice] for key, values in own.items()}
    if not any(values.any() for values in own.values()):
        return {}
    return {"noise": {key: compact(values, group.shape) for key, values in own.items()}}


def _lagrangian(group: Group, domain: Any) -> Any:
    family = group.family
    part: dict[str, Any] = {"kind": family.name}
    if family.formula:
        part = {"expression": family.formula}
    if domain is not None:
        part["domain"] = domain
    for name, values in group.parameters.items():
        part[name] = compact(values, group.shape)
    if not family.additive and len(group.over) < len(group.shape):
        part["over"] = list(group.over)
    return family.name if list(part) == ["kind"] else part


def _text(network: Network) -> str | LazyText:
    """The description that a network came from, of which values may have changed since."""
    return unread(network, "source") or unread(network, "origin")


def _domains(network: Network) -> dict[str, Any]:
    """States for which formulas are meant, by group; the network does not keep them."""
    if not any(group.family.formula for group in network.groups):
        return {}
    groups = stated(_text(network), "groups").get("groups") or {}
    return {
        name: group["lagrangian"]["domain"]
        for name, group in groups.items()
        if isinstance(group["lagrangian"], dict) and "domain" in group["lagrangian"]
    }


# --- connections -------------------------------------------------------------------------------


def _connection(network: Network, connection: Connection) -> dict[str, Any]:
    rows, columns = _end(connection.rows), _end(connection.columns)
    part: dict[str, Any] = {"name": connection.name, **_delay(network, connection)}
    if connection.kind == "gate":
        return {**part, "gate": _end(connection.gate), "between": [rows, columns]}
    if connection.kind == "between":
        return {**part, "between": [rows, columns]}
    part |= {"within": rows} if connection.kind == "within" else {"from": columns, "to": rows}
    if set(connection.rows) & set(connection.columns):
        entries = network.block(connection).tocoo()
        receivers, senders = network.neurons(connection.rows), network.neurons(connection.columns)
        if np.any(receivers[entries.row] == senders[entries.col]):
            part["self_connections"] = True
    return part


def _delay(network: Network, connection: Connection) -> dict[str, Any]:
    """The delay of a connection, if it has one; one a synapse of those whose weight is not 0."""
    if isinstance(connection.delay, float):
        return {"delay": connection.delay} if connection.delay else {}
    there = network.block(connection).data != 0.0
    return {"delay": np.asarray(connection.delay)[there].tolist()}


def _end(names: Sequence[str]) -> Any:
    return names[0] if len(names) == 1 else list(names)


def listed(network: Network, connection: Connection) -> dict[str, Any]:
    """The weights of one connection: its edges by the numbers of neurons within the ends."""
    return {"edges": edges(network, connection), **by_position(network, connection)}


def by_position(network: Network, connection: Connection) -> dict[str, str]:
    """What says that numbers are positions, where they could be names of neurons as well."""
    ends = {*connection.rows, *connection.columns, *connection.gate}
    names = (name for end in ends for name in network.group(end).neuron_names)
    return {"by": "position"} if any(map(is_numeral, names)) else {}


def edges(network: Network, connection: Connection) -> list[list[Any]]:
    """Synapses of one connection, each once, as a file lists them.

    Returns
    -------
    list of [a, b, weight]
        By numbers within the ends: of ``between`` the first and the second, of ``from`` sender
        and receiver; of a gating connection [a, b, gate, weight].
    """
    columns = (column.tolist() for column in edge_columns(network, connection))
    return [list(edge) for edge in zip(*columns, strict=True)]


def edge_columns(network: Network, connection: Connection) -> list[Any]:
    """The same as one array for each end, and one for the weights."""
    if connection.triples is not None:
        ends = (connection.rows, connection.columns, connection.gate)
        pairs = zip(ends, connection.triples[:3], strict=True)
        places = [_within(network, names)[neurons] for names, neurons in pairs]
        return [*places, connection.triples.weights]
    block = network.block(connection)
    entries = (triu(block) if connection.kind == "within" else block).tocoo()
    if connection.kind == "from":
        return [entries.col, entries.row, entries.data]
    return [entries.row, entries.col, entries.data]


def _within(network: Network, names: Sequence[str]) -> Ints:
    """For each neuron of the network its number within an end."""
    numbers = np.full(network.n_neurons, -1, dtype=np.int64)
    neurons = network.neurons(names)
    numbers[neurons] = np.arange(neurons.size)
    return numbers


# --- stimuli and simulation --------------------------------------------------------------------


def _stimuli(network: Network, said: list[dict[str, Any]], own: set[str]) -> list[dict[str, Any]]:
    """All stimuli in their order, and inputs over time of groups that are not among these."""
    constant = [part for part in said if not is_stated_over_time(part.get("value"))]
    stated_ones = iter(constant or [{}] * len(network.stimuli))
    parts: list[dict[str, Any]] = []
    for each in network.acting:
        if isinstance(each, OverTime):
            parts += stimuli_over_time(network, each, own)
        else:
            parts += _stimulus(network, each, next(stated_ones))
    return parts


def _stimulus(
    network: Network, stimulus: Stimulus, stated: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """A stimulus of the neurons of one group after another, which is the same as of all at once."""
    for group in _stimulated(network, stimulus, stated):
        here = (group.start <= stimulus.neurons) & (stimulus.neurons < group.stop)
        places, value = stimulus.neurons[here] - group.start, stimulus.value[..., here]
        part: dict[str, Any] = {"group": group.name, "mode": stimulus.mode}
        if value.ndim == 1 and _same(value):
            part["value"] = float(value[0]) if value.size else 0.0
        else:
            values = np.zeros((*value.shape[:-1], group.size))
            values[..., places] = value
            part["value"] = _listed(values, group.shape)
        if places.size < group.size:
            mask = np.zeros(group.size)
            mask[places] = 1.0
            part["mask"] = compact(mask, group.shape)
        part["start"] = float(stimulus.start)
        if np.isfinite(stimulus.stop):
            part["stop"] = float(stimulus.stop)
        yield part


def _stimulated(network: Network, stimulus: Stimulus, stated: dict[str, Any]) -> list[Group]:
    """The groups of a stimulus, also of one whose mask leaves no neuron."""
    if "group" in stated:
        return [network.group(stated["group"])]
    starts = [group.start for group in network.groups]
    found = np.unique(np.searchsorted(starts, stimulus.neurons, side="right") - 1)
    return [network.groups[k] for k in found] or [network.groups[0]]


def _recorded(network: Network, names: Sequence[str | int] | None) -> list[str] | None:
    """Neurons by their places, which can still be told when others have gone."""
    if names is None:
        return None
    groups = Placement({group.name: group.size for group in network.groups})
    return ranges_of(network.neurons(names), groups)


def _simulation(network: Network, stated: dict[str, Any]) -> dict[str, Any]:
    settings: Settings = network.settings
    part: dict[str, Any] = {**stated, "method": settings.method}
    for key in ("dt", "t_end", "rtol", "atol"):
        part[key] = "auto" if getattr(settings, key) is None else getattr(settings, key)
    if until := settings.until.to_dict():
        part["until"] = until
    if settings.record is not None:
        record = settings.record
        part["record"] = {
            "every": record.every,
            "what": list(record.what),
            "groups": None if record.groups is None else _end(record.groups),
            "neurons": _recorded(network, record.neurons),
            "start": record.start or None,
        }
        part["record"] = {key: value for key, value in part["record"].items() if value is not None}
    if network.initial.ndim == 2:
        part["trials"] = int(network.initial.shape[0])
    return part
