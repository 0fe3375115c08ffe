"""The random bound, for matrices of which nothing rigorous decides."""

from __future__ import annotations

import math

import numpy as np

from hamsim.arrays import Floats
from hamsim.spectrum.lanczos import LANCZOS_WORK, MAX_STEPS, MIN_STEPS, Ends
from hamsim.spectrum.matrix import TINY, UNIT, Symmetric, norm_of

__all__ = ["chance_below"]


def chance_below(
    matrix: Symmetric,
    limit: float,
    wanted: float,
    ends: Ends,
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
    work = matrix.nnz + 10 * matrix.n
    if needed > float(np.clip(4.0 * effort * LANCZOS_WORK / work, MIN_STEPS, MAX_STEPS)):
        return 0.0
    error = 2.0 * UNIT * (matrix.degree + 16.0) * (a * norm + abs(b) + 2.0)
    spread = 2.0 / -math.expm1(-2.0 * growth)
    least, rounding = math.inf, 0.0
    steps = int(1.5 * needed) + 20
    z: Floats = rng.standard_normal(matrix.n)
    before = np.zeros(matrix.n)
    for k in range(1, steps):
        image = matrix.times(z)
        new = (1.0 if k == 1 else 2.0) * (a * image + b * z) - before
        sizes = (norm_of(z) + norm_of(before)) * (1.0 + 1e-6)
        rounding += spread * math.exp(-k * growth) * (2.0 * error * sizes + matrix.n * TINY)
        before, z = z, new
        if k * growth > 700.0:
            break
        quotient = norm_of(z) * (1.0 + 1e-6) / math.cosh(k * growth)
        if not math.isfinite(quotient):
            break
        least = min(least, quotient + rounding * (1.0 + 1e-6))
        if 1.0 - least * math.sqrt(2.0 / math.pi) >= wanted:
            break
    return max(0.0, 1.0 - least * math.sqrt(2.0 / math.pi))
