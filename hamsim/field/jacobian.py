"""Derivatives of u = W g + I - x by the state, as operators: nothing dense, nothing inverted.

    J = C H - 1,    C = d(W g + gates)/dg,    H = d2L/dx2

A rest state is a zero of u, and it is stable if T^-1 J has no eigenvalue with a positive real part.
Where C is symmetric, C H is self-adjoint in the inner product v.H w, and conjugate gradients solve
with (T/h + 1 - C H) in it. The gradient of a loss at rest needs J^T = H C^T - 1 [Pineda 1987, Phys.
Rev. Lett. 59:2229].
"""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import LinearOperator, SuperLU, splu

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError

__all__ = ["Jacobian", "ReducedJacobian"]


class _Slopes(Protocol):
    """A symmetric H: `Hessian`, or `Diagonal`."""

    def times(self, v: Floats) -> Floats: ...

    @property
    def matrix(self) -> csr_array: ...


class _Operator(LinearOperator):  # type: ignore[misc]
    """What SciPy's solvers take, made of `times` and `back` on rows."""

    def __init__(self, n: int) -> None:
        super().__init__(np.float64, (n, n))

    def times(self, v: Floats) -> Floats:
        """J v of each row v, shape (n,) or (rows, n)."""
        raise NotImplementedError

    def back(self, v: Floats) -> Floats:
        """J^T v of each row v, shape (n,) or (rows, n)."""
        raise NotImplementedError

    def _matvec(self, v: Floats) -> Floats:
        return self.times(np.ravel(v))

    def _rmatvec(self, v: Floats) -> Floats:
        return self.back(np.ravel(v))

    def _matmat(self, V: Floats) -> Floats:
        return self.times(np.ascontiguousarray(V.T)).T

    def _rmatmat(self, V: Floats) -> Floats:
        return self.back(np.ascontiguousarray(V.T)).T


class Jacobian(_Operator):
    """J = C H - 1 at one state.

    Parameters
    ----------
    coupling : csr_array, shape (n, n)
        C, the derivative of the drive by the activations: W, and what gated synapses add.
    hessian : Hessian or Diagonal

    Notes
    -----
    Also a `scipy.sparse.linalg.LinearOperator`: `J @ v`, `J.T @ v`, `eigs(J)`.
    """

    def __init__(self, coupling: csr_array, hessian: _Slopes) -> None:
        super().__init__(coupling.shape[0])
        self.coupling, self.hessian = coupling, hessian

    def times(self, v: Floats) -> Floats:
        """J v of each row v, shape (n,) or (rows, n)."""
        return self.couple(self.hessian.times(v)) - v

    def back(self, v: Floats) -> Floats:
        """J^T v of each row v, shape (n,) or (rows, n)."""
        return self.hessian.times((self.coupling.T @ v.T).T) - v

    def couple(self, change: Floats) -> Floats:
        """C times changes of the activations, shape (n,) or (rows, n)."""
        result: Floats = (self.coupling @ change.T).T
        return result

    @cached_property
    def matrix(self) -> csr_array:
        """J as a sparse matrix, with blocks of H that are full."""
        n = self.shape[0]
        return csr_array(self.coupling @ self.hessian.matrix - eye_array(n, format="csr"))

    def dense(self) -> Floats:
        """J as an array, for few neurons."""
        result: Floats = self.matrix.toarray()
        return result


class ReducedJacobian(_Operator):
    """Jacobian of the neurons with tau > 0, those with tau = 0 being where these put them.

    With f the latter and s the former, u_f = 0 gives J_ff dx_f = - J_fs dx_s, so that the others
    have the Schur complement J_ss - J_sf J_ff^-1 J_fs. Where no neuron with tau = 0 depends on
    another, J_ff = -1, and dx_f is what they receive.

    Parameters
    ----------
    jacobian : Jacobian
        Of all neurons.
    instant : ndarray of bool, shape (n,)
        Those with tau = 0.
    explicit : bool
        Whether no one of them depends on another; see `instants.explicit_instants`.
    """

    def __init__(self, jacobian: Jacobian, instant: NDArray[np.bool_], explicit: bool) -> None:
        self.whole, self.instant, self.explicit = jacobian, instant, explicit
        self.moving: Ints = np.flatnonzero(~instant)
        super().__init__(self.moving.size)

    def times(self, v: Floats) -> Floats:
        """Product with each row v over the neurons with tau > 0."""
        sent = self.whole.hessian.times(self._everywhere(v))
        return self.received(sent)[..., self.moving] - v

    def back(self, v: Floats) -> Floats:
        """Product of the transpose with each row v over the neurons with tau > 0."""
        full = self._everywhere(v)
        if not self.instant.any():
            return self.whole.back(full)
        through = self._followed(self.whole.back(full), transposed=True)
        return self.whole.back(full + through)[..., self.moving]

    def received(self, sent: Floats) -> Floats:
        """Change of the drive of all neurons for changes of activations that others cause.

        Parameters
        ----------
        sent : ndarray, shape (n,) or (rows, n)
            H v, of changes v of the states with tau > 0. Neurons with tau = 0 receive it, and pass
            on what they receive times their slope.
        """
        whole = self.whole
        if not self.instant.any():
            return whole.couple(sent)
        followed = self._followed(whole.couple(sent))
        return whole.couple(sent + whole.hessian.times(followed))

    def _everywhere(self, v: Floats) -> Floats:
        full = np.zeros((*v.shape[:-1], self.whole.shape[0]))
        full[..., self.moving] = v
        return full

    def _followed(self, drive: Floats, transposed: bool = False) -> Floats:
        """Changes of the states with tau = 0 for changes of their drive; 0 at all others."""
        followed = np.where(self.instant, drive, 0.0)
        if not self.explicit:
            part = followed[..., self.instant]
            solved = self._factors.solve(part.reshape(-1, part.shape[-1]).T, "NT"[transposed])
            followed[..., self.instant] = solved.T.reshape(part.shape)
        return followed

    @cached_property
    def _factors(self) -> SuperLU:
        """Of - J_ff."""
        among = np.flatnonzero(self.instant)
        try:
            return splu((-self.whole.matrix[among][:, among]).tocsc())
        except RuntimeError:  # it is singular
            raise HamsimError(
                "neurons with tau = 0 have no one state near this one: the Jacobian among them is "
                "singular; give one of them a tau above 0"
            ) from None

    @cached_property
    def matrix(self) -> csr_array:
        """The Schur complement as a sparse matrix; with full columns if they are not explicit."""
        s, f = self.moving, np.flatnonzero(self.instant)
        J = self.whole.matrix
        given, back = J[f][:, s], J[s][:, f]
        if not self.explicit and f.size:
            given = csr_array(self._factors.solve(given.toarray()))
        return csr_array(J[s][:, s] + back @ given)

    def dense(self) -> Floats:
        """The Schur complement as an array, for few neurons."""
        result: Floats = self.matrix.toarray()
        return result
