"""Graphs as networks: those that hamsim has made come back whole, any other as it is read."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn

from hamsim.counted import counted, there_are
from hamsim.errors import HamsimError, HamsimWarning, SpecError, did_you_mean
from hamsim.formats.graph.attributes import Choice, edge_items, node_items
from hamsim.formats.graph.naming import node_key
from hamsim.formats.graph.nodes import group_of, numbered, read_members
from hamsim.formats.graph.synapses import Edges
from hamsim.formats.graph.to_graph import ATTRIBUTE
from hamsim.formats.plain.dealing import deal_out
from hamsim.formats.plain.remaining import Survivors
from hamsim.lagrangians.table import DEFAULT
from hamsim.spec.dump import to_plain
from hamsim.spec.load import load
from hamsim.spec.schema import Spec

if TYPE_CHECKING:
    import networkx

__all__ = [
    "NOTHING_CHOSEN",
    "Outline",
    "from_networkx",
    "graph_description",
    "lost_description",
    "read_outline",
]

NOTHING_CHOSEN = Choice()
# Neurons of the former network that need not be nodes any more, besides ten for each node.
MOST_GONE = 1_000_000


def from_networkx(
    graph: networkx.Graph | networkx.DiGraph,
    lagrangian: Any = DEFAULT,
    tau: float | str | None = None,
    weight: str | None = None,
    *,
    default_weight: float | None = None,
    default_tau: float | None = None,
    id: str | None = None,
    group: str | None = None,
    input: str | None = None,
    initial: str | None = None,
    repeated: Literal["add", "last", "error", "refuse"] = "add",
    **misspelt: NoReturn,
) -> Spec:
    """Read a graph of neurons as the description of a network.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
        Its nodes are the neurons. Attributes of nodes that count are `group`, `lagrangian`, `tau`,
        `input` and `initial`; those of edges are `weight` and, in a graph made by
        `Network.to_networkx`, `connection`.
    lagrangian : str or dict
        Of groups whose nodes name none.
    tau : float or str, optional
        A number: of nodes that have none. A name: the nodes' attribute that holds it. Where nobody
        says either and no node has one, it is 1.
    weight : str, optional
        The edges' attribute that holds the weight. Where nobody says and no edge has `weight`, all
        weights are 1, unless edges have numbers under other names.
    default_weight : float, optional
        Of edges without a weight. Without it, all edges have one or none has.
    default_tau : float, optional
        Of nodes without tau, beside a `tau` that names an attribute.
    id, group, input, initial : str, optional
        The nodes' attributes that hold the name of the neuron, its group, input and first state.
        Without `id`, neurons are named by `label` or `name`, if all nodes have one and no two in a
        group the same, or else by the nodes themselves; these are also what "id" means where no
        node has such an attribute.
    repeated : {"add", "last", "error"}
        What becomes of parallel edges: they are added up, the last one holds, or they are an error
        (also called "refuse").

    Returns
    -------
    Spec
        For `hamsim.compile` and the like. An undirected edge goes both ways, a directed one drives
        its second neuron by its first; an edge from a node to itself counts once.

    Raises
    ------
    HamsimError
        Names the node or the edge that cannot be read, or a chosen attribute that none has.

    Notes
    -----
    A graph made by `Network.to_networkx` gives back the same network, with its connections,
    stimuli and settings. It may have been changed: what nodes and edges say now holds. Where as
    many nodes are in a group as were before, nodes with new names are taken for the old ones,
    renamed. A group that has lost or gained nodes becomes a list of named neurons. An edge with a
    new weight, where several connections met, is all of its `connection`; symmetric connections
    whose weights are no longer so become one-way; new edges are in the first connection that
    connects the two groups, or else in one named `added`.

    What `networkx.read_graphml` has found to be the default of nodes and edges is used.
    """
    for name in misspelt:
        hint = did_you_mean(name, _keywords(), "keywords")
        raise HamsimError(f"from_networkx has no keyword {name!r}; {hint}")
    if tau is not None and not isinstance(tau, str):
        if default_tau is not None:
            raise HamsimError("give tau as a number or default_tau, not both")
        tau, default_tau = None, tau
    choice = Choice(
        weight, default_weight, id, group, tau, default_tau, input, initial, repeated
    ).checked()
    description, _ = graph_description(graph, lagrangian, choice)
    if lost := lost_description(graph):
        warnings.warn(lost, HamsimWarning, stacklevel=2)
    return load(description)


def _keywords() -> list[str]:
    parameters = inspect.signature(from_networkx).parameters.values()
    return [item.name for item in parameters if item.kind is not item.VAR_KEYWORD]


def graph_description(
    graph: Any, lagrangian: Any = DEFAULT, choice: Choice = NOTHING_CHOSEN
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The description that `from_networkx` checks and resolves, and what is to be said of it."""
    if not all(hasattr(graph, name) for name in ("nodes", "edges", "is_directed", "graph")):
        raise HamsimError(f"expected a graph of networkx, not {type(graph).__name__}")
    notes: list[str] = []
    spec, cancelled = _former(graph)
    _refuse_huge(graph, spec)
    shapes = {} if spec is None else {name: g.dimensions for name, g in spec.groups.items()}
    members = read_members(graph, spec, choice, notes)
    survivors = Survivors(shapes, {name: group.former for name, group in members.items()})
    index = numbered(members)

    plain: dict[str, Any] = {"format": "hamsim/1"} if spec is None else to_plain(spec)
    name = graph.graph.get("name", plain.get("name", ""))
    parts: list[dict[str, Any]] = []
    if spec is not None:
        parts = survivors.connections(_without_weights(plain.get("connections", [])))
    edges = Edges(graph, choice, index, parts, spec is not None, notes)
    edges.add_cancelled(cancelled, survivors)
    simulation = survivors.simulation(plain.get("simulation", {}))
    if trials := next((group.trials for group in members.values() if group.trials), None):
        simulation = {**simulation, "trials": trials}
    description = {
        **plain,
        "name": name if isinstance(name, str) else node_key(name),
        "groups": {
            name: group_of(name, group, spec, survivors, lagrangian)
            for name, group in members.items()
        },
        "connections": deal_out(edges.parts, survivors.places, edges.synapses()),
        "stimuli": survivors.stimuli(plain.get("stimuli", [])),
        "simulation": simulation,
    }
    return description, tuple(notes)


def lost_description(graph: Any) -> str:
    """Say that a graph which hamsim has made came without what nodes and edges do not hold."""
    if ATTRIBUTE in graph.graph or not any("connection" in data for *_, data in edge_items(graph)):
        return ""
    if not all("lagrangian" in data and "tau" in data for _, data in node_items(graph)):
        return ""
    return (
        f"the graph has lost its attribute '{ATTRIBUTE}': parameters of Lagrangians, shapes of "
        "groups, connections and stimuli are not as they were"
    )


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
            f"the graph's attribute '{ATTRIBUTE}' tells of {counted(former, 'neuron')}, but "
            f"{there_are(graph.number_of_nodes(), 'node')}"
        )


def _without_weights(connections: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Connections whose weights the edges hold; gating ones keep theirs."""
    return [
        part if "gate" in part else {key: part[key] for key in part if key != "weights"}
        for part in connections
    ]
