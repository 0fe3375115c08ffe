"""The adjoint equation of rest states, in NumPy: a = P H y (+ P v), y = c + C^T a.

C = d(W g + gates)/dg, H = d2L/dx2 and P picks the neurons that are free to move. Where C is
symmetric, or D C is with positive factors D, C P H is self-adjoint in the inner product v.D P H w,
and conjugate gradients solve in it; H may be singular. A direction p with p.D P H (p - C P H p) < 0
is one of negative curvature: along it the energy falls, so that the state is not a stable rest
state. Elsewhere GMRES solves, with the transpose of C.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints

__all__ = ["Solved", "by_conjugate_gradients", "by_minimal_residuals"]

Rows = Callable[[Floats, Ints], Floats]

# Iterations of a trial at most, and vectors of GMRES.
MOST = 500
BASIS = 60
EPS = 2.0**-52


class Solved(NamedTuple):
    """Solutions of (1 - C P H) y = b, each a row.

    Parameters
    ----------
    sent : ndarray, shape (rows, n)
        P H y, as it was sent through C.
    y : ndarray, shape (rows, n)
        b + C sent.
    stable, converged : ndarray of bool, shape (rows,)
    products : ndarray of int, shape (rows,)
    witness : ndarray, shape (rows, n)
        Directions of negative curvature; 0 in stable rows.
    """

    sent: Floats
    y: Floats
    stable: NDArray[np.bool_]
    converged: NDArray[np.bool_]
    products: Ints
    witness: Floats


def by_conjugate_gradients(
    slopes: Rows, couple: Rows, b: Floats, weight: Floats, reach: Floats, tolerance: float
) -> Solved:
    """Solve by conjugate gradients in the inner product v.D P H w.

    Parameters
    ----------
    slopes, couple : callable
        P H v and C v of rows v, given with the numbers of these rows.
    b : ndarray, shape (rows, n)
    weight : ndarray, shape (n,)
        D.
    reach : ndarray, shape (n,)
        Norms of the rows of C: what rounding may do to a product.
    tolerance : float
        What may be left, as a part of b, in the inner product's norm.
    """
    count = len(b)
    sent, passed = np.zeros_like(b), np.zeros_like(b)
    stable, done = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
    products, witness = np.zeros(count, dtype=np.int64), np.zeros_like(b)
    rows = np.arange(count)
    left = b.copy()
    left_h = slopes(left, rows)
    size = (weight * left * left_h).sum(axis=1)
    goal = tolerance**2 * size
    along, along_h = left.copy(), left_h.copy()
    for _ in range(MOST):
        done[rows[size <= goal[rows]]] = True
        go = (size > goal[rows]) & np.isfinite(size) & stable[rows]
        rows, left, left_h = rows[go], left[go], left_h[go]
        along, along_h, size = along[go], along_h[go], size[go]
        if not rows.size:
            break
        image = couple(along_h, rows)
        products[rows] += 1
        curvature = (weight * along_h * (along - image)).sum(axis=1)
        length = np.linalg.norm(along_h, axis=1)[:, None]
        terms = weight * np.abs(along_h) * (np.abs(along) + np.abs(image) + reach * length)
        noise = EPS * (2.0 + np.sqrt(b.shape[1])) * terms.sum(axis=1)
        bad = curvature < -noise
        stable[rows[bad]] = False
        witness[rows[bad]] = along[bad]
        flat = np.abs(curvature) <= noise
        step = np.where(bad | flat, 0.0, size / np.where(flat, 1.0, curvature))[:, None]
        sent[rows] += step * along_h
        passed[rows] += step * image
        left -= step * (along - image)
        left_h = slopes(left, rows)
        before, size = size, (weight * left * left_h).sum(axis=1)
        size = np.where(flat, np.inf, size)
        back = (size / before)[:, None]
        with np.errstate(invalid="ignore"):
            along, along_h = left + back * along, left_h + back * along_h
    return Solved(sent, b + passed, stable, done, products, witness)


def by_minimal_residuals(slopes: Rows, couple: Rows, b: Floats, tolerance: float) -> Solved:
    """Solve by GMRES, one row after another; curvature says nothing here.

    Parameters
    ----------
    slopes, couple, b, tolerance
        As of `by_conjugate_gradients`, with C^T in `couple`, and the norm of b itself.
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
    stable = np.ones(count, dtype=bool)
    return Solved(sent, y, stable, done, products, np.zeros_like(b))


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
