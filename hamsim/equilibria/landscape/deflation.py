"""Newton's method to rest states that are not known yet.

A step d of Newton's method for u, lengthened by 1 / (1 - d.grad log m), is one for m u with
m = prod_k (1 + s^2 / |x - x_k|^2), which does not vanish at the known rest states x_k  [Farrell,
Birkisson and Funke 2015, SIAM J. Sci. Comput. 37:A2026].
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from hamsim.arrays import Floats, Ints
from hamsim.field.dense import DenseField
from hamsim.field.field import Field
from hamsim.network import Network

__all__ = ["newton"]

DENSE = 500  # neurons up to which matrices are full
STEPS, HALVINGS = 30, 8
EXACT = 1e-12  # of a residual, relative to 1 + the largest state
RESTS = 1e-9
LONGEST = 0.5  # of a step, as a part of the size of the states
WORSE = 2.0  # factor by which a residual may rise on the way
INNER, KRYLOV = 1e-4, 80


def newton(network: Network, x: Floats, free: Ints, known: Floats | None = None) -> Floats | None:
    """A rest state near a state, which need not be stable.

    Parameters
    ----------
    network : Network
    x : ndarray, shape (n,)
    free : ndarray of int
        Neurons that nothing holds.
    known : ndarray, shape (states, n), optional
        Rest states to which it shall not go.

    Returns
    -------
    ndarray, shape (n,), or None
    """
    field: Field = DenseField(network) if x.size <= DENSE else Field(network)
    x = x.copy()
    u = field.residual(x[None])[0, free]
    scale = float(np.abs(x).max(initial=1.0))
    for _ in range(STEPS):
        size = float(np.abs(u).max(initial=0.0))
        if size <= EXACT * (1.0 + np.abs(x).max()):
            return x
        step = _solved(field, x, u, free)
        if step is None:
            break
        length = _lengthened(x, step, free, known)
        longest = LONGEST * scale / max(float(np.abs(step).max()), 1e-300)
        length = float(np.clip(length, -longest, longest))
        for _ in range(HALVINGS):
            tried = x.copy()
            tried[free] += length * step
            after = field.residual(tried[None])[0, free]
            if np.isfinite(after).all() and np.abs(after).max() <= WORSE * size:
                break
            length *= 0.5
        else:
            break
        x, u = tried, after
    size = float(np.abs(u).max(initial=0.0))
    return x if size <= RESTS * (1.0 + np.abs(x).max()) else None


def _solved(field: Field, x: Floats, u: Floats, free: Ints) -> Floats | None:
    """-J^-1 u over the free neurons; None where J is singular."""
    if isinstance(field, DenseField):
        full = field.jacobians(x[None])[0]
        try:
            return np.asarray(np.linalg.solve(full[np.ix_(free, free)], -u), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
    J = field.jacobian(x)

    def times(v: Floats) -> Floats:
        full = np.zeros_like(x)
        full[free] = np.ravel(v)
        return J.times(full)[free]

    inner = LinearOperator((free.size, free.size), matvec=times, dtype=np.float64)
    step, _ = gmres(inner, -u, rtol=INNER, restart=KRYLOV, maxiter=5)
    result: Floats = step
    return result if np.isfinite(result).all() else None


def _lengthened(x: Floats, step: Floats, free: Ints, known: Floats | None) -> float:
    """How many times the step is taken so that it leads away from what is known."""
    if known is None or len(known) == 0:
        return 1.0
    away = x - known
    square = np.maximum((away**2).sum(axis=1), 1e-300)
    s2 = float((x**2).sum()) + 1.0
    # log m = sum log(1 + s2 / q), q = |x - x_k|^2, and dq along the step is 2 away.d.
    slope = -(s2 / (square * (square + s2))) * 2.0 * (away[:, free] @ step)
    bottom = 1.0 - float(slope.sum())
    return 1.0 / bottom if abs(bottom) > 1e-12 else 1.0
