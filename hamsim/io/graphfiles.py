"""Graphs of neurons in files: GraphML, and JSON as networkx's node-link form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

import networkx as nx

from hamsim.errors import HamsimError, printable
from hamsim.io.files import quoted, read_bytes
from hamsim.network import Network

__all__ = ["read_graphml", "read_node_link", "write_graphml", "write_node_link"]

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


def read_graphml(path: Path) -> Any:
    """Read a graph in GraphML.

    Raises
    ------
    HamsimError
        Not such a file, or one with a document type: it can define entities that grow without end.
    """
    content, name = read_bytes(path), quoted(path)
    try:
        _refuse_document_type(content)
        return nx.read_graphml(BytesIO(content))
    except _DocumentTypeError:
        raise HamsimError(
            f"{name} has a document type (<!DOCTYPE), which is not read; remove it"
        ) from None
    except MemoryError:
        raise
    except Exception as error:  # the reader of damaged files raises almost anything
        why = printable(" ".join(str(error).split())[:200])
        raise HamsimError(f"{name} is not a graph in GraphML: {why}") from None


class _DocumentTypeError(Exception):
    """The XML begins with a document type."""


class _BegunError(Exception):
    """The first element is reached: no document type can follow."""


def _refuse_document_type(content: bytes) -> None:
    """Look at what stands before the first element."""

    def refuse(*_: Any) -> None:
        raise _DocumentTypeError

    def stop(*_: Any) -> None:
        raise _BegunError

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        parser.Parse(content, True)
    except _BegunError:
        return


# --- node-link ---------------------------------------------------------------------------------


def write_node_link(network: Network, stream: BinaryIO) -> None:
    """Write a network's graph as JSON that `networkx.node_link_graph` reads; one item a line."""
    graph = network.to_networkx()
    nodes = ({"id": node, **data} for node, data in graph.nodes(data=True))
    links = ({"source": u, "target": v, **data} for u, v, data in graph.edges(data=True))
    head = {"directed": graph.is_directed(), "multigraph": False, "graph": graph.graph}
    stream.write((json.dumps(head)[:-1] + ",\n").encode())
    stream.write(b'"nodes": [\n')
    _write_lines(nodes, stream)
    stream.write(b'],\n"links": [\n')
    _write_lines(links, stream)
    stream.write(b"]}\n")


def _write_lines(items: Iterable[dict[str, Any]], stream: BinaryIO) -> None:
    text = ",\n".join(json.dumps(item) for item in items)
    stream.write((text + "\n" if text else "").encode())


def read_node_link(value: Any, path: Path) -> Any:
    """Make a graph of JSON in networkx's node-link form; edges under `links` or `edges`.

    Raises
    ------
    HamsimError
    """
    name = quoted(path)
    nodes = value.get("nodes") if isinstance(value, dict) else None
    key = "edges" if isinstance(value, dict) and "links" not in value else "links"
    links = value.get(key) if isinstance(value, dict) else None
    if not isinstance(nodes, list) or not isinstance(links, list):
        raise HamsimError(f"{name} is not a graph in node-link form: {{nodes: [], links: []}}")
    kind = nx.MultiGraph if value.get("multigraph") else nx.Graph
    if value.get("directed"):
        kind = nx.MultiDiGraph if value.get("multigraph") else nx.DiGraph
    graph = kind()
    if isinstance(value.get("graph"), dict):
        graph.graph.update(value["graph"])
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
        attributes = {key: link[key] for key in link if key not in ("source", "target", "key")}
        if graph.is_multigraph():
            graph.edges[(*ends, graph.add_edge(*ends))].update(attributes)
            continue
        if graph.has_edge(*ends):
            raise HamsimError(f"{where}: the edge {_shown(tuple(ends))} is there twice")
        graph.add_edge(*ends)
        graph.edges[ends[0], ends[1]].update(attributes)
    return graph


def _node(item: Any, key: str, where: str) -> Any:
    """Name of a node, as networkx has it."""
    if not isinstance(item, dict) or key not in item:
        raise HamsimError(f"{where} has no {key}")
    name = item[key]
    if isinstance(name, list):
        name = _tuple(name)
    if isinstance(name, dict) or name is None or (isinstance(name, tuple) and not _plain(name)):
        raise HamsimError(f"{where}: {key} is not a name")
    return name


def _tuple(items: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuple(item) if isinstance(item, list) else item for item in items)


def _plain(items: tuple[Any, ...]) -> bool:
    return all(_plain(x) if isinstance(x, tuple) else not isinstance(x, dict) for x in items)


def _shown(node: Any) -> str:
    return f"'{printable(str(node)[:80])}'"
