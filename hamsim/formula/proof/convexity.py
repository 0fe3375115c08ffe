"""Proofs that a formula is convex.

Two ways, either of which is enough:

- by composition: a convex function of an affine one, a rising convex one of a convex one, sums,
  largest elements, logarithms of sums of exponentials, norms (the rules of disciplined convex
  programming), with signs taken from intervals;
- for functions of one x, by intervals: h >= 0 in every box, and at every kink of L a jump of g
  that is not negative. L is made of smooth functions and of kinked ones K (``abs``, ``relu``,
  ``max``), each of which turns upwards; the jump of g at a kink is the sum of dL/dK times the
  jump of K', so that dL/dK >= 0 wherever K has a kink will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Mask
from hamsim.formula.arithmetic.intervals import Interval, multiplied_all
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Boxes, Extremes, Ranges, extremes
from hamsim.formula.bounds.tails import for_bounds
from hamsim.formula.elementary.row import Shape, Where
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.proof.kinks import has_jumps, kinks
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.tree.algebra import divide, is_whole, mul, negative
from hamsim.formula.tree.derivative import derivative
from hamsim.formula.tree.exponentials import is_linear
from hamsim.formula.tree.rewriting import make
from hamsim.formula.tree.tree import ONE, REDUCTIONS, ZERO, Node, X, postorder, rebuild

__all__ = ["Curvature", "convex_by_composition", "convex_by_intervals", "may_jump"]

Domain = tuple[float, float]


class Curvature(NamedTuple):
    """What is known of a node as a function of the state; affine if both."""

    convex: bool
    concave: bool

    @property
    def affine(self) -> bool:
        """Both convex and concave."""
        return self.convex and self.concave


_AFFINE = Curvature(True, True)
_UNKNOWN = Curvature(False, False)


def convex_by_intervals(L: Node, h: Node, domain: Domain, ranges: Ranges) -> bool:
    """Whether intervals prove a function of one x convex."""
    if has_jumps(L):
        return False
    if _lowest(h, domain, ranges).low < 0:
        return False
    for node, argument in kinks(L):
        rate = tidied(derivative(L, {node: ONE}))
        if not _kink_is_convex(rate, argument, domain, ranges):
            return False
    return True


def may_jump(L: Node, domain: Domain, ranges: Ranges) -> bool:
    """Whether g may jump at a kink, so that nothing bounds its slope.

    It does not if dL/dK is 0 at the kink, which is where K = abs(u) or relu(u) is 0.
    """
    if has_jumps(L):
        return True
    given = {label: Interval(*ends) for label, ends in ranges.items()} | {"x": Interval(*domain)}
    for node, argument in kinks(L):
        u = bounds([argument], given)[argument]
        if u.low > 0 or u.high < 0:
            continue
        rate = derivative(L, {node: ONE}, through=True)
        places = [_at_only_kink(rate, argument, given)]
        if node.op != "max":
            places.append(_with_known(rate, {node: ZERO}))
        if not any(place is not None and _is_zero(place, given) for place in places):
            return True
    return False


def _is_zero(root: Node, given: Mapping[str, Interval]) -> bool:
    value = bounds([root], given)[root]
    return bool(value.low == value.high == 0)


def _at_only_kink(rate: Node, argument: Node, given: Mapping[str, Interval]) -> Node | None:
    """Rate at the one place where an argument a x + b is 0; None if it is not of that form."""
    slope = derivative(argument, {X: ONE})
    if not is_linear(argument) or any(n.op in REDUCTIONS for n in postorder(rate)):
        return None
    a = bounds([slope], given)[slope]
    if not (a.low > 0 or a.high < 0):
        return None
    (offset,) = rebuild([argument], make, {X: ZERO})
    return _with_known(rate, {X: negative(divide(offset, slope))})


def _with_known(root: Node, known: Mapping[Node, Node]) -> Node | None:
    """Tree with values put in; None if one of its parts is not finite then."""
    try:
        return rebuild([root], make, known)[0]
    except OverflowError:
        return None


def _lowest(h: Node, domain: Domain, ranges: Ranges) -> Extremes:
    return extremes(h, domain, ranges, lambda box, boxes: np.asarray(box.low < 0))


def _kink_is_convex(rate: Node, argument: Node, domain: Domain, ranges: Ranges) -> bool:
    """Whether dL/dK >= 0 wherever K may have a kink."""
    given = {label: Interval(*ends) for label, ends in ranges.items()} | {"x": Interval(*domain)}
    place = _at_only_kink(rate, argument, given)
    if place is not None and bounds([place], given)[place].low >= 0:
        return True
    kink = for_bounds(argument)

    def holds_kink(boxes: Boxes) -> Mask:
        u = bounds([kink], boxes.given)[kink]
        return np.asarray(np.broadcast_to((u.low <= 0) & (u.high >= 0), len(boxes)))

    boxes = Boxes.covering(domain, ranges)
    tree = for_bounds(rate)
    for _ in range(40):
        boxes = boxes.only(holds_kink(boxes))
        if not len(boxes):
            return True
        u = bounds([tree], boxes.given)[tree]
        bad = np.broadcast_to(np.asarray(u.low) < 0, len(boxes))
        boxes = boxes.only(bad)
        if not len(boxes):
            return True
        if len(boxes) > 1000 or not np.all(boxes.can_be_cut):
            return False
        boxes = boxes.halves()
    return False


# --- by composition ---


def convex_by_composition(L: Node, domain: Domain, ranges: Ranges) -> bool:
    """Whether the way in which a formula is put together proves it convex."""
    return curvatures(L, domain, ranges)[L].convex


def curvatures(L: Node, domain: Domain, ranges: Ranges) -> dict[Node, Curvature]:
    """Curvature of every node as far as the rules tell."""
    given = {label: Interval(*ends) for label, ends in ranges.items()}
    found = bounds([L], {**given, "x": Interval(*domain)})
    made: dict[Node, Curvature] = {}
    for node in postorder(L):
        made[node] = _curvature(node, made, found, domain, ranges)
    return made


def _curvature(
    node: Node,
    made: Mapping[Node, Curvature],
    found: Mapping[Node, Interval],
    domain: Domain,
    ranges: Ranges,
) -> Curvature:
    if not node.varies or node == X:
        return _AFFINE
    args = [made[arg] for arg in node.args]
    match node.op:
        case "add":
            return Curvature(all(a.convex for a in args), all(a.concave for a in args))
        case "mul":
            return _product(node, made, found)
        case "max":
            return Curvature(all(a.convex for a in args), False)
        case "mean":
            return args[0]
        case "sum":
            return _sum(node, args[0], domain, ranges)
        case "term" | "expsum":
            counted = bool(found[node.args[0]].low >= 0)
            if node.op == "term":
                return args[1]
            return Curvature(counted and args[1].convex, False)
        case "lse":
            counted = all(bool(found[e.args[0]].low >= 0) for e in node.args)
            return Curvature(counted and all(a.convex for a in args), False)
        case "pow":
            return _power(node, made, found)
    if node.op not in FUNCTIONS:
        return _UNKNOWN
    return _composed(FUNCTIONS[node.op].shape, args[0], found[node.args[0]])


def _sum(node: Node, term: Curvature, domain: Domain, ranges: Ranges) -> Curvature:
    inner = node.args[0]
    if term.convex or term.concave or any(n.op in REDUCTIONS for n in postorder(inner)):
        return term
    # What one neuron adds is a function of its own x, for which intervals may know more.
    h = tidied(derivative(tidied(derivative(inner, {X: ONE})), {X: ONE}))
    return Curvature(convex_by_intervals(inner, h, domain, ranges), False)


def _product(
    node: Node, made: Mapping[Node, Curvature], found: Mapping[Node, Interval]
) -> Curvature:
    varying = [arg for arg in node.args if arg.varies]
    if len(varying) != 1:
        return _UNKNOWN
    inner = made[varying[0]]
    rest = _range_of_rest(node, found)
    if rest.low >= 0:
        return inner
    if rest.high <= 0:
        return Curvature(inner.concave, inner.convex)
    return _AFFINE if inner.affine else _UNKNOWN


def _range_of_rest(node: Node, found: Mapping[Node, Interval]) -> Interval:
    """Bounds of the product of the factors that do not depend on x."""
    return multiplied_all(found[arg] for arg in node.args if not arg.varies)


_EVEN = Shape(convex="always", rises="above", falls="below")
_ODD = Shape(convex="above", concave="below", rises="always")


def _holds(where: Where, u: Interval) -> bool:
    if where == "above":
        return bool(u.low >= 0)
    if where == "below":
        return bool(u.high <= 0)
    return where == "always"


def _composed(shape: Shape, inner: Curvature, u: Interval) -> Curvature:
    rises, falls = _holds(shape.rises, u), _holds(shape.falls, u)
    up = inner.affine or (rises and inner.convex) or (falls and inner.concave)
    down = inner.affine or (rises and inner.concave) or (falls and inner.convex)
    return Curvature(_holds(shape.convex, u) and up, _holds(shape.concave, u) and down)


def _power(node: Node, made: Mapping[Node, Curvature], found: Mapping[Node, Interval]) -> Curvature:
    base, exponent = node.args
    inner, u, e = made[base], found[base], found[exponent]
    if e.low == e.high and e.low == int(e.low) and e.low >= 1:
        return _composed(_EVEN if int(e.low) % 2 == 0 else _ODD, inner, u)
    if _is_norm(base, exponent, made, found):
        return Curvature(True, False)
    if e.low >= 1 and u.low >= 0:
        return _composed(Shape(convex="always", rises="always"), inner, u)
    if e.low >= 0 and e.high <= 1 and u.low >= 0:
        return _composed(Shape(concave="always", rises="always"), inner, u)
    if e.high <= 0 and u.low > 0:
        return _composed(Shape(convex="always", falls="always"), inner, u)
    return _UNKNOWN


def _is_norm(
    base: Node, exponent: Node, made: Mapping[Node, Curvature], found: Mapping[Node, Interval]
) -> bool:
    """Whether base**exponent is (sum of |u|^p)^(1/p) or a power >= 1 of that, with p >= 1."""
    degree = _degree(base)
    if degree is None:
        return False
    product = mul(degree, exponent)
    enough = product == ONE or (product.value is not None and product.value >= 1)
    p = found.get(degree)
    at_least_one = (degree.value is not None and degree.value >= 1) or (
        p is not None and bool(p.low >= 1)
    )
    return enough and at_least_one and _is_power_sum(base, degree, made, found)


def _degree(node: Node) -> Node | None:
    """Exponent of the first power of something that varies, in a sum of such."""
    stack = [node]
    while stack:
        part = stack.pop()
        if part.op in ("add", "mul", "sum", "mean"):
            stack.extend(arg for arg in part.args if arg.varies)
        elif part.op == "pow":
            return part.args[1]
    return None


def _is_power_sum(
    node: Node, degree: Node, made: Mapping[Node, Curvature], found: Mapping[Node, Interval]
) -> bool:
    if not node.varies:
        return bool(found[node].low >= 0)
    match node.op:
        case "add":
            return all(_is_power_sum(arg, degree, made, found) for arg in node.args)
        case "mul":
            varying = [arg for arg in node.args if arg.varies]
            counted = bool(_range_of_rest(node, found).low >= 0)
            return len(varying) == 1 and counted and _is_power_sum(varying[0], degree, made, found)
        case "sum" | "mean":
            return _is_power_sum(node.args[0], degree, made, found)
        case "pow":
            u, e = node.args
            if e != degree:
                return False
            even = is_whole(e) and e.value is not None and e.value % 2 == 0
            size_is_convex = bool(found[u].low >= 0) and made[u].convex
            return size_is_convex or (even and made[u].affine)
    return False
