"""Edges of a graph as synapses of connections."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hamsim.errors import HamsimError
from hamsim.exchange.dealing import OPEN, Synapses, add_connection
from hamsim.exchange.nodes import finite, quoted
from hamsim.exchange.remaining import Survivors
from hamsim.exchange.to_graph import BACK, THERE

__all__ = ["Edges"]


class Edges:
    """Edges as entries of W; both directions of undirected ones.

    Parameters
    ----------
    graph : networkx graph
    weight : str
    index : dict
        Number of each node's neuron.
    parts : list of dict
        Connections without weights; those that edges name in addition are appended.
    ours : bool
        Whether the graph has been made by hamsim, so that edges name their connection.
    """

    def __init__(
        self,
        graph: Any,
        weight: str,
        index: Mapping[Any, int],
        parts: list[dict[str, Any]],
        ours: bool,
    ) -> None:
        self.parts, self.directed = list(parts), bool(graph.is_directed())
        self.numbers = {part["name"]: k for k, part in enumerate(parts) if "name" in part}
        self.entries: list[tuple[int, int, float, int]] = []
        if not ours and graph.number_of_edges():
            add_connection(self.parts, None, self.directed)
        for u, v, data in graph.edges(data=True):
            value = data.get(weight, 1.0)
            if type(value) is not float or not math.isfinite(value):
                value = finite(value, f"{_edge(u, v)}: {weight}")
            owner = OPEN
            if ours and "connection" in data:
                owner = self._number(str(data["connection"]))
            stated = self._stated(data["parts"], u, v) if ours and "parts" in data else ()
            self._add(index[v], index[u], value, owner, stated)
            if not self.directed and u != v:
                self._add(index[u], index[v], value, owner, stated)

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
        stated: Iterable[tuple[int, float, str]],
    ) -> None:
        """Add an entry of W: its parts if they make up the weight, else all of its connection."""
        direction = THERE if sender < receiver else BACK
        parts = [(k, w) for k, w, way in stated if way in ("", direction)]
        total = 0.0
        for _, part in parts:
            total += part
        if parts and total == weight:
            self.entries += [(receiver, sender, w, k) for k, w in parts]
        else:
            self.entries.append((receiver, sender, weight, parts[0][0] if parts else owner))

    def _stated(self, text: Any, u: Any, v: Any) -> list[tuple[int, float, str]]:
        """Number of the connection, weight and direction of each part of an edge."""
        what = f"{_edge(u, v)}: parts"
        try:
            value = json.loads(text)
        except (TypeError, ValueError, RecursionError):
            value = None
        if not isinstance(value, list):
            raise HamsimError(f"{what} is not a JSON list of [connection, weight]")
        found = []
        for part in value:
            if not isinstance(part, list) or not 2 <= len(part) <= 3 or type(part[0]) is not str:
                raise HamsimError(f"{what} is not a JSON list of [connection, weight]")
            way = part[2] if len(part) == 3 else ""
            if way not in ("", THERE, BACK):
                raise HamsimError(f"{what} names neither {THERE} nor {BACK}")
            found.append((self._number(part[0]), finite(part[1], what), way))
        return found

    def add_cancelled(self, cancelled: list[Any], survivors: Survivors) -> None:
        """Add entries of connections that met and added up to nothing, where nothing is now."""
        if not cancelled:
            return
        present = {entry[:2] for entry in self.entries}
        for item in cancelled:
            try:
                name, i, j, weight = item
                receiver, sender = (int(k) for k in survivors.now[np.array([i, j])])
            except (TypeError, ValueError, IndexError):
                raise HamsimError("the graph's cancelled synapses are damaged") from None
            if receiver < 0 or sender < 0 or (receiver, sender) in present:
                continue
            if name in self.numbers:
                weight = finite(weight, "the weight of a cancelled synapse")
                self.entries.append((receiver, sender, weight, self.numbers[name]))

    def synapses(self) -> Synapses:
        """All entries, as arrays."""
        i, j, weights, owners = zip(*self.entries, strict=True) if self.entries else [()] * 4
        whole = [np.array(column, dtype=np.int64) for column in (i, j, owners)]
        return Synapses(whole[0], whole[1], np.array(weights, dtype=np.float64), whole[2])


def _edge(u: Any, v: Any) -> str:
    return f"edge {quoted(str(u))} - {quoted(str(v))}"
