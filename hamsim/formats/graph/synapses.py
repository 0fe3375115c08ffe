"""Edges of a graph as synapses of connections."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hamsim.errors import HamsimError, given
from hamsim.formats.graph.attributes import (
    Choice,
    attributes_of,
    edge_items,
    finite,
    is_number,
    quoted,
    require_present,
)
from hamsim.formats.graph.naming import node_key
from hamsim.formats.graph.to_graph import BACK, THERE
from hamsim.formats.plain.dealing import OPEN, Synapses, add_connection
from hamsim.formats.plain.remaining import Survivors

__all__ = ["Edges"]


class Edges:
    """Edges as entries of W; both directions of undirected ones.

    Parameters
    ----------
    graph : networkx graph
    choice : Choice
    index : dict
        Number of each node's neuron.
    parts : list of dict
        Connections without weights; those that edges name in addition are appended.
    ours : bool
        Whether the graph has been made by hamsim, so that edges name their connection.
    notes : list of str
        What is to be said about the edges is appended.
    """

    def __init__(
        self,
        graph: Any,
        choice: Choice,
        index: Mapping[Any, int],
        parts: list[dict[str, Any]],
        ours: bool,
        notes: list[str],
    ) -> None:
        self.parts, self.directed = list(parts), bool(graph.is_directed())
        self.numbers = {part["name"]: k for k, part in enumerate(parts) if "name" in part}
        self.entries: list[tuple[int, int, float, int, float]] = []
        if not ours and graph.number_of_edges():
            add_connection(self.parts, None, self.directed)
        items = edge_items(graph)
        weight, default = weight_attribute(items, choice, notes)
        items = _parallel(graph, items, choice, notes)
        for u, v, data in items:
            value = data.get(weight, default)
            if value is None and weight not in data:
                raise HamsimError(
                    f"{_edge(u, v)} has no {weight}, other edges have; give it one, or state "
                    "default_weight (--default-weight)"
                )
            if type(value) is not float or not math.isfinite(value):
                value = finite(value, f"{_edge(u, v)}: {weight}")
            owner = OPEN
            if ours and "connection" in data:
                name = data["connection"]
                owner = self._number(name if isinstance(name, str) else given(name))
            stated = self._stated(data, u, v) if ours and "parts" in data else ()
            delay = _delay(data["delay"], u, v) if ours and "delay" in data else math.nan
            self._add(index[v], index[u], value, owner, stated, delay)
            if not self.directed and u != v:
                self._add(index[u], index[v], value, owner, stated, delay)

    def _number(self, name: str) -> int:
        """Number of a connection, which is made if there is none of this name."""
        if name not in self.numbers:
            self.numbers[name] = add_connection(self.parts, name, self.directed)
        return self.numbers[name]

    def _add(
        self,
        receiver: int,
        sender: int,
        weight: float,
        owner: int,
        stated: Iterable[tuple[int, float, str, float]],
        delay: float,
    ) -> None:
        """Add an entry of W: its parts if they make up the weight, else all of its connection."""
        direction = THERE if sender < receiver else BACK
        parts = [(k, w, d) for k, w, way, d in stated if way in ("", direction)]
        total = 0.0
        for _, part, _ in parts:
            total += part
        if parts and total == weight:
            self.entries += [(receiver, sender, w, k, d) for k, w, d in parts]
        else:
            owner = parts[0][0] if parts else owner
            self.entries.append((receiver, sender, weight, owner, delay))

    def _stated(self, data: Any, u: Any, v: Any) -> list[tuple[int, float, str, float]]:
        """Number of the connection, weight, direction and delay of each part of an edge."""
        what = f"{_edge(u, v)}: parts"
        value = _json(data["parts"])
        if not isinstance(value, list):
            raise HamsimError(f"{what} is not a JSON list of [connection, weight]")
        delays = _json(data["delays"]) if "delays" in data else [math.nan] * len(value)
        if not isinstance(delays, list) or len(delays) != len(value):
            raise HamsimError(f"{_edge(u, v)}: delays is not a JSON list of one number a part")
        found = []
        for part, delay in zip(value, delays, strict=True):
            if not isinstance(part, list) or not 2 <= len(part) <= 3 or type(part[0]) is not str:
                raise HamsimError(f"{what} is not a JSON list of [connection, weight]")
            way = part[2] if len(part) == 3 else ""
            if way not in ("", THERE, BACK):
                raise HamsimError(f"{what} names neither {THERE} nor {BACK}")
            late = _delay(delay, u, v) if delay == delay else math.nan
            found.append((self._number(part[0]), finite(part[1], what), way, late))
        return found

    def add_cancelled(self, cancelled: list[Any], survivors: Survivors) -> None:
        """Add entries of connections that met and added up to nothing, where nothing is now."""
        if not cancelled:
            return
        present = {entry[:2] for entry in self.entries}
        for item in cancelled:
            try:
                name, i, j, weight, *late = item
                receiver, sender = (int(k) for k in survivors.now[np.array([i, j])])
            except (TypeError, ValueError, IndexError):
                raise HamsimError("the graph's cancelled synapses are damaged") from None
            if receiver < 0 or sender < 0 or (receiver, sender) in present:
                continue
            if name in self.numbers:
                weight = finite(weight, "the weight of a cancelled synapse")
                delay = finite(late[0], "the delay of a cancelled synapse") if late else math.nan
                self.entries.append((receiver, sender, weight, self.numbers[name], delay))

    def synapses(self) -> Synapses:
        """All entries, as arrays."""
        i, j, weights, owners, delays = (
            zip(*self.entries, strict=True) if self.entries else [()] * 5
        )
        whole = [np.array(column, dtype=np.int64) for column in (i, j, owners)]
        numbers = [np.array(column, dtype=np.float64) for column in (weights, delays)]
        return Synapses(whole[0], whole[1], numbers[0], whole[2], numbers[1])


def _json(text: Any) -> Any:
    """What a JSON text holds; None of what is none."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None


