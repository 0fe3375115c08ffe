"""Derivatives by parameters of additive Lagrangians that formulas cannot say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit, spence

from hamsim.arrays import Floats
from hamsim.lagrangians.sensitivity.kind import Parameters, Sensitivity

__all__ = ["SENSITIVITIES"]

# --- softplus: L = F(z) / beta^2, z = beta x, F' = log(1 + e^z) ---


def _softplus_slope(x: Floats, p: Parameters) -> Floats:
    beta = p["beta"]
    z = beta * x
    # F = -Li2(-e^z), for z > 0 by the inversion formula of the dilogarithm
    far = spence(1.0 + np.exp(-np.abs(z)))
    F = np.where(z > 0.0, 0.5 * z * z + np.pi**2 / 6.0 + far, -far)
    found: Floats = (z * np.logaddexp(0.0, z) - 2.0 * F) / beta**3
    return found


def _softplus_back(x: Floats, y: Floats, p: Parameters) -> Floats:
    # z sigmoid(z) - log(1 + e^z) is less the entropy of two shares, which is even in z
    beta = p["beta"]
    a = np.abs(beta * x)
    entropy = np.log1p(np.exp(-a)) + a * expit(-a)
    found: Floats = -y * entropy / beta**2
    return found


# --- hill: g = s / (1 + s), s = y^n, y = max(x, 0) / half; L = half F(y), F' = g ---


def _hill_parts(x: Floats, p: Parameters) -> tuple[Floats, Floats, Floats]:
    """The logarithm of y, which is minus infinity below 0, s / (1 + s) and 1 / (1 + s)."""
    log_y = np.log(np.maximum(x, 0.0) / p["half"])
    z = p["exponent"] * log_y
    return log_y, expit(z), expit(-z)


def _hill_by_exponent(x: Floats, y: Floats, p: Parameters) -> Floats:
    log_y, g, rest = _hill_parts(x, p)
    return y * np.where(x > 0.0, g * rest * log_y, 0.0)


def _hill_by_half(x: Floats, y: Floats, p: Parameters) -> Floats:
    _, g, rest = _hill_parts(x, p)
    return -y * g * rest * p["exponent"] / p["half"]


# Gauss-Legendre nodes of a panel of the integrals below, and panels.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_PANELS = 8
# Exponents beyond which e^-t is below rounding.
_FAR = 45.0


def _integral(f: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Integral of a smooth function of arrays from low to high, panel by panel."""
    total = np.zeros(np.broadcast_shapes(low.shape, high.shape))
    width = (high - low) / _PANELS
    for k in range(_PANELS):
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            total += 0.5 * weight * width * f(low + width * (k + 0.5 * (1.0 + node)))
    return total


def _hill_slope_by_half(x: Floats, p: Parameters) -> Floats:
    # dL/dhalf = F(y) - y g, the integral over s = log u of -u dg/ds up to log y
    n = p["exponent"]
    top, _, _ = _hill_parts(x, p)
    return -n * _over_logarithms(top, n, np.ones_like)


def _hill_slope_by_exponent(x: Floats, p: Parameters) -> Floats:
    # half times the integral of u^n log(u) / (1 + u^n)^2 over u up to y
    top, _, _ = _hill_parts(x, p)
    return p["half"] * _over_logarithms(top, p["exponent"], lambda s: s)


def _over_logarithms(top: Floats, n: Floats, f: Callable[[Floats], Floats]) -> Floats:
    """Integral of f(s) e^s e^(n s) / (1 + e^(n s))^2 over s up to `top`."""
    n = np.broadcast_to(n, top.shape)

    def integrand(s: Floats) -> Floats:
        found: Floats = f(s) * np.exp(s) * expit(n * s) * expit(-n * s)
        return found

    below = np.minimum(top, 0.0)
    low = np.where(np.isfinite(below), below - _FAR / (n + 1.0), 0.0)
    total = _integral(integrand, low, np.where(np.isfinite(below), below, 0.0))
    # above 0 it has the width 1 / n at first, and falls as e^(-(n - 1) s) then
    near = np.clip(top, 0.0, _FAR / n)
    total += _integral(integrand, np.zeros_like(near), near)
    total += _integral(integrand, near, np.maximum(top, near))
    return total


SENSITIVITIES = {
    "softplus": {"beta": Sensitivity(_softplus_slope, _softplus_back)},
    "hill": {
        "exponent": Sensitivity(_hill_slope_by_exponent, _hill_by_exponent),
        "half": Sensitivity(_hill_slope_by_half, _hill_by_half),
    },
}
