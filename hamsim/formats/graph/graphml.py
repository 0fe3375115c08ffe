"""Graphs in GraphML, read with all that they say: defaults, labels, both kinds of edges.

What is in a file and cannot be read (nested graphs, hyperedges, a second graph) is refused, since
networkx's reader passes it over; files of yEd may have groups, whose nodes are read.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers import expat

import networkx as nx

from hamsim.errors import HamsimError, did_you_mean, printable
from hamsim.formats.files import quoted, read_bytes

__all__ = ["read_graphml"]

# Elements of graphics that hold the text which people see beside a node or an edge.
_LABELS = ("NodeLabel", "EdgeLabel", "Label.Text")
_TRUE, _FALSE = ("true", "1"), ("false", "0")


def read_graphml(path: Path) -> tuple[Any, tuple[str, ...]]:
    """Read a graph in GraphML.

    Returns
    -------
    graph : networkx graph
        Where directed and undirected edges are mixed, a directed one with undirected edges both
        ways. Labels of yEd are attributes `label`.
    notes : tuple of str
        What was read in another way than the file has it.

    Raises
    ------
    HamsimError
        Not such a file, one with something that is not read, or one with a document type: it can
        define entities that grow without end.
    """
    content, name = read_bytes(path), quoted(path)
    try:
        _refuse_at_once(content)
        root = ElementTree.fromstring(content)
    except _Problem as problem:
        raise HamsimError(f"{name}{problem}") from None
    except MemoryError:
        raise
    except Exception as error:  # the reader of damaged files raises almost anything
        why = printable(" ".join(str(error).split())[:200])
        raise HamsimError(f"{name} is not a graph in GraphML: {why}") from None
    try:
        return _File(root).graph()
    except _Problem as problem:
        raise HamsimError(f"{name}{problem}") from None


class _Problem(Exception):
    """Something in the file is wrong or is not read; begins with what follows the file's name."""


# Elements inside each other; graphics of yEd have some ten.
MAX_DEPTH = 100
# Bytes of a file in which a node that is there twice is told before anything else.
LONG = 1_000_000


def _refuse_at_once(content: bytes) -> None:
    """Look through the elements, before a tree is made that takes many times the file's size.

    Raises
    ------
    _Problem
        There is a document type, too much in each other, another root, or a node twice.
    """
    depth = 0
    long = len(content) > LONG
    seen: set[str] = set()

    def document_type(*_: Any) -> None:
        raise _Problem(" has a document type (<!DOCTYPE), which is not read; remove it")

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        local = name.rpartition(":")[2]
        if depth == 1 and local != "graphml":
            raise _Problem(" is not a graph in GraphML: it has no <graph> in <graphml>")
        if depth > MAX_DEPTH:
            raise _Problem(f" is not a graph in GraphML: nested more than {MAX_DEPTH} deep")
        if long and local == "node" and (own := attributes.get("id")) is not None:
            if own in seen:
                raise _Problem(f": node '{printable(own[:80])}' is there twice")
            seen.add(own)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = document_type
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.Parse(content, True)


# --- keys and data -------------------------------------------------------------------------------


def _local(element: Any) -> str:
    """Name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _children(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element if _local(child) == name)


class _Key(NamedTuple):
    """What a <key> declares."""

    name: str
    type: str
    graphics: bool

    def value(self, text: str | None) -> Any:
        """Text as the key's type has it; text that is none of it stays, to be told of if used."""
        text = text or ""
        kind, bare = self.type, text.strip()
        if kind == "boolean" and bare.lower() in (*_TRUE, *_FALSE):
            return bare.lower() in _TRUE
        for allowed, convert in ((_INTEGERS, int), ((*_INTEGERS, *_REALS), float)):
            if kind in allowed:
                try:
                    return convert(bare)
                except ValueError:
                    continue
        return text


_INTEGERS = ("int", "integer", "long", "short")
_REALS = ("float", "double", "real")


class _Keys:
    """All keys of a file, and the defaults that they state."""

    def __init__(self, root: Any) -> None:
        self.found: dict[tuple[str, str], _Key] = {}
        self.defaults: dict[str, dict[str, Any]] = {"node": {}, "edge": {}, "graph": {}}
        for element in _children(root, "key"):
            own, scope = element.get("id"), element.get("for", "all")
            if own is None:
                raise _Problem(": a <key> has no id")
            graphics = any(name.endswith("yfiles.type") for name in element.keys())
            key = _Key(
                element.get("attr.name", own),
                element.get("attr.type", "string").strip().lower(),
                graphics and "attr.name" not in element.keys(),
            )
            self.found.setdefault((own, scope), key)
            for default in _children(element, "default"):
                if not len(default) and default.text is not None:
                    for kind in ("node", "edge") if scope == "all" else (scope,):
                        values = self.defaults.setdefault(kind, {})
                        values.setdefault(key.name, key.value(default.text))

    def data(self, element: Any, kind: str, what: str) -> dict[str, Any]:
        """Attributes of a node, an edge or the graph; `what` names it in messages."""
        result: dict[str, Any] = {}
        labels: list[str] = []
        for item in _children(element, "data"):
            own = item.get("key")
            key = self.found.get((own, kind)) or self.found.get((own, "all"))
            key = key or next((key for (other, _), key in self.found.items() if other == own), None)
            if key is None:
                raise _Problem(f": {what} has data of the key '{own}', which no <key> declares")
            if len(item) or key.graphics:  # pictures of yEd, with their labels
                labels += _labels(item)
                continue
            value = key.value(item.text)
            if key.name in result and result[key.name] != value:
                raise _Problem(f": {what} has two values of '{printable(key.name)}'")
            result[key.name] = value
        if labels and "label" not in result:
            result["label"] = labels[0] if kind == "node" else " ".join(labels)
        return {**self.defaults[kind], **result}


