"""Where a tree has kinks and jumps."""

from __future__ import annotations

from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.algebra import subtract
from hamsim.formula.tree.tree import Node, postorder

__all__ = ["has_jumps", "jumps", "kinks"]


def _degree(node: Node) -> int | None:
    """Degree of a function that has a kink or jumps at 0."""
    return FUNCTIONS[node.op].degree if node.op in FUNCTIONS and node.names else None


def kinks(L: Node) -> list[tuple[Node, Node]]:
    """Kinked functions in a tree, with the argument at whose zeros they have their kinks."""
    found = []
    for node in postorder(L):
        if not node.varies:
            continue
        if _degree(node) == 1:
            found.append((node, node.args[0]))
        elif node.op == "max":
            found.append((node, subtract(*node.args)))
    return found


def has_jumps(L: Node) -> bool:
    """Whether a function in a tree jumps."""
    return any(node.varies and _degree(node) == 0 for node in postorder(L))


def jumps(tree: Node) -> list[Node]:
    """Nodes that jump where their first argument is 0: functions, and choices of two values."""
    return [node for node in postorder(tree) if node.op == "pick" or _degree(node) == 0]
