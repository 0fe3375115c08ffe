"""Interval arithmetic: bounds of trees over boxes of states and parameters, safe to rounding.

Every bound is moved outwards by more than the error of its operation, so that what is proved with
it is proved of the exact formula. Many boxes are done at once: a bound is an array with one entry
a box, or a number that holds for all of them.

Where a box touches a place at which an operation is not defined, the bounds are those of the part
of the box where it is; whether there is such a place is asked by `dangers`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.lagrangians.formula import evaluation
from hamsim.lagrangians.formula.tree import ONE, Node, postorder

__all__ = ["Bounds", "Interval", "as_polynomial", "bounds", "point"]

Floats = NDArray[np.float64]
_MAX = sys.float_info.max
_TINY = sys.float_info.min
_EPS = 2.0**-52
# Functions of the C library and of NumPy err by less than this many units in the last place.
_LIBRARY = 8


class Interval(NamedTuple):
    """Lower and upper bounds; `low` < inf and `high` > -inf."""

    low: Any
    high: Any


Bounds = Mapping[str, Interval]
_ALL = Interval(-np.inf, np.inf)


def point(value: float) -> Interval:
    """A number that is known to the bit."""
    return Interval(value, value)


def _outward(low: Any, high: Any, ulps: int = 0) -> Interval:
    # What overflowed is larger than every number, not infinite.
    low, high = np.minimum(low, _MAX), np.maximum(high, -_MAX)
    if ulps:
        low = low - np.abs(low) * (ulps * _EPS)
        high = high + np.abs(high) * (ulps * _EPS)
    low = np.nextafter(low, -np.inf)
    high = np.nextafter(high, np.inf)
    low = np.where(np.isnan(low), -np.inf, low)
    high = np.where(np.isnan(high), np.inf, high)
    return Interval(np.minimum(low, _MAX), np.maximum(high, -_MAX))


def _clipped(u: Interval, low: float, high: float) -> Interval:
    return Interval(np.clip(u.low, low, high), np.clip(u.high, low, high))


def _signed(result: Interval, low_is_zero: Any, high_is_zero: Any) -> Interval:
    """Keep a bound at 0 where the signs of what was combined show that it is one."""
    low = np.where(low_is_zero, np.maximum(result.low, 0.0), result.low)
    high = np.where(high_is_zero, np.minimum(result.high, 0.0), result.high)
    return Interval(low, high)


def added(u: Interval, v: Interval) -> Interval:
    """Bounds of a sum."""
    low, high = u.low + v.low, u.high + v.high
    wide = _outward(low, high)
    # What is exact stays: 1 - 1 is 0, and 1 + cos(u) is not below it.
    result = Interval(
        np.where(_is_exact_sum(u.low, v.low, low), low, wide.low),
        np.where(_is_exact_sum(u.high, v.high, high), high, wide.high),
    )
    return _signed(result, (u.low >= 0) & (v.low >= 0), (u.high <= 0) & (v.high <= 0))


def _is_exact_sum(a: Any, b: Any, total: Any) -> Any:
    """Whether a + b was not rounded, by Knuth's error term."""
    shifted = total - a
    return ((a - (total - shifted)) + (b - shifted) == 0) & np.isfinite(total)


def _is_power_of_two(u: Interval) -> bool:
    """Whether a product with u is exact, overflow and underflow left out."""
    if np.ndim(u.low) or np.ndim(u.high) or u.low != u.high:
        return False
    return abs(math.frexp(u.low)[0]) == 0.5


def _product(a: Any, b: Any) -> Any:
    # An infinite bound is not a value, so that 0 times it is 0.
    return np.where((a == 0) | (b == 0), 0.0, a * b)


def multiplied(u: Interval, v: Interval) -> Interval:
    """Bounds of a product."""
    corners = [_product(a, b) for a in u for b in v]
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    same = ((u.low >= 0) & (v.low >= 0)) | ((u.high <= 0) & (v.high <= 0))
    other = ((u.low >= 0) & (v.high <= 0)) | ((u.high <= 0) & (v.low >= 0))
    made = _signed(_outward(low, high), same, other)
    if _is_power_of_two(u) or _is_power_of_two(v):  # then nothing is rounded
        return Interval(
            np.where((np.abs(low) > _TINY) & np.isfinite(low), low, made.low),
            np.where((np.abs(high) > _TINY) & np.isfinite(high), high, made.high),
        )
    return made


def hull(u: Interval, v: Interval) -> Interval:
    """Smallest interval that holds both."""
    return Interval(np.minimum(u.low, v.low), np.maximum(u.high, v.high))


def _met(u: Interval, v: Interval, base: Interval | None = None) -> Interval:
    """What two bounds of one value have in common; the first where a base may be 0."""
    low, high = np.maximum(u.low, v.low), np.minimum(u.high, v.high)
    alone = low > high
    if base is not None:
        alone = alone | ~((np.asarray(base.low) > 0) | (np.asarray(base.high) < 0))
    return Interval(np.where(alone, u.low, low), np.where(alone, u.high, high))


