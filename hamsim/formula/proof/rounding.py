"""How many digits an activation has when it is computed.

A few operations on numbers of one size lose a few units in the last place. Powers and exponentials
magnify the rounding of what they are taken of, and sums of unlike signs leave it where the sum is
small.
"""

from __future__ import annotations

from hamsim.formula.tree.algebra import HALF
from hamsim.formula.tree.tree import Node, postorder

__all__ = ["rounding_of"]

# Relative to 1 + |g|.
_FEW = 1e-14
_MANY = 1e-12
_MAGNIFYING = ("cosh", "exp", "expm1", "sinh")


def rounding_of(g: Node) -> float:
    """Bound of the rounding of an activation, relative to 1 + |g|."""
    return _MANY if any(_loses_digits(node) for node in postorder(g) if node.varies) else _FEW


def _loses_digits(node: Node) -> bool:
    match node.op:
        case "add":
            return not all(arg.nonnegative for arg in node.args)
        case "pow":
            exponent = node.args[1].value
            return exponent is None or abs(exponent) not in (1, 2, HALF.value)
    return node.op in _MAGNIFYING
