"""Small networks at the threshold A = C - W >= 0 itself, in exact arithmetic.

Floating-point numbers are fractions, so that elimination without rounding decides.

Sparse coding. Where A is positive semidefinite but not definite, F grows all the same if
activations cost more than A says:

    L*(g) >= 1/2 c g^2 + theta |g|     (soft threshold, L* = g^2 / 2 + theta |g|).

With I = A z + r, |r_i| < theta_i, F >= sum (theta_i - |r_i|) |g_i| - 1/2 z.A z: the energy of the
lasso, as the network of Rozell et al. 2008 has it.

Linear networks, such as integrators. There A = 1 / gain - W, and the network is the gradient flow
of 1/2 g.A g - I.g. If A z = I has a solution, E is bounded below, and every solution comes to one
of the rest states, which fill a line or more; else E falls along a vector of the kernel of A, and
there is no rest state.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look
from hamsim.network import Group, Network
from hamsim.operator import neurons_of

__all__ = ["MOST_NEURONS", "Critical", "critical_linear", "is_semidefinite", "outweighed"]

MOST_NEURONS = 64
# Bits of an entry: of matrices near the ends of floating-point numbers elimination takes long.
MOST_BITS = 200
EPS = float(np.finfo(np.float64).eps)

Rows = list[list[Fraction]]


class Critical(NamedTuple):
    """A linear network with a singular, positive semidefinite A.

    Parameters
    ----------
    rests : bool
        Whether A z = I has a solution.
    direction : ndarray, shape (n,)
        Of activations, in the kernel of A; with I.direction > 0 where there is no solution.
    """

    rests: bool
    direction: Floats


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
    """
    A = _difference([Fraction(float(value)) for value in c], W)
    eliminated = _eliminated(A)
    return None if eliminated is None else eliminated.semidefinite


def outweighed(scaled: ScaledNetwork) -> bool:
    """Whether all costs are 1/2 g^2 + theta |g|, and theta outweighs the input.

    That is where 1 - W is semidefinite but not definite.

    Parameters
    ----------
    scaled : ScaledNetwork
    """
    network = scaled.network
    if network.triples is not None or scaled.any_input or not network.symmetric:
        return False
    thresholds = [_threshold(group) for group in network.groups]
    if any(threshold is None for threshold in thresholds) or not _rests_at_zero(network):
        return False
    A = np.eye(network.n_neurons) - network.W.toarray()
    theta = np.concatenate([threshold for threshold in thresholds if threshold is not None])
    z = np.linalg.lstsq(A, network.input, rcond=1e-10)[0]
    rounding = (len(A) + 4) * EPS * (np.abs(A) @ np.abs(z) + np.abs(network.input) + np.abs(z))
    return bool(np.all(np.abs(network.input - A @ z) + rounding < theta * (1.0 - 1e-9)))


def _rests_at_zero(network: Network) -> bool:
    """Whether g(0) = 0 for all neurons."""
    return not np.any(neurons_of(network).activate(np.zeros(network.n_neurons)))


def _threshold(group: Group) -> Floats | None:
    """Theta of sign(x) max(|x| - theta, 0), which costs 1/2 g^2 + theta |g|; None for others."""
    if len(group.family.breaks) != 2:
        return None
    low, high = group.facts("breaks")
    slopes = np.array([1.0, 0.0, 1.0])[:, None]
    return high if np.all(low == -high) and np.all(group.facts("slopes") == slopes) else None


def critical_linear(scaled: ScaledNetwork) -> Critical | None:
    """What a linear network does whose energy is flat along a direction, exactly.

    Parameters
    ----------
    scaled : ScaledNetwork

    Returns
    -------
    Critical or None
        None for other networks, and for those that are not exactly at the threshold.
    """
    network = scaled.network
    if scaled.any_input or network.triples is not None or not network.symmetric:
        return None
    if network.n_neurons > MOST_NEURONS:
        return None
    if any(len(group.family.slopes) != 1 for group in network.groups):
        return None
    if not _rests_at_zero(network):
        return None
    gains = np.concatenate([group.facts("slopes")[0] for group in network.groups])
    A = _difference([1 / Fraction(float(gain)) for gain in gains], network.W.toarray())
    current = [Fraction(float(value)) for value in network.input]
    found = _eliminated(A)
    if found is None or not found.semidefinite or not found.kernel:
        return None
    for z in found.kernel:
        along = sum((i * k for i, k in zip(current, z, strict=True)), Fraction(0))
        if along != 0:
            return Critical(False, _told(z, 1 if along > 0 else -1))
    return Critical(True, _told(found.kernel[0], 1))


def _told(z: Sequence[Fraction], sign: int) -> Floats:
    """A vector as floating-point numbers, its largest entry 1."""
    largest = max(abs(value) for value in z)
    return np.array([float(sign * value / largest) for value in z])


class _Eliminated(NamedTuple):
    """Whether a symmetric matrix is positive semidefinite, and vectors that span its kernel."""

    semidefinite: bool
    kernel: list[list[Fraction]]


def _difference(c: Sequence[Fraction], W: Floats) -> Rows:
    """diag(c) - W."""
    rows = [[-Fraction(float(value)) for value in row] for row in W]
    for k, value in enumerate(c):
        rows[k][k] += value
    return rows


def _eliminated(A: Rows) -> _Eliminated | None:
    """Eliminate symmetrically; a pivot may be 0 only where all that is left of its row is.

    A row operation is one on the columns too, so that A = L D L' with the pivots D; the rows
    of the inverse of L that belong to pivots 0 span the kernel of a semidefinite A.
    """
    n = len(A)
    sizes = [
        value.numerator.bit_length() + value.denominator.bit_length() for r in A for value in r
    ]
    if n > MOST_NEURONS or max(sizes, default=0) > MOST_BITS:
        return None
    M = [list(row) for row in A]
    inverse = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    left = list(range(n))
    while left:
        look()
        pivot = next((k for k in left if M[k][k] != 0), None)
        if pivot is None:
            flat = not any(M[i][j] for i in left for j in left)
            return _Eliminated(flat, [inverse[k] for k in left] if flat else [])
        if M[pivot][pivot] < 0:
            return _Eliminated(False, [])
        left.remove(pivot)
        for i in left:
            factor = M[i][pivot] / M[pivot][pivot]
            if factor:
                for j in left:
                    M[i][j] -= factor * M[pivot][j]
                for j in range(n):
                    inverse[i][j] -= factor * inverse[pivot][j]
    return _Eliminated(True, [])