# --- functions of one argument ---


def _exact(made: Interval, u: Interval, place: float, value: float) -> Interval:
    """Bounds of a function that is known exactly at one place."""
    return Interval(
        np.where(u.low == place, value, made.low), np.where(u.high == place, value, made.high)
    )


def _rising(function: Callable[[Any], Any], low: float, high: float) -> Callable[..., Interval]:
    at_zero = float(function(0.0))  # 0 or 1, without error

    def bounds_of(u: Interval) -> Interval:
        made = _outward(function(u.low), function(u.high), _LIBRARY)
        made = _exact(made, u, 0.0, at_zero)
        result = _clipped(made, low, high)
        # Where the function has the sign of its argument, so has the bound.
        odd = low < 0
        return _signed(result, odd & (u.low >= 0), odd & (u.high <= 0))

    return bounds_of


def _size(u: Interval) -> Interval:
    inside = (u.low <= 0) & (u.high >= 0)
    a, b = np.abs(u.low), np.abs(u.high)
    return Interval(np.where(inside, 0.0, np.minimum(a, b)), np.maximum(a, b))


def _logarithm(u: Interval) -> Interval:
    made = _outward(np.log(np.maximum(u.low, 0.0)), np.log(np.maximum(u.high, 0.0)), _LIBRARY)
    return _exact(made, u, 1.0, 0.0)


def _log1p(u: Interval) -> Interval:
    made = _outward(np.log1p(np.maximum(u.low, -1.0)), np.log1p(np.maximum(u.high, -1.0)), _LIBRARY)
    return _signed(made, u.low >= 0, u.high <= 0)


def _log_cosh(u: Interval) -> Interval:
    a = _size(u)
    made = _outward(
        evaluation.evaluate_function("log_cosh", a.low),
        evaluation.evaluate_function("log_cosh", a.high),
        4 * _LIBRARY,
    )
    return _clipped(made, 0.0, np.inf)


def _softplus(u: Interval) -> Interval:
    made = _outward(
        evaluation.evaluate_function("softplus", u.low),
        evaluation.evaluate_function("softplus", u.high),
        2 * _LIBRARY,
    )
    return _clipped(made, 0.0, np.inf)


def _sigmoid(u: Interval) -> Interval:
    made = _outward(
        evaluation.evaluate_function("sigmoid", u.low),
        evaluation.evaluate_function("sigmoid", u.high),
        2 * _LIBRARY,
    )
    return _clipped(made, 0.0, 1.0)


def _bell(name: str, top: float) -> Callable[[Interval], Interval]:
    def bounds_of(u: Interval) -> Interval:
        a = _size(u)
        made = _outward(
            evaluation.evaluate_function(name, a.high),
            evaluation.evaluate_function(name, a.low),
            4 * _LIBRARY,
        )
        return _clipped(made, 0.0, top)

    return bounds_of


def _cosh(u: Interval) -> Interval:
    a = _size(u)
    return _clipped(_outward(np.cosh(a.low), np.cosh(a.high), _LIBRARY), 1.0, np.inf)


def _cosine(u: Interval) -> Interval:
    return _wave(u, 0.0)


def _sine(u: Interval) -> Interval:
    return _wave(u, 0.5 * math.pi)


def _wave(u: Interval, crest: float) -> Interval:
    """Bounds of cos(u - crest)."""
    far = (np.abs(u.low) > 1e6) | (np.abs(u.high) > 1e6)
    low, high = np.where(far, 0.0, u.low), np.where(far, 0.0, u.high)
    a, b = np.cos(low - crest), np.cos(high - crest)
    slack = 1e-9  # a crest so near to an end counts as inside
    turn = 2.0 * math.pi

    def holds(place: float) -> Any:
        return np.floor((high - place + slack) / turn) > np.floor((low - place - slack) / turn)

    bottom = np.where(holds(crest + math.pi) | far, -1.0, np.minimum(a, b) - 1e-9)
    top = np.where(holds(crest) | far, 1.0, np.maximum(a, b) + 1e-9)
    return _clipped(Interval(bottom, top), -1.0, 1.0)


def _sign(u: Interval) -> Interval:
    return Interval(np.sign(u.low), np.sign(u.high))


def _relu(u: Interval) -> Interval:
    return Interval(np.maximum(u.low, 0.0), np.maximum(u.high, 0.0))


