"""Lagrangians that neurons share: L, its gradient g, the product of its Hessian with a vector.

States have the neurons of one sharing set on their last axis.
"""

import numpy as np

from attack.arithmetic import where

PARAMETERS = {
    "softmax": {"beta": 1.0},
    "ghostmax": {"beta": 1.0},
    "softmax_ridge": {"beta": 1.0, "epsilon": 1e-5},
    "sparsemax": {},
    "entmax": {"alpha": 1.5},
    "spherical": {"gain": 1.0, "epsilon": 1e-5, "delta": 0.0},
    "layer_norm": {"gain": 1.0, "epsilon": 1e-5, "delta": 0.0},
    "rms_norm": {"gain": 1.0, "epsilon": 1e-5},
    "power_norm": {"degree": 2.0, "sigma": 1.0},
    "radial": {"sigma": 1.0},
    "lp_norm": {"degree": 4.0},
}
UNBOUNDED = {"softmax_ridge", "lp_norm"}


def _sum(x):
    return np.sum(x, axis=-1, keepdims=True)


def _pairs(q, v):
    """sum_j q_j (v_i - v_j)."""
    return np.sum(q[..., None, :] * (v[..., :, None] - v[..., None, :]), axis=-1)


def _exponentials(m, name, x, p):
    """Highest exponent, exponentials less it, their sum; ghostmax has one more, of 0."""
    z = p["beta"] * x
    top = np.max(z, axis=-1, keepdims=True)
    if name == "ghostmax":
        top = where(top > 0, top, 0 * top)
    e = m.exp(z - top)
    total = _sum(e)
    return top, e, total + m.exp(-top) if name == "ghostmax" else total


def _tsallis(m, x, alpha):
    """The probabilities ((alpha - 1)(x - t))_+ ^ (1 / (alpha - 1)) whose sum is 1."""
    k = alpha - 1
    y = k * x
    top = np.max(y, axis=-1, keepdims=True)
    if not m.exact and k < 1:
        low, high = top - 1, top - (0 * top + 1.0 / x.shape[-1]) ** k
        for _ in range(60):
            t = (low + high) / 2
            much = _sum(where(y > t, y - t, 0 * y) ** (1 / k)) > 1
            low, high = where(much, t, low), where(much, high, t)
        return where(y > t, y - t, 0 * y) ** (1 / k)
    if k == 1:
        return _simplex(x)
    flat = y.reshape(-1, y.shape[-1])
    out = np.empty_like(flat)
    for i, row in enumerate(flat):
        out[i] = _tsallis_row(m, row, k)
    return out.reshape(y.shape)


def _tsallis_row(m, row, k):
    # The sum is convex and falls in t: Newton from below the root climbs to it.
    t = max(row) - 1
    for _ in range(400):
        over = [v - t for v in row if v > t]
        excess = sum(v ** (1 / k) for v in over) - 1
        rate = sum(v ** (1 / k - 1) for v in over) / k
        new = t + excess / rate
        if new <= t or abs(new - t) < abs(t) * m.number(10) ** (-m_digits()):
            break
        t = new
    return [(v - t) ** (1 / k) if v > t else 0 * v for v in row]


def m_digits():
    from mpmath import mp

    return mp.dps - 2


def _simplex(x):
    """Projection onto the probabilities."""
    flat = x.reshape(-1, x.shape[-1])
    out = np.empty_like(flat)
    for i, row in enumerate(flat):
        total, cut = 0 * row[0], row[0] - 1
        for count, v in enumerate(sorted(row, reverse=True), start=1):
            total = total + v
            if v > (total - 1) / count:
                cut = (total - 1) / count
        out[i] = [v - cut if v > cut else 0 * v for v in row]
    return out.reshape(x.shape)


def _spread(m, name, x, p):
    """Centred states and their length: sqrt(mean square + epsilon), or a sum of squares."""
    if name == "layer_norm":
        y = x - _sum(x) / x.shape[-1]
        return y, m.sqrt(_sum(y * y) / x.shape[-1] + p["epsilon"])
    if name == "rms_norm":
        return x, m.sqrt(_sum(x * x) / x.shape[-1] + p["epsilon"])
    return x, m.sqrt(_sum(x * x) + p["epsilon"])


def _norm(m, x, degree, sigma):
    """(sigma^n + sum |x|^n)^(1/n), by the largest so that nothing overflows."""
    top = np.max(m.abs(x), axis=-1, keepdims=True)
    top = where(top > sigma, top, sigma + 0 * top)
    scale = where(top > 0, top, 1 + 0 * top)
    return scale * ((sigma / scale) ** degree + _sum((m.abs(x) / scale) ** degree)) ** (1 / degree)


