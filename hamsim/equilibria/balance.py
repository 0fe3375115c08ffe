"""Where two neurons do not move: cells where velocities change sign, and Newton's iteration."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.equilibria.two_neurons import Field

__all__ = ["ALONG_A_LINE", "balance_of"]

ALONG_A_LINE = "both velocities are 0 along a line, or nearly"  # said in place of points

MOST_RESTS = 50  # points of balance; where there are more they are a line
NEWTON = 30
CLOSE = 1e-9  # of the plane's width: points of balance this close are one


def balance_of(
    field: Field, along: tuple[Floats, ...], found: Floats
) -> tuple[Floats, np.ndarray, tuple[str, ...]]:
    """Points where both velocities are 0: cells where both change sign, and Newton's iteration."""
    a, b = along
    changes = np.ones((b.size - 1, a.size - 1), dtype=bool)
    for v in found:
        corners = np.stack([v[:-1, :-1], v[1:, :-1], v[:-1, 1:], v[1:, 1:]])
        changes &= (corners.min(axis=0) <= 0) & (corners.max(axis=0) >= 0)
    row, column = np.nonzero(changes)
    none = np.zeros((0, 2))
    if row.size > 4 * MOST_RESTS:
        return none, none.astype(complex), (ALONG_A_LINE,)
    cell = np.array([a[1] - a[0], b[1] - b[0]])
    points = np.stack([a[column], b[row]], axis=-1) + 0.5 * cell
    start = points.copy()
    step = 1e-6 * cell
    for _ in range(NEWTON):
        if not len(points):
            break
        J, v = _derivative(field, points, step)
        moved = _solved(J, v)
        points = np.clip(points - moved, start - 1.5 * cell, start + 1.5 * cell)
    ends = np.array([[a[0], b[0]], [a[-1], b[-1]]])
    kept: list[Floats] = []
    for point, v in zip(points, field.at(points) if len(points) else none, strict=True):
        near = np.abs(found).max(axis=(1, 2))
        inside = np.all((point >= ends[0]) & (point <= ends[1]))
        new = all(np.abs((point - other) / cell).max() > CLOSE * a.size + 1e-4 for other in kept)
        if inside and new and np.all(np.abs(v) <= 1e-7 * near):
            kept.append(point)
    if len(kept) > MOST_RESTS:
        return none, none.astype(complex), (ALONG_A_LINE,)
    if not kept:
        return none, none.astype(complex), ()
    balance = np.stack(kept)
    J, _ = _derivative(field, balance, step)
    return balance, np.linalg.eigvals(J).astype(complex), ()


def _solved(J: Floats, v: Floats) -> Floats:
    """Solutions of J d = v, shape (points, 2); 0 where there is no single one."""
    with np.errstate(all="ignore"):
        size = J[:, 0, 0] * J[:, 1, 1] - J[:, 0, 1] * J[:, 1, 0]
        first = (J[:, 1, 1] * v[:, 0] - J[:, 0, 1] * v[:, 1]) / size
        second = (J[:, 0, 0] * v[:, 1] - J[:, 1, 0] * v[:, 0]) / size
    found = np.stack([first, second], axis=-1)
    return np.where(np.isfinite(found), found, 0.0)


def _derivative(field: Field, points: Floats, step: Floats) -> tuple[Floats, Floats]:
    """Derivatives of velocities by central differences, shape (points, 2, 2), and velocities."""
    moves = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]) * step
    v = field.at((points[:, None] + moves).reshape(-1, 2)).reshape(len(points), 5, 2)
    J = np.stack([(v[:, 1] - v[:, 2]) / (2 * step[0]), (v[:, 3] - v[:, 4]) / (2 * step[1])], -1)
    return J, v[:, 0]
