"""Patterns stored in the symmetric weights of one group: the rules of Hopfield networks.

Every rule takes patterns of shape (p, n), usually of -1 and 1, and gives weights of shape (n, n)
that are symmetric to the last bit. The diagonal is zero unless `self_connections` is true, which
changes no other weight.

[Hopfield]: Hopfield, PNAS 79, 2554 (1982).
[Storkey]: Storkey, Increasing the capacity of a Hopfield network without sacrificing
functionality, ICANN (1997), 451. On the basins of attraction that follow: Storkey and Valabregue,
Neural Networks 12, 869 (1999).
[Tolmachev]: Tolmachev and Manton, New insights on learning rules for Hopfield networks: memory
and objective function minimisation, arXiv:2010.01472.
[Personnaz]: Personnaz, Guyon and Dreyfus, Journal de Physique Lettres 46, 359 (1985).
[Tsodyks]: Tsodyks and Feigel'man, The enhanced storage capacity in neural networks with low
activity level, Europhysics Letters 6, 101 (1988).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.network import Group

__all__ = [
    "FACTORS",
    "RULES",
    "THRESHOLDS",
    "covariance",
    "covariance_factors",
    "covariance_threshold",
    "half_ranges",
    "hebbian",
    "hebbian_factors",
    "mean",
    "middles",
    "pseudoinverse",
    "pseudoinverse_factors",
    "right_singular_vectors",
    "storkey",
    "storkey_second_order",
]


def hebbian(patterns: ArrayLike, self_connections: bool = False) -> Floats:
    """W = (1/n) sum_mu xi^mu xi^muT, the outer-product rule [Hopfield, there without 1/n].

    Parameters
    ----------
    patterns : array_like, shape (p, n)
    self_connections : bool
        Keep the diagonal.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric. The order of the patterns does not matter.
    """
    xi = np.asarray(patterns, dtype=np.float64)
    return _symmetric(xi.T @ xi / xi.shape[1], self_connections)


def storkey(patterns: ArrayLike, self_connections: bool = False) -> Floats:
    """Storkey's rule of first order: each pattern is added less what the weights hold of it.

    Parameters
    ----------
    patterns : array_like, shape (p, n)
        Stored one after another; their order matters.
    self_connections : bool
        Keep the diagonal.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric.

    Notes
    -----
    From W = 0, for each pattern xi in turn [Storkey],

        w_ij <- w_ij + (xi_i xi_j - xi_i h_ji - h_ij xi_j) / n
        h_ij  = sum of w_ik xi_k over all k except i and j

    with the weights from before the pattern. O(p n^2).
    """
    return _one_by_one(patterns, self_connections, second_order=False)


def storkey_second_order(patterns: ArrayLike, self_connections: bool = False) -> Floats:
    """Storkey's rule of second order: the product of what both neurons lack of the pattern.

    Parameters
    ----------
    patterns : array_like, shape (p, n)
        Stored one after another; their order matters.
    self_connections : bool
        Keep the diagonal.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric.

    Notes
    -----
    From W = 0, for each pattern xi in turn,

        w_ij <- w_ij + (xi_i - h_ij) (xi_j - h_ji) / n

    with h_ij as for `storkey`: its rule with h_ij h_ji / n added. The formula is that of the
    program that goes with [Tolmachev] (there `storkey_2_order`). O(p n^2).
    """
    return _one_by_one(patterns, self_connections, second_order=True)


def pseudoinverse(patterns: ArrayLike, self_connections: bool = False) -> Floats:
    """W = pinv(P) P, the projection onto the space of the patterns P [Personnaz].

    Parameters
    ----------
    patterns : array_like, shape (p, n)
        They may depend on each other linearly.
    self_connections : bool
        Keep the diagonal. Only then is W a projection, with W xi = xi for every pattern.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric. The order of the patterns does not matter, up to rounding.

    Notes
    -----
    W = V V^T with the right singular vectors V of P whose singular values are not zero, which
    means: more than max(p, n) times 2.2e-16 of the largest. O(p n min(p, n) + p n^2).
    """
    vectors, _ = right_singular_vectors(np.asarray(patterns, dtype=np.float64))
    return _symmetric(vectors.T @ vectors, self_connections)


def right_singular_vectors(patterns: Floats) -> tuple[Floats, Floats]:
    """Those of the singular values that are not zero, and the left ones divided by these.

    Parameters
    ----------
    patterns : ndarray, shape (p, n)

    Returns
    -------
    vectors : ndarray, shape (rank, n)
        An orthonormal basis of the space of the patterns.
    weighted : ndarray, shape (p, rank)
        With these the pseudo-inverse of the patterns is (weighted @ vectors)^T.
    """
    left, size, vectors = _singular_vectors(patterns)
    return vectors, left / size


def _singular_vectors(patterns: Floats) -> tuple[Floats, Floats, Floats]:
    """Left vectors, values and right vectors, of the singular values that are not zero."""
    left, size, vectors = np.linalg.svd(patterns, full_matrices=False)
    least = size.max(initial=0.0) * max(patterns.shape) * np.finfo(float).eps
    rank = np.count_nonzero(size > least)
    return left[:, :rank], size[:rank], vectors[:rank]


def covariance(patterns: ArrayLike, self_connections: bool = False) -> Floats:
    """W = sum_mu (xi^mu - m) (xi^mu - m)^T / (n v), with mean m and variance v of all values.

    Parameters
    ----------
    patterns : array_like, shape (p, n)
        Of -1 and 1, of which one may be rare: then far more of them are held than by `hebbian`,
        whose weights have the mean of all patterns in them [Tsodyks, there of 0 and 1].
    self_connections : bool
        Keep the diagonal.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric; 0 where all values are the same.
    """
    factors = covariance_factors(patterns)
    return _symmetric(factors.T @ factors, self_connections)


def covariance_threshold(patterns: ArrayLike) -> float:
    """Drive half-way between what `covariance` gives neurons that are 1 in a pattern, and -1.

    It is -m, with the mean m of all values: activations are counted from m, and a pattern drives
    neurons by xi_i - m, 1 - m or -1 - m.
    """
    return -mean(patterns)


def mean(patterns: ArrayLike) -> float:
    """Mean of all values of all patterns; 0 where there is none."""
    xi = np.asarray(patterns, dtype=np.float64)
    return float(np.mean(xi)) if xi.size else 0.0


def hebbian_factors(patterns: ArrayLike) -> Floats:
    """B = xi / sqrt(n), with which B^T B is what `hebbian` gives with its diagonal.

    Parameters
    ----------
    patterns : array_like, shape (p, n)

    Returns
    -------
    ndarray, shape (p, n)
        One pattern a row: p n numbers in the place of n^2.
    """
    xi = np.asarray(patterns, dtype=np.float64)
    factors: Floats = xi / np.sqrt(float(xi.shape[1]))
    return factors


def covariance_factors(patterns: ArrayLike) -> Floats:
    """B = (xi - m) / sqrt(n v), with which B^T B is what `covariance` gives with its diagonal.

    Parameters
    ----------
    patterns : array_like, shape (p, n)

    Returns
    -------
    ndarray, shape (p, n)
    """
    xi = np.asarray(patterns, dtype=np.float64)
    deviations: Floats = xi - mean(xi)
    spread = np.sqrt(mean(deviations**2) * xi.shape[1])
    return deviations / spread if spread > 0 else deviations


def pseudoinverse_factors(patterns: ArrayLike) -> Floats:
    """B with which B^T B is what `pseudoinverse` gives with its diagonal.

    Parameters
    ----------
    patterns : array_like, shape (p, n)

    Returns
    -------
    ndarray, shape (p, n)
        The patterns as close to themselves as orthonormal rows are: (C^+)^(1/2) xi, C = xi xi^T,
        so that each row belongs to its pattern.
    """
    xi = np.asarray(patterns, dtype=np.float64)
    left, vectors = _singular_vectors(xi)[::2]
    factors: Floats = left @ vectors
    return factors


def middles(group: Group) -> Floats:
    """Activation half-way between that of a neuron which says no and of one which says yes.

    Rules of storage are made for s = -1 and 1. A neuron with activations from a to b says them as
    g = m + r s, with m = (a + b) / 2 and r = (b - a) / 2, and is driven as it should be,

        sum_j W_ij g_j + I_i = r sum_j W_ij s_j      where  I_i = - sum_j W_ij m_j.

    So a network of 0 and 1 with this input has the rest states of the network of -1 and 1, turned
    into 0 and 1, if no drive, x = 0, leaves its neurons half-way. Without it, patterns with more
    ones than others draw all states to them ([Hopfield] does without it, for patterns that are
    half ones, at half the capacity).

    Parameters
    ----------
    group : Group

    Returns
    -------
    ndarray, shape (size,)
        m, and 0 where activations have no bounds.
    """
    low, high = _range(group)
    return 0.5 * (low + high)


def half_ranges(group: Group) -> Floats:
    """Half of what an activation can change by, (b - a) / 2 in the words of `middles`.

    Returns
    -------
    ndarray, shape (size,)
        r, and 0 where activations have no bounds.
    """
    low, high = _range(group)
    return 0.5 * (high - low)


def _range(group: Group) -> tuple[Floats, Floats]:
    """Bounds of activations; 0 and 0 where there are none."""
    low, high = group.fact("low"), group.fact("high")
    bounded = np.isfinite(low) & np.isfinite(high)
    return np.where(bounded, low, 0.0), np.where(bounded, high, 0.0)


RULES: dict[str, Callable[..., Floats]] = {
    "hebbian": hebbian,
    "storkey": storkey,
    "storkey_second_order": storkey_second_order,
    "pseudoinverse": pseudoinverse,
    "covariance": covariance,
}
# What neurons are driven by half-way between both values of a pattern; of other rules it is 0.
THRESHOLDS: dict[str, Callable[[ArrayLike], float]] = {"covariance": covariance_threshold}
FACTORS: dict[str, Callable[[ArrayLike], Floats]] = {
    "hebbian": hebbian_factors,
    "pseudoinverse": pseudoinverse_factors,
    "covariance": covariance_factors,
}


def _one_by_one(patterns: ArrayLike, self_connections: bool, second_order: bool) -> Floats:
    """Both of Storkey's rules; `w` has no diagonal, so that h_ij = h_i - w_ij xi_j."""
    all_xi = np.asarray(patterns, dtype=np.float64)
    n = all_xi.shape[1]
    w = np.zeros((n, n))
    diagonal = np.zeros(n)
    # Every pair of terms that i and j exchange is added or multiplied in one operation, which does
    # not depend on their order; so w stays symmetric without a transpose.
    ij, ji = np.empty((n, n)), np.empty((n, n))
    for xi in all_xi:
        h = w @ xi
        np.subtract(h[:, None], np.multiply(w, xi, out=ij), out=ij)
        np.subtract(h, np.multiply(w, xi[:, None], out=ji), out=ji)
        if second_order:
            np.subtract(xi[:, None], ij, out=ij)
            np.subtract(xi, ji, out=ji)
            ij *= ji
        else:
            ij *= xi
            ji *= xi[:, None]
            ij += ji
            np.subtract(np.multiply(xi[:, None], xi, out=ji), ij, out=ij)
        ij /= n
        w += ij
        diagonal += np.diagonal(w)
        np.fill_diagonal(w, 0.0)
    if self_connections:
        np.fill_diagonal(w, diagonal)
    return w


def _symmetric(w: Floats, self_connections: bool) -> Floats:
    w = 0.5 * (w + w.T)
    if not self_connections:
        np.fill_diagonal(w, 0.0)
    return w