def value(m, name, x, p):
    """L of each sharing set."""
    if name in ("softmax", "ghostmax", "softmax_ridge"):
        top, _, total = _exponentials(m, name, x, p)
        low = (top + m.log(total)) / p["beta"]
        return (low + (p["epsilon"] * _sum(x * x) / 2 if name == "softmax_ridge" else 0))[..., 0]
    if name in ("sparsemax", "entmax"):
        alpha = p.get("alpha", m.number(2))
        q = activation(m, name, x, p)
        return _sum(q * x - where(q > 0, q, 0 * q) ** alpha / (alpha * (alpha - 1)))[..., 0]
    if name in ("spherical", "layer_norm", "rms_norm"):
        _, s = _spread(m, name, x, p)
        count = 1 if name == "spherical" else x.shape[-1]
        return (count * p["gain"] * s + p.get("delta", 0) * _sum(x))[..., 0]
    if name == "power_norm":
        return _norm(m, x, p["degree"], p["sigma"])[..., 0]
    if name == "radial":
        r = m.sqrt(_sum(x * x))
        return (r - p["sigma"] * m.log1p(r / p["sigma"]))[..., 0]
    if name == "lp_norm":
        return (_norm(m, x, p["degree"], 0 * p["degree"]) ** 2 / 2)[..., 0]
    raise KeyError(name)


def activation(m, name, x, p):
    """g, the gradient of L."""
    if name in ("softmax", "ghostmax", "softmax_ridge"):
        _, e, total = _exponentials(m, name, x, p)
        return e / total + (p["epsilon"] * x if name == "softmax_ridge" else 0)
    if name == "sparsemax":
        return _simplex(x)
    if name == "entmax":
        return _tsallis(m, x, p["alpha"])
    if name in ("spherical", "layer_norm", "rms_norm"):
        y, s = _spread(m, name, x, p)
        return p["gain"] * y / s + p.get("delta", 0)
    if name == "power_norm":
        s = _norm(m, x, p["degree"], p["sigma"])
        return m.sign(x) * _ratio(m, x, s) ** (p["degree"] - 1)
    if name == "radial":
        return x / (p["sigma"] + m.sqrt(_sum(x * x)))
    if name == "lp_norm":
        s = _norm(m, x, p["degree"], 0 * p["degree"])
        return s * m.sign(x) * _ratio(m, x, s) ** (p["degree"] - 1)
    raise KeyError(name)


def curve(m, name, x, v, p):
    """H v, H the Hessian of L at x."""
    n = x.shape[-1]
    if name in ("softmax", "ghostmax", "softmax_ridge"):
        top, e, total = _exponentials(m, name, x, p)
        q = e / total
        # Means of differences: v less its mean loses every digit where one q is nearly 1.
        rest = _pairs(q, v)
        if name == "ghostmax":
            rest = rest + m.exp(-top) / total * v
        return p["beta"] * q * rest + (p["epsilon"] * v if name == "softmax_ridge" else 0)
    if name in ("sparsemax", "entmax"):
        q = activation(m, name, x, p)
        alpha = p.get("alpha", m.number(2))
        s = where(q > 0, where(q > 0, q, 1 + 0 * q) ** (2 - alpha), 0 * q)
        return s * _pairs(s / _sum(s), v)
    if name in ("spherical", "layer_norm", "rms_norm"):
        y, s = _spread(m, name, x, p)
        if name == "layer_norm":
            v = v - _sum(v) / n
        count = 1 if name == "spherical" else n
        return p["gain"] / s * (v - y * _sum(y * v) / (count * s * s))
    if name == "power_norm":
        k, s = p["degree"], _norm(m, x, p["degree"], p["sigma"])
        d = (k - 1) * _ratio(m, x, s) ** (k - 2) / s
        g = activation(m, name, x, p)
        return d * v - (k - 1) * g * _sum(g * v) / s
    if name == "radial":
        r = m.sqrt(_sum(x * x))
        safe = where(r > 0, r, 1 + 0 * r)
        return v / (p["sigma"] + r) - x * _sum(x * v) / (safe * (p["sigma"] + r) ** 2)
    if name == "lp_norm":
        k, s = p["degree"], _norm(m, x, p["degree"], 0 * p["degree"])
        y = m.sign(x) * _ratio(m, x, s) ** (k - 1)
        return (k - 1) * _ratio(m, x, s) ** (k - 2) * v + (2 - k) * y * _sum(y * v)
    raise KeyError(name)


def _ratio(m, x, s):
    """|x| / s, 0 where both are."""
    return m.abs(x) / where(s > 0, s, 1 + 0 * s)
