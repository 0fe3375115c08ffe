"""Matrices that bound how strongly neurons drive each other.

Throughout, `W` comes with Lagrangians that are convex with Hessians of at most `slope`, and `sets`
holds for each neuron the first of those that share its Lagrangian. Differences z of two states and
f of their activations then obey, set by set, z.f >= |f|^2 / slope (Baillon and Haddad 1977).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array

from hamsim.arrays import Floats, Ints
from hamsim.certify.scaled import ScaledNetwork
from hamsim.spectrum.row_blocks import multiply_rows, row_blocks, sized_times, symmetric_mean, take

__all__ = [
    "MARGIN",
    "Gains",
    "gains_of",
    "loop_gains",
    "mirrored",
    "rescaled",
    "rounding",
    "symmetric_part",
]

# Distance from a threshold, relative to it, within which nothing is claimed.
MARGIN = 1e-9
EPS = float(np.finfo(np.float64).eps)


class Gains(NamedTuple):
    """What the bounds need of a network or of a part of it.

    Parameters
    ----------
    W : csr_array, shape (n, n)
    slope : ndarray, shape (n,)
        Largest eigenvalue of the Hessian.
    row_sum : ndarray, shape (n,)
        Largest absolute row sum of the Hessian.
    sets : ndarray of int, shape (n,)
        Number of the set, from 0, whose neurons share the Lagrangian.
    symmetric : bool
        Whether W is symmetric.
    defect : float
        Relative error of its entries where it was made symmetric.
    """

    W: csr_array
    slope: Floats
    row_sum: Floats
    sets: Ints
    symmetric: bool
    defect: float = 0.0

    @property
    def n_sets(self) -> int:
        """Number of sets."""
        return int(self.sets.max()) + 1

    @property
    def additive(self) -> bool:
        """Whether each neuron is a set of its own."""
        return self.n_sets == self.sets.size

    def part(self, neurons: Ints) -> Gains:
        """Those of some neurons, which must be whole sets."""
        return Gains(
            csr_array(self.W[neurons][:, neurons]),
            self.slope[neurons],
            self.row_sum[neurons],
            _numbered(self.sets[neurons]),
            self.symmetric,
            self.defect,
        )


def _numbered(sets: Ints) -> Ints:
    if np.array_equal(sets, np.arange(sets.size)):
        return sets
    return np.unique(sets, return_inverse=True)[1].reshape(-1).astype(np.int64)


def gains_of(scaled: ScaledNetwork) -> Gains:
    """Gains of a whole network, with its scaled weights and activations.

    Parameters
    ----------
    scaled : ScaledNetwork
    """
    shared = any(group.over for group in scaled.network.groups)
    row_sum = scaled.slope.copy() if shared else scaled.slope
    sets = _numbered(scaled.sets)
    sizes = np.bincount(sets)[sets] if shared else sets
    for group in scaled.network.groups:
        if not group.over:
            continue
        # |H|_inf <= sqrt(n) |H|_2 holds for every Lagrangian.
        part = group.slice
        row_sum[part] = scaled.slope[part] * np.sqrt(sizes[part])
        if group.family.row_sum and group.family.everywhere:
            known = scaled.scale[part] * group.fact("row_sum")
            row_sum[part] = np.minimum(row_sum[part], known)
    return Gains(scaled.W, scaled.slope, row_sum, sets, scaled.symmetric, scaled.defect)


def rescaled(W: csr_array, left: Floats, right: Floats) -> csr_array:
    """diag(left) W diag(right); exactly symmetric if W is and both are the same."""
    data: Floats = right[W.indices]
    multiply_rows(data, W.indptr, left)
    data *= W.data
    return csr_array((data, W.indices, W.indptr), shape=W.shape)


def symmetric_part(X: csr_array, symmetric: bool = False) -> csr_array:
    """(X + X') / 2."""
    return X if symmetric else symmetric_mean(X)


def mirrored(X: csr_array) -> csr_array:
    """[[0, X], [X', 0]], whose largest eigenvalue is the largest singular value of X."""
    return csr_array(block_array([[None, X], [csr_array(X.T), None]], format="csr"))


def rounding(X: csr_array, defect: float = 0.0) -> float:
    """Bound of the error of eigenvalues from rounding each entry of X a few times.

    Parameters
    ----------
    X : csr_array
    defect : float
        Relative error of the entries besides that.
    """
    sums, columns = sized_times(X, np.ones(X.shape[1])), np.zeros(X.shape[1])
    for first, last in row_blocks(X.indptr):
        part = slice(X.indptr[first], X.indptr[last])
        np.add.at(columns, X.indices[part], np.abs(X.data[part]))
    return (8.0 * EPS + 2.0 * defect) * float(max(sums.max(initial=0.0), columns.max(initial=0.0)))


def loop_gains(
    gains: Gains,
    norm: Literal["largest", "euclidean"],
    falling: NDArray[np.bool_] | None = None,
) -> csr_array:
    """Nonnegative B over the sets with |W f| <= B |z|, in a norm on each set.

    Self-inhibition of a neuron with a Lagrangian of its own counts as 0, because there f has the
    sign of z.

    Parameters
    ----------
    gains : Gains
    norm : {"largest", "euclidean"}
        Of the differences on a set. On sets of one neuron both are the same.
    falling : ndarray of bool, shape (n,), optional
        Neurons whose activation may fall with their state, so that f may have either sign.
    """
    W, sets = gains.W, gains.sets
    factor = gains.row_sum if norm == "largest" else gains.slope
    data = take(factor, W)
    np.abs(data, out=data)
    B = csr_array((data, W.indices, W.indptr), shape=W.shape)
    inhibited = np.flatnonzero(W.diagonal() < 0)
    inhibited = inhibited[np.bincount(sets)[sets[inhibited]] == 1]
    if falling is not None:
        inhibited = inhibited[~falling[inhibited]]
    if inhibited.size:
        B[inhibited, inhibited] = np.zeros(inhibited.size)
    if gains.additive:
        return B
    n, m = sets.size, gains.n_sets
    member = csr_array((np.ones(n), sets, np.arange(n + 1)), shape=(n, m))
    if norm == "euclidean":
        B.data **= 2  # a Frobenius norm bounds what a block does
        result = csr_array(csr_array(member.T) @ csr_array(B @ member))
        np.sqrt(result.data, out=result.data)
    else:
        result = _row_maxima(csr_array(B @ member), sets, m)
    result.data *= 1.0 + 4.0 * EPS * W.nnz
    return result


def _row_maxima(B: csr_array, sets: Ints, m: int) -> csr_array:
    """Largest entry of each column over the rows of a set."""
    key = np.repeat(sets, np.diff(B.indptr)) * m + B.indices
    order = np.argsort(key, kind="stable")
    key, data = key[order], B.data[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if key.size else key
    largest = np.maximum.reduceat(data, first) if key.size else data
    return csr_array((largest, np.divmod(key[first], m)), shape=(m, m))
