"""Constants of what is computed: worked out to 50 digits and rounded once, to a float."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Iterable

from hamsim.formula.arithmetic.rationals import as_float
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.lowering import lowered
from hamsim.formula.tree.tree import Node, number, postorder
from hamsim.formula.values.longrange import long_range_value

__all__ = ["check_constants", "computed", "worked_out"]

_ARITHMETIC = ("add", "mul", "pow", "max", "pick")


def computed(roots: list[Node]) -> list[Node]:
    """Lower every root, with one float for each part that is made of numbers alone."""
    return worked_out(lowered(roots))


def worked_out(trees: list[Node]) -> list[Node]:
    """Put one number for each part of trees that is made of numbers alone."""
    constants = _constants(trees)
    if all(node.value is not None for node in constants):
        return trees
    new: dict[Node, Node] = {}
    for node in postorder(*trees):
        value = _rounded(node) if node in constants else math.nan
        if math.isfinite(value):
            new[node] = number(value)
        else:
            args = _together(node, constants, new) or tuple(new[arg] for arg in node.args)
            new[node] = Node(node.op, args, node.label, node.value)
    return [new[tree] for tree in trees]


def _together(node: Node, constants: set[Node], new: dict[Node, Node]) -> tuple[Node, ...]:
    """Arguments of a sum or product with its constants made one; nothing if there are no two."""
    fixed = tuple(arg for arg in node.args if arg in constants)
    if node.op not in ("add", "mul") or len(fixed) < 2:
        return ()
    value = _rounded(Node(node.op, fixed))
    if not math.isfinite(value):
        return ()
    return (number(value), *(new[arg] for arg in node.args if arg not in constants))


def _constants(trees: list[Node]) -> set[Node]:
    found: set[Node] = set()
    for node in postorder(*trees):
        known = node.op in _ARITHMETIC or node.op in FUNCTIONS
        if node.op in ("number", "pi") or (known and found.issuperset(node.args)):
            found.add(node)
    return found


@functools.lru_cache(maxsize=1024)
def _rounded(node: Node) -> float:
    return as_float(node.value) if node.value is not None else long_range_value(node, {})


def check_constants(roots: Iterable[Node]) -> None:
    """Refuse numbers that are no floats.

    Raises
    ------
    OverflowError
        If one is too large for a float, or so small that a float has no digits for it.
    """
    trees = lowered(list(roots))
    constants = _constants(trees)
    inside = {arg for node in constants for arg in node.args}
    users = {arg for node in postorder(*trees) if node not in constants for arg in node.args}
    for node in constants:
        if node in inside and node not in users:
            continue
        value = _rounded(node)
        if not math.isfinite(value) or (abs(value) < sys.float_info.min and _is_lost(node, value)):
            raise OverflowError(value)


def _is_lost(node: Node, value: float) -> bool:
    """Whether a constant is another number than the float, 0 or near 0, that stands for it."""
    return node.value != value if node.value is not None else node.sign in ((1, 1), (-1, -1))
