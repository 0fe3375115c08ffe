"""Whether it is proved that a trajectory comes to the rest state that was found.

Everywhere: with Lambda the largest slopes, all eigenvalues of Lambda^1/2 W Lambda^1/2 below 1 and W
symmetric, there is one rest state and all solutions go there (mathematics of contraction in the
energy's metric; Minty 1962 for the one state).

In a ball: let |d/ds v.H(x + s z) v| <= M max|z| v.H v, l0 >= 0 a bound of the eigenvalues of W H at
the rest state x*, w the largest norm of a row of W, l the largest slope, and at a state x
K = 1/2 x'.T H x', R = max|u|, d = max|x - x*|. If for some r

    k = (1 - l0 e^(M r)) / tau_max - M (r - d) / (2 tau_min) > 0,
    d + R + w sqrt(2 K l e^(M r) / tau_min) / k <= r,

then the solution from x stays within r of x*, where K falls at the rate 2 k, and converges to the
only rest state there: two of them would satisfy z = W H z with an H between that is below
e^(M r) H(x*). Where the Hessian does not change between kinks, M = 0 up to the nearest one.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import ArpackError, eigsh

from hamsim.arrays import Floats
from hamsim.field.sharing import shared_sets
from hamsim.network import Network
from hamsim.operator import neurons_of, operator_of
from hamsim.spectrum import largest_below
from hamsim.spectrum.row_blocks import symmetric_mean

__all__ = ["Ball", "contracts", "held_neurons"]

# What rounding may do to the quantities of the proof, and to u in units of its terms.
ROUNDING, NOISE = 1e-6, 1e-13
# How far below 1 eigenvalues are to be, and by which part of that a bound is above an estimate.
CLEAR, CLOSE = 1e-6, 0.05
DENSE = 60  # neurons of which all eigenvalues are computed
MOST = 0.5  # what one of the neurons that share a softmax has if it has most of it
# Radii of balls that are tried.
RADII = np.geomspace(1e-6, 10.0, 57)
EFFORT = 0.1
# Radii around a state near which a rest state is to be shown to exist.
NARROW = np.geomspace(1e-12, 1.0, 61)


def held_neurons(network: Network) -> np.ndarray:
    """Whether each neuron is clamped."""
    held = np.zeros(network.n_neurons, dtype=bool)
    for each in network.stimuli:
        if each.mode != "input":
            held[each.neurons] = True
    return held


def _between(network: Network, slopes: Floats, balance: Floats, free: np.ndarray) -> csr_array:
    """(L D)^1/2 W (L / D)^1/2 of the free neurons."""
    left = diags_array(np.sqrt(slopes[free] * balance[free]))
    right = diags_array(np.sqrt(slopes[free] / balance[free]))
    W = csr_array(network.W[free][:, free])
    return symmetric_mean(csr_array(left @ W @ right))


def _estimate(matrix: csr_array) -> float:
    """The largest eigenvalue, not proved; 0 if that is more."""
    if matrix.shape[0] == 0 or matrix.nnz == 0:
        return 0.0
    start = np.random.default_rng(0).normal(size=matrix.shape[0])
    try:
        if matrix.shape[0] <= DENSE:
            values = np.linalg.eigvalsh(matrix.toarray())
        else:
            values = eigsh(matrix, 1, which="LA", v0=start, tol=1e-3, return_eigenvectors=False)
    except (ArpackError, np.linalg.LinAlgError):  # of weights too large for their sums
        return np.inf
    return max(0.0, float(values[-1]))


def contracts(network: Network, held: np.ndarray, balance: Floats | None) -> bool:
    """Whether there is one rest state for sure, to which all solutions go.

    Parameters
    ----------
    network : Network
    held : ndarray of bool, shape (n,)
    balance : ndarray, shape (n,), or None
        D with D W H self-adjoint where the energy falls; see `hamsim.field.conjugate`.
    """
    if balance is None or network.triples is not None:
        return False
    slopes = np.concatenate([group.fact("slope", np.inf) for group in network.groups])
    free = ~held
    if not np.isfinite(slopes[free]).all():
        return False
    matrix = _between(network, slopes, balance, free)
    if _estimate(matrix) >= 1.0:
        return False
    return largest_below(matrix, 1.0 - CLEAR, effort=EFFORT).status == "proved"


class Ball:
    """What is proved around a rest state.

    Parameters
    ----------
    network : Network
        Whose energy falls.
    rest : ndarray, shape (n,)
    held : ndarray of bool, shape (n,)
    tau : ndarray, shape (n,), optional
        In place of the network's own, on which rest states do not depend.
    """

    def __init__(
        self, network: Network, rest: Floats, held: np.ndarray, tau: Floats | None = None
    ) -> None:
        self.network, self.rest, self.free = network, rest, ~held
        self.tau = network.tau if tau is None else tau
        self.bound: float | None = None  # of the eigenvalues, estimated until it is proved
        self._proved = False
        falls = network.symmetric and network.triples is None
        if not falls or not (self.tau[self.free] > 0).all():
            return
        h = self._majorant()
        if not np.isfinite(h[self.free]).all():
            return
        self.slope = float(h[self.free].max(initial=0.0))
        self._matrix = _between(network, h, np.ones(h.size), self.free)
        found = _estimate(self._matrix)
        if found >= 1.0 - CLEAR:
            return
        self.bound = found + CLOSE * (1.0 - found)
        rows = np.sqrt(network.W.power(2).sum(axis=1))[self.free]
        self.row = float(rows.max(initial=0.0))
        tau = self.tau[self.free]
        self.fast, self.slow = float(tau.min()), float(tau.max())
        self.change = np.array([self._change(r) for r in RADII])

    def _majorant(self) -> Floats:
        """Diagonal of a matrix that is at least H, at the rest state."""
        operator, n = neurons_of(self.network), self.network.n_neurons
        result = np.empty(n)
        one = operator.hessian(self.rest[None], np.ones((1, n)))[0]
        for group in self.network.groups:
            if group.over:
                result[group.slice] = group.fact("slope", np.inf)
                if group.family.steepness:
                    g = operator.activate(self.rest[None])[0]
                    result[group.slice] = group.fact("steepness") * self._shares(g)[group.slice]
            else:
                result[group.slice] = one[group.slice]
        slopes = np.concatenate([group.fact("slope", 0.0) for group in self.network.groups])
        result = np.maximum(result, 0.0) * (1.0 + ROUNDING)
        return result + NOISE * np.where(np.isfinite(slopes), slopes, 0.0)

    def _shares(self, g: Floats) -> Floats:
        """Diagonal of a matrix that is at least diag g - g g. of neurons that share a softmax.

        It is diag g, or where one of them has most of it 2 diag g (1 - g), the row sums of sizes.
        """
        sets = shared_sets(self.network)
        most = np.zeros(g.size)
        np.maximum.at(most, sets, g)
        result: Floats = np.where(most[sets] > MOST, 2.0 * g * (1.0 - g), g)
        return result

    def _change(self, r: float) -> float:
        """M within r of the rest state; infinite where that is not known."""
        most = 0.0
        for group in self.network.groups:
            if not self.free[group.slice].any():
                continue
            size = np.sqrt(group.shared) if group.family.change_norm == "euclidean" else 1.0
            own = float(np.max(group.fact("change", np.inf))) * size
            if group.family.breaks:
                part = self.rest[group.slice]
                far = np.abs(part - group.facts("breaks")).min(axis=0)
                own = 0.0 if (far > r * (1.0 + ROUNDING)).all() else np.inf
            most = max(most, own)
        return most

    def holds(self, x: Floats, u: Floats) -> bool:
        """Whether the solution from x comes to the rest state for sure.

        Parameters
        ----------
        x, u : ndarray, shape (n,)
            A state, and W g + I - x there.
        """
        return self.bound is not None and self._would_hold(x, u) and self._is_proved()

    def _is_proved(self) -> bool:
        """Whether the bound of the eigenvalues, which was estimated, is one."""
        if not self._proved and self.bound is not None:
            answer = largest_below(self._matrix, self.bound, effort=EFFORT)
            self._proved = answer.status == "proved"
            self.bound = self.bound if self._proved else None
        return self._proved

    def _would_hold(self, x: Floats, u: Floats) -> bool:
        """Whether all else of the proof holds."""
        assert self.bound is not None
        free, tau = self.free, self.tau
        u = np.where(free, u, 0.0)
        speed = np.where(free, u / np.where(free, tau, 1.0), 0.0)
        bent = operator_of(self.network).hessian(x[None], speed[None])[0]
        energy = 0.5 * float(speed @ (tau * bent)) * (1.0 + ROUNDING)
        size = float(np.abs(x).max()) + float(np.abs(u).max())
        left = float(np.abs(u).max()) + NOISE * size
        apart = float(np.abs(x - self.rest)[free].max(initial=0.0))
        if not (np.isfinite(energy) and energy >= 0.0):
            return False
        with np.errstate(over="ignore", invalid="ignore"):
            least = self._radius(RADII, self.change, self.bound, energy, left, apart)
            return bool(np.isfinite(least))

    def encloses(self, size: Floats) -> float:
        """Radius within which there is a rest state for sure, and just one; infinite if none is.

        Parameters
        ----------
        size : ndarray, shape (n,)
            At least |W g + I - x| at the centre of the ball, with all rounding.
        """
        if self.bound is None or not np.isfinite(size).all() or not self._is_proved():
            return np.inf
        size = size[self.free]
        # Entries of the matrix were rounded, too.
        sums = np.abs(self._matrix).sum(axis=1)
        bound = self.bound + NOISE * float(sums.max(initial=0.0))
        with np.errstate(over="ignore", invalid="ignore"):
            energy = 0.5 * self.slope * float(size @ size) / self.fast * (1.0 + ROUNDING)
            change = np.array([self._change(r) for r in NARROW])
            return self._radius(NARROW, change, bound, energy, float(size.max(initial=0.0)), 0.0)

    def _radius(
        self,
        radii: Floats,
        change: Floats,
        bound: float,
        energy: float,
        left: float,
        apart: float,
    ) -> float:
        """The least r of the proof; infinite if there is none.

        Parameters
        ----------
        radii : ndarray
            Which are tried.
        change : ndarray
            M within each.
        bound, energy, left, apart : float
            l0, K, R and d.
        """
        grown = np.exp(change * radii)
        k = (1.0 - bound * grown) / self.slow
        k = k - change * np.maximum(radii - apart, 0.0) / (2.0 * self.fast)
        way = self.row * np.sqrt(2.0 * energy * self.slope * grown / self.fast)
        reach = (apart + left + way / np.where(k > 0.0, k, np.nan)) * (1.0 + ROUNDING)
        fine = (k > 0.0) & (reach <= radii)
        return float(radii[np.argmax(fine)]) if fine.any() else np.inf
