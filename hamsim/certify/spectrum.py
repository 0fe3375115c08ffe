"""Rigorous statements about the largest eigenvalue of large sparse symmetric matrices.

Upper bounds come from Gershgorin's and Collatz and Wielandt's theorems and from Cholesky and
L D L^T factorisations whose rounding errors are bounded; lower bounds are Rayleigh quotients that
were evaluated. With u = 2^-53, a sum of k products, in any order, is off by at most
k u / (1 - k u) times the sum of their sizes (Higham 2002, section 3.1); the bounds here add at
least twice that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import eigh, eigh_tridiagonal
from scipy.linalg.lapack import dpotrf
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee
from scipy.sparse.linalg import SuperLU, splu

from hamsim.certify.certificate import Status
from hamsim.network import Floats, Ints

__all__ = ["Answer", "largest_below", "negative_part", "norm_bound", "perron", "upper_bound"]

UNIT = 2.0**-53
# Above everything that underflow can lose in one sum, for entries and vectors near 1.
TINY = 2.0**-1000
# Nothing is said of an eigenvalue this near to the threshold, relative to the larger of the two.
BAND = 1e-9
# Entries of vectors for Collatz and Wielandt stay above this, so that quotients do not underflow.
FLOOR = 1e-60
# Largest matrices that are factorised as dense ones, that upper_bound treats with all effort
# (and with a tenth of it, by the number of entries), and whose eigenvectors are computed directly.
DENSE = 3000
SHARP, SHARP_ENTRIES = 2000, 1_000_000
DIRECT = 600
# Small components are factorised together, in blocks of about this size.
PACK = 256
COLLATZ_STEPS = 60
# Work for an effort of 1, a few seconds each: operations of dense and sparse factorisations,
# entries of sparse factors, hubs (sum of squared degrees), and entries read by Lanczos' method.
DENSE_WORK = 1e11
SPARSE_WORK = 2e11
SPARSE_FILL = 1e8
HUBS = 3e9
LANCZOS_WORK = 1e9
MIN_STEPS, MAX_STEPS = 40, 3000
# Probability at which the random bound stops if it was not asked for one.
CONFIDENCE = 0.999999


@dataclass(frozen=True, eq=False)
class Answer:
    """Whether the largest eigenvalue is below a threshold.

    Parameters
    ----------
    status : {"proved", "refuted", "undecided"}
        Proved: below `threshold`; refuted: above.
    threshold : float
    bound : float
        Upper bound of the largest eigenvalue, with all rounding; infinite if there is none.
    method : str
        What decided: "Gershgorin", "Collatz-Wielandt", "Cholesky", "sparse factorisation",
        "Rayleigh quotient" or "Chebyshev (probability ...)"; if nothing did, what gave `bound`.
    ritz : float
        Lower bound of the largest eigenvalue: a Rayleigh quotient that was evaluated, less its
        rounding; -inf if there is none.
    vector : ndarray or None
        The vector of that quotient, of norm 1.
    probability : float or None
        How sure the random bound is that the largest eigenvalue is below `threshold`, where
        nothing rigorous decided.
    """

    status: Status
    threshold: float
    bound: float
    method: str
    ritz: float
    vector: Floats | None
    probability: float | None


def largest_below(
    X: csr_array,
    threshold: float,
    confidence: float | None = None,
    seed: int = 0,
    effort: float = 1.0,
) -> Answer:
    """Decide whether all eigenvalues of X are below a threshold.

    Parameters
    ----------
    X : csr_array
        Exactly symmetric.
    threshold : float
    confidence : float, optional
        Probability, such as 0.999999, that is enough for "proved"; without it only rigorous
        bounds are.
    seed : int
        Of start vectors.
    effort : float
        Multiplies how much work is done before giving up; with 1 some seconds for each method.

    Returns
    -------
    Answer
        Undecided if the eigenvalue is within 1e-9 of the threshold, relative to the larger of
        the threshold and the largest norm of a column.

    Notes
    -----
    From cheap to dear: Gershgorin 1931; Collatz 1942 and Wielandt 1950 for |X|; Rayleigh quotient
    of a Lanczos vector; Cholesky factorisation with bounded errors (Rump 2006) of small matrices
    and components, L D L^T of sparse ones; and a random bound in the manner of Dixon 1983 and
    Kuczynski and Wozniakowski 1992.
    """
    if math.isnan(threshold) or not np.all(np.isfinite(X.data)):
        return Answer("undecided", threshold, math.inf, "", -math.inf, None, None)
    if X.shape[0] == 0:
        return Answer("proved", threshold, -math.inf, "Gershgorin", -math.inf, None, None)
    return _Decision(_Symmetric(X), threshold).run(confidence, seed, effort)


def upper_bound(X: csr_array) -> tuple[float, str]:
    """Upper bound of the largest eigenvalue of a symmetric matrix, and its method.

    Parameters
    ----------
    X : csr_array
        Exactly symmetric.

    Returns
    -------
    bound : float
        With all rounding. Sharp to about 1e-8 for up to 2000 rows, and for up to a million
        entries if sparse factors have little fill-in; else by Gershgorin or Collatz and Wielandt.
    method : str
    """
    if not np.all(np.isfinite(X.data)):
        return math.inf, ""
    if X.shape[0] == 0:
        return -math.inf, "Gershgorin"
    matrix = _Symmetric(X)
    if matrix.exponent is None:
        return 0.0, "Gershgorin"
    cheap = matrix.collatz(-math.inf, math.inf)
    bound, method = cheap.bound, cheap.method
    near = 1e-9 * max(matrix.scale, bound)
    small = matrix.n <= SHARP or X.nnz <= SHARP_ENTRIES
    if small and bound - matrix.rayleigh(cheap.vector)[0] > near:
        bound, method = _sharpened(matrix, cheap)
    return matrix.unscaled_up(bound), method


def negative_part(X: csr_array) -> float:
    """Upper bound of max(0, -smallest eigenvalue) of a symmetric matrix, with all rounding."""
    return max(0.0, upper_bound(-X)[0])


def norm_bound(X: csr_array) -> float:
    """Upper bound of the 2-norm of a symmetric matrix, with all rounding."""
    return max(0.0, upper_bound(X)[0], upper_bound(-X)[0])


def perron(B: csr_array, iterations: int = COLLATZ_STEPS) -> tuple[float, Floats]:
    """Upper bound of the spectral radius of a nonnegative matrix, and the vector that shows it.

    Parameters
    ----------
    B : csr_array
        All entries >= 0; need not be symmetric or irreducible.
    iterations : int
        Of the power method; small matrices are then treated by inverse iteration.

    Returns
    -------
    bound : float
        With all rounding: B v <= bound v.
    v : ndarray
        All entries > 0, the largest 1.

    Raises
    ------
    ValueError
        An entry is negative.

    Notes
    -----
    For v > 0 the spectral radius is at most max_i (B v)_i / v_i (Collatz 1942, Wielandt 1950).
    Inverse iteration with that bound as shift is Noda 1971.
    """
    n = B.shape[0]
    if B.nnz and B.data.min() < 0.0:
        raise ValueError("perron needs a matrix without negative entries")
    if not np.all(np.isfinite(B.data)):
        return math.inf, np.ones(n)
    matrix = _Symmetric(B)
    if n == 0 or matrix.exponent is None:
        return 0.0, np.ones(n)
    best = matrix.collatz(-math.inf, math.inf, steps=iterations, signed=False)
    if n <= SHARP and best.gap > 1e-13 * best.bound:
        best = _noda(matrix, best)
    return matrix.unscaled_up(best.bound), best.vector


@dataclass(frozen=True, eq=False)
class _Collatz:
    """The bound of Collatz and Wielandt with a vector, row by row, and where it may still fall."""

    bound: float
    gap: float
    rows: Floats
    vector: Floats
    method: str


class _Symmetric:
    """A matrix scaled by a power of 2 so that its entries are near 1, and what is known of it."""

    def __init__(self, X: csr_array) -> None:
        largest = max(float(X.data.max()), -float(X.data.min())) if X.nnz else 0.0
        self.n = X.shape[0]
        # None says that all entries are zero.
        self.exponent: int | None = None
        self.X = X
        if largest > 0.0:
            self.exponent = math.frexp(largest)[1]
            if abs(self.exponent) < 300:
                self.exponent = 0
            else:
                scaled = np.ldexp(X.data, -self.exponent)
                self.X = csr_array((scaled, X.indices, X.indptr), shape=X.shape)
        self.degrees = np.diff(X.indptr).astype(np.float64)
        # Twice the bound of the relative error of a row's sum and some operations after it.
        self.rounding = 2.0 * UNIT * (self.degrees + 8.0)

    @cached_property
    def absolute(self) -> csr_array:
        if self.X.nnz and self.X.data.min() >= 0.0:
            return self.X
        return csr_array((np.abs(self.X.data), self.X.indices, self.X.indptr), shape=self.X.shape)

    @cached_property
    def diagonal(self) -> Floats:
        diagonal: Floats = self.X.diagonal()
        return diagonal

    @cached_property
    def scale(self) -> float:
        """Largest norm of a column, a lower bound of the 2-norm up to rounding."""
        squares = csr_array((self.X.data**2, self.X.indices, self.X.indptr), shape=self.X.shape)
        return math.sqrt(float(np.max(squares @ np.ones(self.n), initial=0.0)))

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
        sums = self.absolute @ v
        image = sums
        if signed:
            image = sums + (self.diagonal - np.abs(self.diagonal)) * v
        values = image / v
        return values, values + (self.rounding * sums + TINY) / v

    def collatz(
        self,
        enough: float,
        hopeless: float,
        steps: int = COLLATZ_STEPS,
        signed: bool = True,
    ) -> _Collatz:
        """Least bound of the power method's vectors.

        Y bounds X: its largest eigenvalue is at least that of X, and at most the bound. The first
        vector is all ones, which is Gershgorin's bound. Ends when the bound is below `enough`, or
        when it can be seen that no vector's bound will be below `hopeless`.
        """
        v = np.ones(self.n)
        lift = max(0.0, -float(self.diagonal.min())) if signed else 0.0
        best: _Collatz | None = None
        for step in range(max(1, steps)):
            values, rows = self.quotients(v, signed)
            bound = float(rows.max())
            # What no vector's bound is below: Y's Rayleigh quotient, if Y is symmetric.
            least = _dot(v * values, v) / _dot(v, v) if signed else float(values.min())
            if best is None or bound < best.bound:
                method = "Collatz-Wielandt" if step else "Gershgorin"
                best = _Collatz(bound, bound - least, rows, v, method)
            if bound < enough or least > hopeless or bound - least <= 1e-13 * abs(bound):
                break
            # The shift keeps v positive, and bipartite graphs from swinging.
            v = v * (values + (lift + 0.25 * abs(bound) + TINY))
            v = np.maximum(v / v.max(), FLOOR)
        assert best is not None
        return best

    def rayleigh(self, v: Floats) -> tuple[float, Floats | None]:
        """Lower bound of the Rayleigh quotient of v, with its rounding, and v with norm 1."""
        norm = _norm(v)
        if not (math.isfinite(norm) and norm > 0.0):
            return -math.inf, None
        v = v / norm
        size = np.abs(v)
        sizes = size * (self.absolute @ size)
        depth = 2.0 * UNIT * (math.log2(self.n) + 8.0)
        square = _sum(v * v)
        if not 0.5 < square < 2.0:
            return -math.inf, None
        lost = _sum((self.rounding + depth) * sizes) + self.n * TINY
        quotient = (_sum(v * (self.X @ v)) - lost * (1.0 + depth)) / square
        return quotient - depth * abs(quotient), v


class _Decision:
    """One run of `largest_below`."""

    def __init__(self, matrix: _Symmetric, threshold: float) -> None:
        self.matrix = matrix
        self.threshold = threshold
        self.limit = matrix.scaled(threshold)
        self.band = BAND * max(abs(self.limit), matrix.scale)
        self.bound = math.inf
        self.method = ""
        self.ritz = -math.inf
        self.vector: Floats | None = None

    def run(self, confidence: float | None, seed: int, effort: float) -> Answer:
        matrix = self.matrix
        if matrix.exponent is None:
            return self._zero()
        below = self.limit - self.band
        self._try_vector(np.eye(1, matrix.n, int(np.argmax(matrix.diagonal)))[0])
        cheap = matrix.collatz(below, below, steps=1 if self._decided else COLLATZ_STEPS)
        self._take_bound(cheap.bound, cheap.method)
        if self._decided:
            return self._answer()
        rng = np.random.default_rng(seed)
        ends = _ends(matrix, cheap, rng, effort, self.limit + 4.0 * self.band)
        self._try_vector(ends.vector)
        # Within the band nothing can be proved.
        if self._decided or self.ritz >= below:
            return self._answer()
        proof = _factorised(matrix, cheap.rows, below, effort)
        self._take_bound(proof.bound, proof.method)
        if proof.vector is not None:
            self._try_vector(proof.vector)
        if self._decided or self.ritz >= below:
            return self._answer()
        return self._by_chance(confidence, ends, rng, effort, cheap)

    @property
    def _decided(self) -> bool:
        return self.bound < self.limit - self.band or self.ritz > self.limit + self.band

    def _take_bound(self, bound: float, method: str) -> None:
        if bound < self.bound:
            self.bound, self.method = bound, method

    def _try_vector(self, v: Floats) -> None:
        ritz, unit = self.matrix.rayleigh(v)
        if ritz > self.ritz:
            self.ritz, self.vector = ritz, unit

    def _zero(self) -> Answer:
        """Answer for a matrix without entries other than zeros: its eigenvalues are known."""
        self.bound = self.ritz = 0.0
        self.method = "Gershgorin"
        self.vector = np.eye(1, self.matrix.n)[0]
        return self._answer()

    def _answer(self, status: Status | None = None, probability: float | None = None) -> Answer:
        method = self.method
        if status is None:
            status = "undecided"
            if self.bound < self.limit - self.band:
                status = "proved"
            elif self.ritz > self.limit + self.band:
                status, method = "refuted", "Rayleigh quotient"
        elif status == "proved":
            method = f"Chebyshev (probability {probability:.9g})"
        bound = self.matrix.unscaled_up(self.bound)
        ritz = self.matrix.unscaled_down(self.ritz)
        return Answer(status, self.threshold, bound, method, ritz, self.vector, probability)

    def _by_chance(
        self,
        confidence: float | None,
        ends: _Ends,
        rng: np.random.Generator,
        effort: float,
        cheap: _Collatz,
    ) -> Answer:
        """Decide by a random vector; its bound holds for eigenvalues from limit - band on."""
        wanted = CONFIDENCE if confidence is None else confidence
        # |X| is Y with the diagonal's sign lost.
        norm = cheap.bound + 2.0 * max(0.0, -float(self.matrix.diagonal.min()))
        probability = _chance(self.matrix, self.limit - self.band, wanted, ends, norm, rng, effort)
        if confidence is not None and probability >= confidence:
            return self._answer("proved", probability)
        return self._answer("undecided", probability)


@dataclass(frozen=True, eq=False)
class _Ends:
    """Estimates of the largest and the least eigenvalue, and a vector for the largest."""

    largest: float
    least: float
    vector: Floats


def _ends(
    matrix: _Symmetric,
    cheap: _Collatz,
    rng: np.random.Generator,
    effort: float,
    enough: float,
    direct: int = DIRECT,
) -> _Ends:
    if matrix.n <= direct:
        largest, vector = _top(matrix.X)
        return _Ends(largest, -cheap.bound, vector)
    start = rng.standard_normal(matrix.n)
    # Where no off-diagonal entry is negative, the vector of Collatz and Wielandt is near the one
    # sought, and has a part of it because it is positive.
    if matrix.X.data.min() >= 0.0:
        start = cheap.vector
    work = matrix.X.nnz + 10 * matrix.n
    steps = int(np.clip(effort * LANCZOS_WORK / work, MIN_STEPS, MAX_STEPS))
    return _lanczos(matrix, start, min(steps, 2 * matrix.n), enough)


def _top(X: csr_array) -> tuple[float, Floats]:
    last = X.shape[0] - 1
    values, vectors = eigh(X.toarray(), subset_by_index=[last, last], overwrite_a=True)
    return float(values[0]), vectors[:, 0]


def _lanczos(matrix: _Symmetric, start: Floats, steps: int, enough: float) -> _Ends:
    """Lanczos' method without keeping its vectors: a second pass puts the wanted one together.

    Ends early when the largest Ritz value is above `enough` or does not change. Loss of
    orthogonality does no harm, as the vector's Rayleigh quotient is what counts.
    """
    X = matrix.X
    alphas, betas = np.zeros(steps), np.zeros(steps)
    start = start / _norm(start)
    q, before, check = start, np.zeros(matrix.n), 10
    used = steps
    for k in range(steps):
        w = X @ q
        alphas[k] = _dot(q, w)
        w -= alphas[k] * q
        if k:
            w -= betas[k - 1] * before
        betas[k] = _norm(w)
        used = k + 1
        if betas[k] <= 1e-14 * matrix.scale:
            break
        if used == check and used < steps:
            theta, last = _tridiagonal(alphas[:used], betas[:used], used - 1)
            residual = betas[k] * abs(last[-1])
            if theta > enough or residual <= 1e-8 * matrix.scale:
                break
            check = max(check + 10, check * 5 // 4)
        before, q = q, w / betas[k]
    theta, weights = _tridiagonal(alphas[:used], betas[:used], used - 1)
    least, _ = _tridiagonal(alphas[:used], betas[:used], 0)
    return _Ends(theta, least, _combined(X, start, alphas, betas, weights))


def _tridiagonal(alphas: Floats, betas: Floats, k: int) -> tuple[float, Floats]:
    values, vectors = eigh_tridiagonal(alphas, betas[:-1], select="i", select_range=(k, k))
    return float(values[0]), vectors[:, 0]


def _combined(
    X: csr_array, start: Floats, alphas: Floats, betas: Floats, weights: Floats
) -> Floats:
    """Sum of Lanczos vectors with these weights; the vectors are made again from the numbers."""
    q, before = start, np.zeros_like(start)
    vector: Floats = weights[0] * q
    for k, weight in enumerate(weights[1:]):
        w = X @ q
        w -= alphas[k] * q
        if k:
            w -= betas[k - 1] * before
        before, q = q, w / betas[k]
        vector += weight * q
    return vector


def _dot(v: Floats, w: Floats) -> float:
    # Not by BLAS, whose threads wait for each other on busy machines, and vary the rounding.
    return float(np.einsum("i,i->", v, w))


def _norm(v: Floats) -> float:
    return math.sqrt(_dot(v, v))


def _sum(values: Floats) -> float:
    """Sum by halving, so that the error is at most log2(n) roundings whatever NumPy does."""
    while values.size > 1:
        half = values.size // 2
        pairs = values[:half] + values[half : 2 * half]
        if values.size % 2:
            pairs = np.append(pairs, values[-1])
        values = pairs
    return float(values[0]) if values.size else 0.0


# Factorisations


@dataclass(frozen=True, eq=False)
class _Proof:
    """Upper bound from factorisations; if one failed, infinite, with a vector worth trying."""

    bound: float
    method: str
    vector: Floats | None = None


def _factorised(matrix: _Symmetric, rows: Floats, target: float, effort: float) -> _Proof:
    """Try to prove that the largest eigenvalue is below `target`.

    The matrix falls apart into its connected components. Those whose rows all have bounds below
    `target` already need nothing.
    """
    order, sizes, rest = _components(matrix, rows, target)
    if order.size == 0:
        return _Proof(rest, "Collatz-Wielandt")
    X, blocks = matrix.X, list(_blocks(sizes))
    work = sum(float(stop - start) ** 3 / 3.0 for start, stop, dense in blocks if dense)
    if work > effort * DENSE_WORK or (sizes[-1] > DENSE and not _little_fill(X, effort)):
        return _Proof(math.inf, "")
    if order.size < matrix.n or len(sizes) > 1:
        X = csr_array(X[order][:, order])
    bound, method = rest, "Cholesky"
    for start, stop, dense in blocks:
        block = csr_array(X[start:stop, start:stop]) if len(blocks) > 1 else X
        if dense:
            proof = _by_cholesky(block, target)
            if proof.bound == math.inf:
                proof = _Proof(math.inf, "", _top(block)[1])
        else:
            proof = _by_sparse_factors(block, target)
            method = "sparse factorisation"
        if proof.bound == math.inf:
            vector = None
            if proof.vector is not None:
                vector = np.zeros(matrix.n)
                vector[order[start:stop]] = proof.vector
            return _Proof(math.inf, "", vector)
        bound = max(bound, proof.bound)
    return _Proof(bound, method)


def _components(matrix: _Symmetric, rows: Floats, target: float) -> tuple[Ints, Ints, float]:
    """Neurons of components that are left, smallest first; their sizes; bound of the others."""
    n = matrix.n
    if n <= PACK:
        return np.arange(n), np.array([n]), -math.inf
    count, labels = connected_components(matrix.X, directed=False)
    worst = np.full(count, -np.inf)
    np.maximum.at(worst, labels, rows)
    sizes = np.bincount(labels, minlength=count)
    left = worst >= target
    rest = float(np.max(worst[~left], initial=-math.inf))
    kept = np.flatnonzero(left[labels])
    order = kept[np.lexsort((labels[kept], sizes[labels[kept]]))]
    return order, np.sort(sizes[left]), rest


def _blocks(sizes: Ints) -> Iterator[tuple[int, int, bool]]:
    """Neighbouring components put together: start, stop, and whether to be treated as dense."""
    start = stop = 0
    for size in sizes.tolist():
        if stop > start and stop + size - start > PACK:
            yield start, stop, True
            start = stop
        stop += size
        if size > DENSE:
            yield start, stop, False
            start = stop
    if stop > start:
        yield start, stop, True


def _by_cholesky(X: csr_array, target: float) -> _Proof:
    """Prove by dense Cholesky factorisation that eigenvalues are below `target`.

    If floating-point Cholesky of A runs to its end, A + E = R^T R with |E_ij| <= c sqrt(a_ii a_jj),
    c = g / (1 - g), g = (n + 1) u / (1 - (n + 1) u), whatever the order of operations (Demmel 1989;
    Rump 2006); so the least eigenvalue of A is at least -c trace(A). Here 4 (n + 2) u stands for c.
    """
    n, diagonal = X.shape[0], X.diagonal()
    room = np.maximum(target - diagonal, 0.0)
    lost = 4.0 * (n + 2) * UNIT * (1.0 + 2.0 * n * UNIT) * float(room.sum())
    lost += 4.0 * UNIT * float(np.max(np.abs(diagonal)) + abs(target)) + n * n * TINY
    lost *= 1.0 + 1e-6
    shift = target - 2.0 * lost
    pivots = shift - diagonal
    if pivots.min() > 0.0:
        A = X.toarray()
        np.negative(A, out=A)
        np.fill_diagonal(A, pivots)
        factor, failed = dpotrf(A.T, lower=1, clean=0, overwrite_a=1)
        ends = np.diagonal(factor)
        # NaN anywhere in the factor reaches the diagonal.
        if not failed and np.all(np.isfinite(ends)) and np.all(ends > 0.0):
            return _Proof(shift + lost, "Cholesky")
    return _Proof(math.inf, "")


def _by_sparse_factors(X: csr_array, target: float) -> _Proof:
    """Prove by sparse L D L^T factorisation that eigenvalues are below `target`."""
    diagonal = X.diagonal()
    size = float(np.max(np.abs(diagonal)) + abs(target))
    # What rounding may cost is known after the factorisation; this is more in most cases.
    margin = 1e-10 * size
    shift = target - margin
    A = csc_array(diags_array(np.full(X.shape[0], shift)) - X)
    try:
        factors = splu(
            A, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
    except (RuntimeError, MemoryError):
        return _Proof(math.inf, "")
    distance = _distance(factors, A)
    if distance < math.inf:
        bound = shift + distance + 8.0 * UNIT * size
        if bound < target:
            return _Proof(bound, "sparse factorisation")
    return _Proof(math.inf, "", _inverse_iteration(factors, X.shape[0]))


def _distance(factors: SuperLU, A: csc_array) -> float:
    """Upper bound of ||P A P^T - L D L^T|| with D > 0; infinite if there is no such factorisation.

    A positive semidefinite matrix at that distance shows that the least eigenvalue of A is at least
    its negative. Gaussian elimination has |P A P^T - L U| <= g |L| |U|, g of the longest sum,
    whatever the order of operations (Higham 2002, theorem 9.3), and L U - L D L^T = L (U - D L^T).
    """
    if not np.array_equal(factors.perm_r, factors.perm_c):
        return math.inf
    L, U = factors.L, factors.U
    D = U.diagonal()
    if not (np.all(np.isfinite(D)) and np.all(D > 0.0) and np.all(L.diagonal() == 1.0)):
        return math.inf
    n, ones = D.size, np.ones(D.size)
    DLt = diags_array(D) @ csr_array(L.T)
    apart = abs(csr_array(U) - DLt) @ ones
    sizes = abs(U) @ ones + abs(DLt) @ ones
    L = abs(L)
    longest = float(np.bincount(L.indices, minlength=n).max() + np.diff(U.indptr).max()) + 8.0
    rows = L @ (apart + 4.0 * UNIT * longest * sizes) + n * TINY
    distance = float(rows.max()) * (1.0 + 4.0 * UNIT * longest)
    if not math.isfinite(distance) or not _consistent(factors, A, rows):
        return math.inf
    return distance


def _consistent(factors: SuperLU, A: csc_array, rows: Floats) -> bool:
    """Whether A z = L U z up to the bound for one z: a guard against a library that is broken."""
    z = np.where(np.arange(rows.size) % 3 == 1, -1.0, 1.0)
    permuted = np.empty_like(z)
    permuted[factors.perm_c] = z
    product = (factors.L @ (factors.U @ permuted))[factors.perm_r]
    slack = 4.0 * UNIT * (abs(A) @ np.ones(z.size)) * A.shape[0]
    return bool(np.all(np.abs(A @ z - product) <= 8.0 * rows[factors.perm_r] + slack))


def _inverse_iteration(factors: SuperLU, n: int) -> Floats | None:
    """Vector for the eigenvalue nearest to the shift."""
    v: Floats = np.random.default_rng(n).standard_normal(n)
    with np.errstate(all="ignore"):
        for _ in range(4):
            v = factors.solve(v)
            v = v / _norm(v)
    return v if np.all(np.isfinite(v)) else None


def _little_fill(X: csr_array, effort: float) -> bool:
    """Whether a sparse factorisation is sure to be cheap.

    The envelope in reverse Cuthill-McKee order bounds the fill-in in that order, and the order of
    minimum degree, which is used, does better. Its cost grows with the square of a hub's degree.
    """
    degrees = np.diff(X.indptr).astype(np.float64)
    if not 0.0 < _dot(degrees, degrees) <= effort * HUBS:
        return False
    order = reverse_cuthill_mckee(X, symmetric_mode=True)
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    filled = degrees > 0.0
    first = np.minimum.reduceat(place[X.indices], X.indptr[:-1][filled])
    widths = np.maximum(place[filled] - first, 0).astype(np.float64)
    fill, work = float(widths.sum()), _dot(widths, widths)
    return fill <= effort * SPARSE_FILL and work <= effort * SPARSE_WORK


def _sharpened(matrix: _Symmetric, cheap: _Collatz) -> tuple[float, str]:
    """Bound by factorisations just above the largest eigenvalue, further off each time."""
    effort = 1.0 if matrix.n <= SHARP else 0.1
    rng = np.random.default_rng(0)
    ends = _ends(matrix, cheap, rng, effort, math.inf, direct=SHARP)
    # Cholesky's own error bound for this size is added.
    relative = 2e-9 + 12.0 * UNIT * min(matrix.n, DENSE) ** 2
    largest = ends.largest
    distance = relative * max(matrix.scale, abs(largest))
    while largest + distance < cheap.bound:
        proof = _factorised(matrix, cheap.rows, largest + distance, effort)
        if proof.bound < cheap.bound:
            return proof.bound, proof.method
        if proof.vector is None:
            break
        better = matrix.rayleigh(proof.vector)[0]
        if better > largest + 0.5 * distance:
            largest = better
        else:
            distance *= 10.0
    return cheap.bound, cheap.method


def _noda(matrix: _Symmetric, best: _Collatz) -> _Collatz:
    """Improve the bound of a nonnegative matrix by inverse iteration with the bound as shift."""
    dense = matrix.X.toarray()
    v = best.vector
    for _ in range(12):
        try:
            v = np.linalg.solve(best.bound * (1.0 + 1e-12) * np.eye(matrix.n) - dense, v)
        except np.linalg.LinAlgError:
            break
        if not np.all(np.isfinite(v)) or v.min() <= 0.0:
            break
        v = np.maximum(v / v.max(), FLOOR)
        values, rows = matrix.quotients(v, signed=False)
        bound = float(rows.max())
        if bound >= best.bound:
            break
        last = best.bound
        best = _Collatz(bound, bound - float(values.min()), rows, v, "Collatz-Wielandt")
        if last - bound <= 1e-13 * last:
            break
    return best


# The random bound


def _chance(
    matrix: _Symmetric,
    limit: float,
    wanted: float,
    ends: _Ends,
    norm: float,
    rng: np.random.Generator,
    effort: float,
) -> float:
    """Probability with which a random vector shows that no eigenvalue is at or above `limit`.

    Notes
    -----
    Let z be a vector of independent standard normal numbers, and e a unit eigenvector for an
    eigenvalue at or above `limit`. The polynomial p = T_k(a X + b) is at least p(limit) there, so
    |e.z| <= ||p(X) z|| / p(limit) for every k. As e.z is standard normal, the smallest of these
    quotients is below s with a probability of at most s sqrt(2 / pi). This is the argument of Dixon
    1983 with the Chebyshev polynomials that Kuczynski and Wozniakowski 1992 use for Lanczos'
    method; it does not ask for orthogonal vectors. Rounding f_j of step j reaches e.z as
    U_{k-j} f_j / T_k, which falls as the eigenvalue grows; with a limit at cosh(t) and r = exp(t)
    it is at most 2 r^-j f_j / (1 - r^-2).
    """
    low = ends.least - 0.02 * (ends.largest - ends.least)
    high = ends.largest + 0.05 * (limit - ends.largest)
    if not (math.isfinite(norm) and low < high < limit):
        return 0.0
    a = 2.0 / (high - low)
    b = -(high + low) / (high - low)
    place = (a * limit + b) - 8.0 * UNIT * (abs(a * limit) + abs(b))
    if place <= 1.0 + 1e-12:
        return 0.0
    growth = math.acosh(place) * (1.0 - 1e-6)
    needed = math.log(4.0 * math.sqrt(matrix.n) / max(1.0 - wanted, 1e-12)) / growth
    work = matrix.X.nnz + 10 * matrix.n
    if needed > float(np.clip(4.0 * effort * LANCZOS_WORK / work, MIN_STEPS, MAX_STEPS)):
        return 0.0
    error = 2.0 * UNIT * (float(matrix.degrees.max()) + 16.0) * (a * norm + abs(b) + 2.0)
    spread = 2.0 / -math.expm1(-2.0 * growth)
    least, rounding = math.inf, 0.0
    steps = int(1.5 * needed) + 20
    z: Floats = rng.standard_normal(matrix.n)
    before = np.zeros(matrix.n)
    for k in range(1, steps):
        image = matrix.X @ z
        new = (1.0 if k == 1 else 2.0) * (a * image + b * z) - before
        sizes = (_norm(z) + _norm(before)) * (1.0 + 1e-6)
        rounding += spread * math.exp(-k * growth) * (2.0 * error * sizes + matrix.n * TINY)
        before, z = z, new
        if k * growth > 700.0:
            break
        quotient = _norm(z) * (1.0 + 1e-6) / math.cosh(k * growth)
        if not math.isfinite(quotient):
            break
        least = min(least, quotient + rounding * (1.0 + 1e-6))
        if 1.0 - least * math.sqrt(2.0 / math.pi) >= wanted:
            break
    return max(0.0, 1.0 - least * math.sqrt(2.0 / math.pi))
