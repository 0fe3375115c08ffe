"""Whether all eigenvalues are below a threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.condition import Status
from hamsim.spectrum.chance import chance_below
from hamsim.spectrum.components import factorised
from hamsim.spectrum.lanczos import Ends, find_ends
from hamsim.spectrum.matrix import COLLATZ_STEPS, Collatz, Symmetric

__all__ = ["Answer", "largest_below"]

# Nothing is said of an eigenvalue this near to the threshold, relative to the larger of the two.
BAND = 1e-9
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
    return _Decision(Symmetric(X), threshold).run(confidence, seed, effort)


class _Decision:
    """One run of `largest_below`."""

    def __init__(self, matrix: Symmetric, threshold: float) -> None:
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
        ends = find_ends(matrix, cheap, rng, effort, self.limit + 4.0 * self.band)
        self._try_vector(ends.vector)
        # Within the band nothing can be proved.
        if self._decided or self.ritz >= below:
            return self._answer()
        proof = factorised(matrix, cheap.rows, below, effort)
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
        ends: Ends,
        rng: np.random.Generator,
        effort: float,
        cheap: Collatz,
    ) -> Answer:
        """Decide by a random vector; its bound holds for eigenvalues from limit - band on."""
        wanted = CONFIDENCE if confidence is None else confidence
        # |X| is Y with the diagonal's sign lost.
        norm = cheap.bound + 2.0 * max(0.0, -float(self.matrix.diagonal.min()))
        probability = chance_below(
            self.matrix, self.limit - self.band, wanted, ends, norm, rng, effort
        )
        if confidence is not None and probability >= confidence:
            return self._answer("proved", probability)
        return self._answer("undecided", probability)
