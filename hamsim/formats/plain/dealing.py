"""The entries of a weight matrix, dealt out to the connections of a description.

The reverse of what compiling does: there blocks of connections make up the matrix, here the matrix
is cut into what each connection holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.placement import Placement

__all__ = ["OPEN", "Synapses", "add_connection", "deal_out", "ends_of"]

# Owner of a synapse of which nobody has said to which connection it belongs.
OPEN = -1
# Synapses of which a connection keeps an account of its own.
_CLOSED = -2


class Synapses(NamedTuple):
    """Entries of W.

    Parameters
    ----------
    receivers, senders : ndarray of int, shape (entries,)
        Numbers of neurons in the network.
    weights : ndarray, shape (entries,)
    owners : ndarray of int, shape (entries,)
        Number of the connection, or `OPEN`.
    delays : ndarray, shape (entries,)
        NaN where the connection's holds.
    """

    receivers: Ints
    senders: Ints
    weights: Floats
    owners: Ints
    delays: Floats


def ends_of(connection: Mapping[str, Any], names: Sequence[str]) -> list[list[str]]:
    """Groups at the ends: of rows, which receive, of columns, which send, and of a gate."""
    if "within" in connection:
        ends = [connection["within"]] * 2
    elif "between" in connection:
        ends = [*connection["between"], *([connection["gate"]] if "gate" in connection else [])]
    else:
        ends = [connection["to"], connection["from"]]
    lists = [[end] if isinstance(end, str) else list(end) for end in ends]
    return [list(names) if end == ["all"] else end for end in lists]


def add_connection(
    connections: list[dict[str, Any]], name: str | None, directed: bool = False
) -> int:
    """Append a connection of all neurons, without weights; its number."""
    ends = {"from": "all", "to": "all"} if directed else {"within": "all"}
    connections.append({**({} if name is None else {"name": name}), **ends})
    return len(connections) - 1


def deal_out(
    connections: Sequence[Mapping[str, Any]], places: Placement, synapses: Synapses
) -> list[dict[str, Any]]:
    """Give every connection without weights those of its synapses.

    Parameters
    ----------
    connections : sequence of dict
        As in a file. Those with weights keep them, and take no synapses.
    places : Placement
    synapses : Synapses
        A synapse whose owner does not connect the two groups goes to the first connection that
        does. Several of one connection between the same two neurons are added up.

    Returns
    -------
    list of dict
        As in a file. A symmetric connection whose synapses are not the same both ways has become
        one-way; synapses that no connection of these can hold are in one more, named `added`.
    """
    parts = [dict(connection) for connection in connections]
    owners = _owners(parts, places, synapses)
    if np.any(owners == OPEN):
        names = {part.get("name") for part in parts}
        name = next(name for name in _numbered("added") if name not in names)
        owners[owners == OPEN] = add_connection(parts, name)
    synapses = _added_up(synapses._replace(owners=owners))
    order = np.argsort(synapses.owners, kind="stable")
    owners = synapses.owners
    bounds = np.searchsorted(owners[order], np.arange(len(parts) + 1))
    for k, part in enumerate(parts):
        if "weights" not in part:
            own = order[bounds[k] : bounds[k + 1]]
            i, j = synapses.receivers[own], synapses.senders[own]
            weights, delays = synapses.weights[own], synapses.delays[own]
            parts[k] = _with_weights(part, places, i, j, weights, delays)
    return parts


def _numbered(name: str) -> Any:
    yield name
    k = 2
    while True:
        yield f"{name}#{k}"
        k += 1


def _owners(parts: Sequence[Mapping[str, Any]], places: Placement, synapses: Synapses) -> Ints:
    """Connection of each synapse: its owner where that connects the groups, else another."""
    count = len(places.names)
    pairs: list[set[int]] = []
    first: dict[int, int] = {}
    for k, part in enumerate(parts):
        pairs.append(set())
        if "gate" in part:
            continue
        rows, columns = (
            [places.number[name] for name in end] for end in ends_of(part, places.names)
        )
        joined = [(row, column) for row in rows for column in columns]
        if "between" in part:
            joined += [(column, row) for row, column in joined]
        for row, column in joined:
            pair = row * count + column
            if "weights" in part:
                first[pair] = _CLOSED
            else:
                pairs[k].add(pair)
                first.setdefault(pair, k)
    at = places.groups(synapses.receivers) * count + places.groups(synapses.senders)
    asked = np.stack([at, synapses.owners], axis=1)
    kinds, which = np.unique(asked, axis=0, return_inverse=True)
    found = [
        owner if owner >= 0 and pair in pairs[owner] else first.get(pair, OPEN)
        for pair, owner in kinds.tolist()
    ]
    return np.array(found, dtype=np.int64)[which.reshape(-1)]


def _added_up(synapses: Synapses) -> Synapses:
    """Without synapses of one owner that lead from and to the same neurons more than once."""
    i, j, weights, owners, delays = synapses
    order = np.lexsort((j, i, owners))
    first = np.ones(order.size, dtype=bool)
    for part in (i, j, owners):
        sorted_part = part[order]
        first[1:] &= sorted_part[1:] == sorted_part[:-1]
    first[1:] = ~first[1:]
    if first.all():
        return synapses
    total = np.zeros(np.count_nonzero(first))
    np.add.at(total, np.cumsum(first) - 1, weights[order])
    kept = order[first]
    return Synapses(i[kept], j[kept], total, owners[kept], delays[kept])


def _with_weights(
    part: dict[str, Any], places: Placement, i: Ints, j: Ints, weights: Floats, delays: Floats
) -> dict[str, Any]:
    """A connection with the synapses from neurons j to neurons i."""
    rows, columns = ends_of(part, places.names)
    delays = _own_delays(part, delays)
    if "between" in part:
        back = _within(places, rows, j), _within(places, columns, i)
        a, b = _within(places, rows, i), _within(places, columns, j)
        forward = a >= 0
        a, b = np.where(forward, a, back[0]), np.where(forward, b, back[1])
        if _both_ways(a, b, (weights, delays), forward):
            some = a[forward], b[forward], weights[forward]
            return _listed(_late(part, *some, delays[forward]), *some)
        both = [name for name in places.names if name in rows or name in columns]
        part, rows, columns = _one_way(part, both), both, both
    elif "within" in part:
        a, b = _within(places, rows, i), _within(places, rows, j)
        above = a <= b
        low, high = np.minimum(a, b), np.maximum(a, b)
        if _both_ways(low, high, (weights, delays), above, a == b):
            part = _late(part, a, b, weights, delays)
            return _self(_listed(part, low[above], high[above], weights[above]), i, j)
        part = _one_way(part, rows)
    a, b = _within(places, rows, i), _within(places, columns, j)
    part = _listed(_late(part, a, b, weights, delays), b, a, weights)
    return _self(part, i, j)


def _within(places: Placement, end: Sequence[str], neurons: Ints) -> Ints:
    """Numbers of neurons within an end that has them; -1 for those that it does not have."""
    return places.into(places.only(end), neurons)


def _own_delays(part: dict[str, Any], delays: Floats) -> Floats:
    """Delays of all synapses of a connection, of which `_late` tells; 0 where its own holds."""
    whole = part.get("delay", 0.0)
    if isinstance(whole, list) or np.isnan(delays).all():
        return np.zeros(delays.size)
    part["delay"] = None  # not said yet
    return np.where(np.isnan(delays), whole, delays)


def _late(
    part: dict[str, Any], i: Ints, j: Ints, weights: Floats, delays: Floats
) -> dict[str, Any]:
    """A connection with these delays, in the order of its block, if its own does not hold."""
    if part.get("delay", 0.0) is not None:
        return part
    kept = {key: item for key, item in part.items() if key != "delay"}
    some = weights != 0.0
    ordered = delays[some][np.lexsort((j[some], i[some]))]
    if not ordered.any():
        return kept
    same = bool(np.all(ordered == ordered[0]))
    return {**kept, "delay": float(ordered[0]) if same else ordered.tolist()}


def _both_ways(
    a: Ints, b: Ints, numbers: Sequence[Floats], first: Any, single: Any = False
) -> bool:
    """Whether each synapse of the first direction is in the other too, with the same numbers."""
    one, two = first & ~np.asarray(single), ~first
    if np.count_nonzero(one) != np.count_nonzero(two):
        return False
    orders = [np.flatnonzero(side)[np.lexsort((b[side], a[side]))] for side in (one, two)]
    return all(np.array_equal(array[orders[0]], array[orders[1]]) for array in (a, b, *numbers))


def _one_way(part: dict[str, Any], names: list[str]) -> dict[str, Any]:
    end = names[0] if len(names) == 1 else names
    kept = {key: item for key, item in part.items() if key not in ("within", "between")}
    return {**kept, "from": end, "to": end}


def _listed(part: dict[str, Any], a: Ints, b: Ints, weights: Floats) -> dict[str, Any]:
    edges = [list(edge) for edge in zip(a.tolist(), b.tolist(), weights.tolist(), strict=True)]
    return {**part, "weights": {"edges": edges, "by": "position"}}


def _self(part: dict[str, Any], i: Ints, j: Ints) -> dict[str, Any]:
    return {**part, "self_connections": True} if np.any(i == j) else part
