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
EPS = 2.0**-52


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
    sent, y, done, products = _by_minimal_residuals(slopes, couple, right, tolerance)
    stable = np.ones(len(x), dtype=bool)
    return sent + moved, y, stable, done, products + (of == "x"), np.zeros_like(x)


def _by_minimal_residuals(
    slopes: Rows, couple: Rows, b: Floats, tolerance: float
) -> tuple[Floats, Floats, NDArray[np.bool_], Ints]:
    """Solve by GMRES, one row after another; curvature says nothing here.

    Parameters
    ----------
    slopes, couple : callable
        P H v and C^T v of rows v, given with the numbers of these rows.
    b : ndarray, shape (rows, n)
    tolerance : float
        What may be left, as a part of b.
    """
    count = len(b)
    sent, y = np.zeros_like(b), np.zeros_like(b)
    done, products = np.zeros(count, dtype=bool), np.zeros(count, dtype=np.int64)
    for k in range(count):
        row = np.array([k])

        def image(v: Floats, row: Ints = row) -> Floats:
            made: Floats = v - couple(slopes(v[None], row), row)[0]
            return made

        y[k], done[k], products[k] = _minimal(image, b[k], tolerance)
        sent[k] = slopes(y[k][None], row)[0]
    return sent, y, done, products


def _minimal(
    image: Callable[[Floats], Floats], b: Floats, tolerance: float
) -> tuple[Floats, bool, int]:
    """Restarted GMRES with Gram and Schmidt's process taken twice."""
    y, products = np.zeros_like(b), 0
    goal = tolerance * float(np.linalg.norm(b))
    left = b.copy()
    while True:
        size = float(np.linalg.norm(left))
        if size <= goal or not np.isfinite(size):
            return y, size <= goal, products
        if products >= MOST:
            return y, False, products
        basis, columns = [left / size], []
        most = min(BASIS, b.size)
        for _ in range(most):
            v = image(basis[-1])
            products += 1
            column = np.zeros(len(basis))
            for _ in range(2):
                for k, each in enumerate(basis):
                    part = float(each @ v)
                    column[k] += part
                    v = v - part * each
            norm = float(np.linalg.norm(v))
            columns.append(np.append(column, norm))
            steep = np.zeros((len(basis) + 1, len(columns)))
            for k, each in enumerate(columns):
                steep[: each.size, k] = each
            target = np.zeros(len(basis) + 1)
            target[0] = size
            found, *_ = np.linalg.lstsq(steep, target, rcond=None)
            rest = float(np.linalg.norm(target - steep @ found))
            if rest <= 0.5 * goal or norm <= EPS * size or not np.isfinite(rest):
                break
            basis.append(v / norm)
        y = y + np.array(basis[: found.size]).T @ found
        left = b - image(y)
        products += 1
        if float(np.linalg.norm(left)) > 0.5 * size:  # nothing is gained any more
            return y, float(np.linalg.norm(left)) <= goal, products
