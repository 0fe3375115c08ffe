"""Where words beside arrows stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hamsim.arrays import Floats
from hamsim.plotting.graphs.routes import Boxes, along

__all__ = ["Labels"]

GAP = 0.065  # inches between a label and its line
LEVEL = 0.35  # lines that rise by no more have their labels above or below them


class Labels:
    """Where labels were put, so that the next ones find room beside them."""

    def __init__(self, boxes: Boxes, arrows: Sequence[Floats]) -> None:
        self.middles = list(boxes.middles)
        self.halves = [boxes.half] * len(self.middles)
        self.arrows = np.concatenate([np.zeros((0, 2)), *arrows])

    def place(self, curve: Floats, half: Floats) -> tuple[float, float]:
        """A place beside a curve, or on it, around which there is most room."""
        t = np.array([0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74])
        on, ahead = along(curve, t), along(curve, t + 0.02)
        beside = _beside(ahead - on, half)
        out = -1.0 if on.mean(axis=0)[0] < self._middle() else 1.0
        places = np.concatenate([on + out * beside, on - out * beside, on])
        cost = self._overlap(places, half) + np.repeat([0.0, 1e-4, 2e-4], t.size)
        cost += 1e-3 * self._covered(places, half)
        chosen = places[int(np.argmin(np.round(cost, 6)))]
        self.middles.append(chosen)
        self.halves.append(half)
        return float(chosen[0]), float(chosen[1])

    def _middle(self) -> float:
        return float(np.mean([middle[0] for middle in self.middles])) - 0.02

    def _overlap(self, places: Floats, half: Floats) -> Floats:
        room = half + np.array(self.halves) - np.abs(places[:, None] - np.array(self.middles))
        both = np.where(np.all(room > 0, axis=2), np.prod(np.maximum(room, 0), axis=2), 0.0)
        total: Floats = both.sum(axis=1)
        return total

    def _covered(self, places: Floats, half: Floats) -> Floats:
        """How many points of arrows lie under a label."""
        away = np.abs(places[:, None] - self.arrows[None])
        count: Floats = np.all(away < half, axis=2).sum(axis=1).astype(np.float64)
        return count


def _beside(ahead: Floats, half: Floats) -> Floats:
    """How far a label is moved, to the right or up, until it is beside a line that goes ahead."""
    across = np.abs(np.stack([ahead[:, 1], ahead[:, 0]], axis=1))
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    # No corner may reach the line.
    moved = (across @ half + GAP)[:, None] / np.maximum(across, 1e-9)
    upright = across[:, :1] > LEVEL
    found: Floats = np.where(np.concatenate([upright, ~upright], axis=1), moved, 0.0)
    return found
