"""What a Lagrangian of a group says about its Hessian besides eigenvalues, part by part.

A sum of convex parts changes no faster than the part that changes the fastest, because each part
of v.H v is not negative; row sums add up. For f = log(sum_i w_i exp(b_i x_i) + k) with shares p,

    v.H v = Var_p(b v),   d/ds v.H(x + s z) v = E[(b v - E b v)^2 (b z - E b z)] <= 2 |b| |z| v.H v,

and with b of one sign the row sums of |H| are at most 2 |b|^2 p (1 - p) <= |b|^2 / 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from hamsim.formula.arithmetic.intervals import Interval, multiplied_all
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Ranges, extremes
from hamsim.formula.proof.convexity import curvatures
from hamsim.formula.proof.finiteness import is_defined
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.tree.derivative import derivative
from hamsim.formula.tree.exponentials import is_linear
from hamsim.formula.tree.rewriting import product, raised
from hamsim.formula.tree.tree import MINUS_ONE, ONE, REDUCTIONS, ZERO, Node, X, postorder

__all__ = ["Parts", "change_of_slope", "parts_of", "relative_change"]

_EVERYWHERE = (-math.inf, math.inf)
# Covers the roundings of a few sums and products.
_SLACK = 1.0 + 1e-14


class Parts(NamedTuple):
    """What is known of a Hessian in all states.

    Parameters
    ----------
    change : float
        m with |d/ds v.H(x + s z) v| <= m |z| v.H v, |z| the largest entry; or infinite.
    row_sum : float
        Bound of the absolute row sums; or infinite.
    competitive : bool
        True if no entry off the diagonal is above 0.
    """

    change: float
    row_sum: float
    competitive: bool


_NOTHING = Parts(0.0, 0.0, True)
_UNKNOWN = Parts(math.inf, math.inf, False)


def parts_of(L: Node, ranges: Ranges) -> Parts:
    """What is known of the Hessian of a collective Lagrangian that is convex."""
    given = {label: Interval(*ends) for label, ends in ranges.items()}
    found = bounds([L], {**given, "x": Interval(*_EVERYWHERE)})
    convex = curvatures(L, _EVERYWHERE, ranges)
    made: dict[Node, Parts] = {}
    for node in postorder(L):
        if not node.bare:
            known = not node.varies or convex[node].convex
            made[node] = _of_node(node, made, found, ranges) if known else _UNKNOWN
    return made[L]


def _of_node(
    node: Node, made: Mapping[Node, Parts], found: Mapping[Node, Interval], ranges: Ranges
) -> Parts:
    if not node.varies:
        return _NOTHING
    match node.op:
        case "add":
            parts = [made[arg] for arg in node.args]
            return Parts(
                max(part.change for part in parts),
                sum(part.row_sum for part in parts) * _SLACK,
                all(part.competitive for part in parts),
            )
        case "mul":
            return _multiple(node, made, found)
        case "sum" | "mean":
            return _of_neurons(node.args[0], ranges)
        case "expsum" | "lse":
            return _log_sum(node, ranges)
    return _UNKNOWN


def _multiple(node: Node, made: Mapping[Node, Parts], found: Mapping[Node, Interval]) -> Parts:
    varying = [arg for arg in node.args if arg.varies]
    factor = multiplied_all(found[arg] for arg in node.args if not arg.varies)
    if len(varying) != 1 or not factor.low >= 0:
        return _UNKNOWN
    part = made[varying[0]]
    row_sum = float(factor.high) * part.row_sum * _SLACK if part.row_sum else 0.0
    return part._replace(row_sum=row_sum)


def change_of_slope(h: Node, ranges: Ranges) -> float:
    """Bound of |h'| / h of a slope that is continuous, over all states; or infinite."""
    ratio = relative_change(h, ranges)
    if ratio is None:
        return math.inf
    found = extremes(ratio, _EVERYWHERE, ranges)
    return max(abs(found.low), abs(found.high))


def relative_change(h: Node, ranges: Ranges) -> Node | None:
    """The ratio h' / h of a slope that is continuous and nowhere 0; None for others."""
    if any(node.op in ("sign", "pick") and node.varies for node in postorder(h)):
        return None
    steep = tidied(derivative(h, {X: ONE}))
    if steep.value == 0:
        return ZERO
    ratio = tidied(product(steep, raised(h, MINUS_ONE)))
    return ratio if is_defined(ratio, _EVERYWHERE, ranges) else None


def _of_neurons(term: Node, ranges: Ranges) -> Parts:
    """What each neuron adds by itself, as a sum or a mean, which is no more than the sum."""
    if any(node.op in REDUCTIONS for node in postorder(term)):
        return _UNKNOWN
    slope = tidied(derivative(term, {X: ONE}))
    h = tidied(derivative(slope, {X: ONE}))
    if h.value == 0:
        return _NOTHING
    jumps = any(node.op in ("sign", "pick", "abs", "relu") for node in postorder(slope))
    change = math.inf if jumps else change_of_slope(h, ranges)
    return Parts(change, max(extremes(h, _EVERYWHERE, ranges).high, 0.0), True)


def _log_sum(node: Node, ranges: Ranges) -> Parts:
    entries = [e for e in (node.args if node.op == "lse" else (node,)) if e.args[1].varies]
    if len(entries) != 1 or entries[0].op != "expsum" or not is_linear(entries[0].args[1]):
        return _UNKNOWN
    slope = tidied(derivative(entries[0].args[1], {X: ONE}))
    b = extremes(slope, _EVERYWHERE, ranges)
    steep = max(abs(b.low), abs(b.high))
    one_sign = b.low >= 0 or b.high <= 0
    row_sum = 0.5 * steep * steep * _SLACK if one_sign else math.inf
    return Parts(2.0 * steep, row_sum, one_sign)
