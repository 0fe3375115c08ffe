"""Which way arrows take between boxes: curves that do not run over other boxes.

A curve is a cubic Bezier, four points. For each arrow a few are tried, straight ones first, and the
one that hits the fewest boxes and lies on the fewest arrows is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from hamsim.arrays import Floats

__all__ = ["Boxes", "along", "loop", "route", "to_point"]

# Samples of a curve, and how near to others a sample may not come, in inches.
SAMPLES = 33
NEAR_BOX, NEAR_ARROW = 0.05, 0.07
BOX_HIT, LENGTH = 30.0, 0.3


class Boxes:
    """Where boxes are, in inches.

    Parameters
    ----------
    middles : ndarray, shape (boxes, 2)
    width, height : float
        Of each.
    """

    def __init__(self, middles: Floats, width: float, height: float) -> None:
        self.middles = middles
        self.half = np.array([width / 2, height / 2])

    def hits(self, points: Floats, apart_from: Sequence[int] = ()) -> int:
        """How many of some points are in a box, or close to one."""
        away = np.abs(points[:, None, :] - self.middles[None])
        inside = np.all(away < self.half + NEAR_BOX, axis=2)
        inside[:, list(apart_from)] = np.all(
            away[:, list(apart_from)] < self.half - NEAR_BOX, axis=2
        )
        return int(inside.sum())


def along(curve: Floats, at: float | Floats) -> Floats:
    """Points of a curve, at places between 0 and 1."""
    t = np.atleast_1d(np.asarray(at, dtype=np.float64))[:, None]
    p0, p1, p2, p3 = curve
    s = 1.0 - t
    found: Floats = s**3 * p0 + 3 * s**2 * t * p1 + 3 * s * t**2 * p2 + t**3 * p3
    return found


def route(boxes: Boxes, first: int, second: int, beside: int, taken: Sequence[Floats]) -> Floats:
    """A curve from a box to another.

    Parameters
    ----------
    boxes : Boxes
    first, second : int
    beside : int
        How many arrows connect the same boxes already.
    taken : sequence of ndarray
        Points of other arrows.

    Returns
    -------
    ndarray, shape (4, 2)
    """
    curves = list(_between(boxes, first, second, beside))
    return _best(boxes, curves, (first, second), taken)


def loop(boxes: Boxes, box: int, beside: int, taken: Sequence[Floats]) -> Floats:
    """A curve from a box to itself, on its right or its left."""
    (x, y), (w, h) = boxes.middles[box], boxes.half
    curves = []
    for size in (0.42 + 0.3 * beside, 0.62 + 0.3 * beside):
        for side in (1, -1):
            edge = np.array([x + side * w, y])
            out, up = np.array([side * size, 0.0]), np.array([0.0, h * 0.62])
            curves.append(np.array([edge + up, edge + up + out, edge - up + out, edge - up]))
    return _best(boxes, curves, (box,), taken)


def to_point(boxes: Boxes, box: int, point: Floats, taken: Sequence[Floats]) -> Floats:
    """A curve from a box to a point on an arrow."""
    (x, y), (w, h) = boxes.middles[box], boxes.half
    curves = []
    for port, out in (
        ((x + w, y), (1.0, 0.0)),
        ((x - w, y), (-1.0, 0.0)),
        ((x, y + h), (0.0, 1.0)),
        ((x, y - h), (0.0, -1.0)),
    ):
        start = np.array(port)
        if (point - start) @ np.array(out) >= 0:
            curves.append(_line(start, point))
        bend = start + 0.4 * np.array(out)
        curves.append(np.array([start, bend, (bend + point) / 2, point]))
    return _best(boxes, curves, (box,), taken)


def _best(
    boxes: Boxes, curves: Sequence[Floats], ends: Sequence[int], taken: Sequence[Floats]
) -> Floats:
    costs = []
    for curve in curves:
        hits, length = _cost(boxes, curve, ends, taken)
        if not hits and not taken:
            return curve
        # Rounded: the first of those that only rounding tells apart.
        costs.append(round(hits + LENGTH * length, 6))
    return curves[int(np.argmin(costs))]


def _cost(
    boxes: Boxes, curve: Floats, ends: Sequence[int], taken: Sequence[Floats]
) -> tuple[float, float]:
    """How much lies in the way of a curve, and its length."""
    points = along(curve, np.linspace(0.0, 1.0, SAMPLES))
    hits = boxes.hits(points, ends)
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    close = 0
    if taken:
        others = np.concatenate(taken)
        middle = points[3:-3]
        apart = np.linalg.norm(middle[:, None] - others[None], axis=2)
        close = int(np.any(apart < NEAR_ARROW, axis=1).sum())
    return BOX_HIT * hits + close, length


def _line(start: Floats, end: Floats) -> Floats:
    return np.array([start, start + (end - start) / 3, end - (end - start) / 3, end])


def _between(boxes: Boxes, first: int, second: int, beside: int) -> Iterator[Floats]:
    a, b = boxes.middles[first], boxes.middles[second]
    w, h = boxes.half
    # Arrows that connect the same boxes lie beside one another: 0, 1, -1, 2, -2, ...
    shift = (beside + 1) // 2 * (1 if beside % 2 else -1)
    if abs(a[1] - b[1]) > h:
        up = 1.0 if b[1] > a[1] else -1.0
        start = np.array([_port(a[0], b[0], w, shift), a[1] + up * h])
        end = np.array([_port(b[0], a[0], w, shift), b[1] - up * h])
        yield _line(start, end)
        for bend in (0.5, -0.5, 1.2, -1.2, 2.0, -2.0):
            lean = np.array([bend * w * 2, 0.0])
            rise = np.array([0.0, 0.3 * (end[1] - start[1])])
            yield np.array([start, start + rise + lean, end - rise + lean, end])
    else:
        side = 1.0 if b[0] > a[0] else -1.0
        off = np.array([0.0, 0.3 * h * shift])
        edge = np.array([side * w, 0.0])
        yield _line(a + edge + off, b - edge + off)
        for way in (1.0, -1.0):
            ends = (np.array([p[0], p[1] + way * h]) for p in (a, b))
            start, end = ends
            for height in (0.35, 0.7):
                rise = np.array([0.0, way * height * (1.0 + 0.3 * abs(shift))])
                yield np.array([start, start + rise, end + rise, end])
    for side in (1.0, -1.0):
        start, end = (np.array([p[0] + side * w, p[1]]) for p in (a, b))
        for far in (0.45, 0.75, 1.2):
            beyond = side * max(side * start[0], side * end[0])
            x = beyond + side * (far + 0.15 * beside)
            yield np.array([start, [x, start[1]], [x, end[1]], end])


def _port(x: float, other: float, half: float, shift: int) -> float:
    """Where an arrow leaves a box's top or bottom: towards the other box."""
    towards = np.clip((other - x) * 0.2, -0.6 * half, 0.6 * half)
    return float(np.clip(x + towards + 0.16 * shift, x - 0.9 * half, x + 0.9 * half))
