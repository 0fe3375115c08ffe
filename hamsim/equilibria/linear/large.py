"""The leading eigenvalues of linearisations of many neurons, by products alone, and their counts.

Of the index of a symmetric one,

- as many eigenvalues are above 0 as there are vectors on which the form is positive definite
  [Courant and Fischer], which is evaluated with its rounding;
- none is if B^T C B has a bound below 1 by Gershgorin or Collatz and Wielandt, and where a sparse
  factorisation is cheap its pivots count them (`spectrum.inertia`).

Without symmetry none is if the spectral radius of |C| |H| is below 1, whatever the time constants.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

from hamsim.arrays import Floats
from hamsim.equilibria.linear.leading import BAND, Leading, mode_of, modes_of
from hamsim.equilibria.linear.linearised import Linearised
from hamsim.errors import HamsimError
from hamsim.spectrum.davidson import Pairs, largest_pairs
from hamsim.spectrum.inertia import count_above
from hamsim.spectrum.matrix import UNIT, norm_of
from hamsim.spectrum.row_blocks import symmetric_mean
from hamsim.spectrum.upper import perron

__all__ = ["large", "slowest"]

# Residuals, relative to the eigenvalue or to the slowest neuron's rate where that is larger.
TOLERANCE, ROUGH = 1e-8, 1e-4
# Entries of products and of vectors that are spent on finding eigenvalues, before it is given up.
WORK = 1.2e10
LEAST, MOST = 300, 20_000
# Directions that grow, of networks without symmetry, that are looked for one by one.
DIRECTIONS = 64
# Neurons up to which factorisations are given more work, and entries of the matrices for proofs.
FEW = 3000
ENTRIES = 2e7


def large(lin: Linearised, k: int, slack: float) -> Leading:
    """The first k eigenvalues, and what products tell of the others.

    Parameters
    ----------
    lin : Linearised
    k : int
    slack : float
        What the state's own residual may move them by, relative to the terms.
    """
    return _symmetric(lin, k, slack) if lin.symmetric else _general(lin, k, slack)


def slowest(lin: Linearised, k: int) -> Any:
    """Eigenvalues of largest real part, largest first; about, and without any proof.

    Parameters
    ----------
    lin : Linearised
        Of more than k + 3 neurons that move.
    k : int
    """
    return _pairs(lin, k, ROUGH, None).values[:k] if lin.symmetric else _rightmost(lin, k)[0]


def _budget(lin: Linearised, count: int) -> int:
    work = lin.network.W.nnz + 60.0 * lin.x.size
    return int(np.clip(WORK / work, LEAST, MOST)) * max(1, count // 6)


def _pairs(lin: Linearised, k: int, tolerance: float, above: float | None) -> Pairs:
    """Eigenvalues of the symmetric form with their vectors."""
    tau = lin.tau
    spread = tau.max() > tau.min()

    def toward(v: Floats, shift: float) -> Floats:
        return v * tau / np.maximum(1.0 + shift * tau, 0.1)

    return largest_pairs(
        lin.symmetric_rates,
        tau.size,
        k,
        toward if spread else None,
        tolerance,
        1.0 / float(tau.max()),
        _budget(lin, k),
        above=above,
    )


def _symmetric(lin: Linearised, k: int, slack: float) -> Leading:
    tau = lin.tau
    k, least = min(k, tau.size), 1.0 / float(tau.max())
    pairs = _pairs(lin, k, TOLERANCE, 0.0)
    if not np.all(np.isfinite(pairs.values)):
        raise HamsimError("the Jacobian is not finite at x")
    near = np.maximum(pairs.residuals, (BAND + slack) * np.maximum(least, abs(pairs.values)))
    index = int(np.count_nonzero(pairs.values > near))
    zeros = int(np.count_nonzero(np.abs(pairs.values) <= near))
    low, high = _bounds(lin, pairs, index)
    index = max(index, low)
    forms = [lin.followed_form(lin.spread(z / np.sqrt(tau), lin.moving)) for z in pairs.vectors[:k]]
    modes = np.stack([mode_of(lin, float(a), y) for a, y in zip(pairs.values, forms, strict=False)])
    return Leading(
        pairs.values[:k], pairs.residuals[:k], modes_of(lin, modes), index, zeros, low, high
    )


def _bounds(lin: Linearised, pairs: Pairs, index: int) -> tuple[int, int]:
    """Bounds of the number of eigenvalues above 0."""
    X = _form(lin)
    if X is None:
        return _shown(lin, pairs, index, None), lin.moving.size
    effort = 1.0 if X.shape[0] <= FEW else 0.1
    low, high, _ = count_above(X, 1.0, BAND, effort)
    assert lin.root is not None
    if not lin.root.exact:  # then X bounds from above alone
        low = 0
    if lin.instant.any() and not lin.explicit:
        among = np.flatnonzero(lin.instant[lin.free])
        inner = count_above(csr_array(X[among][:, among]), 1.0, BAND, effort)
        least = inner[0] if lin.root.exact else 0
        low, high = max(low - inner[1], 0), min(high - least, lin.moving.size)
        if inner[1] > 0:
            return low, high
    if low < index:
        low = max(low, _shown(lin, pairs, index, X))
    return min(low, high), min(high, lin.moving.size)


def _form(lin: Linearised) -> csr_array | None:
    """B^T C B of the free neurons, or what bounds its counts from above; None if too large."""
    assert lin.root is not None
    assert lin.scale is not None
    slopes = lin.root.slopes
    C = lin.coupling
    half = np.sqrt(lin.scale)
    if slopes is not None and lin.free.size == lin.x.size:
        factors = slopes * half, slopes / half
        rows = np.repeat(factors[0], np.diff(C.indptr))
        X = csr_array((C.data * rows * factors[1][C.indices], C.indices, C.indptr), shape=C.shape)
        return symmetric_mean(X)
    B = lin.root.matrix
    if B is None or _entries(B, C) > ENTRIES:
        return None
    X = csr_array(B.T @ (diags_array(half) @ C @ diags_array(1.0 / half)) @ B)
    return symmetric_mean(csr_array(X[lin.free][:, lin.free]))


def _entries(B: csr_array, C: csr_array) -> float:
    """At most so many entries has B^T C B."""
    wide = np.diff(B.indptr).astype(np.float64)
    return float(np.sum(np.repeat(wide, np.diff(C.indptr)) * wide[C.indices]))


def _shown(lin: Linearised, pairs: Pairs, index: int, X: csr_array | None) -> int:
    """As many directions as the form is positive definite on, evaluated with its rounding."""
    if index == 0 or (lin.instant.any() and not lin.explicit):
        return 0
    root = np.sqrt(lin.tau)
    Y = np.stack(
        [lin.followed_form(lin.spread(z / root, lin.moving)) for z in pairs.vectors[:index]]
    )
    Y /= np.linalg.norm(Y, axis=1)[:, None]
    G = np.array([[-(a @ image) for a in Y] for image in (lin.quadratic(y) for y in Y)])
    degree = float(np.diff(lin.network.W.indptr).max(initial=0)) + lin.x.size**0.5
    rounding = 8.0 * UNIT * (degree + 64.0)
    for count in range(index, 0, -1):
        values = np.linalg.eigvalsh(0.5 * (G + G.T)[:count, :count])
        if values[0] > rounding * count * (1.0 + _size(lin)) + BAND:
            return count
    return 0


def _size(lin: Linearised) -> float:
    """Bound of the size of |B|^T |C| |B|."""
    assert lin.root is not None
    C, slopes = lin.coupling, np.abs(lin.hessian.times(np.ones_like(lin.x)))
    if lin.hessian.shared:
        slopes = np.full_like(lin.x, max(float(np.max(np.abs(slopes))), _steepest(lin)))
    assert lin.scale is not None
    half = np.sqrt(lin.scale * slopes)
    rows = np.asarray(abs(C) @ np.sqrt(slopes / lin.scale))
    return float(np.max(rows * half, initial=0.0))


def _steepest(lin: Linearised) -> float:
    """Largest eigenvalue of the Hessian, about."""
    rng = np.random.default_rng(0)
    v = rng.standard_normal(lin.x.size)
    size = 0.0
    for _ in range(20):
        image = lin.hessian.times(v)
        size = norm_of(image)
        if not size > 0.0:
            break
        v = image / size
    return 2.0 * size


def _general(lin: Linearised, k: int, slack: float) -> Leading:
    n = lin.moving.size
    k = count = min(k, n - 3)
    while True:
        values, modes = _rightmost(lin, count)
        errors = np.array(
            [
                np.linalg.norm(lin.rates(v) - a * v) / np.linalg.norm(v)
                for a, v in zip(values, modes, strict=True)
            ]
        )
        near = np.maximum(errors, (BAND + slack) * np.maximum(1.0 / lin.tau.max(), abs(values)))
        if not bool(values[-1].real > -near[-1]) or count >= min(DIRECTIONS, n - 3):
            break
        count = min(2 * count + 2, DIRECTIONS, n - 3)
    index = int(np.count_nonzero(values.real > near))
    zeros = int(np.count_nonzero(np.abs(values.real) <= near))
    high = 0 if index == 0 and _contracts(lin) else n
    values, errors, modes = values[:k], errors[:k], modes[:k]
    if np.all(values.imag == 0.0):
        values, modes = values.real, np.ascontiguousarray(modes.real)
    return Leading(values, errors, modes_of(lin, modes), index, zeros, 0, high)


def _rightmost(lin: Linearised, count: int) -> tuple[Any, Any]:
    """Eigenvalues of largest real part, and their vectors as rows, by Arnoldi's method."""
    n = lin.moving.size
    operator = LinearOperator((n, n), lambda v: lin.rates(np.ravel(v)), dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(n)
    basis = min(n, max(4 * count, 40))
    restarts = max(20, _budget(lin, count) // basis)
    more = {"v0": start, "ncv": basis, "tol": TOLERANCE, "maxiter": restarts}
    try:
        values, vectors = eigs(operator, count + 1, which="LR", **more)
    except ArpackNoConvergence as stopped:
        values, vectors = stopped.eigenvalues, stopped.eigenvectors
        if values.size == 0:
            raise HamsimError(
                "no eigenvalue of the Jacobian was found by products; fewer of them (k) or time "
                "constants that differ less help"
            ) from None
    order = np.lexsort((-values.imag, -values.real))[:count]
    return values[order], np.ascontiguousarray(vectors[:, order].T)


def _contracts(lin: Linearised) -> bool:
    """Whether |C| |H| shows that no eigenvalue has a positive real part."""
    if lin.hessian.shared or lin.preserves:
        return False
    C = lin.coupling[lin.free][:, lin.free]
    gains: Any = csr_array(abs(C) @ diags_array(np.abs(lin.hessian.slopes[lin.free])))
    return perron(gains)[0] < 1.0 - BAND
