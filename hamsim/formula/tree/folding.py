"""Functions of one or two arguments: constants folded, signs taken out, trivial cases removed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from hamsim.formula.tree.algebra import add, mul, negative, power, split
from hamsim.formula.tree.tree import MINUS_ONE, ONE, ZERO, Node, Number, as_float, number

__all__ = ["VALUES", "call", "larger", "pick", "relu", "step"]


def _sigmoid(u: float) -> float:
    e = math.exp(-abs(u))
    return (1.0 if u >= 0 else e) / (1.0 + e)


def _log_cosh(u: float) -> float:
    s = math.sinh(0.5 * min(abs(u), 2.0))
    small = math.log1p(2.0 * s * s)
    return small if abs(u) < 2.0 else abs(u) + math.log1p(math.exp(-2 * abs(u))) - math.log(2.0)


VALUES: Mapping[str, Callable[[float], float]] = {
    "abs": math.fabs,
    "arcsinh": math.asinh,
    "arctan": math.atan,
    "cos": math.cos,
    "cosh": math.cosh,
    "erf": math.erf,
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "log1p": math.log1p,
    "log_cosh": _log_cosh,
    "relu": lambda u: max(u, 0.0),
    "sech2": lambda u: math.exp(-2 * _log_cosh(u)),
    "sigmoid": _sigmoid,
    "sigmoid_slope": lambda u: _sigmoid(u) * _sigmoid(-u),
    "sign": lambda u: float((u > 0) - (u < 0)),
    "sin": math.sin,
    "sinh": math.sinh,
    "softplus": lambda u: max(u, 0.0) + math.log1p(math.exp(-abs(u))),
    "tanh": math.tanh,
}

_ODD = ("sinh", "tanh", "arctan", "arcsinh", "erf", "sin", "sign")
_EVEN = ("cosh", "cos", "abs", "log_cosh", "sech2", "sigmoid_slope")


def _is_negated(u: Node) -> bool:
    """Whether the sign of u is better taken out: exactly one of u and -u is."""
    first = u.args[-1] if u.op == "add" else u
    return split(first)[0] < 0


_OF_ZERO: Mapping[str, Node] = {
    **dict.fromkeys(("arcsinh", "arctan", "erf", "expm1", "log1p", "sin", "sinh", "tanh"), ZERO),
    **dict.fromkeys(("cos", "cosh", "exp", "sech2"), ONE),
    "log_cosh": ZERO,
    "sigmoid": number(Fraction(1, 2)),
    "sigmoid_slope": number(Fraction(1, 4)),
}
_RATIONAL: Mapping[str, Callable[[Number], Number]] = {
    "abs": abs,
    "relu": lambda u: max(u, Fraction(0)),
    "sign": lambda u: Fraction((u > 0) - (u < 0)),
}


def _of_number(op: str, value: Number) -> Node | None:
    """Value of a function at a number, if it is rational."""
    if op in _RATIONAL:
        return number(_RATIONAL[op](value))
    if value == 0 and op in _OF_ZERO:
        return _OF_ZERO[op]
    if value == 1 and op == "log":
        return ZERO
    try:
        finite = math.isfinite(VALUES[op](as_float(value)))
    except ValueError:
        finite = False
    if not finite:
        raise OverflowError(op)
    return None


def call(op: str, u: Node) -> Node:
    """Value of a function of one argument, in its simplest form.

    Raises
    ------
    OverflowError
        If the argument is a number and the value is not finite.
    """
    if u.value is not None:
        known = _of_number(op, u.value)
        if known is not None:
            return known
    if op in _ODD and _is_negated(u):
        return negative(call(op, negative(u)))
    if op in _EVEN and _is_negated(u):
        u = negative(u)
    if op in _EVEN and op != "abs" and u.op == "abs":
        u = u.args[0]
    match op:
        case "abs":
            return _absolute(u)
        case "relu":
            return relu(u)
        case "sign":
            if u.positive:
                return ONE
            if u.sign[1] < 0:
                return MINUS_ONE
            front, rest = split(u)
            return Node("sign", (rest,)) if front != 1 else Node(op, (u,))
    return Node(op, (u,))


def _absolute(u: Node) -> Node:
    if u.nonnegative:
        return u
    if u.sign[1] <= 0:
        return negative(u)
    front, rest = split(u)
    if front != 1:
        return mul(number(front if front > 0 else -front), _absolute(rest))
    if u.op == "pow" and u.args[1].value is not None:
        return power(_absolute(u.args[0]), u.args[1])
    if u.op in ("tanh", "sinh", "arctan", "arcsinh", "erf"):
        return Node(u.op, (_absolute(u.args[0]),))
    return Node("abs", (u,))


def relu(u: Node) -> Node:
    """Larger of u and 0."""
    if u.nonnegative:
        return u
    if u.sign[1] <= 0:
        return ZERO
    front, rest = split(u)
    if front > 0 and front != 1:
        return mul(number(front), Node("relu", (rest,)))
    return Node("relu", (u,))


def larger(u: Node, v: Node) -> Node:
    """Larger of u and v; a part without x comes second, so that NaN stays NaN."""
    if u == v:
        return u
    if u == ZERO or v == ZERO:
        return relu(add(u, v))
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


def step(u: Node) -> Node:
    """1 where u is above zero, else 0."""
    return pick(u, ONE, ZERO)
