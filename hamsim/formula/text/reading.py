"""Text of a formula to its tree: read by Python's parser, checked node by node, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from fractions import Fraction

from hamsim.errors import ExpressionError
from hamsim.expression import parse, short
from hamsim.formula.elementary.table import WRITTEN
from hamsim.formula.tree.rewriting import make
from hamsim.formula.tree.tree import MINUS_ONE, ONE, PI, Node, name, number, rebuild

__all__ = ["FUNCTIONS", "read", "simplified"]

# With how many arguments a function is called, operations of trees besides the elementary ones.
FUNCTIONS: Mapping[str, int] = {
    **dict.fromkeys(WRITTEN, 1),
    **dict.fromkeys(("mean", "sqrt", "sum"), 1),
    **dict.fromkeys(("max", "min"), 2),
}
_OPERATORS = "+ - * / **"
_HALF = number(Fraction(1, 2))
# Not rational, so not numbers: their powers and sums are enclosed where they are needed.
_CONSTANTS: Mapping[str, Node] = {"pi": PI, "e": Node("exp", (ONE,))}


def read(text: str) -> Node:
    """Read a formula as it is written, nothing simplified.

    Parameters
    ----------
    text : str
        Arithmetic in ``x`` and parameters.

    Returns
    -------
    Node

    Raises
    ------
    ExpressionError
        With one line that says what is wrong.
    """
    if not text.strip():
        raise ExpressionError("the formula is empty; write the Lagrangian, such as 'x**2/2'")
    return _tree(parse(text, FUNCTIONS, _OPERATORS), text)


def _tree(node: ast.expr, text: str) -> Node:
    match node:
        case ast.Constant():
            return _number(node, text)
        case ast.Name(id=label):
            return _name(label, text)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Node("mul", (MINUS_ONE, _tree(operand, text)))
        case ast.UnaryOp(operand=operand):
            return _tree(operand, text)
        case ast.Call(func=ast.Name(id=label), args=args):
            inner = tuple(_tree(arg, text) for arg in args)
            if label == "min":
                opposite = Node("max", tuple(Node("mul", (MINUS_ONE, u)) for u in inner))
                return Node("mul", (MINUS_ONE, opposite))
            if label == "sqrt":
                return Node("pow", (*inner, _HALF))
            return Node(WRITTEN[label].name if label in WRITTEN else label, inner)
        case ast.BinOp(left=left, op=op, right=right):
            u, v = _tree(left, text), _tree(right, text)
            match op:
                case ast.Add():
                    return Node("add", (u, v))
                case ast.Sub():
                    return Node("add", (u, Node("mul", (MINUS_ONE, v))))
                case ast.Mult():
                    return Node("mul", (u, v))
                case ast.Div():
                    return Node("mul", (u, Node("pow", (v, MINUS_ONE))))
                case ast.Pow():
                    return Node("pow", (u, v))
    raise ExpressionError(f"'{short(text)}' is not an arithmetic expression")


def _number(node: ast.Constant, text: str) -> Node:
    value = node.value
    assert isinstance(value, int | float)
    try:
        # A decimal number is the float that is computed with, to the bit; a whole one is exact.
        float(value)
        if value == 0 and re.search("[1-9]", _as_written(node, text).lower().split("e")[0]):
            raise ExpressionError(f"a number in '{short(text)}' is too small for a float")
        return number(value)
    except OverflowError:
        raise ExpressionError(f"a number in '{short(text)}' is too large") from None


def _as_written(node: ast.Constant, text: str) -> str:
    return ast.get_source_segment(text.strip(), node) or ""


def _name(label: str, text: str) -> Node:
    if label in _CONSTANTS:
        return _CONSTANTS[label]
    if label in FUNCTIONS:
        raise ExpressionError(
            f"'{label}' is a function and needs an argument in parentheses in '{short(text)}'"
        )
    if label.startswith("_"):
        raise ExpressionError(f"'{short(label)}' is not a name for a parameter")
    return name(label)


def simplified(tree: Node, text: str, outside: frozenset[str] = frozenset()) -> Node:
    """Rewrite a tree as it was read in its stable form.

    Parameters
    ----------
    tree : Node
        As `read` gives it.
    text : str
        What was read, for messages.
    outside : frozenset of str
        Parameters that are one number for the whole group.

    Returns
    -------
    Node

    Raises
    ------
    ExpressionError
        If a part without x and parameters is not finite.
    """
    try:
        shared = {name(label): Node("shared", label=label) for label in outside}
        return rebuild([tree], make, shared)[0]
    except OverflowError:
        raise ExpressionError(
            f"a constant in '{short(text)}' is not finite (a division by zero or an overflow)"
        ) from None
