"""Eigenvalues of linearisations of few neurons, all of them, with proved counts."""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, solve

from hamsim.arrays import Floats
from hamsim.equilibria.linear.leading import BAND, Leading, mode_of, modes_of, surely
from hamsim.equilibria.linear.linearised import SINGULAR, Linearised
from hamsim.errors import HamsimError
from hamsim.spectrum.enclosed import general_spectrum, symmetric_spectrum
from hamsim.spectrum.matrix import UNIT

__all__ = ["is_small", "small"]

# Most free neurons of which full matrices are made, and most numbers of such a matrix over all.
MOST, NUMBERS = 500, 2.5e7
# Ratio of roots of time constants from which on slow rates are also taken from the inverse.
SPREAD = 30.0


def is_small(lin: Linearised) -> bool:
    """Whether full matrices of the free neurons may be made."""
    return lin.free.size <= MOST and lin.free.size * lin.x.size <= NUMBERS


def small(lin: Linearised, k: int, slack: float) -> Leading:
    """All eigenvalues, of which the first k are given.

    Parameters
    ----------
    lin : Linearised
    k : int
    slack : float
        What the state's own residual may move them by, relative to the terms.
    """
    return _symmetric(lin, k, slack) if lin.symmetric else _general(lin, k, slack)


def _units(lin: Linearised) -> Floats:
    units = np.zeros((lin.free.size, lin.x.size))
    units[np.arange(lin.free.size), lin.free] = 1.0
    return units


def _symmetric(lin: Linearised, k: int, slack: float) -> Leading:
    assert lin.root is not None
    assert lin.scale is not None
    free, half = lin.free, np.sqrt(lin.scale)
    B = lin.root.times(_units(lin))[:, free].T
    C = half[free][:, None] * lin.coupling[free][:, free].toarray() / half[free]
    C = 0.5 * (C + C.T)
    X = B.T @ C @ B
    A = np.eye(free.size) - 0.5 * (X + X.T)
    sizes = np.abs(B).T @ np.abs(C) @ np.abs(B) + np.eye(free.size)
    if not np.all(np.isfinite(sizes)):
        raise HamsimError("the Jacobian is not finite at x")
    sizes *= 8.0 * UNIT * (free.size + 8.0)
    index, low, high = _count(A, sizes, slack)
    instant = lin.instant[free]
    if instant.any():
        among = np.ix_(instant, instant)
        inner = _count(A[among], sizes[among], slack)
        index, low, high = index - inner[0], low - inner[2], high - inner[1]
    low, high = max(low, 0), min(high, lin.moving.size)
    root = np.sqrt(lin.tau)
    values, errors, z = _rates(*_eliminated(A, sizes, instant), root)
    k = min(k, values.size)
    modes = np.zeros((k, lin.moving.size))
    for row in range(k):
        y = lin.followed_form(lin.spread(z[:, row] / root, lin.moving))
        modes[row] = mode_of(lin, float(values[row]), y)
    return Leading(
        values[:k].copy(), errors[:k], modes_of(lin, modes), index, high - index, low, high
    )


