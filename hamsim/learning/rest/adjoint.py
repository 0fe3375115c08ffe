"""The adjoint equation of rest states without an inner product: a = P H y (+ P v), y = c + C^T a.

C = d(W g + gates)/dg, H = d2L/dx2 and P picks the neurons that are free to move. GMRES solves, with
the transpose of C; whether the state is stable it does not see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.field.gates import gate_change
from hamsim.network import Network
from hamsim.operator import operator_of

__all__ = ["send_back_slowly", "solve_slowly"]

Rows = Callable[[Floats, Ints], Floats]

# Iterations of a trial at most, and vectors of GMRES.
MOST = 500
BASIS = 60
LOOK = 4  # vectors between two looks at what is left
# What is left of an image that is a combination of earlier ones, of length 1.
NOTHING = 1e-14
# Numbers in the vectors of rows that are solved together.
TOGETHER = 2**24


def send_back_slowly(network: Network, v: Floats, g: Floats) -> Floats:
    """C^T v of rows, with gated synapses at activations g."""
    received: Floats = operator_of(network).transposed(np.ascontiguousarray(v))
    if network.triples is not None:
        received = received + gate_change(network.triples, g, v)
    return received


def solve_slowly(
    network: Network,
    held: NDArray[np.bool_],
    x: Floats,
    c: Floats,
    of: Literal["g", "x"],
    tolerance: float,
) -> tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.bool_], Ints, Floats]:
    """Solve for each row; see `hamsim.learning.rest.engine.Adjoint` for what is given back."""
    operator = operator_of(network)
    free = (~held).astype(np.float64)
    g = operator.activate(x)

    def slopes(v: Floats, rows: Ints) -> Floats:
        return free * operator.hessian(x[rows], v)

    def couple(v: Floats, rows: Ints) -> Floats:
        return send_back_slowly(network, v, g[rows])

    moved = free * c if of == "x" else np.zeros_like(c)
    right = c if of == "g" else couple(moved, np.arange(len(x)))
    sent, y = np.zeros_like(right), np.zeros_like(right)
    done, products = np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=np.int64)
    at_once = max(1, TOGETHER // (BASIS * max(1, x.shape[1])))
    for k in range(0, len(x), at_once):
        rows = np.arange(k, min(k + at_once, len(x)))
        sent[rows], y[rows], done[rows], products[rows] = _by_minimal_residuals(
            slopes, couple, right[rows], rows, tolerance
        )
    stable = np.ones(len(x), dtype=bool)
    return sent + moved, y, stable, done, products + (of == "x"), np.zeros_like(x)


def _by_minimal_residuals(
    slopes: Rows, couple: Rows, b: Floats, numbers: Ints, tolerance: float
) -> tuple[Floats, Floats, NDArray[np.bool_], Ints]:
    """Solve by restarted GMRES, all rows together.

    Parameters
    ----------
    slopes, couple : callable
        P H v and C^T v of rows v, given with the numbers of these rows.
    b : ndarray, shape (rows, n)
    numbers : ndarray of int, shape (rows,)
        Of the rows.
    tolerance : float
        What may be left, as a part of b.

    Returns
    -------
    sent, y : ndarray, shape (rows, n)
        P H y, and y.
    converged : ndarray of bool
    products : ndarray of int
    """
    y, left = np.zeros_like(b), b.copy()
    products = np.zeros(len(b), dtype=np.int64)
    goal, size = tolerance * np.linalg.norm(b, axis=1), np.linalg.norm(b, axis=1)
    done, rows = size <= goal, np.flatnonzero((size > goal) & np.isfinite(size))
    while rows.size:
        own = numbers[rows]
        made, taken = _combined(slopes, couple, left[rows], 0.5 * goal[rows], own)
        y[rows] += made
        left[rows] = b[rows] - y[rows] + couple(slopes(y[rows], own), own)
        products[rows] += taken + 1
        before, size[rows] = size[rows], np.linalg.norm(left[rows], axis=1)
        done = size <= goal
        gains = (size[rows] < 0.5 * before) & (products[rows] < MOST)
        rows = rows[~done[rows] & gains]
    return slopes(y, numbers), y, done, products


def _combined(
    slopes: Rows, couple: Rows, left: Floats, goal: Floats, rows: Ints
) -> tuple[Floats, int]:
    """What makes the least of what is left: a combination of it and of its images in turn."""
    count, n = left.shape
    most, size = min(BASIS, n), np.linalg.norm(left, axis=1)
    basis = np.zeros((most + 1, count, n))
    columns = np.zeros((count, most + 1, most))
    basis[0] = left / size[:, None]
    shares = np.zeros((count, 0))
    for j in range(most):
        v = basis[j] - couple(slopes(basis[j], rows), rows)
        for _ in range(2):  # Gram and Schmidt's process, twice
            part = np.einsum("krn,rn->rk", basis[: j + 1], v)
            columns[:, : j + 1, j] += part
            v = v - np.einsum("rk,krn->rn", part, basis[: j + 1])
        norm = np.linalg.norm(v, axis=1)
        columns[:, j + 1, j] = norm
        basis[j + 1] = v / np.where(norm > NOTHING, norm, np.inf)[:, None]
        if j + 1 == most or j % LOOK == LOOK - 1:
            steep = columns[:, : j + 2, : j + 1]
            # Singular values, because a row that is solved has columns of zeros.
            shares = size[:, None] * np.linalg.pinv(steep)[:, :, 0]
            off = -np.einsum("rij,rj->ri", steep, shares)
            off[:, 0] += size
            if (np.linalg.norm(off, axis=1) <= goal).all():
                break
    made: Floats = np.einsum("rk,krn->rn", shares, basis[: shares.shape[1]])
    return made, j + 1