_FUNCTIONS: Mapping[str, Callable[[Interval], Interval]] = {
    "abs": _size,
    "arcsinh": _rising(np.arcsinh, -np.inf, np.inf),
    "arctan": _rising(np.arctan, -1.6, 1.6),
    "cos": _cosine,
    "cosh": _cosh,
    "erf": _rising(evaluation.erf, -1.0, 1.0),
    "exp": _rising(np.exp, 0.0, np.inf),
    "expm1": _rising(np.expm1, -1.0, np.inf),
    "log": _logarithm,
    "log1p": _log1p,
    "log_cosh": _log_cosh,
    "relu": _relu,
    "sech2": _bell("sech2", 1.0),
    "sigmoid": _sigmoid,
    "sigmoid_slope": _bell("sigmoid_slope", 0.25),
    "sign": _sign,
    "sin": _sine,
    "sinh": _rising(np.sinh, -np.inf, np.inf),
    "softplus": _softplus,
    "tanh": _rising(np.tanh, -1.0, 1.0),
}


# --- powers ---


def whole_power(u: Interval, n: int) -> Interval:
    """Bounds of u^n."""
    if n < 0:
        return _reciprocal(whole_power(u, -n))
    if n % 2 == 0:
        a = _size(u)
        made = _outward(np.power(a.low, float(n)), np.power(a.high, float(n)), _LIBRARY)
        return _clipped(made, 0.0, np.inf)
    made = _outward(np.power(u.low, float(n)), np.power(u.high, float(n)), _LIBRARY)
    return _signed(made, u.low >= 0, u.high <= 0)


def _reciprocal(u: Interval) -> Interval:
    above, below = u.low >= 0, u.high <= 0
    both = ~(above | below)
    # 1/0 at the end of a box is a bound of infinite size, with the sign of the rest of the box.
    at_high = np.where(below & (u.high == 0), -np.inf, 1.0 / np.where(u.high == 0, 1.0, u.high))
    at_low = np.where(above & (u.low == 0), np.inf, 1.0 / np.where(u.low == 0, 1.0, u.low))
    made = _signed(_outward(at_high, at_low), above, below)
    both = both | ((u.low == 0) & (u.high == 0))
    return Interval(np.where(both, -np.inf, made.low), np.where(both, np.inf, made.high))


def real_power(u: Interval, e: Interval) -> Interval:
    """Bounds of u^e for u >= 0; what lies below 0 is left out."""
    base = _relu(u)
    corners = [np.power(b, x) for b in base for x in e]
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    made = _clipped(_outward(low, high, _LIBRARY), 0.0, np.inf)
    one = (base.low == 1.0, base.high == 1.0)  # whose powers are 1
    rises = np.asarray(e.low >= 0)
    return Interval(
        np.where(np.where(rises, one[0], one[1]) & _one_sign(e), 1.0, made.low),
        np.where(np.where(rises, one[1], one[0]) & _one_sign(e), 1.0, made.high),
    )


def _one_sign(e: Interval) -> Any:
    return (e.low >= 0) | (e.high <= 0)


def _power(u: Interval, exponent: Node, e: Interval) -> Interval:
    if exponent.value is not None and exponent.value == int(exponent.value):
        return whole_power(u, int(exponent.value))
    fixed = np.ndim(e.low) == 0 and np.ndim(e.high) == 0 and e.high - e.low <= 4 * _EPS * abs(e.low)
    nearest = round(float(e.low)) if fixed and abs(e.low) < 1e9 else 0
    if fixed and e.low <= nearest <= e.high and exponent.value is None:
        return whole_power(u, nearest)
    made = real_power(u, e)
    negative = u.low < 0
    if np.any(negative) and exponent.value is None:  # even and odd whole exponents may both occur
        return Interval(
            np.where(negative, -np.inf, made.low), np.where(negative, np.inf, made.high)
        )
    return made


# --- trees ---


def bounds(roots: list[Node], given: Bounds) -> dict[Node, Interval]:
    """Bounds of every node below the roots.

    Parameters
    ----------
    roots : list of Node
        Trees, possibly with the nodes that `tails.for_bounds` puts in.
    given : mapping of str to Interval
        Bounds of the names; of ``x`` usually an array, one entry a box.

    Returns
    -------
    dict of Node to Interval
    """
    found: dict[Node, Interval] = {}
    with np.errstate(all="ignore"):
        for node in postorder(*roots):
            if node.op == "fading":
                found[node] = _fading(node, found, given)
            else:
                found[node] = _bounds(node, found, given)
    return found


def _fading(node: Node, found: Mapping[Node, Interval], given: Bounds) -> Interval:
    """Bounds of a positive value that falls with |x| where its elasticity is not above 0."""
    value, elasticity = node.args
    x = given["x"]
    nearest = np.where(x.low > 0, x.low, x.high)
    near = {**given, "x": Interval(nearest, nearest)}
    top = bounds([value], near)[value].high
    falls = (found[elasticity].high <= 0) & ((x.low > 0) | (x.high < 0))
    return Interval(
        np.maximum(found[value].low, 0.0),
        np.where(falls, np.minimum(found[value].high, top), found[value].high),
    )


