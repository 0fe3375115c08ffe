"""Rest states of many neurons, shown to exist by products with W alone.

What is looked for are strict minima of the energy: around one of them is a ball in which a solution
with all tau = 1 comes to the only rest state there (`hamsim.dynamics.resting.basin`), so that there
is one. Full matrices are not needed; but saddles, and networks without an energy, are not found.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh, gmres

from hamsim.arrays import Floats
from hamsim.certify.inverse import EPS
from hamsim.certify.rest import Rest, activation_error
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look
from hamsim.dynamics.resting.basin import Ball
from hamsim.field.field import Field
from hamsim.network import Network

__all__ = ["minima_of_many"]

# Synapses that may be read in all, and about how many are read in a second.
WORK, A_SECOND = 2e9, 5e8
# Damped steps from a start, the residual at which they end, relative to 1 + the largest state, and
# steps of Newton's method after them.
STEPS, NEAR, NEWTON = 300, 1e-3, 8
LONGEST = 0.5  # damped step, of those that are halved where one turns back
RESTS = 1e-12
INNER = 40  # products of a linear solve in a row, and of all rows three times as many
FAR, FARTHEST = 4.0, 1e8  # largest entry of the first starts, and of any state
ASIDE = 0.5  # by which starts are moved, so that none stays on a border between basins
SAME = 1e-6  # distance of states that are one, relative to 1 + |x|


class _OutOfWork(Exception):
    """So many synapses were read as may be."""


class _Search:
    """A search for states at rest, with a budget."""

    def __init__(self, network: Network) -> None:
        self.network, self.field = network, Field(network)
        self._left = WORK

    def pay(self, products: float) -> None:
        """Take products W g from the budget."""
        self._left -= products * max(self.network.W.nnz, self.network.n_neurons)
        if self._left < 0.0:
            raise _OutOfWork
        look(products * self.network.W.nnz / A_SECOND)

    def starts(self, found: list[Rest]) -> Iterator[Floats]:
        """States from which to go to rest, the most promising first."""
        n = self.network.n_neurons
        rng = np.random.default_rng(0)
        self.pay(2 * INNER)
        try:
            top = self._top(rng)
        except (ArpackError, np.linalg.LinAlgError):  # of numbers too large for their sums
            return
        top = FAR * top / np.abs(top).max()
        yield top + ASIDE * rng.normal(size=n)
        for rest in list(found):
            yield -rest.x
        yield -top + ASIDE * rng.normal(size=n)
        yield from np.atleast_2d(self.network.initial)[:8]
        for size in (FAR, -FAR):
            yield size + rng.normal(size=n)
        yield from rng.normal(size=(4, n))

    def _top(self, rng: np.random.Generator) -> Floats:
        """About the eigenvector of the largest eigenvalue of W."""
        W, n = self.network.W, self.network.n_neurons
        if n == 1:  # which is too few for Lanczos' method
            return np.ones(1)
        _, vectors = eigsh(W, 1, which="LA", v0=rng.normal(size=n), tol=1e-2)
        top: Floats = vectors[:, -1]
        return top

    def rest_from(self, x: Floats) -> Floats | None:
        """A state at rest to rounding, close to where damped steps from a start have led."""
        near, h, last = NEAR, LONGEST, np.zeros_like(x)
        for step in range(STEPS):
            self.pay(1)
            u = self.field.residual(x[None])[0]
            size = float(np.abs(u).max())
            if not size < FARTHEST:
                return None
            if size <= near * (1.0 + float(np.abs(x).max())) or step == STEPS - 1:
                found = self._by_newton(x, u)
                if found is not None:
                    return found
                near *= 0.1
            h, last = (0.5 * h if float(u @ last) < 0.0 else min(LONGEST, 1.1 * h)), u
            x = x + h * u
        return None

    def _by_newton(self, x: Floats, u: Floats) -> Floats | None:
        """A state at rest to rounding, by steps that each make u smaller."""
        for _ in range(NEWTON):
            size = float(np.abs(u).max())
            if size <= RESTS * (1.0 + float(np.abs(x).max())):
                return x
            x = x + self._solved(x, u)
            self.pay(1)
            u = self.field.residual(x[None])[0]
            if not np.abs(u).max() < size:
                return None
        return None

    def _solved(self, x: Floats, u: Floats) -> Floats:
        """(1 - W H)^-1 u, as good as some products make it."""
        J, n = self.field.jacobian(x), x.size
        self.pay(3 * INNER)
        operator = LinearOperator((n, n), matvec=lambda v: -J.times(np.ravel(v)), dtype=np.float64)
        solution, _ = gmres(operator, u, rtol=1e-8, atol=0.0, restart=INNER, maxiter=3)
        result: Floats = np.asarray(solution, dtype=np.float64)
        return result


def minima_of_many(scaled: ScaledNetwork, most: int = 2) -> list[Rest]:
    """Look for strict minima of the energy that exist for sure and are far from each other.

    Parameters
    ----------
    scaled : ScaledNetwork
        All Lagrangians convex, no gated synapses.
    most : int
        Enough of them.

    Returns
    -------
    list of Rest
        Their `condition` is not known. Empty where W is not symmetric as it is.
    """
    network = scaled.network
    if not network.symmetric or network.triples is not None or network.W.nnz == 0:
        return []
    search, found, seen = _Search(network), list[Rest](), list[Floats]()
    with np.errstate(all="ignore"):
        try:
            for start in search.starts(found):
                x = search.rest_from(start)
                if x is None or any(_same(x, other) for other in seen):
                    continue
                seen.append(x)
                rest = _shown(scaled, search.field, x)
                if rest is not None and all(rest.apart(other) for other in found):
                    found.append(rest)
                if len(found) >= most:
                    break
        except _OutOfWork:
            pass
    return found


def _same(x: Floats, other: Floats) -> bool:
    return float(np.abs(x - other).max()) <= SAME * (1.0 + float(np.abs(x).max()))


def _shown(scaled: ScaledNetwork, field: Field, x: Floats) -> Rest | None:
    """The state with the ball in which there is a rest state; None if that is not shown."""
    network = scaled.network
    g = field.activation(x[None])[0]
    u = field.residual(x[None])[0]
    sizes = field.drive.sizes()
    terms = sizes.at(np.abs(g)[None])[0] + np.abs(x)
    many = float(np.diff(network.W.indptr).max(initial=0)) + 4.0
    noise = many * EPS * terms + sizes.weigh(activation_error(scaled) * (1.0 + np.abs(g)))
    nobody = np.zeros(x.size, dtype=bool)
    ball = Ball(network, x, nobody, np.ones(x.size))
    radius = ball.encloses(np.abs(u) + noise)
    if not np.isfinite(radius):
        return None
    return Rest(x, radius, float(np.abs(u).max()), np.nan)
