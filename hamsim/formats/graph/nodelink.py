"""Graphs of neurons in files: GraphML written, JSON in networkx's node-link form both ways."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import networkx as nx

from hamsim.errors import HamsimError, printable
from hamsim.formats.files import quoted
from hamsim.network import Network

__all__ = ["read_node_link", "write_graphml", "write_node_link"]

# Characters that do not come back from an XML file as they were.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# --- GraphML -----------------------------------------------------------------------------------


def write_graphml(network: Network, stream: BinaryIO) -> None:
    """Write a network's graph as GraphML."""
    graph = network.to_networkx()
    _refuse_unwritable(graph)
    nx.write_graphml_xml(graph, stream, named_key_ids=True)


def _refuse_unwritable(graph: Any) -> None:
    texts: set[str] = set(graph.nodes)
    for data in (graph.graph, *graph.nodes.values(), *graph.edges.values()):
        texts.update(value for value in data.values() if isinstance(value, str))
    for text in texts:
        if _NOT_XML.search(text):
            raise HamsimError(
                f"GraphML cannot hold the characters of '{printable(text[:60])}'; "
                "convert to a .json file"
            )


# --- node-link ---------------------------------------------------------------------------------


# Where edges stand: networkx before 3.6 looks for the first, since then for the second.
_EDGE_KEYS = ("links", "edges")
# Lists in lists that name a node; deeper ones only exhaust whoever looks into them.
MAX_NESTED = 20


def write_node_link(network: Network, stream: BinaryIO) -> None:
    """Write a network's graph as JSON that `networkx.node_link_graph` reads; one item a line.

    The edges are there under both keys that versions of networkx look for.
    """
    graph = network.to_networkx()
    nodes = ({"id": node, **data} for node, data in graph.nodes(data=True))
    head = {"directed": graph.is_directed(), "multigraph": False, "graph": graph.graph}
    stream.write((json.dumps(head)[:-1] + ",\n").encode())
    stream.write(b'"nodes": [\n')
    _write_lines(nodes, stream)
    for key in _EDGE_KEYS:
        links = ({"source": u, "target": v, **data} for u, v, data in graph.edges(data=True))
        stream.write(f'],\n"{key}": [\n'.encode())
        _write_lines(links, stream)
    stream.write(b"]}\n")


def _write_lines(items: Iterable[dict[str, Any]], stream: BinaryIO) -> None:
    text = ",\n".join(json.dumps(item) for item in items)
    stream.write((text + "\n" if text else "").encode())


def read_node_link(value: Any, path: Path) -> tuple[Any, tuple[str, ...]]:
    """Make a graph of JSON in networkx's node-link form; edges under `links`, `edges` or both.

    Returns
    -------
    graph : networkx graph
    notes : tuple of str
        What the file did not say.

    Raises
    ------
    HamsimError
    """
    name = quoted(path)
    value = value if isinstance(value, dict) else {}
    nodes, found = value.get("nodes"), [key for key in _EDGE_KEYS if key in value]
    key = found[0] if found else "links"
    links = value.get(key)
    if not isinstance(nodes, list) or not isinstance(links, list):
        raise HamsimError(f"{name} is not a graph in node-link form: {{nodes: [], links: []}}")
    if len(found) == 2 and links != value["edges"]:
        raise HamsimError(f"{name}: links and edges differ; remove one of them")
    for flag in ("directed", "multigraph"):
        if not isinstance(value.get(flag, False), bool):
            raise HamsimError(f"{name}: {flag} must be true or false")
    if not isinstance(value.get("graph", {}), dict):
        raise HamsimError(f"{name}: graph must be a mapping of attributes")
    notes: tuple[str, ...] = ()
    if links and "directed" not in value:
        notes = ("the file does not say directed: edges go both ways",)
    kind = nx.MultiGraph if value.get("multigraph") else nx.Graph
    if value.get("directed"):
        kind = nx.MultiDiGraph if value.get("multigraph") else nx.DiGraph
    graph = kind()
    graph.graph.update(value.get("graph", {}))
    for k, node in enumerate(nodes):
        own = _node(node, "id", f"{name} nodes[{k}]")
        if own in graph:
            raise HamsimError(f"{name} nodes[{k}]: the node {_shown(own)} is there twice")
        graph.add_node(own)
        graph.nodes[own].update({key: node[key] for key in node if key != "id"})
    for k, link in enumerate(links):
        where = f"{name} {key}[{k}]"
        ends = [_node(link, end, where) for end in ("source", "target")]
        for end in ends:
            if end not in graph:
                raise HamsimError(f"{where}: there is no node {_shown(end)}")
        own_keys = ("source", "target", "key")[: 3 if graph.is_multigraph() else 2]
        attributes = {key: link[key] for key in link if key not in own_keys}
        if graph.is_multigraph():
            graph.edges[(*ends, graph.add_edge(*ends))].update(attributes)
            continue
        if graph.has_edge(*ends):
            raise HamsimError(f"{where}: the edge {_shown(tuple(ends))} is there twice")
        graph.add_edge(*ends)
        graph.edges[ends[0], ends[1]].update(attributes)
    return graph, notes


def _node(item: Any, key: str, where: str) -> Any:
    """Name of a node, as networkx has it."""
    if not isinstance(item, dict) or key not in item:
        raise HamsimError(f"{where} has no {key}")
    name = item[key]
    if isinstance(name, list):
        if _deep(name, MAX_NESTED):
            raise HamsimError(f"{where}: {key} is nested more than {MAX_NESTED} deep")
        name = _tuple(name)
    if isinstance(name, dict) or name is None or (isinstance(name, tuple) and not _plain(name)):
        raise HamsimError(f"{where}: {key} is not a name")
    return name


def _deep(item: Any, allowed: int) -> bool:
    """Whether lists stand in lists deeper than is allowed."""
    if not isinstance(item, list):
        return False
    return allowed == 0 or any(_deep(inner, allowed - 1) for inner in item)


def _tuple(items: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuple(item) if isinstance(item, list) else item for item in items)


def _plain(items: tuple[Any, ...]) -> bool:
    return all(_plain(x) if isinstance(x, tuple) else not isinstance(x, dict) for x in items)


def _shown(node: Any) -> str:
    return f"'{printable(str(node)[:80])}'"
