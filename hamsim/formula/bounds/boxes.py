"""Branch and bound over boxes of states and parameters.

A box is an interval of x and one of each parameter that is not the same everywhere. Boxes at the
ends of the domain reach to infinity. All boxes of a round are bounded at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from hamsim.arrays import Floats, Mask
from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.tails import for_bounds
from hamsim.formula.tree.tree import Node, postorder
from hamsim.formula.values.landmarks import landmarks

__all__ = ["Boxes", "Extremes", "budget", "extremes"]

_MAX_BOXES = 12000  # over all rounds
_USUAL = 60  # operations in a formula that is not called long
_MAX_AT_ONCE = 3000
_MAX_ROUNDS = 60
_FAR = 1e100  # boxes beyond are not cut any further
_NEAR = 10.0  # where the size of a function is taken from, to tell what is small
_MOST_OFFSETS = 3
_LOOSE = 0.004  # relative to the true extreme
Ranges = Mapping[str, tuple[float, float]]


def _offsets(root: Node, ranges: Ranges) -> Floats:
    """Ends of boxes around the zeros of straight parts that the usual ones are too wide for."""
    middles = {label: 0.5 * low + 0.5 * high for label, (low, high) in ranges.items()}
    if not all(math.isfinite(middle) for middle in middles.values()):
        return np.empty(0)
    zeros, widths = landmarks([root], middles)
    far = (np.abs(zeros) > 30.0 * widths) & (np.abs(zeros) > _NEAR)
    around = np.array([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0, 30.0, 1e3, 1e5])
    steps = widths[far][:_MOST_OFFSETS, None] * np.concatenate([-around, around])
    return np.asarray(zeros[far][:_MOST_OFFSETS, None] + steps).reshape(-1)


def _breaks(domain: tuple[float, float], more: Floats) -> Floats:
    """Ends of the first boxes: closer where formulas usually change."""
    far = [1e3, 1e4, 1e6, 1e9, 1e15, 1e30, _FAR, math.inf]
    positive = [0.0, 1e-9, 1e-4, 0.02, *np.arange(0.25, 4.1, 0.25), 5, 6, 8, 11, 16, 30, 100, *far]
    both = np.array(sorted({*(sign * p for p in positive for sign in (1.0, -1.0)), *more}))
    low, high = domain
    inside = both[(both > low) & (both < high)]
    return np.concatenate([[low], inside, [high]])


@dataclass(frozen=True)
class Boxes:
    """Boxes, one entry of each array a box; parameters that never vary are numbers."""

    given: Mapping[str, Interval]
    split_next: int = 0

    @classmethod
    def covering(
        cls, domain: tuple[float, float], ranges: Ranges, more: Iterable[float] = ()
    ) -> Boxes:
        """Cover the domain and the ranges of the parameters; `more` are ends of boxes too."""
        ends = _breaks(domain, np.asarray(list(more)))
        low, high = ends[:-1], ends[1:]
        if domain[0] == domain[1]:
            low = high = np.array([domain[0]])
        given = {"x": Interval(low, high)}
        for label, (least, most) in ranges.items():
            if least == most:
                given[label] = Interval(least, most)
            else:
                shape = np.ones(len(low))
                given[label] = Interval(least * shape, most * shape)
        return cls(given)

    def __len__(self) -> int:
        return len(self.given["x"].low)

    @property
    def middles(self) -> dict[str, Interval]:
        """A point inside of each box."""
        points = {label: _middle(box) for label, box in self.given.items()}
        return {label: Interval(at, at) for label, at in points.items()}

    def only(self, which: Mask) -> Boxes:
        """Those of the boxes that are marked."""
        kept = {
            label: Interval(box.low[which], box.high[which]) if np.ndim(box.low) else box
            for label, box in self.given.items()
        }
        return Boxes(kept, self.split_next)

    @classmethod
    def together(cls, parts: list[Boxes]) -> Boxes:
        """All boxes of several lists of boxes of the same names."""
        first = parts[0].given
        joined = {
            label: Interval(
                np.concatenate([part.given[label].low for part in parts]),
                np.concatenate([part.given[label].high for part in parts]),
            )
            if np.ndim(box.low)
            else box
            for label, box in first.items()
        }
        return cls(joined)

    def halves(self) -> Boxes:
        """Cut each box in two, in x or, now and then, in a parameter."""
        labels = [label for label, box in self.given.items() if np.ndim(box.low)]
        # Two cuts in x for each cut in a parameter.
        order = [label for label in labels[1:] for label in ("x", "x", label)] or ["x"]
        label = order[self.split_next % len(order)]
        middle = _middle(self.given[label])
        made = {}
        for other, box in self.given.items():
            if not np.ndim(box.low):
                made[other] = box
            elif other == label:
                made[other] = Interval(
                    np.concatenate([box.low, middle]), np.concatenate([middle, box.high])
                )
            else:
                made[other] = Interval(np.tile(box.low, 2), np.tile(box.high, 2))
        return Boxes(made, self.split_next + 1)

    @property
    def can_be_cut(self) -> Mask:
        """Which boxes are not at infinity or as small as numbers get."""
        x = self.given["x"]
        near = (np.abs(x.low) < _FAR) | (np.abs(x.high) < _FAR)
        middle = _middle(x)
        return np.asarray(near & (middle > x.low) & (middle < x.high))


def _middle(box: Interval) -> Floats:
    """Point inside: far out by ratio, else half way."""
    low, high = np.asarray(box.low), np.asarray(box.high)
    with np.errstate(all="ignore"):
        finite_low = np.where(np.isinf(low), -_FAR * 10, low)
        finite_high = np.where(np.isinf(high), _FAR * 10, high)
        half = 0.5 * finite_low + 0.5 * finite_high
        sign = np.sign(half)
        same_side = finite_low * sign > 0
        a, b = np.abs(finite_low), np.abs(finite_high)
        ratio = sign * np.sqrt(a) * np.sqrt(b)
        use_ratio = same_side & (finite_high * sign > 0) & (np.maximum(a, b) > 8 * np.minimum(a, b))
        return np.asarray(np.where(use_ratio, ratio, half))


@dataclass(frozen=True)
class Extremes:
    """Bounds of a tree over all boxes.

    Parameters
    ----------
    low, high : float
        Nothing is below or above.
    """

    low: float
    high: float


def budget(tree: Node, most: int) -> int:
    """How many boxes to look at: fewer of a long formula, so that the time stays about the same."""
    return max(most // 40, most * _USUAL // max(_USUAL, len(postorder(tree))))


@dataclass
class _Seen:
    """Extremes of a tree at points inside of boxes, and its size near 0."""

    low: float = math.inf
    high: float = -math.inf
    scale: float = 0.0

    def take(self, middle: Interval, near: Mask) -> None:
        """Look at one more point inside of each box."""
        self.low = float(min(self.low, np.min(middle.high)))
        self.high = float(max(self.high, np.max(middle.low)))
        self.scale = float(np.max(np.abs(middle.high[near]), initial=self.scale))

    def passed(self, box: Interval) -> tuple[Mask, Mask]:
        """Boxes whose bounds lie clearly below, and above, what was seen."""
        slack = 0.1 * _LOOSE * min(self.scale, max(abs(self.low), abs(self.high)))
        below = box.low < self.low - max(_LOOSE * abs(self.low), slack)
        above = box.high > self.high + max(_LOOSE * abs(self.high), slack)
        return below, above


def extremes(
    root: Node,
    domain: tuple[float, float],
    ranges: Ranges,
    demand: Callable[[Interval, Boxes], Mask] | None = None,
) -> Extremes:
    """Bounds of a tree, within about one percent where it is bounded.

    Parameters
    ----------
    root : Node
    domain : tuple of float
        Where x may be.
    ranges : mapping of str to tuple of float
        Lowest and highest value of each parameter.
    demand : callable, optional
        Marks boxes that have to be cut on, whatever the bounds found so far.

    Returns
    -------
    Extremes
    """
    tree = for_bounds(root)
    boxes = Boxes.covering(domain, ranges, _offsets(root, ranges))
    low = high = math.nan  # of boxes that were done with
    seen = _Seen()
    most = budget(tree, _MAX_BOXES)
    count = 0
    for _ in range(max(6, budget(tree, _MAX_ROUNDS))):
        count += len(boxes)
        box = _of(tree, boxes.given, len(boxes))
        middle = _of(tree, boxes.middles, len(boxes))
        seen.take(middle, np.abs(boxes.given["x"].low) <= _NEAR)
        open_low, open_high = seen.passed(box)
        cuttable = boxes.can_be_cut
        # Once a bound is lost at infinity, cutting elsewhere does not bring it back.
        lost_low = bool(np.any(~cuttable & np.isneginf(box.low))) or low == -math.inf
        lost_high = bool(np.any(~cuttable & np.isposinf(box.high))) or high == math.inf
        wanted = (open_low & (not lost_low)) | (open_high & (not lost_high))
        if demand is not None:
            wanted |= demand(box, boxes)
            if np.any(demand(middle, boxes)):  # it is in vain
                count = most
        wanted &= cuttable
        done = ~wanted
        if np.any(done):
            low = float(np.fmin(low, np.min(box.low[done])))
            high = float(np.fmax(high, np.max(box.high[done])))
        n_wanted = int(np.sum(wanted))
        if n_wanted == 0:
            return Extremes(low, high)
        if count + 2 * n_wanted > most or 2 * n_wanted > _MAX_AT_ONCE:
            low = float(np.fmin(low, np.min(box.low[wanted])))
            high = float(np.fmax(high, np.max(box.high[wanted])))
            return Extremes(low, high)
        boxes = boxes.only(wanted).halves()
    box = _of(tree, boxes.given, len(boxes))
    return Extremes(float(np.fmin(low, np.min(box.low))), float(np.fmax(high, np.max(box.high))))


def _of(tree: Node, given: Mapping[str, Interval], count: int) -> Interval:
    found = bounds([tree], given)[tree]
    return Interval(np.broadcast_to(found.low, count), np.broadcast_to(found.high, count))
