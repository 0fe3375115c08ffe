"""Patterns that recall other patterns: weights from the neurons of the ones to those of the others.

[Kosko]: Kosko, Bidirectional associative memories, IEEE Transactions on Systems, Man, and
Cybernetics 18, 49 (1988).
[Kohonen]: Kohonen and Ruohonen, Representation of associated data by matrix operators, IEEE
Transactions on Computers C-22, 701 (1973).
[Sompolinsky]: Sompolinsky and Kanter, Temporal association in asymmetric neural networks,
Physical Review Letters 57, 2861 (1986).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.wiring.hopfield import right_singular_vectors

__all__ = ["RULES", "correlation", "following", "projection"]


def correlation(received: ArrayLike, sent: ArrayLike, both_ways: bool = False) -> Floats:
    """W = (1/m) sum_mu eta^mu xi^muT, the sum of outer products [Kosko, there without 1/m].

    Parameters
    ----------
    received : array_like, shape (p, n)
        Patterns eta that are to be recalled, at the neurons that receive.
    sent : array_like, shape (p, k)
        Patterns xi that recall them, in the same order.
    both_ways : bool
        Whether the transpose leads back.

    Returns
    -------
    ndarray, shape (n, k)

    Notes
    -----
    m is k, the number of senders, so that patterns of -1 and 1 drive their partners by -1 and 1; of
    weights that are the same both ways it is the geometric mean of n and k.
    """
    eta, xi = np.asarray(received, dtype=np.float64), np.asarray(sent, dtype=np.float64)
    m = np.sqrt(float(eta.shape[1] * xi.shape[1])) if both_ways else xi.shape[1]
    weights: Floats = eta.T @ xi / m
    return weights


def projection(received: ArrayLike, sent: ArrayLike) -> Floats:
    """W = sum_mu eta^mu xi'^muT, xi' the rows of the pseudo-inverse of the patterns xi [Kohonen].

    Parameters
    ----------
    received : array_like, shape (p, n)
    sent : array_like, shape (p, k)
        Where they depend on each other linearly, W xi^mu is as close to eta^mu as it can be.

    Returns
    -------
    ndarray, shape (n, k)
        W xi^mu = eta^mu for independent patterns.
    """
    eta, xi = np.asarray(received, dtype=np.float64), np.asarray(sent, dtype=np.float64)
    vectors, weighted = right_singular_vectors(xi)
    weights: Floats = (eta.T @ weighted) @ vectors
    return weights


RULES: dict[str, Callable[[ArrayLike, ArrayLike], Floats]] = {
    "hebbian": correlation,
    "pseudoinverse": projection,
}


def following(patterns: Floats, cyclic: bool) -> tuple[Floats, Floats]:
    """Patterns that follow others, and those which they follow, row by row [Sompolinsky].

    Parameters
    ----------
    patterns : ndarray, shape (p, n)
    cyclic : bool
        Whether the first one follows the last.
    """
    if cyclic:
        return np.roll(patterns, -1, axis=0), patterns
    return patterns[1:], patterns[:-1]
