"""A symmetric matrix with its cheap bounds: Gershgorin, Collatz and Wielandt, Rayleigh."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.deadline import look
from hamsim.spectrum.row_blocks import BLOCK, sized_times

__all__ = ["COLLATZ_STEPS", "FLOOR", "TINY", "UNIT", "Collatz", "Symmetric", "dot", "norm_of"]

UNIT = 2.0**-53
# Above everything that underflow can lose in one sum, for entries and vectors near 1.
TINY = 2.0**-1000
# Entries of vectors for Collatz and Wielandt stay above this, so that quotients do not underflow.
FLOOR = 1e-60
# Steps of the power method.
COLLATZ_STEPS = 60


@dataclass(frozen=True, eq=False)
class Collatz:
    """The bound of Collatz and Wielandt with a vector, row by row, and where it may still fall."""

    bound: float
    gap: float
    rows: Floats
    vector: Floats
    method: str


class Symmetric:
    """A matrix scaled by a power of 2 so that its entries are near 1, and what is known of it.

    Parameters
    ----------
    X : csr_array
    negative : bool
        Take -X, of which no copy is made before a factorisation asks for one.
    """

    def __init__(self, X: csr_array, negative: bool = False) -> None:
        largest = max(float(X.data.max()), -float(X.data.min())) if X.nnz else 0.0
        self.n = X.shape[0]
        # None says that all entries are zero.
        self.exponent: int | None = None
        self.nnz = X.nnz
        self.negative = negative
        self._stored = X
        if largest > 0.0:
            self.exponent = math.frexp(largest)[1]
            if abs(self.exponent) < 300:
                self.exponent = 0
            else:
                scaled = np.ldexp(X.data, -self.exponent)
                self._stored = csr_array((scaled, X.indices, X.indptr), shape=X.shape)
        degrees = np.diff(X.indptr)
        self.degree = int(degrees.max(initial=0))
        # Twice the bound of the relative error of a row's sum and some operations after it.
        self.rounding = 2.0 * UNIT * (degrees + 8.0)

    @cached_property
    def X(self) -> csr_array:
        """The matrix itself."""
        X = self._stored
        return csr_array((-X.data, X.indices, X.indptr), shape=X.shape) if self.negative else X

    @cached_property
    def positive(self) -> bool:
        """Whether no entry is negative."""
        data = self._stored.data
        return bool((-data.max() if self.negative else data.min()) >= 0.0) if self.nnz else False

    @cached_property
    def _nonnegative(self) -> bool:
        return bool(self.nnz and self._stored.data.min() >= 0.0)

    def times(self, v: Floats) -> Floats:
        """X v."""
        look()
        image: Floats = self._stored @ v
        return np.negative(image, out=image) if self.negative else image

    def absolute_times(self, v: Floats) -> Floats:
        """|X| v."""
        look()
        if self._nonnegative:
            image: Floats = self._stored @ v
            return image
        if self.nnz > BLOCK:
            return sized_times(self._stored, v)
        return np.asarray(self._absolute @ v)

    @cached_property
    def _absolute(self) -> csr_array:
        X = self._stored
        return csr_array((np.abs(X.data), X.indices, X.indptr), shape=X.shape)

    @cached_property
    def diagonal(self) -> Floats:
        """The diagonal of the matrix."""
        diagonal: Floats = self._stored.diagonal()
        return -diagonal if self.negative else diagonal

    @cached_property
    def scale(self) -> float:
        """Largest norm of a column, a lower bound of the 2-norm up to rounding."""
        sums = sized_times(self._stored, np.ones(self.n), np.square)
        return math.sqrt(float(np.max(sums, initial=0.0)))

    def scaled(self, number: float) -> float:
        """Return a number in the scaled matrix's unit; huge ones cut off, which decides nothing."""
        mantissa, exponent = math.frexp(number)
        exponent -= self.exponent or 0
        if not math.isfinite(number) or exponent > 900:
            return math.copysign(2.0**900, number)
        return math.ldexp(mantissa, exponent)

    def _unscaled(self, number: float, towards: float) -> float:
        if not self.exponent or not math.isfinite(number):
            return number
        try:
            result = math.ldexp(number, self.exponent)
        except OverflowError:
            result = math.copysign(math.inf, number)
        return math.nextafter(result, towards)

    def unscaled_up(self, number: float) -> float:
        """Return a number in the original unit, rounded up."""
        return self._unscaled(number, math.inf)

    def unscaled_down(self, number: float) -> float:
        """Return a number in the original unit, rounded down."""
        return self._unscaled(number, -math.inf)

    def quotients(self, v: Floats, signed: bool = True) -> tuple[Floats, Floats]:
        """(Y v)_i / v_i, and upper bounds of them; Y is |X|, with X's own diagonal if signed."""
        sums = self.absolute_times(v)
        error = self.rounding * sums
        error += TINY
        if signed:
            sums += (self.diagonal - np.abs(self.diagonal)) * v
        values = np.divide(sums, v, out=sums)
        error /= v
        error += values
        return values, error

    def collatz(
        self,
        enough: float,
        hopeless: float,
        steps: int = COLLATZ_STEPS,
        signed: bool = True,
    ) -> Collatz:
        """Least bound of the power method's vectors.

        Y bounds X: its largest eigenvalue is at least that of X, and at most the bound. The first
        vector is all ones, which is Gershgorin's bound. Ends when the bound is below `enough`, or
        when it can be seen that no vector's bound will be below `hopeless`.
        """
        v = np.ones(self.n)
        lift = max(0.0, -float(self.diagonal.min())) if signed else 0.0
        best: Collatz | None = None
        for step in range(max(1, steps)):
            values, rows = self.quotients(v, signed)
            bound = float(rows.max())
            # What no vector's bound is below: Y's Rayleigh quotient, if Y is symmetric.
            least = dot(v * values, v) / dot(v, v) if signed else float(values.min())
            if best is None or bound < best.bound:
                method = "Collatz-Wielandt" if step else "Gershgorin"
                best = Collatz(bound, bound - least, rows, v, method)
            if bound < enough or least > hopeless or bound - least <= 1e-13 * abs(bound):
                break
            # The shift keeps v positive, and bipartite graphs from swinging.
            values += lift + 0.25 * abs(bound) + TINY
            v = v * values
            v /= v.max()
            np.maximum(v, FLOOR, out=v)
        assert best is not None
        return best

    def rayleigh(self, v: Floats) -> tuple[float, Floats | None]:
        """Lower bound of the Rayleigh quotient of v, with its rounding, and v with norm 1."""
        norm = norm_of(v)
        if not (math.isfinite(norm) and norm > 0.0):
            return -math.inf, None
        v = v / norm
        size = np.abs(v)
        sizes = size * self.absolute_times(size)
        depth = 2.0 * UNIT * (math.log2(self.n) + 8.0)
        square = halved_sum(v * v)
        if not 0.5 < square < 2.0:
            return -math.inf, None
        lost = halved_sum((self.rounding + depth) * sizes) + self.n * TINY
        quotient = (halved_sum(v * self.times(v)) - lost * (1.0 + depth)) / square
        return quotient - depth * abs(quotient), v


def dot(v: Floats, w: Floats) -> float:
    """Sum of products."""
    # Not by BLAS, whose threads wait for each other on busy machines, and vary the rounding.
    return float(np.einsum("i,i->", v, w))


def norm_of(v: Floats) -> float:
    """Euclidean norm."""
    return math.sqrt(dot(v, v))


def halved_sum(values: Floats) -> float:
    """Sum by halving, so that the error is at most log2(n) roundings whatever NumPy does."""
    while values.size > 1:
        half = values.size // 2
        pairs = values[:half] + values[half : 2 * half]
        if values.size % 2:
            pairs = np.append(pairs, values[-1])
        values = pairs
    return float(values[0]) if values.size else 0.0