def _rates(A: Floats, sizes: Floats, root: Floats) -> tuple[Floats, Floats, Floats]:
    """Eigenvalues of -T^-1/2 A T^-1/2 in falling order, bounds of their errors, and vectors.

    Of unlike time constants the slow ones are lost in the rounding of the fast ones; those of the
    inverse, -1 / lambda, hold them as the largest.
    """
    S, lost = -A / root / root[:, None], float(np.linalg.norm(sizes / root / root[:, None]))
    rising, z, bound = symmetric_spectrum(0.5 * (S + S.T), lost)
    values, z, errors = rising[::-1], z[:, ::-1], np.full(rising.size, bound)
    if root.size == 0 or root.max() < SPREAD * root.min():
        return values, errors, z
    try:
        inverse = np.linalg.inv(A)
    except np.linalg.LinAlgError:
        return values, errors, z
    moduli = np.abs(inverse)
    # (1 + E)^-1 - 1 for E = A^-1 dA, and what the inverse computed is off by.
    off = moduli @ sizes @ moduli + np.abs(inverse @ A - np.eye(len(A))) @ moduli
    off += 8.0 * UNIT * (len(A) + 8.0) * (moduli @ np.abs(A) @ moduli)
    if not float(np.max(off)) < 0.01 * float(np.max(moduli)):
        return values, errors, z
    turned = root[:, None] * (0.5 * (inverse + inverse.T)) * root
    nu, y, bound = symmetric_spectrum(
        turned, 2.0 * float(np.linalg.norm(off * root[:, None] * root))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        other = -1.0 / nu
        theirs = np.where(np.abs(nu) > bound, bound / (np.abs(nu) * (np.abs(nu) - bound)), np.inf)
    order = np.argsort(-other, kind="stable")
    better = theirs[order] < errors
    if np.count_nonzero(other > 0) != np.count_nonzero(values > 0):
        return values, errors, z
    values = np.where(better, other[order], values)
    return values, np.where(better, theirs[order], errors), np.where(better, y[:, order], z)


def _count(A: Floats, sizes: Floats, slack: float) -> tuple[int, int, int]:
    """Negative eigenvalues of A, and bounds of their number."""
    values, _, bound = symmetric_spectrum(A, float(np.linalg.norm(sizes)))
    if values.size == 0:
        return 0, 0, 0
    largest = float(np.max(np.abs(values)))
    band = max((BAND + slack) * max(1.0, largest), bound)
    index = int(np.count_nonzero(values < -band))
    return index, index, int(np.count_nonzero(values <= band))


def _eliminated(A: Floats, sizes: Floats, instant: np.ndarray) -> tuple[Floats, Floats]:
    """Schur complement of what is not instant, and bounds of its entries' errors, about."""
    if not instant.any():
        return A, sizes
    moving = ~instant
    among, across = A[np.ix_(instant, instant)], A[np.ix_(instant, moving)]
    try:
        given = solve(among, across)
        inverse = np.linalg.inv(among)
    except (LinAlgError, np.linalg.LinAlgError):
        raise HamsimError(SINGULAR) from None
    if not np.linalg.norm(inverse, 1) * np.linalg.norm(among, 1) < 1e14:
        raise HamsimError(SINGULAR)
    turned = np.abs(given)
    error = sizes[np.ix_(moving, moving)]
    error = error + sizes[np.ix_(moving, instant)] @ turned
    error += turned.T @ sizes[np.ix_(instant, moving)]
    worse = np.abs(inverse) @ np.abs(among)
    error += np.abs(across).T @ worse @ turned * 8.0 * UNIT * (len(A) + 8.0)
    error += turned.T @ sizes[np.ix_(instant, instant)] @ turned
    return A[np.ix_(moving, moving)] - across.T @ given, error


def _general(lin: Linearised, k: int, slack: float) -> Leading:
    free, moving = lin.free, lin.instant[lin.free] == 0
    H = lin.hessian.times(_units(lin)).T
    C = lin.coupling[free]
    J = np.asarray(C @ H) - np.eye(free.size)
    sizes = np.asarray(abs(C) @ np.abs(H)) + np.eye(free.size)
    if not np.all(np.isfinite(sizes)):
        raise HamsimError("the Jacobian is not finite at x")
    error = sizes * (8.0 * UNIT * (float(np.diff(C.indptr).max(initial=0)) + 8.0))
    if not moving.all():
        J, error = _followed(J, error, moving)
    if lin.preserves:
        rows = np.zeros((moving.sum(), lin.x.size))
        rows[:, lin.moving] = J.T
        turned = np.stack([lin.preserved(row)[lin.moving] for row in rows]).T
        error = np.abs(turned) * 64.0 * UNIT + error / lin.tau.min()
        J = turned
    else:
        J, error = J / lin.tau[:, None], error / lin.tau[:, None]
    values, vectors, radii = general_spectrum(J, error)
    order = np.lexsort((-values.imag, -values.real))
    values, vectors, radii = values[order], vectors[:, order], radii[order]
    k = min(k, values.size)
    near = np.maximum(np.abs(values), 1.0 / lin.tau.max(initial=1.0)) * (BAND + slack)
    sure = np.maximum(np.where(np.isfinite(radii), radii, 0.0), near)
    index = int(np.count_nonzero(values.real > sure))
    zeros = int(np.count_nonzero(np.abs(values.real) <= sure))
    reach = np.maximum(radii, near)
    low, high = surely(values.real - reach, values.real + reach)
    first, modes = values[:k], vectors[:, :k].T
    if np.all(first.imag == 0.0):
        first, modes = first.real, np.ascontiguousarray(modes.real)
    return Leading(first.copy(), radii[:k].copy(), modes_of(lin, modes), index, zeros, low, high)


def _followed(J: Floats, error: Floats, moving: np.ndarray) -> tuple[Floats, Floats]:
    """The Jacobian of the moving neurons, the others following."""
    f = ~moving
    among, given, back = J[np.ix_(f, f)], J[np.ix_(f, moving)], J[np.ix_(moving, f)]
    try:
        followed = solve(-among, given)
        inverse = np.linalg.inv(among)
    except (LinAlgError, np.linalg.LinAlgError):
        raise HamsimError(SINGULAR) from None
    if not np.linalg.norm(inverse, 1) * np.linalg.norm(among, 1) < 1e14:
        raise HamsimError(SINGULAR)
    sizes, turned = np.abs(followed), np.abs(back @ inverse)
    lost = error[np.ix_(moving, moving)] + error[np.ix_(moving, f)] @ sizes
    lost += turned @ (error[np.ix_(f, f)] @ sizes + error[np.ix_(f, moving)])
    worse = np.abs(inverse) @ np.abs(among)
    lost += np.abs(back) @ worse @ sizes * 8.0 * UNIT * (len(J) + 8.0)
    return J[np.ix_(moving, moving)] + back @ followed, lost
