"""Bounds of the eigenvalues of the Hessian of a collective formula.

Each value of the group is followed with three numbers: bounds of the eigenvalues of its Hessian as
a function of the state, and of the length of its gradient. With f a function of such a value S,

    H(f(S)) = f'(S) H(S) + f''(S) grad S grad S^T

and for the logarithm of a sum of exponentials the Hessian is the covariance of a vector that is
one of the gradients of the exponents, so that Popoviciu's inequality bounds it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from hamsim.formula.arithmetic.intervals import (
    Interval,
    added_all,
    enclosed,
    hull,
    multiplied_all,
    point,
)
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Extremes, Ranges, extremes
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.tree.derivative import derivative
from hamsim.formula.tree.exponentials import is_linear
from hamsim.formula.tree.rewriting import make
from hamsim.formula.tree.tree import ONE, REDUCTIONS, ZERO, Node, X, name, postorder, rebuild

__all__ = ["Spectrum", "spectrum"]

Domain = tuple[float, float]


class Spectrum(NamedTuple):
    """Bounds of the eigenvalues of a Hessian and of the length of a gradient."""

    low: float
    high: float
    gradient: float


_S = name("@s")  # a value of the group that a function is applied to
_NOTHING = Spectrum(0.0, 0.0, 0.0)
_UNKNOWN = Spectrum(-math.inf, math.inf, math.inf)


def _spectrum(eigenvalues: Interval, gradient: float) -> Spectrum:
    return Spectrum(float(eigenvalues.low), float(eigenvalues.high), gradient)


def _size(u: Interval | Extremes) -> float:
    return float(max(abs(u.low), abs(u.high)))


def _above(a: float, b: float) -> float:
    """Upper bound of the product of two lengths."""
    return float(multiplied_all([point(a), point(b)]).high) if a and b else 0.0


def spectrum(L: Node, domain: Domain, ranges: Ranges) -> Spectrum:
    """Bounds for the whole formula; infinite where none is known."""
    given = {label: Interval(*ends) for label, ends in ranges.items()}
    found = bounds([L], {**given, "x": Interval(*domain)})
    made: dict[Node, Spectrum] = {}
    for node in postorder(L):
        if not node.bare:
            made[node] = _of_node(node, made, found, domain, ranges)
    return made[L]


def _of_node(
    node: Node,
    made: Mapping[Node, Spectrum],
    found: Mapping[Node, Interval],
    domain: Domain,
    ranges: Ranges,
) -> Spectrum:
    if not node.varies:
        return _NOTHING
    match node.op:
        case "add":
            parts = [made[arg] for arg in node.args]
            eigenvalues = added_all(Interval(p.low, p.high) for p in parts)
            return _spectrum(eigenvalues, float(added_all(point(p.gradient) for p in parts).high))
        case "mul":
            return _product(node, made, found)
        case "sum" | "mean":
            return _sum(node, domain, ranges)
        case "expsum" | "lse":
            return _log_sum(node, domain, ranges)
        case "pow":
            return _composed(node, made, found)
        case op if op in FUNCTIONS and FUNCTIONS[op].degree is None:  # it has no kink
            return _composed(node, made, found)
    return _UNKNOWN


def _product(node: Node, made: Mapping[Node, Spectrum], found: Mapping[Node, Interval]) -> Spectrum:
    varying = [arg for arg in node.args if arg.varies]
    if len(varying) != 1:
        return _UNKNOWN
    inner = made[varying[0]]
    rest = multiplied_all(found[arg] for arg in node.args if not arg.varies)
    eigenvalues = multiplied_all([rest, Interval(inner.low, inner.high)])
    return _spectrum(eigenvalues, _above(_size(rest), inner.gradient))


def _range(root: Node, domain: Domain, ranges: Ranges) -> Extremes:
    return extremes(tidied(root), domain, ranges)


def _sum(node: Node, domain: Domain, ranges: Ranges) -> Spectrum:
    term, scale = node.args[0], ONE.value
    inner = {n for n in postorder(term) if n.op in REDUCTIONS and n.varies}
    if inner:
        centred = _centred(term)
        if centred is None:
            return _UNKNOWN
        term, scale = centred
        domain = (-math.inf, math.inf)
    slope = tidied(derivative(term, {X: ONE}))
    h = _range(derivative(slope, {X: ONE}), domain, ranges)
    bent = multiplied_all([enclosed(scale or Fraction(1)), Interval(h.low, h.high)])
    # As a mean it is a sum divided by the number of neurons, which is at least 1.
    if node.op == "mean" or inner:
        bent = hull(bent, point(0.0))
    g = _range(slope, domain, ranges) if not inner else Extremes(-math.inf, math.inf)
    steep = _size(g)
    return _spectrum(bent, steep if node.op == "mean" else (0.0 if steep == 0 else math.inf))


def _centred(term: Node) -> tuple[Node, Fraction] | None:
    """Function of one number, and factor, for a term f(a x + c mean(x)) with numbers a and c.

    Its Hessian over the group is A D A with D the diagonal of f'' and A = a + c 11^T/n, which has
    the eigenvalues a and a + c.
    """
    mean = Node("mean", (X,))
    for part in postorder(term):
        if part.op != "add" or mean not in postorder(part):
            continue
        a = c = Fraction(0)
        for piece in part.args:
            front = piece.args[0].value if piece.op == "mul" and len(piece.args) == 2 else None
            bare = piece.args[1] if front is not None else piece
            if bare == X:
                a = Fraction(1) if front is None else front
            elif bare == mean:
                c = Fraction(1) if front is None else front
            elif piece.varies:
                return None
        alone = rebuild([term], make, {part: X})[0]
        if any(n.op in REDUCTIONS for n in postorder(alone)) or X in _outside(term, part):
            return None
        return alone, max(abs(a), abs(a + c)) ** 2
    return None


def _outside(term: Node, part: Node) -> set[Node]:
    """Nodes of a term that are there without one part of it."""
    made = rebuild([term], lambda n, args: Node(n.op, args, n.label, n.value), {part: ZERO})
    return set(postorder(*made))


def _log_sum(node: Node, domain: Domain, ranges: Ranges) -> Spectrum:
    entries = node.args if node.op == "lse" else (node,)
    slopes: list[Extremes] = []
    bends: list[Extremes] = []
    sums = 0
    for entry in entries:
        exponent = entry.args[1]
        if not exponent.varies:
            slopes.append(Extremes(0.0, 0.0))
            continue
        if entry.op != "expsum" or any(n.op in REDUCTIONS for n in postorder(exponent)):
            return _UNKNOWN
        sums += 1
        slope = tidied(derivative(exponent, {X: ONE}))
        slopes.append(_range(slope, domain, ranges))
        if not is_linear(exponent):
            bends.append(_range(derivative(slope, {X: ONE}), domain, ranges))
    low, high = min(s.low for s in slopes), max(s.high for s in slopes)
    steep = max(abs(low), abs(high))
    # Along a unit vector the gradients b e_i of two neurons differ by at most sqrt(2) steep, those
    # of one neuron in several sums by at most high - low.
    spread = 0.5 * _above(steep, steep)
    if sums > 1:
        gap = float(added_all([point(high), point(-low)]).high)
        spread = max(spread, 0.25 * _above(gap, gap))
    bent_high = max((b.high for b in bends), default=0.0)
    bent_low = min((b.low for b in bends), default=0.0)
    most = added_all([point(spread), point(max(bent_high, 0.0))])
    return Spectrum(min(bent_low, 0.0), float(most.high), steep)


def _composed(
    node: Node, made: Mapping[Node, Spectrum], found: Mapping[Node, Interval]
) -> Spectrum:
    inner = made[node.args[0]]
    function = Node(node.op, (_S, *node.args[1:]))
    first = derivative(function, {_S: ONE})
    second = tidied(derivative(first, {_S: ONE}))
    given = {n.label: u for n, u in found.items() if n.op in ("name", "shared")}
    known = bounds([first, second], {**given, _S.label: found[node.args[0]]})
    f1, f2 = known[first], known[second]
    bent = multiplied_all([f1, Interval(inner.low, inner.high)])
    square = _above(inner.gradient, inner.gradient)
    along = multiplied_all([f2, Interval(0.0, square)])
    return _spectrum(added_all([bent, along]), _above(_size(f1), inner.gradient))
