"""Whether an element-wise formula is finite, and where it is not.

What is defined is decided by intervals: an argument that keeps away from where its operation is
not defined, in every box, is proved to. What is not proved is looked for: on a grid, and by
bisection where the argument changes its sign. An overflow of what is too large for a float is no
fault; an overflow on the way to a finite value is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import ExpressionError
from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Boxes, Ranges, budget
from hamsim.formula.bounds.tails import for_bounds
from hamsim.formula.proof.dangers import Danger, dangers
from hamsim.formula.proof.kinks import jumps
from hamsim.formula.tree.tree import Node, is_constant
from hamsim.formula.values.arrays import evaluate
from hamsim.formula.values.longrange import long_range_value
from hamsim.formula.values.states import plainly

__all__ = ["breach", "check_parameters", "corners", "grid", "is_defined", "refuse_overflow", "said"]

Domain = tuple[float, float]
Corner = Mapping[str, float]

# Largest state at which a formula has to be computable without overflow on the way.
LARGEST = 1e4
_MAX_BOXES = 4000
_MAX_ROUNDS = 45
_MAX_CORNERS = 16
_REPRESENTABLE = 1e300


def grid(domain: Domain) -> Floats:
    """States to look at, the plainest first."""
    whole = np.arange(0.0, 21.0)
    fine = np.linspace(0.0, 6.0, 241)
    tiny = [1e-300, 1e-100, 1e-30, 1e-8, 1e-4]
    wide = [*np.geomspace(6.0, LARGEST, 80), 30.0, 100.0, 710.0, 1000.0, LARGEST]
    both = [s * v for part in (whole, fine, tiny, wide) for v in part for s in (1.0, -1.0)]
    ends = [end for end in domain if math.isfinite(end)]
    states = np.array(list(dict.fromkeys([*(v + 0.0 for v in both), *ends])))
    return states[(states >= domain[0]) & (states <= domain[1])]


def corners(ranges: Ranges) -> list[dict[str, float]]:
    """Values of the parameters to look at: their ends in all combinations, if not too many."""
    labels = list(ranges)
    ends = [tuple(dict.fromkeys(ranges[label])) for label in labels]
    if math.prod(len(pair) for pair in ends) > _MAX_CORNERS:
        ends_only = ([pair[0] for pair in ends], [pair[-1] for pair in ends])
        return [dict(zip(labels, values, strict=True)) for values in ends_only]
    return [dict(zip(labels, values, strict=True)) for values in itertools.product(*ends)]


def shared_by_all(found: Mapping[int, str], at: list[dict[str, float]], ranges: Ranges) -> str:
    """Message of a breach that some neuron is sure to have; empty if there is none.

    The lowest and the highest value of a parameter occur, but it is not known with which values of
    the others: a breach counts if it is there for one of these and all ends of the others.
    """
    varying = [label for label, (low, high) in ranges.items() if low != high]
    if not varying:
        return found.get(0, "")
    for label in varying:
        for end in ranges[label]:
            same = [k for k, corner in enumerate(at) if corner[label] == end]
            if all(k in found for k in same):
                return found[same[0]]
    return ""


def said(x: float) -> str:
    """A state as it stands in a message."""
    return f"x = {plainly(x, 10)}"


def unsafe(danger: Danger, domain: Domain, ranges: Ranges) -> Boxes | None:
    """Boxes in which a danger could not be ruled out; None if there are none."""
    tree = for_bounds(danger.argument)
    boxes = Boxes.covering(domain, ranges)
    left: list[Boxes] = []
    most = budget(tree, _MAX_BOXES)
    count = 0
    for _ in range(max(6, budget(tree, _MAX_ROUNDS))):
        count += len(boxes)
        u = bounds([tree], boxes.given)[tree]
        boxes = boxes.only(np.broadcast_to(~np.asarray(danger.is_safe(u)), len(boxes)))
        cuttable = boxes.can_be_cut
        left.append(boxes.only(~cuttable))
        boxes = boxes.only(cuttable)
        if not len(boxes) or count > most:
            break
        boxes = boxes.halves()
    rest = Boxes.together([*left, boxes])
    return rest if len(rest) else None


def is_defined(root: Node, domain: Domain, ranges: Ranges) -> bool:
    """Whether every operation of a tree is proved to be defined everywhere."""
    return all(unsafe(danger, domain, ranges) is None for danger in dangers(root, ranges))


def breach(root: Node, domain: Domain, corner: Corner) -> tuple[float, str] | None:
    """State at which a tree is not defined, and why; None if none was found."""
    ranges = {label: (value, value) for label, value in corner.items()}
    places: list[tuple[float, str]] = []
    for danger in dangers(root, ranges):
        if not danger.argument.varies:
            continue
        boxes = unsafe(danger, domain, ranges)
        if boxes is None:
            continue
        x = boxes.given["x"]
        ends = np.clip(np.concatenate([x.low, x.high]), -1e150, 1e150)
        found = _breach_of(danger, np.concatenate([grid(domain), ends]), corner)
        found = found or _touch(danger, boxes, corner)
        if found is not None:
            places.append(found)
    return min(places, key=lambda place: abs(place[0]), default=None)


def _at(tree: Node, states: Floats, corner: Corner) -> Interval:
    given = {label: Interval(value, value) for label, value in corner.items()}
    u = bounds([tree], {**given, "x": Interval(states, states)})[tree]
    return Interval(np.broadcast_to(u.low, states.shape), np.broadcast_to(u.high, states.shape))


def _breach_of(danger: Danger, states: Floats, corner: Corner) -> tuple[float, str] | None:
    tree = danger.argument
    u = _at(tree, states, corner)
    broken = np.asarray(danger.is_broken(u))
    # What is computed as 0 is divided by as 0, whether or not it is exactly that.
    value = evaluate([tree], {**corner, "x": states})[0]
    value = np.broadcast_to(value, states.shape)
    if danger.rule != "not negative":
        broken |= value == 0
    if np.any(broken):
        k = int(np.argmax(broken))
        x = float(states[k])
        if value[k] == 0 and long_range_value(tree, {**corner, "x": x}) != 0:
            return x, f"{danger.at_zero}, as far as a number of 16 digits can tell"
        return x, danger.reason(float(value[k]))
    order = np.argsort(states)
    states, u = states[order], Interval(u.low[order], u.high[order])
    sign = np.where(u.low > 0, 1, np.where(u.high < 0, -1, 0))
    sure = sign != 0
    states, sign = states[sure], sign[sure]
    turns = np.flatnonzero(sign[1:] != sign[:-1])
    roots = [_root(tree, float(states[k]), float(states[k + 1]), corner) for k in turns]
    known = [root for root in roots if root is not None]
    if not known:
        return None
    return min(known, key=abs), danger.at_zero


def _touch(danger: Danger, boxes: Boxes, corner: Corner) -> tuple[float, str] | None:
    """State at which an argument comes to 0 without changing its sign."""
    x = boxes.given["x"]
    small = (x.high - x.low < 0.1) & (np.abs(x.low) < 1e6)
    if danger.rule == "not negative" or not np.any(small):
        return None

    def size(at: Floats) -> Floats:
        value = evaluate([danger.argument], {**corner, "x": at})[0]
        return np.abs(np.broadcast_to(value, at.shape))

    ordinary = float(np.median(size(np.linspace(-10.0, 10.0, 101))))
    width = x.high[small] - x.low[small]
    low, high = x.low[small] - width, x.high[small] + width
    for _ in range(60):  # all boxes at once, by thirds
        a, b = low + (high - low) / 3, high - (high - low) / 3
        left = size(a) < size(b)
        low, high = np.where(left, low, a), np.where(left, b, high)
    at = 0.5 * (low + high)
    zeros = at[size(at) <= 1e-14 * ordinary]
    return (float(zeros[np.argmin(np.abs(zeros))]), danger.at_zero) if len(zeros) else None


def _root(tree: Node, low: float, high: float, corner: Corner) -> float | None:
    """Zero of an argument between two states at which it has different signs."""

    def value(x: float) -> float:
        return float(evaluate([tree], {**corner, "x": np.array([x])})[0].reshape(-1)[0])

    at_low, at_high = value(low), value(high)
    first = max(abs(at_low), abs(at_high))
    for _ in range(200):
        middle = 0.5 * low + 0.5 * high
        if not low < middle < high:
            break
        at_middle = value(middle)
        if at_middle == 0:
            return middle
        if (at_middle > 0) == (at_low > 0):
            low, at_low = middle, at_middle
        else:
            high, at_high = middle, at_middle
    if not math.isfinite(at_low + at_high):
        return None
    if jumps(tree) and min(abs(at_low), abs(at_high)) > 1e-3 * first:
        return None  # it jumps over 0
    return low if abs(at_low) < abs(at_high) else high


def check_parameters(trees: Iterable[tuple[str, Node]], ranges: Ranges) -> None:
    """Refuse parameters for which a part without x is not defined.

    Raises
    ------
    ExpressionError
    """
    at = corners(ranges)
    for which, tree in trees:
        for k, corner in enumerate(at):
            fixed = {label: (value, value) for label, value in corner.items()}
            for danger in dangers(tree, fixed):
                if danger.argument.varies or danger.argument.op == "size":
                    continue
                labels = sorted(danger.argument.names)
                if is_constant(danger.argument):
                    enclosure = bounds([danger.argument], {})[danger.argument]
                    if not danger.is_safe(enclosure):
                        raise ExpressionError(f"{which} is not finite ({danger.reason(0.0)})")
                value = evaluate([danger.argument], {"x": np.zeros(1), **at[k]})[0]
                u = float(value.reshape(-1)[0])
                if danger.is_broken(Interval(u, u)) or math.isnan(u):
                    values = ", ".join(f"{label} = {corner[label]:g}" for label in labels)
                    reason = danger.reason(u)
                    place = f" for {values}" if values else ""
                    raise ExpressionError(f"{which} is not finite{place} ({reason})")


def refuse_overflow(trees: list[tuple[str, Node]], domain: Domain, corner: Corner) -> str:
    """Message about a state where a formula cannot be computed though it is finite; or empty.

    The trees are those of L, g, h and x g - L.
    """
    states = grid(domain)
    found = evaluate([tree for _, tree in trees], {**corner, "x": states})
    values = [np.broadcast_to(value, states.shape) for value in found]
    too_large = ~np.isfinite(values[0]) | ~np.isfinite(values[1])
    for (which, tree), value in zip(trees, values, strict=True):
        # Where L itself is too large, nobody asks for x g - L, the last of the trees.
        excused = too_large & (tree is trees[-1][1])
        wrong = np.flatnonzero(~np.isfinite(value) & ~excused)
        wrong = wrong[np.argsort(np.abs(states[wrong]), kind="stable")]
        for k in [*wrong[:4], *wrong[-2:]]:
            x = float(states[k])
            shown = float(value[k])
            exact = long_range_value(tree, {**corner, "x": x})
            if math.isnan(shown) or abs(exact) < _REPRESENTABLE:
                near = f", where it is near {exact:.3g}" if abs(exact) < _REPRESENTABLE else ""
                return (
                    f"{which} cannot be computed at {said(x)}{near}, because a part of it "
                    "overflows; write it in a form that does not"
                )
    return ""