def _delay(value: Any, u: Any, v: Any) -> float:
    delay = finite(value, f"{_edge(u, v)}: delay")
    if delay < 0:
        raise HamsimError(f"{_edge(u, v)}: delay {delay:g} must be at least 0")
    return delay


def _edge(u: Any, v: Any) -> str:
    return f"edge {quoted(node_key(u))} - {quoted(node_key(v))}"


# --- which attribute is the weight ---------------------------------------------------------------

# Attributes of edges that may be numbers and never are weights.
_NO_WEIGHTS = ("id", "key")
_Items = list[tuple[Any, Any, Mapping[str, Any]]]


def weight_attribute(items: _Items, choice: Choice, notes: list[str]) -> tuple[str, float | None]:
    """The edges' attribute that holds the weight, and the weight of edges without it.

    Without `weight` all weights are 1.0, but only where no edge has a number under another name.
    """
    counts = attributes_of(data for _, _, data in items)
    name, default = choice.weight or "weight", choice.default_weight
    if choice.weight is not None and items:
        require_present(name, counts, "edge")
    without = len(items) - counts.get(name, 0)
    if name in counts or not items:
        if default is not None and without:
            notes.append(
                f"{without:,} of {len(items):,} edges have no {name}: their weight is {default:g}"
            )
        return name, default
    if default is None and (others := _other_numbers(items, counts)):
        listed = ", ".join(quoted(other) for other in others[:5])
        raise HamsimError(
            f"no edge has a weight, but edges have other numbers: {listed}; say which is the "
            f"weight (weight={others[0]!r}, hamsim convert --weight {others[0]}), or state "
            "default_weight (--default-weight) for all"
        )
    default = 1.0 if default is None else default
    notes.append(f"no edge has a weight: all weights are {default:g}")
    return name, default


def _other_numbers(items: _Items, counts: Mapping[str, int]) -> list[str]:
    """Attributes that are numbers wherever edges have them."""
    left = {str(name) for name in counts if name not in _NO_WEIGHTS}
    for _, _, data in items:
        for name in [name for name in left if name in data and not is_number(data[name])]:
            left.discard(name)
        if not left:
            break
    return [name for name in counts if name in left]


def _parallel(graph: Any, items: _Items, choice: Choice, notes: list[str]) -> _Items:
    """Say or refuse that several edges join the same two nodes; those that count."""
    if not graph.is_multigraph():
        return items
    last: dict[Any, int] = {}
    for k, (u, v, _) in enumerate(items):
        pair = (u, v) if graph.is_directed() else frozenset((u, v))
        if pair in last and choice.repeated in ("error", "refuse"):
            raise HamsimError(
                f"{_edge(u, v)} is there more than once; repeated='add' (--repeated add) "
                "adds parallel edges up"
            )
        last[pair] = k
    if more := len(items) - len(last):
        edges = "1 parallel edge is" if more == 1 else f"{more:,} parallel edges are"
        if choice.repeated == "last":
            notes.append(f"{edges} left out: the last one between two nodes holds")
            return [items[k] for k in sorted(last.values())]
        notes.append(f"{edges} added to others between the same nodes")
    return items
