"""Networks as graphs of neurons, made on request only: arrays are what hamsim computes with.

A graph holds the whole network in plain numbers and text, so that every format of graphs can keep
it: nodes and edges what people look at and change, and the graph's attribute `hamsim` the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np

from hamsim.formats.plain.explicit import listed, outline
from hamsim.network import Connection, Network

__all__ = ["ATTRIBUTE", "BACK", "THERE", "neuron_graph"]

# The graph's attribute that holds what nodes and edges do not.
ATTRIBUTE = "hamsim"
# Direction of one part of an undirected edge: to the neuron that comes later, or earlier.
THERE, BACK = "there", "back"

# Which connections a weight is made up of: their numbers, and what each gives.
_Parts = list[tuple[int, float]]


def neuron_graph(network: Network) -> nx.Graph | nx.DiGraph:
    """One node a neuron and one edge a synapse; see `Network.to_networkx`.

    Notes
    -----
    Attributes are str and float only. A node has `group`, `lagrangian`, `tau`, `input`, `initial`,
    and where the network has several trials `initial_trials`, a JSON list of all of them. An edge
    has `weight`, the name of its `connection`, and `delay` if it has one. Where several connections
    meet it also has `parts`, a JSON list of [connection, weight] in the order in which they are
    added; a part of an undirected edge that is for one direction has "there" (to the neuron that
    comes later in the network) or "back" as its third entry; and `delays`, those of the parts. The
    graph's attribute `hamsim` is the description as JSON, without what nodes and edges hold.
    """
    graph = nx.Graph() if network.symmetric else nx.DiGraph()
    labels = [group.label(k) for group in network.groups for k in range(group.size)]
    graph.graph["name"] = network.name
    graph.graph[ATTRIBUTE] = json.dumps(_rest(network))
    _add_nodes(graph, network, labels)
    graph.add_edges_from((labels[j], labels[i], attributes) for i, j, attributes in _edges(network))
    return graph


def _add_nodes(graph: nx.Graph, network: Network, labels: list[str]) -> None:
    initial = np.atleast_2d(network.initial)
    several = network.initial.ndim == 2
    for group in network.groups:
        for i in range(group.start, group.stop):
            attributes = {
                "group": group.name,
                "lagrangian": group.lagrangian,
                "tau": float(network.tau[i]),
                "input": float(network.input[i]),
                "initial": float(initial[0, i]),
            }
            if several:
                attributes["initial_trials"] = json.dumps(initial[:, i].tolist())
            graph.add_node(labels[i], **attributes)


def _rest(network: Network) -> dict[str, Any]:
    """The description without what nodes and edges hold."""
    description = outline(network)
    for group in description["groups"].values():
        for key in ("tau", "input", "initial"):
            del group[key]
    connections = description.get("connections", [])
    for part, connection in zip(connections, network.connections, strict=True):
        if connection.gate:
            part["weights"] = listed(network, connection)
        if isinstance(part.get("delay"), list):
            del part["delay"]
    if lost := _cancelled(network):
        description["cancelled"] = lost
    return description


# --- which connection a synapse belongs to -----------------------------------------------------


def _edges(network: Network) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Receiver, sender and attributes of each edge."""
    names = [connection.name for connection in network.connections]
    entries = network.W.tocoo()
    i, j, weights = entries.row, entries.col, entries.data
    if network.symmetric:
        once = i <= j
        i, j, weights = i[once], j[once], weights[once]
    owners, late = _Owners(network), _Late(network)
    there = owners.of(i, j)
    back = owners.of(j, i) if network.symmetric else there
    for receiver, sender, weight, one, two in zip(
        i.tolist(), j.tolist(), weights.tolist(), there.tolist(), back.tolist(), strict=True
    ):
        attributes: dict[str, Any] = {"weight": weight}
        if one >= 0 and one == two:
            attributes["connection"] = names[one]
            if delay := late.of(one, receiver, sender):
                attributes["delay"] = delay
        else:
            first = owners.parts(receiver, sender, weight, one)
            second = owners.parts(sender, receiver, weight, two) if network.symmetric else first
            attributes["connection"] = names[first[0][0]]
            # Of i <= j the sender j comes later: W[i, j] leads back.
            ways = [(first, receiver, sender)]
            if first != second:
                ways.append((second, sender, receiver))
                parts = [[names[k], w, BACK] for k, w in first]
                parts += [[names[k], w, THERE] for k, w in second]
                attributes["parts"] = json.dumps(parts)
            elif len(first) > 1 or not attributes["connection"]:  # GraphML drops empty text
                attributes["parts"] = json.dumps([[names[k], w] for k, w in first])
            delays = [late.of(k, i, j) for some, i, j in ways for k, _ in some]
            if any(delays) and "parts" in attributes:
                attributes["delays"] = json.dumps(delays)
            elif any(delays):
                attributes["delay"] = delays[0]
        yield receiver, sender, attributes


