"""Functions of one or two arguments: constants folded, signs taken out, trivial cases removed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hamsim.formula.arithmetic.rationals import Number, as_float
from hamsim.formula.elementary.row import Function
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.algebra import add, mul, negative, power, split
from hamsim.formula.tree.tree import MINUS_ONE, ZERO, Node, number

__all__ = ["call", "larger", "pick"]


def _is_negated(u: Node) -> bool:
    """Whether the sign of u is better taken out: exactly one of u and -u is."""
    first = u.args[-1] if u.op == "add" else u
    return split(first)[0] < 0


def _of_number(row: Function, value: Number) -> Node | None:
    """Value of a function at a number, if it is rational."""
    exact = row.exact(value)
    if exact is not None:
        return number(exact)
    with np.errstate(all="ignore"):
        if not np.isfinite(row.array(as_float(value))):
            raise OverflowError(row.name)
    return None


def call(op: str, u: Node) -> Node:
    """Value of an elementary function, in its simplest form.

    Raises
    ------
    OverflowError
        If the argument is a number and the value is not finite.
    """
    row = FUNCTIONS[op]
    if u.value is not None:
        known = _of_number(row, u.value)
        if known is not None:
            return known
    if row.parity == "odd" and _is_negated(u):
        return negative(call(op, negative(u)))
    if row.parity == "even":
        if _is_negated(u):
            u = negative(u)
        if u.op == "abs":
            u = u.args[0]
    return _homogeneous(row, u) if row.degree is not None else Node(op, (u,))


def _homogeneous(row: Function, u: Node) -> Node:
    """Value of a function for which f(t u) = t^degree f(u) for t > 0."""
    at_one, at_minus_one = row.exact(Fraction(1)), row.exact(Fraction(-1))
    assert at_one is not None
    assert at_minus_one is not None
    if row.degree == 0 and u.positive:
        return number(at_one)
    if row.degree == 0 and u.sign[1] < 0:
        return number(at_minus_one)
    if row.degree == 1 and u.nonnegative:
        return _times(at_one, u)
    if row.degree == 1 and u.sign[1] <= 0:
        return _times(at_minus_one, negative(u))
    front, rest = split(u)
    if front > 0 and front != 1:
        assert row.degree is not None
        return mul(number(front**row.degree), _homogeneous(row, rest))
    return (_size_inside(row, u) if row.name == "abs" else None) or Node(row.name, (u,))


def _times(factor: Number, u: Node) -> Node:
    return u if factor == 1 else mul(number(factor), u)


def _size_inside(size: Function, u: Node) -> Node | None:
    """Rewrite |u^p| as |u|^p, and |f(u)| as f(|u|) for odd f with the sign of u."""
    if u.op == "pow" and u.args[1].value is not None:
        return power(_homogeneous(size, u.args[0]), u.args[1])
    row = FUNCTIONS.get(u.op)
    if row is not None and row.parity == "odd" and row.keeps_sign and row.degree is None:
        return Node(u.op, (_homogeneous(size, u.args[0]),))
    return None


def larger(u: Node, v: Node) -> Node:
    """Larger of u and v; a part without x comes second, so that NaN stays NaN."""
    if u == v:
        return u
    if u == ZERO or v == ZERO:
        return call("relu", add(u, v))
    if u == negative(v):
        return call("abs", u)
    if u.value is not None and v.value is not None:
        return u if u.value >= v.value else v
    if v.varies == u.varies:
        u, v = sorted((u, v), key=lambda node: node.order)
    elif v.varies:
        u, v = v, u
    return Node("max", (u, v))


def pick(condition: Node, above: Node, otherwise: Node) -> Node:
    """`above` where the condition is above zero, else `otherwise`."""
    if above == otherwise or condition.positive:
        return above
    if condition.sign[1] <= 0:
        return otherwise
    front, rest = split(condition)
    if front < 0:
        rest = mul(MINUS_ONE, rest)
    return Node("pick", (rest, above, otherwise))
