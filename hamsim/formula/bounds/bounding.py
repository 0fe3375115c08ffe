"""Bounds of trees over boxes of states and parameters, by interval arithmetic.

What is proved with them is proved of the exact formula, and of the one whose numbers are rounded
to floats. Where a box touches a place at which an operation is not defined, the bounds are those
of the part of the box where it is; whether there is such a place is asked by `dangers`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hamsim.formula.arithmetic.intervals import (
    PI,
    Bounds,
    Interval,
    added,
    enclosed,
    hull,
    logarithm,
    logarithm_of_sum,
    meet,
    multiplied,
    point,
    real_power,
    whole_power,
)
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.tree import ONE, Node, postorder

__all__ = ["as_polynomial", "bounds"]


def _power(u: Interval, exponent: Node, e: Interval) -> Interval:
    if exponent.value is not None and exponent.value.denominator == 1:
        return whole_power(u, int(exponent.value))
    fixed = np.ndim(e.low) == 0 and np.ndim(e.high) == 0 and e.low == e.high
    if fixed and abs(e.low) < 1e9 and e.low == int(e.low) and exponent.value is None:
        return whole_power(u, int(e.low))
    made = real_power(u, e)
    negative = u.low < 0
    if np.any(negative) and exponent.value is None:  # even and odd whole exponents may both occur
        return Interval(
            np.where(negative, -np.inf, made.low), np.where(negative, np.inf, made.high)
        )
    return made


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
            return enclosed(node.value)
        case "pi":
            return PI
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
            return meet(*args)  # of two forms, where what they are divided by is not 0
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
            return added(logarithm(args[0]), args[1])
        case "expsum":
            return Interval(added(logarithm(args[0]), args[1]).low, np.inf)
        case "lse":
            return logarithm_of_sum(args)
        case "share" | "part":
            return Interval(0.0, 1.0) if _is_part(node) else Interval(0.0, np.inf)
    return FUNCTIONS[node.op].interval(args[0])


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
    return meet(result, nested)


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