def _labels(item: Any) -> list[str]:
    texts = [element.text or "" for element in item.iter() if _local(element) in _LABELS]
    return [stripped for text in texts if (stripped := text.strip())]


# --- the graph -----------------------------------------------------------------------------------


class _File:
    """Nodes and edges of a file on their way to a graph."""

    def __init__(self, root: Any) -> None:
        graphs = list(_children(root, "graph"))
        if _local(root) != "graphml" or not graphs:
            raise _Problem(" is not a graph in GraphML: it has no <graph> in <graphml>")
        if len(graphs) > 1:
            raise _Problem(
                f" holds {len(graphs)} graphs, and one is a network; put each into a file of its "
                "own"
            )
        self.keys = _Keys(root)
        self.top = graphs[0]
        self.nodes: dict[str, dict[str, Any]] = {}
        # Groups of yEd by their ids: no neurons, but their members are.
        self.holders: dict[str, str] = {}
        self.edges: list[tuple[Any, str | None]] = []
        self.attributes = self.keys.data(self.top, "graph", "the graph")
        self.grouped = any(
            key.name == "group" for (_, kind), key in self.keys.found.items() if kind != "edge"
        )
        self.ports = False
        waiting = [(self.top, "")]
        while waiting:
            waiting[:0] = self._inside(*waiting.pop(0))

    def _inside(self, graph: Any, holder: str) -> list[tuple[Any, str]]:
        """Take the nodes and edges of one graph; the graphs in its groups."""
        nested = []
        for child in graph:
            kind = _local(child)
            if kind == "node":
                nested += self._node(child, holder)
            elif kind == "edge":
                self.edges.append((child, graph.get("edgedefault")))
            elif kind in ("hyperedge", "locator"):
                what = "joins any number of nodes" if kind == "hyperedge" else "names other files"
                raise _Problem(f": <{kind}> {what} and is not read")
        return nested

    def _node(self, element: Any, holder: str) -> list[tuple[Any, str]]:
        own = element.get("id")
        if own is None:
            raise _Problem(": a <node> has no id")
        what = f"node '{printable(own[:80])}'"
        if own in self.nodes or own in self.holders:
            raise _Problem(f": {what} is there twice")
        self.ports |= any(True for _ in _children(element, "port"))
        data = self.keys.data(element, "node", what)
        graphs = list(_children(element, "graph"))
        if any(name.endswith("yfiles.foldertype") for name in element.keys()):
            self.holders[own] = str(data.get("label", own))
            return [(graph, self.holders[own]) for graph in graphs]
        if graphs or any(True for _ in _children(element, "locator")):
            raise _Problem(f": {what} holds a graph of its own, which is not read")
        if holder and not self.grouped:
            data["group"] = re.sub(r"[\s.,\[\]]+", "_", holder)
        self.nodes[own] = data
        return []

    def graph(self) -> tuple[Any, tuple[str, ...]]:
        """The graph, and what is to be said of it."""
        edges = [self._edge(element, default) for element, default in self.edges]
        kinds = {directed for _, _, directed, _ in edges}
        mixed = len(kinds) == 2
        directed = True in kinds if edges else self.top.get("edgedefault") == "directed"
        if mixed:
            edges += [(v, u, way, data) for u, v, way, data in edges if not way and u != v]
        pairs = {(u, v) if directed else frozenset((u, v)) for u, v, _, _ in edges}
        kind = nx.DiGraph if directed else nx.Graph
        if len(pairs) < len(edges):
            kind = nx.MultiDiGraph if directed else nx.MultiGraph
        graph = kind()
        graph.graph.update(self.attributes)
        for node, data in self.nodes.items():
            graph.add_node(node)
            graph.nodes[node].update(data)
        for u, v, _, data in edges:
            key = graph.add_edge(u, v)
            where = (u, v) if key is None else (u, v, key)
            graph.edges[where].update(data)
        return graph, tuple(self._notes(mixed))

    def _edge(self, element: Any, default: str | None) -> tuple[str, str, bool, dict[str, Any]]:
        ends = [element.get(name) for name in ("source", "target")]
        if None in ends:
            raise _Problem(": an <edge> has no source or no target")
        what = f"edge '{printable(ends[0][:80])}' - '{printable(ends[1][:80])}'"
        for end in ends:
            if end in self.holders:
                raise _Problem(f": {what} ends at the group '{end}', which is no neuron")
            if end not in self.nodes:
                hint = did_you_mean(end, self.nodes, "nodes")
                raise _Problem(f": {what}: there is no node '{printable(end[:80])}'; {hint}")
        if any(True for _ in _children(element, "graph")):
            raise _Problem(f": {what} holds a graph of its own, which is not read")
        self.ports |= element.get("sourceport") is not None or element.get("targetport") is not None
        way, said = element.get("directed"), default
        if way is not None:
            directed = way.strip().lower() in _TRUE
            if not directed and way.strip().lower() not in _FALSE:
                raise _Problem(f": {what}: directed is true or false, not '{printable(way[:40])}'")
        elif said in ("directed", "undirected"):
            directed = said == "directed"
        else:
            raise _Problem(
                f": {what}: neither it nor edgedefault of its <graph> says its direction"
            )
        return ends[0], ends[1], directed, self.keys.data(element, "edge", what)

    def _notes(self, mixed: bool) -> Iterator[str]:
        if mixed:
            yield "undirected edges among directed ones go both ways"
        if self.ports:
            yield "ports are left out: they say where edges are drawn"
        if self.holders and not self.grouped:
            yield "groups of yEd are groups of neurons, and no neurons themselves"
        elif self.holders:
            yield "groups of yEd are no neurons; nodes say their group themselves"
