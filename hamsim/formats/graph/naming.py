"""Names of neurons from a graph: a chosen attribute, labels where they are names, or the nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hamsim.errors import HamsimError, given
from hamsim.formats.graph.attributes import Choice, name_of, quoted

__all__ = ["LABELS", "names_of_nodes", "node_key"]

# Attributes in which other programs keep what people call a node; its key is often a number.
LABELS = ("label", "name")

_Items = Sequence[tuple[Any, Mapping[str, Any]]]


def names_of_nodes(
    items: _Items, groups: Sequence[str], choice: Choice, ours: bool, notes: list[str]
) -> list[str]:
    """Name of each node's neuron; neurons of different groups may have the same.

    Parameters
    ----------
    items : sequence of (node, attributes)
    groups : sequence of str
        Of the nodes.
    choice : Choice
    ours : bool
        Whether hamsim has made the graph, so that the nodes themselves are names.
    notes : list of str
        Which names were taken is appended, unless they are those of the nodes.
    """
    keys = [node_key(node) for node, _ in items]
    if choice.id == "id" and not any("id" in data for _, data in items):
        _refuse_twice(keys, groups)
        return keys
    if choice.id is not None:
        names = []
        for key, (_, data) in zip(keys, items, strict=True):
            if choice.id not in data:
                raise HamsimError(f"node {quoted(key)} has no {choice.id}; give it one")
            name = _label(data[choice.id])
            if not name:
                id_ = given(data[choice.id])
                raise HamsimError(f"node {quoted(key)}: {choice.id} {id_} is not a name")
            names.append(name)
        _refuse_twice(names, groups)
        return names
    for attribute in () if ours else LABELS:
        labels = [_label(data.get(attribute)) for _, data in items]
        if not any(labels) or labels == keys:
            continue
        if "" in labels:
            notes.append(f"not all nodes have a {attribute}: neurons have the names of the nodes")
        elif twice := _twice(labels, groups):
            notes.append(
                f"two nodes have the {attribute} {quoted(twice)}: neurons have the names of the "
                "nodes"
            )
        else:
            notes.append(f"neurons are named by the nodes' {attribute}")
            return labels
    _refuse_twice(keys, groups)
    return keys


def _label(value: Any) -> str:
    """A label as a name; empty if it is none."""
    name = name_of(value)
    return "" if name is None else name.strip()


def _twice(names: Sequence[str], groups: Sequence[str]) -> str:
    seen: set[tuple[str, str]] = set()
    for pair in zip(groups, names, strict=True):
        if pair in seen:
            return pair[1]
        seen.add(pair)
    return ""


def _refuse_twice(names: Sequence[str], groups: Sequence[str]) -> None:
    if len(set(zip(groups, names, strict=True))) < len(names):
        raise HamsimError(f"two nodes have the name {quoted(_twice(names, groups))}")


def node_key(node: Any) -> str:
    """What a node is called by its key."""
    try:
        return name_of(node) or str(_plain(node))
    except Exception:  # an object without a text, or a tuple without an end
        raise HamsimError(f"{given(node)} is a node that cannot be named") from None


def _plain(node: Any) -> Any:
    """A tuple of numpy's numbers as one of Python's, which has shorter text."""
    if isinstance(node, tuple) and type(node) is tuple:
        return tuple(_plain(item) for item in node)
    return node.item() if isinstance(node, np.generic) else node
