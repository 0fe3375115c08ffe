"""Largest eigenvalues of a large symmetric operator: Davidson's method with thick restarts.

Without a preconditioner it spans the same spaces as Lanczos' method; with the diagonal that is
given, differences of time constants do not slow it down. The basis begins with more random vectors
than eigenvalues are wanted, so that equal eigenvalues are found as often as they are there.

E. R. Davidson 1975, J. Comput. Phys. 17:87; restarts: A. Stathopoulos, Y. Saad and K. Wu 1998, SIAM
J. Sci. Comput. 19:227; what is kept of the step before: A. Stathopoulos 2007, SIAM J. Sci. Comput.
29:481.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, qr

from hamsim.arrays import Floats
from hamsim.deadline import look

__all__ = ["Pairs", "largest_pairs"]

# Vectors in the basis: at most so many, and so many numbers in it and its image together.
MOST_VECTORS, NUMBERS = 48, 1.2e8
ROUNDING = 1e-14  # of residuals, relative to the largest size of an eigenvalue that was seen
# How exactly it is looked whether one was missed, relative to the last that is wanted, and vectors
# of the basis for that.
GUARD, SHORT = 1e-3, 24
SPARE = 2  # random vectors at the beginning, beyond those that are wanted


class Pairs(NamedTuple):
    """Eigenvalues in falling order, unit vectors as rows, |S v - value v| and products S v."""

    values: Floats
    vectors: Floats
    residuals: Floats
    products: int


def largest_pairs(
    times: Callable[[Floats], Floats],
    n: int,
    count: int,
    preconditioner: Callable[[Floats, float], Floats] | None = None,
    tolerance: float = 1e-8,
    floor: float = 0.0,
    most: int = 2000,
    above: float | None = None,
    seed: int = 0,
) -> Pairs:
    """Largest eigenvalues of a symmetric operator S, as far as so many products find them.

    Parameters
    ----------
    times : callable
        S v of a vector, shape (n,).
    n, count : int
        Size of S, and eigenvalues that are wanted.
    preconditioner : callable, optional
        Of a vector and a shift s above the eigenvalues: about (s - S)^-1 v.
    tolerance : float
        Of residuals, relative to each eigenvalue, or to `floor` where that is larger.
    floor : float
    most : int
        Products S v at which to stop.
    above : float, optional
        Find all eigenvalues above this too, and one that is not, as exactly as it takes to tell; as
        many as the basis has room for.
    seed : int
        Of the start.
    """
    return _Search(times, n, count, preconditioner, seed).run(tolerance, floor, most, above)


class _Search:
    """A basis V of rows, its image S V, and V S V^T."""

    def __init__(
        self,
        times: Callable[[Floats], Floats],
        n: int,
        count: int,
        preconditioner: Callable[[Floats, float], Floats] | None,
        seed: int,
        longest: int = MOST_VECTORS,
    ) -> None:
        self.times, self.n, self.preconditioner = times, n, preconditioner
        self.count = min(count, n)
        room = int(np.clip(NUMBERS / (2.0 * n), self.count + 6, max(longest, self.count + 16)))
        self.room = min(room, n)
        self.rng = np.random.default_rng(seed)
        self.V, self.image = np.empty((self.room, n)), np.empty((self.room, n))
        self.small = np.zeros((self.room, self.room))
        self.size = self.products = 0
        self.done = self.count  # eigenvalues that are found

    def run(self, tolerance: float, floor: float, most: int, above: float | None) -> Pairs:
        for _ in range(min(self.count + SPARE, self.room)):
            self._append(self.rng.standard_normal(self.n))
        while True:
            self._converge(tolerance, floor, most, above)
            if self.done == 1 or self.size == self.n or self.products >= most:
                break
            missed = self._missed(floor, most, above)
            if missed is None:
                break
            if self.size == self.room:
                self._restart(self._ritz()[1], np.zeros((0, 0)), 0)
            self._append(missed)
        return self._found(*self._ritz())

    def _converge(self, tolerance: float, floor: float, most: int, above: float | None) -> None:
        """Extend the basis until the wanted Ritz values have small residuals."""
        target, before = 0, np.zeros((0, 0))
        last = self.count if above is None else max(self.count, self.room - 12)
        while self.size < self.n and self.products < most:
            values, s = self._ritz()
            limit = tolerance * max(abs(values[target]), floor)
            limit += ROUNDING * max(abs(values[0]), abs(values[-1]))
            if above is not None and target >= self.count:
                limit = max(limit, 0.3 * abs(values[target] - above))
            residual = self._residual(values[target], s[:, target])
            if np.linalg.norm(residual) <= limit:
                target += 1
                enough = above is None or values[target - 1] <= above
                if target >= last or (target >= self.count and enough):
                    break
                if target >= self.size:
                    self._append(self.rng.standard_normal(self.n))
                continue
            before = self._extend(values, s, before, target, residual)
        self.done = max(target, self.count)

    def _extend(
        self, values: Floats, s: Floats, before: Floats, target: int, residual: Floats
    ) -> Floats:
        """A vector more along a residual; gives the Ritz vectors that were used."""
        if self.size == self.room:
            self._restart(s, before, target)
            values, s = self._ritz()
        if self.preconditioner is not None:
            gap = max(values[0] - values[min(target + 1, len(values) - 1)], 0.0)
            residual = self.preconditioner(residual, float(values[target] + 0.5 * gap))
        self._append(residual)
        return s

    def _missed(self, floor: float, most: int, above: float | None) -> Floats | None:
        """A vector of an eigenvalue above the last that is wanted, if there is another one.

        What is found so far is moved to the lower end; a basis of its own from another random
        vector has a part of all that is left.
        """
        values, s = self._ritz()
        X = s[:, : self.done].T @ self.V[: self.size]
        last, low = float(values[self.done - 1]), float(values[-1])
        if self.done > self.count and above is not None:
            last = max(last, above)

        def times(v: Floats) -> Floats:
            part = X @ v
            image = self.times(v - part @ X)
            image -= (X @ image) @ X
            image += low * (part @ X)
            return image

        other = _Search(times, self.n, 1, self.preconditioner, 1, SHORT)
        other._append(other.rng.standard_normal(self.n))
        before, found = np.zeros((0, 0)), None
        while other.size < other.n and self.products + other.products < most:
            theirs, t = other._ritz()
            limit = GUARD * max(abs(last), floor)
            if theirs[0] > last + limit:
                found = t[:, 0] @ other.V[: other.size]
                break
            residual = other._residual(theirs[0], t[:, 0])
            if np.linalg.norm(residual) <= max(limit, 0.3 * (last - theirs[0])):
                break
            before = other._extend(theirs, t, before, 0, residual)
        self.products += other.products
        return found

    def _ritz(self) -> tuple[Floats, Floats]:
        """Ritz values in falling order, and their vectors in the basis as columns."""
        values, s = eigh(self.small[: self.size, : self.size], check_finite=False)
        return values[::-1], s[:, ::-1]

    def _residual(self, value: float, s: Floats) -> Floats:
        residual: Floats = s @ self.image[: self.size]
        residual -= value * (s @ self.V[: self.size])
        return residual

    def _append(self, v: Floats) -> None:
        """A vector more in the basis, after what it has of the others is taken away."""
        look()
        V = self.V[: self.size]
        v = v / np.linalg.norm(v)
        for _ in range(4):
            v = v - (V @ v) @ V
            left = float(np.linalg.norm(v))
            if not left > 1e-12:  # nothing new
                v, left = self.rng.standard_normal(self.n), 0.0
                v /= np.linalg.norm(v)
                continue
            v /= left
            if left > 0.7:
                break
        image = self.times(v)
        self.products += 1
        k = self.size
        self.V[k], self.image[k] = v, image
        self.size += 1
        self.small[k, : k + 1] = self.small[: k + 1, k] = self.V[: k + 1] @ image

    def _restart(self, s: Floats, before: Floats, target: int) -> None:
        """Keep the best Ritz vectors, and those that the wanted one had one step before."""
        held = max(self.count, target + 1)
        keep = min(held + 2 + (self.room - held) // 3, self.room - 2)
        columns = [s[:, :keep]]
        if before.size:
            old = np.zeros((self.size, 1))
            old[: before.shape[0], 0] = before[:, target]
            columns.append(old)
        basis, triangle = qr(np.hstack(columns), mode="economic")
        fine = np.abs(np.diag(triangle)) > 1e-8
        basis = basis[:, fine]
        kept = basis.shape[1]
        for rows in (self.V, self.image):
            for first in range(0, self.n, 65536):
                part = rows[: self.size, first : first + 65536]
                rows[:kept, first : first + 65536] = basis.T @ part
        self.small[:kept, :kept] = basis.T @ self.small[: self.size, : self.size] @ basis
        self.size = kept

    def _found(self, values: Floats, s: Floats) -> Pairs:
        count = min(self.done, len(values))
        vectors = np.empty((count, self.n))
        residuals = np.empty(count)
        for k in range(count):
            vectors[k] = s[:, k] @ self.V[: self.size]
            residuals[k] = np.linalg.norm(self._residual(values[k], s[:, k]))
        return Pairs(values[:count].copy(), vectors, residuals, self.products)
