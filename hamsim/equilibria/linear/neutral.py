"""Whether directions that neither grow nor shrink lead along other rest states."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import LinAlgError, lstsq
from scipy.sparse.linalg import LinearOperator, gmres

from hamsim.arrays import Floats
from hamsim.equilibria.linear.linearised import Linearised
from hamsim.equilibria.linear.small import is_small

__all__ = ["continuing"]

# How far it is gone along a direction, relative to the state; Newton steps; what is left at rest.
STEP, STEPS, REST = 0.05, 12, 1e-9


def continuing(
    lin: Linearised, residual: Callable[[Floats], Floats], directions: Floats, rest: float
) -> int:
    """Of how many neutral directions rest states are found on both sides.

    Parameters
    ----------
    lin : Linearised
    residual : callable
        W g + I - x of a state, 0 where neurons are held.
    directions : ndarray, shape (m, n)
        Real, with largest entries of size 1.
    rest : float
        Residual of the state itself.

    Notes
    -----
    From x + s v the equations are solved with no further motion along the directions. Where the
    state is a critical point alone, what is left is of the order s^2 or s^3.
    """
    size = max(1.0, float(np.max(np.abs(lin.x))))
    close = REST * size + 10.0 * rest
    basis = np.linalg.qr(directions[:, lin.free].T)[0].T
    count = 0
    for v in directions:
        sides = [_found(lin, residual, lin.x + s * STEP * size * v, basis, close) for s in (1, -1)]
        count += all(sides)
    return count


def _found(
    lin: Linearised,
    residual: Callable[[Floats], Floats],
    x: Floats,
    basis: Floats,
    close: float,
) -> bool:
    """Whether a rest state is near to x, on the plane through x that is normal to the basis."""
    begin = x
    for _ in range(STEPS):
        u = residual(x)
        left = float(np.max(np.abs(u)))
        if left <= close:
            moved = float(np.max(np.abs(x - begin)))
            return moved <= 0.5 * STEP * max(1.0, float(np.max(np.abs(lin.x))))
        if not np.isfinite(left):
            return False
        step = _newton(Linearised(lin.network, x, lin.held), -u[lin.free], basis)
        if step is None:
            return False
        x = x + lin.spread(step, lin.free)
    return False


def _newton(lin: Linearised, right: Floats, basis: Floats) -> Floats | None:
    """Solve (C H - 1) d + basis^T c = right with basis d = 0 for d."""
    n, m = lin.free.size, len(basis)

    def times(v: Floats) -> Floats:
        v = np.ravel(v)
        image = lin.respond(lin.spread(v[:n], lin.free))[lin.free] + v[n:] @ basis
        return np.concatenate([image, basis @ v[:n]])

    whole = np.concatenate([right, np.zeros(m)])
    if is_small(lin):
        matrix = np.stack([times(row) for row in np.eye(n + m)]).T
        try:
            solved = lstsq(matrix, whole)[0]
        except (LinAlgError, ValueError):
            return None
    else:
        operator = LinearOperator((n + m, n + m), times, dtype=np.float64)
        size = float(np.max(np.abs(whole)))
        solved, failed = gmres(operator, whole / size, rtol=1e-8, restart=60, maxiter=20)
        if failed:
            return None
        solved = solved * size
    step: Floats = solved[:n]
    return step if np.all(np.isfinite(step)) else None
