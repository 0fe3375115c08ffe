"""Which attributes of a graph's nodes and edges hold what, and what is in them."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from hamsim.errors import HamsimError, did_you_mean, given, printable

__all__ = [
    "REPEATED",
    "USUAL",
    "Choice",
    "attributes_of",
    "edge_items",
    "finite",
    "is_number",
    "name_of",
    "node_items",
    "quoted",
    "require_present",
    "unread",
]

# Attributes that are read, or of which something is said, whatever is chosen.
_OF_NODES = ("lagrangian", "initial_trials", "label", "name")
_OF_EDGES = ("connection", "parts", "id")
# The same of edges that hamsim has made, which name their connection.
_OF_OURS = ("delay", "delays")
# What the file says of some nodes or edges and not of others, in networkx's reader of GraphML.
_NODE_DEFAULT, _EDGE_DEFAULT = "node_default", "edge_default"


# What may become of parallel edges; "refuse" is another word for "error".
REPEATED = ("add", "last", "error", "refuse")


class Choice(NamedTuple):
    """Names of the attributes that hold what a network needs; None where nobody has chosen.

    Parameters
    ----------
    weight : str or None
        Of edges.
    default_weight : float or None
        Of edges that have no such attribute.
    id, group, tau, input, initial : str or None
        Of nodes.
    default_tau : float or None
        Of nodes that have no such attribute.
    repeated : str
        What becomes of parallel edges: "add", "last" or "error", which is also "refuse".
    """

    weight: str | None = None
    default_weight: float | None = None
    id: str | None = None
    group: str | None = None
    tau: str | None = None
    default_tau: float | None = None
    input: str | None = None
    initial: str | None = None
    repeated: str = "add"

    @property
    def nodes(self) -> dict[str, str]:
        """Attributes of nodes that were chosen, by what they hold."""
        keys = ("id", "group", "tau", "input", "initial")
        return {key: name for key in keys if (name := getattr(self, key)) is not None}

    def checked(self) -> Choice:
        """The same, with what is no name and no number refused."""
        for key, name in (*self.nodes.items(), ("weight", self.weight)):
            if name is not None and not isinstance(name, str):
                raise HamsimError(f"{key} is the name of an attribute (text), not {given(name)}")
        if not isinstance(self.repeated, str) or self.repeated not in REPEATED:
            hint = did_you_mean(given(self.repeated).strip("'"), REPEATED)
            raise HamsimError(f"repeated {given(self.repeated)} is not allowed; {hint}")
        weight, tau = self.default_weight, self.default_tau
        if weight is not None:
            weight = finite(weight, "default_weight")
        if tau is not None and (tau := finite(tau, "tau")) < 0:
            raise HamsimError(f"tau {tau:g} must be at least 0")
        return self._replace(default_weight=weight, default_tau=tau)


# Whole numbers beyond it are no names; of some thousands of digits Python makes no text.
LARGEST_NAME = 10**100

# Attributes that are read where nobody has chosen others.
USUAL = {key: key for key in ("group", "tau", "input", "initial")}


# --- nodes and edges with what the graph says of all ---------------------------------------------


def node_items(graph: Any) -> list[tuple[Any, Mapping[str, Any]]]:
    """Nodes with their attributes."""
    default = _default(graph, _NODE_DEFAULT)
    return [(node, {**default, **data} if default else data) for node, data in graph.nodes.items()]


def edge_items(graph: Any) -> list[tuple[Any, Any, Mapping[str, Any]]]:
    """Edges with their attributes."""
    default = _default(graph, _EDGE_DEFAULT)
    return [
        (u, v, {**default, **data} if default else data) for u, v, data in graph.edges(data=True)
    ]


def _default(graph: Any, key: str) -> Mapping[str, Any]:
    value = graph.graph.get(key)
    # Some sparse matrices are mappings too.
    return value if isinstance(value, Mapping) and not hasattr(value, "dtype") else {}


def attributes_of(items: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many have each attribute."""
    counts: dict[str, int] = {}
    for data in items:
        for name in data:
            counts[name] = counts.get(name, 0) + 1
    return counts


def require_present(name: str, counts: Mapping[str, int], what: str) -> None:
    """Refuse a chosen attribute that nothing has; `what` is "node" or "edge"."""
    if name not in counts:
        hint = did_you_mean(name, counts, f"attributes of {what}s")
        raise HamsimError(f"no {what} has an attribute {quoted(name)}; {hint}")


def unread(graph: Any, choice: Choice) -> str:
    """Attributes that nothing is made of, in words; empty if there are none."""
    nodes = attributes_of(data for _, data in node_items(graph))
    edges = attributes_of(data for _, _, data in edge_items(graph))
    ours = _OF_OURS if "connection" in edges else ()
    used = {*{**USUAL, **choice.nodes}.values(), *_OF_NODES}
    parts = [
        f"{listed} of {what}"
        for what, counts, known in (
            ("nodes", nodes, used),
            ("edges", edges, {choice.weight or "weight", *_OF_EDGES, *ours}),
        )
        if (listed := _listed([str(name) for name in counts if name not in known]))
    ]
    return f"not read: {' and '.join(parts)}" if parts else ""


def _listed(names: list[str]) -> str:
    return ", ".join(quoted(name) for name in names[:8]) + (", ..." if len(names) > 8 else "")


# --- values --------------------------------------------------------------------------------------


def _unwrapped(value: Any) -> Any:
    """A scalar of numpy as what Python has for it."""
    scalar = isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0)
    return value.item() if scalar else value


def name_of(value: Any) -> str | None:
    """Text for what may name a node or a group: text, whole numbers, tuples; None for others."""
    value = _unwrapped(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_NAME:
        return str(value)
    return None


def finite(value: Any, what: str) -> float:
    """An attribute as a finite number; `what` names it in messages."""
    found = _unwrapped(value)
    if isinstance(found, str):  # as in files that call every attribute a text
        found = _read(found)
    if isinstance(found, bool) or not isinstance(found, numbers.Real):
        raise HamsimError(f"{what} {given(value)} is not a number")
    try:
        number = float(found)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise HamsimError(f"{what} {number} is not a finite number")
    return number


def _read(text: str) -> float | None:
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def is_number(value: Any) -> bool:
    """Whether a value is a number, or text that reads as one."""
    try:
        finite(value, "")
    except HamsimError:
        return False
    return True


def quoted(label: str) -> str:
    """A node's name for messages."""
    return f"'{printable(label[:80])}'"
