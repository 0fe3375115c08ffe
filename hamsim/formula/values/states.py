"""States of a group to try a collective formula at, and how they are said."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from hamsim.arrays import Floats

__all__ = ["equal_states", "place", "plainly", "states"]

SIZES = (1, 2, 3, 7)
_LEVELS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 10.0, -10.0, 100.0, -100.0, 1e4, -1e4)
_RANDOM = 24
_PLAIN = 1e4


def equal_states(size: int, domain: tuple[float, float]) -> Floats:
    """States in which all neurons have the same x, one a row."""
    levels = np.array([v for v in _LEVELS if domain[0] <= v <= domain[1]] or [_inside(domain)])
    return np.repeat(levels[:, None], size, axis=1)


def _inside(domain: tuple[float, float]) -> float:
    low, high = (end if math.isfinite(end) else 0.0 for end in domain)
    return min(max(0.5 * (low + high), domain[0]), domain[1])


def states(domain: tuple[float, float]) -> Iterator[Floats]:
    """Arrays of states for groups of several sizes, one state a row, the plainest first."""
    rng = np.random.default_rng(7)
    for size in SIZES:
        hot = np.zeros((3, size))
        hot[:, 0] = 1.0, -1.0, 30.0
        scales = np.geomspace(0.03, 300.0, _RANDOM)[:, None]
        drawn = scales * rng.normal(size=(_RANDOM, size))
        offset = drawn + 3.0 * scales * rng.normal(size=(_RANDOM, 1))
        made = np.concatenate([equal_states(size, domain), hot, drawn, offset])
        yield np.clip(made, *domain)


def plainly(x: float, digits: int) -> str:
    """A state with as many digits as tell it from those around, which are more far out."""
    text = f"{x + 0.0:.{digits}g}"
    return text if abs(x) <= _PLAIN or float(text) == x else repr(float(x))


def place(state: Floats) -> str:
    """A state as it stands in a message."""
    if np.all(state == state[0]):
        return f"where all x are {plainly(state[0], 10)}"
    shown = ", ".join(plainly(v, 4) for v in state[:4])
    return f"at x = ({shown}{', ...' if len(state) > 4 else ''})"
