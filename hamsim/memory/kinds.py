"""What states are that a network has come to: a pattern, a negative, a mixture, or another state.

Where the weights are symmetric the negative of each memory of a network of -1 and 1 is one too, and
so are mixtures of an odd number of memories, sign(+-xi^a +- xi^b +- xi^c) for three
[Amit, Gutfreund and Sompolinsky, Physical Review A 32, 1007 (1985)], which have an overlap of
about 1/2 with each of them. Of neurons whose activations have no bounds a mixture is the sum.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.memory.overlap import overlaps

__all__ = ["KINDS", "MIXED", "Kinds", "kinds_of"]

KINDS = ("stored", "negative", "mixture", "spurious")
MIXED = 3  # patterns of a mixture


class Kinds(NamedTuple):
    """What states are.

    Parameters
    ----------
    kind : ndarray of str, shape (states,)
        One of `KINDS`.
    found : ndarray of int, shape (states,)
        The pattern, or of which pattern it is the negative; -1 of the other kinds.
    mixture : ndarray of int, shape (states, 3)
        Patterns that a mixture is made of, the smallest number first; -1 of other kinds.
    signs : ndarray of int, shape (states, 3)
        With which signs; 0 of other kinds.
    """

    kind: NDArray[np.str_]
    found: Ints
    mixture: Ints
    signs: Ints


def kinds_of(
    said: Floats, patterns: Floats, overlap: Floats, threshold: float, bounded: bool
) -> Kinds:
    """Tell what states are.

    Parameters
    ----------
    said : ndarray, shape (states, n)
        What their neurons say.
    patterns : ndarray, shape (patterns, n)
    overlap : ndarray, shape (states, patterns)
    threshold : float
        A state is a pattern, its negative or a mixture if its overlap with that is at least this.
    bounded : bool
        Whether mixtures are of the signs of sums, else of sums.
    """
    states = len(said)
    found = np.full(states, -1)
    mixture = np.full((states, MIXED), -1)
    signs = np.zeros((states, MIXED), dtype=np.int64)
    number = np.full(states, KINDS.index("spurious"))
    if patterns.shape[0]:
        best = np.argmax(np.abs(overlap), axis=1)
        size = overlap[np.arange(states), best]
        stored, negative = size >= threshold, size <= -threshold
        found = np.where(stored | negative, best, -1)
        number[stored], number[negative] = KINDS.index("stored"), KINDS.index("negative")
    if patterns.shape[0] >= MIXED:
        for k in np.flatnonzero(found < 0).tolist():
            three, with_signs, like = _mixture(said[k], patterns, overlap[k], bounded)
            if like >= threshold:
                mixture[k], signs[k] = three, with_signs
                number[k] = KINDS.index("mixture")
    return Kinds(np.array(KINDS)[number], found, mixture, signs)


def _mixture(
    said: Floats, patterns: Floats, overlap: Floats, bounded: bool
) -> tuple[Ints, Ints, float]:
    """The likeliest mixture of a state, with its signs, and how like it is."""
    size = np.abs(overlap)
    three = np.sort(np.argpartition(-size, MIXED - 1)[:MIXED])
    signs = np.where(overlap[three] < 0, -1, 1)
    mixed = signs @ patterns[three]
    if bounded:
        mixed = np.sign(mixed)
    return three, signs, float(overlaps(said[None], mixed[None])[0, 0])
