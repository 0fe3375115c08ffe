"""Derivatives by parameters of projections onto the simplex.

L is the largest p.x - W(p) over the simplex, W = sum p^alpha / (alpha (alpha - 1)), so that
dL/dalpha = -dW/dalpha at p = g, and y.dg/dalpha is what that changes along y, with
H = diag(s) - s s' / sum(s), s = p^(2 - alpha) where p > 0.
"""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.lagrangians.sensitivity.kind import Parameters, Sensitivity

__all__ = ["SENSITIVITIES"]

# Newton's iteration ends when it moves no more; this is far beyond what it ever needs.
_MAX_STEPS = 500


def _shares(x: Floats, alpha: Floats) -> Floats:
    """g, by the threshold at which the sum is 1, to which Newton's iteration climbs."""
    c = alpha - 1.0
    y = x - x.max(axis=-1, keepdims=True)
    root = np.broadcast_to(-1.0 / c, (*y.shape[:-1], 1)).copy()
    for _ in range(_MAX_STEPS):
        z = np.maximum(c * (y - root), 0.0)
        share = np.where(z > 0.0, z ** (1.0 / c - 1.0), 0.0)
        total = (share * z).sum(axis=-1, keepdims=True)
        further = root + (total - 1.0) / share.sum(axis=-1, keepdims=True)
        if not (further > root).any():
            break
        root = np.maximum(root, further)
    found: Floats = np.maximum(c * (y - root), 0.0) ** (1.0 / c)
    return found


def _slope(x: Floats, p: Parameters) -> Floats:
    alpha = p["alpha"][..., :1]
    c = alpha - 1.0
    g = _shares(x, alpha)
    log_g = np.where(g > 0.0, np.log(g), 0.0)
    terms = g**alpha * (log_g - 1.0 / alpha - 1.0 / c) / (alpha * c)
    total: Floats = terms.sum(axis=-1, keepdims=True)
    return -total


def _back(x: Floats, y: Floats, p: Parameters) -> Floats:
    alpha = p["alpha"][..., :1]
    c = alpha - 1.0
    g = _shares(x, alpha)
    s = np.where(g > 0.0, g ** (2.0 - alpha), 0.0)
    mean = (s * y).sum(axis=-1, keepdims=True) / s.sum(axis=-1, keepdims=True)
    log_g = np.where(g > 0.0, np.log(g), 0.0)
    total: Floats = (g * (y - mean) * (log_g - 1.0 / c)).sum(axis=-1, keepdims=True)
    return -total / c


SENSITIVITIES = {"entmax": {"alpha": Sensitivity(_slope, _back)}}
