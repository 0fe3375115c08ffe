"""Neurons of both signs that are eliminated from a quadratic form, and what is left of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array

from hamsim.arrays import Ints
from hamsim.certify.coercive.degrees import Degrees
from hamsim.certify.coercive.finding import Below
from hamsim.spectrum.row_blocks import sized_times

__all__ = ["EPS", "eliminated", "is_below", "largest_row"]

EPS = float(np.finfo(float).eps)


def largest_row(X: csr_array) -> float:
    """Largest sum of a row's sizes, which bounds the norm of a symmetric X."""
    if X.nnz == 0:
        return 0.0
    return float(sized_times(X, np.ones(X.shape[1])).max())


def is_below(X: csr_array, gates: float, below: Below, rounding: float = 0.0) -> Any:
    """Answer to the largest eigenvalue being below 1, less what gates and rounding may add."""
    return below(X, 1.0 - gates - rounding - 16.0 * EPS * largest_row(X))


def eliminated(degrees: Degrees, neurons: Ints, X: csr_array, below: Below) -> list[Any]:
    """Answers after the minimum over neurons of both signs that are not connected to each other.

    That minimum is exact and leaves W_rz C_z^-1 W_zr among the others, from which inhibition
    between neurons bounded on one side can be dropped.
    """
    side = degrees.side[neurons]
    out, rest = np.flatnonzero(side == 0), np.flatnonzero(side != 0)
    if not out.size or not rest.size:
        return []
    between = csr_array(X[rest][:, out])
    inside = csr_array(X[out][:, out])
    work = float(np.sum(np.diff(between.tocsc().indptr).astype(float) ** 2))
    if inside.nnz or work > 20.0 * X.nnz + 1e6:
        return []
    lateral = csr_array(X[rest][:, rest])
    left = csr_array(lateral + between @ between.T).tocoo()
    signs = side[rest]
    keep = (left.data * signs[left.row] * signs[left.col] > 0.0) | (left.row == left.col)
    kept = coo_array((left.data[keep], (left.row[keep], left.col[keep])), shape=left.shape)
    ones = np.ones(rest.size)
    size = np.max(abs(lateral) @ ones + abs(between) @ (abs(between).T @ ones))
    most = 32 + int(np.max(np.diff(between.indptr)))
    symmetric = csr_array(0.5 * (kept + kept.T))
    return [is_below(symmetric, 0.0, below, rounding=4.0 * EPS * most * float(size))]
