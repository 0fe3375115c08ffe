"""Linear equations with a matrix that has a few rows and columns more: J is singular, they are not.

    [ J  B ] [x]   [f]
    [ C  D ] [y] = [g]

At a turn of the curve J has no inverse, but J beside the derivative by the parameter and above the
tangent has one [Keller 1977]. Few neurons are solved with as one full matrix. Of many, GMRES is
given products with J alone; where that takes too long, sparse factors of J are tried.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.sparse import block_array, csc_array, csr_array
from scipy.sparse.linalg import LinearOperator, gmres, splu

from hamsim.equilibria.continuation.equations import Full
from hamsim.field.jacobian import Jacobian

__all__ = ["Bordered", "Numbers", "bordered"]

Numbers = NDArray[Any]

# Parts of a full matrix that are this much smaller than its largest one are left alone.
NEUTRAL = 1e-9
# Of the right-hand side, what GMRES leaves; vectors that it keeps, and how often it begins anew.
LEFT, VECTORS, ROUNDS = 1e-12, 120, 4


class Bordered(Protocol):
    """Equations that can be solved again and again."""

    def solve(self, f: Numbers, g: Numbers) -> tuple[Numbers, Numbers]:
        """X and y of f and g."""

    def solve_adjoint(self, f: Numbers, g: Numbers) -> tuple[Numbers, Numbers]:
        """The same with the conjugate transpose of the matrix."""


def bordered(
    jacobian: Full | Jacobian,
    columns: Numbers,
    rows: Numbers,
    corner: Numbers | None = None,
    shift: Numbers | None = None,
) -> Bordered:
    """Prepare equations.

    Parameters
    ----------
    jacobian : Full or Jacobian
        J, of n neurons.
    columns : ndarray, shape (n, m)
        B.
    rows : ndarray, shape (m, n)
        C.
    corner : ndarray, shape (m, m), optional
        D; 0 if nothing is said.
    shift : ndarray, shape (n,), optional
        What is subtracted from the diagonal of J; may be complex.

    Raises
    ------
    numpy.linalg.LinAlgError
        The matrix has no inverse within rounding, when they are solved.
    """
    m = columns.shape[1]
    corner = np.zeros((m, m)) if corner is None else corner
    if isinstance(jacobian, Full):
        n, kind = jacobian.shape[0], np.result_type(columns, rows, corner)
        kind = kind if shift is None else np.result_type(kind, shift)
        whole = np.empty((n + m, n + m), dtype=kind, order="F")
        whole[:n, :n], whole[:n, n:] = jacobian.matrix, columns
        whole[n:, :n], whole[n:, n:] = rows, corner
        if shift is not None:
            whole[np.arange(n), np.arange(n)] -= shift
        return _Factored(whole, m)
    return _Sparse(jacobian, columns, rows, corner, shift)


class _Factored:
    """A full matrix, factored.

    Where it has hardly an inverse, because states may shift along others that rest as well, the
    solution is the one that does not move them: that of least length.
    """

    def __init__(self, matrix: Numbers, m: int) -> None:
        self._n = matrix.shape[0] - m
        self._complex = np.iscomplexobj(matrix)
        if not np.all(np.isfinite(matrix)):
            raise np.linalg.LinAlgError("not finite")
        factor, self._apply, condition = (
            (lapack.zgetrf, lapack.zgetrs, lapack.zgecon)
            if self._complex
            else (lapack.dgetrf, lapack.dgetrs, lapack.dgecon)
        )
        norm = float(np.max(np.sum(np.abs(matrix), axis=0)))
        self._factors, self._pivots, status = factor(matrix)
        self._inverse: Numbers | None = None
        if status != 0 or condition(self._factors, norm)[0] < NEUTRAL:
            self._inverse = np.linalg.pinv(matrix, rcond=NEUTRAL)

    def solve(self, f: Numbers, g: Numbers) -> tuple[Numbers, Numbers]:
        return self._solved(f, g, 0)

    def solve_adjoint(self, f: Numbers, g: Numbers) -> tuple[Numbers, Numbers]:
        return self._solved(f, g, 2 if self._complex else 1)

    def _solved(self, f: Numbers, g: Numbers, how: int) -> tuple[Numbers, Numbers]:
        right = np.concatenate([f, g])
        if self._inverse is not None:
            whole = (self._inverse.conj().T if how else self._inverse) @ right
        else:
            whole, _ = self._apply(self._factors, self._pivots, right, trans=how)
        return whole[: self._n], whole[self._n :]


class _Sparse:
    """Products with J, and its factors where they are needed."""

    def __init__(
        self, jacobian: Jacobian, columns: Numbers, rows: Numbers, corner: Numbers, shift: Any
    ) -> None:
        self._J, self._B, self._C, self._D = jacobian, columns, rows, corner
        self._shift = shift
        parts = (columns, rows, corner) if shift is None else (columns, rows, corner, shift)
        self._type = np.complex128 if any(map(np.iscomplexobj, parts)) else np.float64
        self._n, self._m = columns.shape
        self._factors: Any = None

    def solve(self, f: Numbers, g: Numbers) -> tuple[Numbers, Numbers]:
        return self._solved(f, g, False)

    def solve_adjoint(self, f: Numbers, g: Numbers) -> tuple[Numbers, Numbers]:
        return self._solved(f, g, True)

    def _times(self, whole: Numbers, adjoint: bool) -> Numbers:
        x, y = whole[: self._n], whole[self._n :]
        product = self._J.back if adjoint else self._J.times
        moved = product(np.ascontiguousarray(x.real))
        if self._type is np.complex128:
            moved = moved + 1j * product(np.ascontiguousarray(x.imag))
        if self._shift is not None:
            moved = moved - (self._shift.conj() if adjoint else self._shift) * x
        if adjoint:
            left = moved + self._C.conj().T @ y
            return np.concatenate([left, self._B.conj().T @ x + self._D.conj().T @ y])
        return np.concatenate([moved + self._B @ y, self._C @ x + self._D @ y])

    def _solved(self, f: Numbers, g: Numbers, adjoint: bool) -> tuple[Numbers, Numbers]:
        right = np.concatenate([f, g]).astype(self._type)
        size = self._n + self._m
        whole = None
        if self._factors is None:
            operator = LinearOperator(
                (size, size), matvec=lambda v: self._times(np.ravel(v), adjoint), dtype=self._type
            )
            whole, status = gmres(
                operator, right, rtol=LEFT, atol=0.0, restart=VECTORS, maxiter=ROUNDS
            )
            if status != 0:
                left = np.linalg.norm(self._times(whole, adjoint) - right)
                if not left <= 1e-9 * np.linalg.norm(right):
                    whole = None
        if whole is None:
            whole = self._by_factors(right, adjoint)
        return whole[: self._n], whole[self._n :]

    def _by_factors(self, right: Numbers, adjoint: bool) -> Numbers:
        if self._factors is None:
            J: Any = self._J.matrix
            if self._shift is not None:
                n = self._n
                diagonal = (self._shift, np.arange(n), np.arange(n + 1))
                J = J - csr_array(diagonal, shape=(n, n))
            parts = [[J, csr_array(self._B)], [csr_array(self._C), csr_array(self._D)]]
            try:
                self._factors = splu(csc_array(block_array(parts)).astype(self._type))
            except RuntimeError:
                raise np.linalg.LinAlgError("singular") from None
        result: Numbers = self._factors.solve(right, "H" if adjoint else "N")
        return result
