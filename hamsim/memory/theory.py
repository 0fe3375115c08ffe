"""What theory says of memories: overlaps of the classical network, errors of dense ones.

Of N neurons of -1 and 1 with random patterns. Classical: Hebb's rule without self-connections,
W = (1/N) times the sum of xi xi', at rest under asynchronous updates, for N without end; Amit,
Gutfreund and Sompolinsky 1985, Physical Review Letters 55:1530, and 1987, Annals of Physics 173:30
[AGS]. Dense: the energy is minus the sum of F(xi . s) over the patterns and a neuron takes the
state of lower energy; Krotov and Hopfield 2016, arXiv:1606.01164 [KH16]; exponential F: Demircigil
et al. 2017, arXiv:1702.01929.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erf, erfc
from scipy.stats import binom

from hamsim.arrays import Floats
from hamsim.errors import HamsimError

__all__ = [
    "DENSE_KINDS",
    "bit_error",
    "bit_error_tail",
    "critical_load",
    "error_free_patterns",
    "retrieval_overlap",
]

DENSE_KINDS = ("power", "rectified", "exponential")
# Where the normal density, and 1 - tanh, are below the rounding of 1.
_REACH, _TAIL = 8.5, 20.0
_Z = np.linspace(-_REACH, _REACH, 401)
_NORMAL = np.exp(-_Z * _Z / 2) / np.exp(-_Z * _Z / 2).sum()
_HALF, _HALF_WEIGHTS = (_TAIL / 2 * each for each in np.polynomial.legendre.leggauss(120))
_HALF = _HALF + _TAIL / 2
# y = m / s between which the retrieval states of the largest load lie, and up to which those of
# smaller loads are looked for.
_LOWEST, _HIGH, _HIGHEST = 0.05, 40.0, 1e7


# --- the classical network ---------------------------------------------------------------------


def retrieval_overlap(load: ArrayLike, temperature: float = 0.0) -> Floats:
    """Overlap m of the rest state beside a stored pattern of the classical network.

    Parameters
    ----------
    load : array_like
        Patterns a neuron, alpha; at least 0.
    temperature : float
        T of the heat bath P(s = 1) = 1 / (1 + exp(-2 h / T)).

    Returns
    -------
    ndarray, of the shape of `load`
        0 where there is no such state: beyond `critical_load`.

    Raises
    ------
    HamsimError
        If a load or the temperature is negative or not finite.

    Notes
    -----
    With s the standard deviation of the noise of the other patterns and z a normal number,

        m = E tanh((m + s z) / T)     q = E tanh^2((m + s z) / T)     s^2 = load q / (1 - C)^2
        C = (1 - q) / T

    [AGS], in replica symmetry. At T = 0: m = erf(y / sqrt 2), y = m / s, and
    C = sqrt(2 / pi) exp(-y^2 / 2) / s. Given y, the equations give s and then the load; the
    retrieval states are those of y beyond the largest load.
    """
    loads = np.asarray(load, dtype=np.float64)
    if not np.all(np.isfinite(loads) & (loads >= 0.0)):
        raise HamsimError("load must be finite and at least 0: patterns a neuron")
    _require_temperature(temperature)
    edge = _edge(temperature)
    if edge is None:
        return np.zeros(loads.shape)
    y_edge, largest = edge
    found = np.zeros(loads.shape)
    for place in np.ndindex(loads.shape):
        if loads[place] <= largest:
            found[place] = _overlap(float(loads[place]), temperature, y_edge)
    return found


def critical_load(temperature: float = 0.0) -> float:
    """Load up to which the classical network has states beside its patterns.

    Parameters
    ----------
    temperature : float
        As of `retrieval_overlap`.

    Returns
    -------
    float
        0.137905... at temperature 0; 0 from temperature 1 on.

    Raises
    ------
    HamsimError
        If the temperature is negative or not finite.
    """
    _require_temperature(temperature)
    edge = _edge(temperature)
    return 0.0 if edge is None else edge[1]


def _require_temperature(temperature: float) -> None:
    if not (math.isfinite(temperature) and temperature >= 0.0):
        raise HamsimError(f"temperature is {temperature:g}: it must be finite and at least 0")


def _edge(temperature: float) -> tuple[float, float] | None:
    """The y of the largest load, and that load; None where nothing is retrieved."""
    if temperature >= 1.0:
        return None
    # The load first rises with y, then falls: a grid finds the hill, a search its top.
    grid = np.geomspace(_LOWEST, _HIGH, 60)
    top = int(np.argmax([_load(y, temperature) for y in grid]))
    bounds = (grid[max(top - 1, 0)], grid[min(top + 1, grid.size - 1)])
    found = minimize_scalar(
        lambda y: -_load(y, temperature), bounds=bounds, method="bounded", options={"xatol": 1e-9}
    )
    return float(found.x), _load(float(found.x), temperature)


def _overlap(load: float, temperature: float, y_edge: float) -> float:
    if load <= _load(_HIGHEST, temperature):
        return _without_noise(temperature)
    y = y_edge
    if load < _load(y_edge, temperature):
        low, high = math.log(y_edge), math.log(_HIGHEST)
        y = math.exp(brentq(lambda a: _load(math.exp(a), temperature) - load, low, high))
    return float(erf(y / math.sqrt(2))) if temperature == 0.0 else y * _noise(y, temperature)


def _without_noise(temperature: float) -> float:
    """The m above 0 with m = tanh(m / T)."""
    if temperature == 0.0:
        return 1.0
    return float(brentq(lambda m: math.tanh(m / temperature) - m, 1e-9, 1.0, xtol=1e-15))


def _load(y: float, temperature: float) -> float:
    """Load at which m / s is y; 0 where no state has such a ratio, or only an unstable one."""
    if temperature == 0.0:
        root = erf(y / math.sqrt(2)) / y - math.sqrt(2 / math.pi) * math.exp(-y * y / 2)
        return float(root * root)
    s = _noise(y, temperature)
    if s == 0.0:
        return 0.0
    _, lost = _moments(y, s / temperature)
    left = max(1.0 - lost / temperature, 0.0)
    return s * s * left * left / (1.0 - lost)


def _noise(y: float, temperature: float) -> float:
    """The s above 0 with E tanh(s (y + z) / T) = y s; 0 if there is none."""

    def excess(s: float) -> float:
        return _moments(y, s / temperature)[0] - y * s

    low = 1e-6 * temperature / y
    if excess(low) <= 0.0:
        return 0.0
    return float(brentq(excess, low, 1.01 / y, xtol=1e-15 / y))


def _moments(y: float, steepness: float) -> tuple[float, float]:
    """Means of tanh(steepness (y + z)), and of 1 less its square, over a normal z.

    Where tanh is steep, what it differs from the sign by is integrated over v = steepness (y + z).
    """
    if steepness < 1.0:
        t = np.tanh(steepness * (y + _Z))
        return float(_NORMAL @ t), float(_NORMAL @ (1.0 - t * t))
    short, weights = -2.0 / (np.exp(2.0 * _HALF) + 1.0), _HALF_WEIGHTS / steepness
    above, below = (_density(sign * _HALF / steepness - y) for sign in (1, -1))
    mean = float(erf(y / math.sqrt(2)) + (weights * short) @ (above - below))
    return mean, float((weights / np.cosh(_HALF) ** 2) @ (above + below))


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-z * z / 2) / math.sqrt(2 * math.pi))


# --- dense memories ----------------------------------------------------------------------------


def bit_error(
    n_neurons: int, patterns: ArrayLike, degree: int = 2, kind: str = "power", beta: float = 1.0
) -> Floats:
    """Part of the neurons that leave a stored pattern at the first update of each.

    Parameters
    ----------
    n_neurons : int
        N, at least 2.
    patterns : array_like
        How many random patterns are stored, K.
    degree : int
        n of F, at least 1.
    kind : {"power", "rectified", "exponential"}
        F = x^n, max(x, 0)^n, or exp(beta x).
    beta : float
        Of the exponential.

    Returns
    -------
    ndarray, of the shape of `patterns`

    Raises
    ------
    HamsimError
        If there is no such F, or a number is out of its bounds.

    Notes
    -----
    The other patterns add to a neuron's difference of energies a sum of K - 1 independent terms of
    mean 0, taken as normal, with its exact variance: P = erfc(z / sqrt 2) / 2,

        z = (F(N) - F(N - 2)) / sqrt((K - 1) E[(F(R + 1) - F(R - 1))^2])

    with R a sum of N - 1 random signs. For large n the sum is far from normal unless K is large.
    """
    K = np.asarray(patterns, dtype=np.float64)
    if n_neurons < 2 or np.any(~(K >= 1)):
        raise HamsimError("a dense memory has at least 2 neurons and 1 pattern")
    F = _interaction(degree, kind, beta, float(n_neurons))
    ups = np.arange(n_neurons, dtype=np.float64)
    R = 2.0 * ups - (n_neurons - 1)
    variance = float(binom.pmf(ups, n_neurons - 1, 0.5) @ (F(R + 1.0) - F(R - 1.0)) ** 2)
    here, turned = F(np.array([n_neurons, n_neurons - 2.0]))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (here - turned) / np.sqrt((K - 1.0) * variance)
    z = np.where(np.isnan(z), 0.0, z)
    return np.asarray(erfc(z / math.sqrt(2)) / 2)


def _interaction(degree: int, kind: str, beta: float, n: float) -> Callable[[Floats], Floats]:
    """F over F(N), which is 1: errors do not depend on the scale, and large ones overflow."""
    if kind not in DENSE_KINDS:
        raise HamsimError(f"kind is {kind!r}: it must be one of {', '.join(DENSE_KINDS)}")
    if kind == "exponential":
        return lambda x: np.exp(beta * (x - n))
    if degree < 1 or degree != int(degree):
        raise HamsimError(f"degree is {degree}: it must be a whole number of at least 1")
    if kind == "rectified":
        return lambda x: np.asarray(np.maximum(x / n, 0.0) ** int(degree))
    return lambda x: np.asarray((x / n) ** int(degree))


def bit_error_tail(n_neurons: int, patterns: ArrayLike, degree: int) -> Floats:
    """The same for F = x^n as [KH16, eq. 5] has it, for few errors in many neurons.

    Parameters
    ----------
    n_neurons, patterns, degree
        As of `bit_error`; the degree is at least 2.

    Returns
    -------
    ndarray, of the shape of `patterns`
        12 to 27 % more than `bit_error` where more than 1 % of the neurons err.

    Raises
    ------
    HamsimError
        If the degree is below 2.

    Notes
    -----
    P = sqrt(K (2n - 3)!! / (2 pi N^(n-1))) exp(-N^(n-1) / (2 K (2n - 3)!!)).
    """
    load = np.asarray(patterns, dtype=np.float64) * _double_factorial(degree)
    load = load / float(n_neurons) ** (degree - 1)
    with np.errstate(divide="ignore"):
        return np.asarray(np.sqrt(load / (2 * math.pi)) * np.exp(-0.5 / load))


def error_free_patterns(n_neurons: int, degree: int = 2, all_at_once: bool = False) -> float:
    """Random patterns that F = x^n stores without an error, for N without end.

    Parameters
    ----------
    n_neurons, degree
        As of `bit_error_tail`.
    all_at_once : bool
        Whether all neurons of all patterns are right, or those of a given pattern.

    Returns
    -------
    float
        N^(n-1) / (2 (2n - 3)!! ln N) for one [KH16, eq. 6], an n-th of that for all; for degree 2,
        Hebb's rule, these are N / (2 ln N) and N / (4 ln N).

    Raises
    ------
    HamsimError
        If the degree is below 2, or there are fewer than 2 neurons.

    Notes
    -----
    A given pattern has N bits, all have N K, about N^n; the probability exp(-z^2 / 2) that one errs
    is then N^-1 or N^-n, with z^2 = N^(n-1) / (K (2n - 3)!!).
    """
    if n_neurons < 2:
        raise HamsimError("a dense memory has at least 2 neurons")
    one = float(n_neurons) ** (degree - 1) / (2 * _double_factorial(degree) * math.log(n_neurons))
    return one / degree if all_at_once else one


def _double_factorial(degree: int) -> float:
    """(2n - 3)!!, the product of the odd numbers up to there."""
    if degree < 2 or degree != int(degree):
        raise HamsimError(f"degree is {degree}: it must be a whole number of at least 2")
    return float(math.prod(range(1, 2 * int(degree) - 2, 2)))
