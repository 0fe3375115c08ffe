"""Functions of one or two arguments: constants folded, signs taken out, trivial cases removed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from hamsim.lagrangians.formula.algebra import add, mul, negative, power, split
from hamsim.lagrangians.formula.tree import MINUS_ONE, ONE, ZERO, Node, number

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


def call(op: str, u: Node) -> Node:
    """Value of a function of one argument, in its simplest form.

    Raises
    ------
    OverflowError
        If the argument is a number and the value is not finite.
    """
    if u.value is not None:
        try:
            return number(VALUES[op](float(u.value)))
        except ValueError:
            raise OverflowError(op) from None
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
            front, rest = split(u)
            return Node("sign", (rest,)) if front != 1 else Node(op, (u,))
    return Node(op, (u,))


def _absolute(u: Node) -> Node:
    if u.nonnegative:
        return u
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