def _bounds(node: Node, found: Mapping[Node, Interval], given: Bounds) -> Interval:
    args = [found[arg] for arg in node.args]
    match node.op:
        case "number":
            assert node.value is not None
            value = float(node.value)
            if isinstance(node.value, Fraction) and node.value == value:
                return point(value)
            return Interval(value - 16 * _EPS * abs(value), value + 16 * _EPS * abs(value))
        case "name" | "shared":
            return given[node.label]
        case "size":
            return Interval(1.0, np.inf)
        case "add":
            return _sum(node, args, found)
        case "mul":
            result = args[0]
            for arg in args[1:]:
                result = multiplied(result, arg)
            return result
        case "pow":
            return _power(args[0], node.args[1], args[1])
        case "met":
            return _met(*args)  # of two forms, where what they are divided by is not 0
        case "max":
            return Interval(
                np.maximum(args[0].low, args[1].low), np.maximum(args[0].high, args[1].high)
            )
        case "pick":
            return _picked(*args)
        case "sum":
            u = args[0]
            return Interval(
                np.where(u.low >= 0, u.low, -np.inf), np.where(u.high <= 0, u.high, np.inf)
            )
        case "mean":
            return args[0]
        case "term":
            return added(_logarithm(args[0]), args[1])
        case "expsum":
            return Interval(added(_logarithm(args[0]), args[1]).low, np.inf)
        case "lse":
            return _joined(args)
        case "share" | "part":
            return Interval(0.0, 1.0) if _is_part(node) else Interval(0.0, np.inf)
    return _FUNCTIONS[node.op](args[0])


def _is_part(node: Node) -> bool:
    """Whether a share is one of the entries that make the whole."""
    whole = node.args[0]
    entries = whole.args if whole.op == "lse" else (whole,)
    if node.op == "part":
        return node.args[1] in entries
    return any(entry.args == node.args[1:] for entry in entries)


def _picked(condition: Interval, above: Interval, otherwise: Interval) -> Interval:
    both = hull(above, otherwise)
    on, off = condition.low > 0, condition.high <= 0
    return Interval(
        np.where(on, above.low, np.where(off, otherwise.low, both.low)),
        np.where(on, above.high, np.where(off, otherwise.high, both.high)),
    )


def _joined(logs: list[Interval]) -> Interval:
    """Logarithm of a sum, from the logarithms of what is added."""
    ends = []
    for end in (0, 1):
        top = logs[0][end]
        for log in logs[1:]:
            top = np.maximum(top, log[end])
        finite = np.isfinite(top)
        scaled = sum(np.exp(log[end] - np.where(finite, top, 0.0)) for log in logs)
        ends.append(np.where(finite, top + np.log(scaled), top))
    made = _outward(ends[0], ends[1], 2 * _LIBRARY)
    slack = 4 * _LIBRARY * _EPS * len(logs)  # of the logarithm of the sum, which is of order 1
    return Interval(made.low - slack, made.high + slack)


def _sum(node: Node, args: list[Interval], found: Mapping[Node, Interval]) -> Interval:
    result = args[0]
    for arg in args[1:]:
        result = added(result, arg)
    polynomial = as_polynomial(node)
    if polynomial is None or max(polynomial[1]) < 2:
        return result
    base, coefficients = polynomial
    # Horner's form bounds it better far out, where the highest power rules.
    nested = point(0.0)
    for k in range(max(coefficients), -1, -1):
        nested = multiplied(nested, found[base])
        for coefficient in coefficients.get(k, ()):
            nested = added(nested, _coefficient(coefficient, found))
    return _met(result, nested)


def _coefficient(parts: tuple[Node, ...], found: Mapping[Node, Interval]) -> Interval:
    value = point(1.0)
    for part in parts:
        value = multiplied(value, found[part])
    return value


Polynomial = tuple[Node, dict[int, list[tuple[Node, ...]]]]


def as_polynomial(node: Node) -> Polynomial | None:
    """Base and coefficients, if all terms are powers of one base times what is free of x."""
    base: Node | None = None
    coefficients: dict[int, list[tuple[Node, ...]]] = {}
    for term in node.args:
        parts = term.args if term.op == "mul" else (term,)
        varying = [part for part in parts if part.varies]
        degree = 0
        if varying:
            (factor, *more) = varying
            inner, exponent = factor.args if factor.op == "pow" else (factor, ONE)
            value = exponent.value
            whole = value is not None and value == int(value) and 0 < value <= 40
            if more or not whole or (base is not None and inner != base):
                return None
            base, degree = inner, int(value or 0)
        rest = tuple(part for part in parts if not part.varies)
        coefficients.setdefault(degree, []).append(rest)
    if base is None or len(coefficients) < 2:
        return None
    return base, coefficients
