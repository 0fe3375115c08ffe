"""How many directions grow at a rest state, and which eigenvalues are next to do so.

Small changes follow T dx/dt = J dx. Where W is symmetric and each neuron has a convex Lagrangian
of its own, H = B^2, as many directions grow as B C B has eigenvalues above 1, whatever the time
constants are: by Sylvester's law of inertia.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs, eigsh

from hamsim.arrays import Floats
from hamsim.equilibria.continuation.bordered import Numbers
from hamsim.equilibria.continuation.equations import MOST_FULL, Equations, Full, Place
from hamsim.field.dense import DenseField
from hamsim.field.instants import explicit_instants
from hamsim.field.jacobian import Jacobian, ReducedJacobian
from hamsim.field.preserving import preserves

__all__ = ["Growth", "growth"]

# A rate below this part of the largest, or of 1, is neutral: the state may shift along a line or a
# ring of others that rest as well, but for the grain of the neurons.
ZERO = 1e-7
# Eigenvalues that are asked for first, and at most, of many neurons.
FIRST, MOST = 6, 96


@dataclass(frozen=True, eq=False)
class Growth:
    """The eigenvalues that matter.

    Parameters
    ----------
    index : int
        How many have a positive real part, and are not neutral; -1 if that is not known.
    values : ndarray
        Those of largest real part, in falling order, with all that are positive.
    neutral : int
        How many have a real part that is 0 within a tolerance.
    """

    index: int
    values: Numbers
    neutral: int = 0

    @property
    def positive(self) -> int:
        """How many have a positive real part, neutral ones too."""
        return -1 if self.index < 0 else int(np.count_nonzero(self.values.real > 0.0))


def growth(equations: Equations, place: Place, k: int = FIRST) -> Growth:
    """Count the directions that grow at a rest state.

    Parameters
    ----------
    equations : Equations
    place : Place
    k : int
        Eigenvalues to begin with, of many neurons.
    """
    field = equations.field(place.p)
    network, tau = field.network, field.network.tau
    if not np.any(tau):
        return Growth(0, np.zeros(0))
    B = _root(equations, place)
    if B is not None:
        if isinstance(field, DenseField):
            C = field.couplings(place.x[None])
            matrix = B[:, None] * (C if C.ndim == 2 else C[0]) * B
            whole = 0.5 * (matrix + matrix.T) - np.eye(B.size)
            try:
                return _counted(np.linalg.eigvalsh(_reduced(whole, tau == 0))[::-1])
            except np.linalg.LinAlgError:
                return Growth(-1, np.zeros(0))
        return _of_many(_SymmetricPart(field.jacobian(place.x), B), k, eigsh, "LA")
    # Descent in the form that keeps it has the directions of equal time constants.
    rate = 1.0 / (np.ones_like(tau) if preserves(network) else tau)[tau > 0]
    jacobian = equations.jacobian(place)
    if isinstance(jacobian, Full):
        try:
            values = np.linalg.eigvals(rate[:, None] * _reduced(jacobian.matrix, tau == 0))
        except np.linalg.LinAlgError:
            return Growth(-1, np.zeros(0))
        return _counted(values[np.argsort(-values.real, kind="stable")])
    moving: Jacobian | ReducedJacobian = jacobian
    if np.any(tau == 0):
        moving = ReducedJacobian(jacobian, tau == 0, explicit_instants(network))
    return _of_many(_Rates(moving, rate), k, eigs, "LR")


def _root(equations: Equations, place: Place) -> Floats | None:
    """B, where that decides; of many neurons only if none has tau = 0."""
    network = equations.field(place.p).network
    shared = any(group.shared > 1 for group in network.groups)
    many = network.n_neurons > MOST_FULL
    if not network.symmetric or shared or (many and np.any(network.tau == 0)):
        return None
    slopes = equations.slopes(place)
    slopes[equations.family.held] = 0.0  # they receive nothing that counts
    return np.sqrt(slopes) if np.all(slopes >= 0) else None


def _reduced(J: Floats, instant: NDArray[np.bool_]) -> Floats:
    """J of the neurons with tau > 0, those with tau = 0 being where these put them."""
    if not np.any(instant):
        return J
    s, f = ~instant, instant
    through = np.linalg.solve(J[np.ix_(f, f)], J[np.ix_(f, s)])
    result: Floats = J[np.ix_(s, s)] - J[np.ix_(s, f)] @ through
    return result


def _counted(values: Numbers) -> Growth:
    if not np.all(np.isfinite(values)):
        return Growth(-1, values)
    size = max(1.0, float(np.max(np.abs(values), initial=0.0)))
    index = int(np.count_nonzero(values.real > ZERO * size))
    return Growth(index, values, int(np.count_nonzero(values.real >= -ZERO * size)) - index)


class _SymmetricPart(LinearOperator):  # type: ignore[misc]
    """B C B - 1."""

    def __init__(self, jacobian: Jacobian, B: Floats) -> None:
        super().__init__(np.float64, jacobian.shape)
        self._J, self._B = jacobian, B

    def _matvec(self, v: Floats) -> Floats:
        flat = np.ravel(v)
        return self._B * self._J.couple(self._B * flat) - flat


class _Rates(LinearOperator):  # type: ignore[misc]
    """T^-1 J."""

    def __init__(self, jacobian: Jacobian | ReducedJacobian, rate: Floats) -> None:
        super().__init__(np.float64, jacobian.shape)
        self._J, self._rate = jacobian, rate

    def _matvec(self, v: Floats) -> Floats:
        result: Floats = self._rate * self._J.times(np.ravel(v))
        return result


def _of_many(operator: LinearOperator, k: int, solver: object, which: str) -> Growth:
    n = operator.shape[0]
    # Always the same, and with a part of every direction.
    begin = np.random.default_rng(0).normal(size=n)
    while True:
        try:
            values = solver(  # type: ignore[operator]
                operator,
                k,
                which=which,
                v0=begin,
                return_eigenvectors=False,
                ncv=min(n, 4 * k + 20),
            )
        except ArpackNoConvergence as stopped:
            values = stopped.eigenvalues
            if values.size == 0:
                return Growth(-1, values)
        found = _counted(values[np.argsort(-values.real, kind="stable")])
        if found.index < values.size or k >= min(MOST, n - 2):
            return found
        k = min(2 * k, MOST, n - 2)
