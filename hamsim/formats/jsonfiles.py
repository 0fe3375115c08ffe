"""Large JSON files of graphs, whose lists are looked at while they are read.

A value of three characters, as `{},` is, takes twenty times as much memory: a file that is no graph
is refused at its first node or edge that is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

__all__ = ["LONG", "NotAGraphError", "parse_long"]

# Characters of a text that is read whole without a look at its lists.
LONG = 1_000_000
_BLANK = re.compile(r"[ \t\n\r]*")


class NotAGraphError(Exception):
    """What stands where a node or an edge should; begins with where."""


def _is_node(item: Any) -> bool:
    return isinstance(item, str) or (isinstance(item, dict) and "id" in item)


def _is_edge(item: Any) -> bool:
    return isinstance(item, dict) and "source" in item and "target" in item


# Lists of nodes, which a connectome has by names, and of edges.
_LISTS: dict[str, Callable[[Any], bool]] = {"nodes": _is_node, "links": _is_edge, "edges": _is_edge}


def parse_long(text: str, pairs_hook: Callable[[list[tuple[str, Any]]], Any]) -> Any:
    """Value of a JSON text that should be a graph, or a connectome.

    Raises
    ------
    NotAGraphError
    json.JSONDecodeError
    """
    decoder = json.JSONDecoder(object_pairs_hook=pairs_hook)

    def skip(at: int) -> int:
        found = _BLANK.match(text, at)
        return at if found is None else found.end()

    def value(at: int) -> tuple[Any, int]:
        return decoder.raw_decode(text, at)

    def expect(at: int, allowed: str, what: str) -> int:
        at = skip(at)
        if text[at : at + 1] not in allowed or at >= len(text):
            raise json.JSONDecodeError(f"Expecting {what}", text, at)
        return at

    at = skip(0)
    if text[at : at + 1] != "{":
        raise NotAGraphError("holds no mapping {...}")
    pairs: list[tuple[str, Any]] = []
    at = skip(at + 1)
    while text[at : at + 1] != "}":
        key, at = value(expect(at, '"', "property name enclosed in double quotes"))
        at = skip(expect(at, ":", "':' delimiter") + 1)
        if key in _LISTS and text[at : at + 1] == "[":
            items, at = _items(key, at, text, value, skip, expect)
            pairs.append((key, items))
        else:
            found, at = value(at)
            pairs.append((key, found))
        at = expect(at, ",}", "',' delimiter")
        if text[at] == ",":
            at = expect(at + 1, '"', "property name enclosed in double quotes")
    if skip(at + 1) < len(text):
        raise json.JSONDecodeError("Extra data", text, skip(at + 1))
    return pairs_hook(pairs)


def _items(
    key: str, at: int, text: str, value: Any, skip: Any, expect: Any
) -> tuple[list[Any], int]:
    """Items of a list that begins here, and where it ends."""
    items: list[Any] = []
    at = skip(at + 1)
    while text[at : at + 1] != "]":
        item, at = value(at)
        if not _LISTS[key](item):
            kind = "node" if key == "nodes" else "edge"
            raise NotAGraphError(f"{key}[{len(items)}] is no {kind}")
        items.append(item)
        at = expect(at, ",]", "',' delimiter")
        if text[at] == ",":
            at = skip(at + 1)
            if text[at : at + 1] == "]":
                raise json.JSONDecodeError("Expecting value", text, at)
    return items, at + 1
