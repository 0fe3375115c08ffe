"""Derivatives by parameters of norms as Lagrangians, and of norms made of powers.

At the origin, where a norm has no gradient, they are those of the subgradient 0. Sums go over the
last axis, the neurons that share a Lagrangian.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hamsim.arrays import Floats
from hamsim.lagrangians.sensitivity.kind import Parameters, Sensitivity

__all__ = ["SENSITIVITIES"]


def _total(a: Floats) -> Floats:
    total: Floats = a.sum(axis=-1, keepdims=True)
    return total


def _over(a: Floats, b: Floats) -> Floats:
    """Quotient, and 0 where b = 0."""
    return np.divide(a, b, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=b != 0.0)


# --- spherical, rms_norm, layer_norm: L = c gain s + delta.x, s = sqrt(z.z / c + epsilon) ---


def _root(z: Floats, c: float, epsilon: Floats) -> Floats:
    """The root s; squares of sizes, so that they do not overflow."""
    top = np.maximum(np.abs(z).max(axis=-1, keepdims=True), np.sqrt(epsilon))
    y, rest = _over(z, top), _over(np.sqrt(epsilon), top)
    s: Floats = top * np.sqrt(_total(y * y) / c + rest * rest)
    return s


def _centred(x: Floats) -> Floats:
    """States without their mean, taken from the first so that a common part loses no digits."""
    z = x - x[..., :1]
    centred: Floats = z - z.mean(axis=-1, keepdims=True)
    return centred


def _plain(x: Floats) -> Floats:
    return x


def _of_root(
    centre: Callable[[Floats], Floats], counted: bool, shifts: bool
) -> dict[str, Sensitivity]:
    """Of a root of squares of `centre(x)`, over their number if they are `counted`."""

    def parts(x: Floats, p: Parameters) -> tuple[Floats, float, Floats, Floats]:
        z, c = centre(x), float(x.shape[-1] if counted else 1)
        s = _root(z, c, p["epsilon"][..., :1])
        return z, c, s, p["gain"][..., :1]

    def by_gain(x: Floats, p: Parameters) -> Floats:
        _, c, s, _ = parts(x, p)
        return c * s

    def gain_back(x: Floats, y: Floats, p: Parameters) -> Floats:
        z, _, s, _ = parts(x, p)
        return _total(y * _over(z, s))

    def by_epsilon(x: Floats, p: Parameters) -> Floats:
        _, c, s, gain = parts(x, p)
        return _over(0.5 * c * gain, s)

    def epsilon_back(x: Floats, y: Floats, p: Parameters) -> Floats:
        z, _, s, gain = parts(x, p)
        return -0.5 * gain * _over(_over(_total(y * _over(z, s)), s), s)

    found = {
        "gain": Sensitivity(by_gain, gain_back),
        "epsilon": Sensitivity(by_epsilon, epsilon_back),
    }
    if shifts:
        found["delta"] = Sensitivity(lambda x, p: x, lambda x, y, p: y)
    return found


# --- radial: L = r - sigma log(1 + r / sigma), g = x / (sigma + r) ---


def _radial_slope(x: Floats, p: Parameters) -> Floats:
    sigma = p["sigma"][..., :1]
    r = _root(x, 1.0, np.zeros_like(sigma))
    ratio = r / (sigma + r)
    # log(1 + r / sigma) is -log(1 - ratio): near 0 both terms are the ratio
    slope: Floats = ratio + np.log1p(-ratio)
    return np.where(r > 0.0, slope, 0.0)


def _radial_back(x: Floats, y: Floats, p: Parameters) -> Floats:
    sigma = p["sigma"][..., :1]
    size = sigma + _root(x, 1.0, np.zeros_like(sigma))
    return -_over(_total(y * _over(x, size)), size)


# --- power_norm and lp_norm: N = (sigma^n + sum |x|^n)^(1 / n) ---


def _powers(x: Floats, n: Floats, sigma: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """N, |x| / N, the shares (|x| / N)^n, and d log(N) / dn.

    The last is (sum s log(s)) / n^2 with all shares s of N^n, that of sigma too.
    """
    top = np.maximum(np.abs(x).max(axis=-1, keepdims=True), sigma)
    total = _over(sigma, top) ** n + _total(_over(np.abs(x), top) ** n)
    N = top * total ** (1.0 / n)
    part = _over(np.abs(x), N)
    share, silent = part**n, _over(sigma, N) ** n
    lost = _total(_entropy(share)) + _entropy(silent)
    return N, part, share, lost / n**2


def _entropy(s: Floats) -> Floats:
    return np.where(s > 0.0, s * np.log(s), 0.0)


def _log(part: Floats) -> Floats:
    """Logarithm; 0 for 0, where it stands before powers that are 0."""
    return np.where(part > 0.0, np.log(part), 0.0)


def _degree_and_sigma(p: Parameters) -> tuple[Floats, Floats]:
    return p["degree"][..., :1], p["sigma"][..., :1]


def _power_norm_by_degree(x: Floats, p: Parameters) -> Floats:
    N, _, _, change = _powers(x, *_degree_and_sigma(p))
    return N * change


def _power_norm_degree_back(x: Floats, y: Floats, p: Parameters) -> Floats:
    # g = sign(x) part^(n - 1)
    n, sigma = _degree_and_sigma(p)
    _, part, _, change = _powers(x, n, sigma)
    g = np.sign(x) * part ** (n - 1.0)
    return _total(y * g * (_log(part) - (n - 1.0) * change))


def _power_norm_by_sigma(x: Floats, p: Parameters) -> Floats:
    n, sigma = _degree_and_sigma(p)
    N, _, _, _ = _powers(x, n, sigma)
    return _over(sigma, N) ** (n - 1.0)


def _power_norm_sigma_back(x: Floats, y: Floats, p: Parameters) -> Floats:
    n, sigma = _degree_and_sigma(p)
    N, part, _, _ = _powers(x, n, sigma)
    g = np.sign(x) * part ** (n - 1.0)
    return (1.0 - n) * _over(_total(y * g), N) * _over(sigma, N) ** (n - 1.0)


def _lp_norm_by_degree(x: Floats, p: Parameters) -> Floats:
    n = p["degree"][..., :1]
    N, _, _, change = _powers(x, n, np.zeros_like(n))
    return N * N * change


def _lp_norm_degree_back(x: Floats, y: Floats, p: Parameters) -> Floats:
    # g = N sign(x) part^(n - 1)
    n = p["degree"][..., :1]
    N, part, _, change = _powers(x, n, np.zeros_like(n))
    g = N * np.sign(x) * part ** (n - 1.0)
    return _total(y * g * (_log(part) + (2.0 - n) * change))


SENSITIVITIES = {
    "spherical": _of_root(_plain, counted=False, shifts=True),
    "layer_norm": _of_root(_centred, counted=True, shifts=True),
    "rms_norm": _of_root(_plain, counted=True, shifts=False),
    "radial": {"sigma": Sensitivity(_radial_slope, _radial_back)},
    "power_norm": {
        "degree": Sensitivity(_power_norm_by_degree, _power_norm_degree_back),
        "sigma": Sensitivity(_power_norm_by_sigma, _power_norm_sigma_back),
    },
    "lp_norm": {"degree": Sensitivity(_lp_norm_by_degree, _lp_norm_degree_back)},
}