class _Owners:
    """The connections that an entry of W is the sum of."""

    def __init__(self, network: Network) -> None:
        self.starts = np.array([group.start for group in network.groups])
        self.number = {group.name: k for k, group in enumerate(network.groups)}
        self.single: dict[int, int] = {}
        self.made: dict[tuple[int, int], _Parts] = {}
        for k, connection in enumerate(network.connections):
            if connection.gate:
                continue
            for pair in self._pairs(connection):
                self.single[pair] = -1 if pair in self.single else k
        for k, connection in enumerate(network.connections):
            if connection.block is not None:
                for i, j, weight in _entries(network, connection):
                    self.made.setdefault((i, j), []).append((k, weight))

    def _pairs(self, connection: Connection) -> Iterator[int]:
        """Pairs of groups that a connection connects, each as one number."""
        for row in connection.rows:
            for column in connection.columns:
                a, b = self.number[row], self.number[column]
                yield a * len(self.number) + b
                if connection.kind == "between":
                    yield b * len(self.number) + a

    def of(self, i: Any, j: Any) -> Any:
        """Number of the only connection between the groups of each pair; -1 if several meet."""
        groups = [np.searchsorted(self.starts, x, side="right") - 1 for x in (i, j)]
        pairs, which = np.unique(groups[0] * len(self.number) + groups[1], return_inverse=True)
        found = np.array([self.single[pair] for pair in pairs.tolist()], dtype=np.int64)
        return found[which]

    def parts(self, i: int, j: int, weight: float, only: int) -> _Parts:
        """What each connection gives to one entry of W, in the order of the file."""
        return self.made[i, j] if only < 0 else [(only, weight)]


class _Late:
    """Delays of synapses by connection."""

    def __init__(self, network: Network) -> None:
        self.numbers = [connection.delay for connection in network.connections]
        self.single: dict[tuple[int, int, int], float] = {}
        for k, connection in enumerate(network.connections):
            if isinstance(connection.delay, float):
                continue
            times = np.asarray(connection.delay).tolist()
            entries = _entries(network, connection)
            for (i, j, _), time in zip(entries, times * 2, strict=False):
                self.single[k, i, j] = time

    def of(self, k: int, i: int, j: int) -> float:
        """Delay of a connection's synapse from neuron j to i; 0 if it has none."""
        number = self.numbers[k]
        return number if isinstance(number, float) else self.single[k, i, j]


def _entries(network: Network, connection: Connection) -> list[tuple[int, int, float]]:
    """Entries of W that a connection gives, of ``between`` in both directions."""
    block = network.block(connection).tocoo()
    i = network.neurons(connection.rows)[block.row].tolist()
    j = network.neurons(connection.columns)[block.col].tolist()
    weights = block.data.tolist()
    entries = list(zip(i, j, weights, strict=True))
    if connection.kind == "between":
        entries += list(zip(j, i, weights, strict=True))
    return entries


def _cancelled(network: Network) -> list[list[Any]]:
    """[connection, receiver, sender, weight] where connections that meet add up to nothing.

    With a delay as the fifth if there is one.
    """
    if all(connection.block is None for connection in network.connections):
        return []
    entries = network.W.tocoo()
    present = set(zip(entries.row.tolist(), entries.col.tolist(), strict=True))
    late = _Late(network)
    return [
        [connection.name, i, j, weight, *([delay] if (delay := late.of(k, i, j)) else [])]
        for k, connection in enumerate(network.connections)
        if connection.block is not None
        for i, j, weight in _entries(network, connection)
        if (i, j) not in present
    ]
