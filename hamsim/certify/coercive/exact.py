"""Positive semidefiniteness of small matrices in exact arithmetic, for sparse coding.

Floating-point numbers are fractions of powers of two, so that C - W is a matrix of whole numbers
once it is multiplied by one of them, and elimination without rounding decides. Where A = C - W is
positive semidefinite but not definite, F grows all the same if activations cost more than A says:

    L*(g) >= 1/2 c g^2 + theta |g|     (soft threshold, L* = g^2 / 2 + theta |g|).

With I = A z + r, |r_i| < theta_i, F >= sum (theta_i - |r_i|) |g_i| - 1/2 z.A z: the energy of the
lasso, as the network of Rozell et al. 2008 has it.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hamsim.certify.clock import look
from hamsim.certify.problem import Problem
from hamsim.network import Floats

__all__ = ["MOST_NEURONS", "is_semidefinite", "outweighed"]

MOST_NEURONS = 64
# Bits of the whole numbers that stand for the entries.
MOST_BITS = 200
EPS = float(np.finfo(np.float64).eps)


def is_semidefinite(c: Floats, W: Floats) -> bool | None:
    """Whether diag(c) - W is positive semidefinite, without rounding.

    Parameters
    ----------
    c : ndarray, shape (n,)
    W : ndarray, shape (n, n)
        Symmetric; the numbers are taken as they are.

    Returns
    -------
    bool or None
        None for matrices that are too large for it.

    Notes
    -----
    Symmetric elimination: the next pivot may be 0 only where the whole rest of its row is.
    """
    n = len(W)
    if n > MOST_NEURONS or not np.all(np.isfinite(W)):
        return None
    rows = [[-Fraction(float(value)) for value in row] for row in W]
    for k in range(n):
        rows[k][k] += Fraction(float(c[k]))
    bits = max((value.denominator.bit_length() for row in rows for value in row), default=1)
    sizes = [abs(value.numerator).bit_length() for row in rows for value in row]
    if bits + max(sizes, default=0) > MOST_BITS:
        return None
    # Bareiss' elimination of whole numbers: each division is exact.
    scale = 2 ** (bits - 1)
    M = [[int(value * scale) for value in row] for row in rows]
    before = 1
    left = list(range(n))
    while left:
        look()
        pivot = next((k for k in left if M[k][k] != 0), None)
        if pivot is None:  # all pivots are 0, so that all of the rest must be
            return not any(M[i][j] for i in left for j in left)
        if M[pivot][pivot] < 0:
            return False
        left.remove(pivot)
        top = M[pivot]
        for i in left:
            row = M[i]
            for j in left:
                row[j] = (top[pivot] * row[j] - row[pivot] * top[j]) // before
        before = top[pivot]
    return True


def outweighed(problem: Problem) -> bool:
    """Whether all costs are 1/2 g^2 + theta |g|, and theta outweighs the input.

    That is where 1 - W is semidefinite but not definite.

    Parameters
    ----------
    problem : Problem
    """
    network = problem.network
    if network.triples is not None or np.any(problem.scale != 1.0):
        return False
    if any(g.family.name != "soft_threshold" or g.family.formula for g in network.groups):
        return False
    A = np.eye(network.n_neurons) - network.W.toarray()
    theta = np.concatenate([group.parameters["threshold"] for group in network.groups])
    z = np.linalg.lstsq(A, network.input, rcond=1e-10)[0]
    rounding = (len(A) + 4) * EPS * (np.abs(A) @ np.abs(z) + np.abs(network.input))
    return bool(np.all(np.abs(network.input - A @ z) + rounding < theta * (1.0 - 1e-9)))
