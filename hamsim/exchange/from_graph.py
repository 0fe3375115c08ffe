"""Graphs as networks: those that hamsim has made come back whole, any other as it is read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from hamsim.errors import HamsimError, SpecError
from hamsim.exchange.dealing import deal_out
from hamsim.exchange.edges import Edges
from hamsim.exchange.nodes import group_of, numbered, read_members
from hamsim.exchange.remaining import Survivors
from hamsim.exchange.to_graph import ATTRIBUTE
from hamsim.spec.dump import to_plain
from hamsim.spec.load import load
from hamsim.spec.schema import Spec

if TYPE_CHECKING:
    import networkx

__all__ = ["Outline", "from_networkx", "graph_description", "read_outline"]

# Neurons of the former network that need not be nodes any more, besides ten for each node.
MOST_GONE = 1_000_000


def from_networkx(
    graph: networkx.Graph | networkx.DiGraph,
    lagrangian: Any = "tanh",
    tau: float = 1.0,
    weight: str = "weight",
) -> Spec:
    """Read a graph of neurons as the description of a network.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
        Its nodes are the neurons, with their names. Attributes of nodes that count are `group`,
        `lagrangian`, `tau`, `input` and `initial`; those of edges are the weight and, in a graph
        made by `Network.to_networkx`, `connection`. Parallel edges are added up.
    lagrangian : str or dict
        Of groups whose nodes name none.
    tau : float
        Of nodes that have none.
    weight : str
        Edges' attribute that holds the weight; 1.0 where it is missing.

    Returns
    -------
    Spec
        For `hamsim.compile` and the like. An undirected edge goes both ways, a directed one drives
        its second neuron by its first.

    Raises
    ------
    HamsimError
        Names the node or the edge that cannot be read.

    Notes
    -----
    A graph made by `Network.to_networkx` gives back the same network, with its connections,
    stimuli and settings. It may have been changed: what nodes and edges say now holds. Where as
    many nodes are in a group as were before, nodes with new names are taken for the old ones,
    renamed. A group that has lost or gained nodes becomes a list of named neurons. An edge with a
    new weight, where several connections met, is all of its `connection`; symmetric connections
    whose weights are no longer so become one-way; new edges are in the first connection that
    connects the two groups, or else in one named `added`.
    """
    return load(graph_description(graph, lagrangian, tau, weight))


def graph_description(
    graph: Any, lagrangian: Any = "tanh", tau: float = 1.0, weight: str = "weight"
) -> dict[str, Any]:
    """The description that `from_networkx` checks and resolves."""
    if not all(hasattr(graph, name) for name in ("nodes", "edges", "is_directed", "graph")):
        raise HamsimError(f"expected a graph of networkx, not {type(graph).__name__}")
    spec, cancelled = _former(graph)
    _refuse_huge(graph, spec)
    shapes = {} if spec is None else {name: g.dimensions for name, g in spec.groups.items()}
    members = read_members(graph, spec, tau)
    survivors = Survivors(shapes, {name: group.former for name, group in members.items()})
    index = numbered(members)

    plain: dict[str, Any] = {"format": "hamsim/1"} if spec is None else to_plain(spec)
    name = graph.graph.get("name", plain.get("name", ""))
    parts: list[dict[str, Any]] = []
    if spec is not None:
        parts = survivors.connections(_without_weights(plain.get("connections", [])))
    edges = Edges(graph, weight, index, parts, spec is not None)
    edges.add_cancelled(cancelled, survivors)
    simulation = survivors.simulation(plain.get("simulation", {}))
    if trials := next((group.trials for group in members.values() if group.trials), None):
        simulation = {**simulation, "trials": trials}
    return {
        **plain,
        "name": name if isinstance(name, str) else str(name),
        "groups": {
            name: group_of(name, group, spec, survivors, lagrangian)
            for name, group in members.items()
        },
        "connections": deal_out(edges.parts, survivors.places, edges.synapses()),
        "stimuli": survivors.stimuli(plain.get("stimuli", [])),
        "simulation": simulation,
    }


# --- what the graph's attribute holds ----------------------------------------------------------


class Outline(NamedTuple):
    """A description without weights, as it stands beside what holds them.

    Parameters
    ----------
    spec : Spec
        Connections without weights have an empty list of edges.
    without : set of int
        Numbers of those connections.
    cancelled : list
        Of a graph: synapses of connections that meet and add up to nothing.
    """

    spec: Spec
    without: set[int]
    cancelled: list[Any]


def read_outline(text: Any, holder: str) -> Outline:
    """Check a description without weights, as JSON text.

    Parameters
    ----------
    text : str
    holder : str
        Names the text in messages.
    """
    try:
        value = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise HamsimError(f"{holder} is not the JSON text that hamsim has written")
    cancelled = value.pop("cancelled", [])
    connections, without = value.get("connections"), set()
    for k, part in enumerate(connections if isinstance(connections, list) else []):
        if isinstance(part, dict) and "weights" not in part:
            part["weights"] = {"edges": []}
            without.add(k)
    try:
        spec = load(value)
    except SpecError as error:
        raise HamsimError(f"{holder} is not a description: {error.problems[0]}") from None
    return Outline(spec, without, cancelled if isinstance(cancelled, list) else [])


def _former(graph: Any) -> tuple[Spec | None, list[Any]]:
    """The description that the graph was made from, as far as it says; None for other graphs."""
    text = graph.graph.get(ATTRIBUTE)
    if text is None:
        return None, []
    outline = read_outline(text, f"the graph's attribute '{ATTRIBUTE}'")
    return outline.spec, outline.cancelled


def _refuse_huge(graph: Any, spec: Spec | None) -> None:
    """Neurons that have gone take memory too: a damaged text must not tell of a billion."""
    former = 0 if spec is None else sum(group.count for group in spec.groups.values())
    if former > MOST_GONE + 10 * graph.number_of_nodes():
        raise HamsimError(
            f"the graph's attribute '{ATTRIBUTE}' tells of {former:,} neurons, but there are "
            f"{graph.number_of_nodes():,} nodes"
        )


def _without_weights(connections: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Connections whose weights the edges hold; gating ones keep theirs."""
    return [
        part if "gate" in part else {key: part[key] for key in part if key != "weights"}
        for part in connections
    ]
