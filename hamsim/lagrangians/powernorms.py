"""Formulas of norms made of powers of the states' sizes.

The k neurons that share one Lagrangian, all trials; functions and shapes as in `softmaxes`. At the
origin, where a norm has no gradient, g is the subgradient 0 and H is given as 0.
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import internal
from hamsim.lagrangians.columns import inverse, sizes

# --- power_norm: L = (sigma^degree + sum |x|^degree)^(1 / degree) ---


@internal
def _power_sum(x, degree, sigma, top, total):
    """Write the largest of sigma and all |x|, and S = (sigma^n + sum |x|^n) / top^n."""
    k, m = x.shape
    sizes(x, top)
    for t in range(m):
        top[t] = max(top[t], sigma)
        total[t] = 0.0 if sigma == 0.0 else (sigma / top[t]) ** degree
    for i in range(k):
        for t in range(m):
            total[t] += 0.0 if top[t] == 0.0 else (abs(x[i, t]) / top[t]) ** degree


@internal
def power_norm_activate(x, g, parameters, scratch):
    degree, sigma = parameters[0, 0], parameters[1, 0]
    k, m = x.shape
    top, total = scratch[0][:m], scratch[1][:m]
    _power_sum(x, degree, sigma, top, total)
    for t in range(m):
        total[t] = 0.0 if top[t] == 0.0 else total[t] ** ((1.0 - degree) / degree)
    inverse(top, 1.0, top)
    for i in range(k):
        for t in range(m):
            y = x[i, t] * top[t]
            g[i, t] = math.copysign(abs(y) ** (degree - 1.0) * total[t], y)


@internal
def power_norm_add_dual(x, g, out, parameters, scratch):
    degree, sigma = parameters[0, 0], parameters[1, 0]
    m = x.shape[1]
    top, total = scratch[0][:m], scratch[1][:m]
    _power_sum(x, degree, sigma, top, total)
    for t in range(m):
        if sigma > 0.0 or top[t] != top[t]:
            out[t] -= (
                sigma * (sigma / top[t]) ** (degree - 1.0) * total[t] ** ((1.0 - degree) / degree)
            )


@internal
def power_norm_add_lagrangian(x, out, parameters, scratch):
    degree, sigma = parameters[0, 0], parameters[1, 0]
    m = x.shape[1]
    top, total = scratch[0][:m], scratch[1][:m]
    _power_sum(x, degree, sigma, top, total)
    for t in range(m):
        out[t] += top[t] * total[t] ** (1.0 / degree)


@internal
def power_norm_hessian(x, g, v, out, parameters, scratch):
    # (n - 1) / top (|y|^(n-2) S^((1-n)/n) v - w (w.v) S^((1-2n)/n)), y = x / top, w = y |y|^(n-2)
    degree, sigma = parameters[0, 0], parameters[1, 0]
    k, m = x.shape
    top, total, product = scratch[0][:m], scratch[1][:m], scratch[2][:m]
    _power_sum(x, degree, sigma, top, total)
    inverse(top, 1.0, top)
    product[:] = 0.0
    for i in range(k):
        for t in range(m):
            y = x[i, t] * top[t]
            product[t] += y * abs(y) ** (degree - 2.0) * v[i, t]
    for t in range(m):
        product[t] = 0.0 if top[t] == 0.0 else product[t] / total[t]
        total[t] = 0.0 if top[t] == 0.0 else total[t] ** ((1.0 - degree) / degree)
    for i in range(k):
        for t in range(m):
            y = x[i, t] * top[t]
            size = (degree - 1.0) * top[t] * total[t] * abs(y) ** (degree - 2.0)
            out[i, t] = size * (v[i, t] - y * product[t])


# --- lp_norm: L = (sum |x|^degree)^(2 / degree) / 2 ---


@internal
def lp_norm_activate(x, g, parameters, scratch):
    # top S^((2-p)/p) y |y|^(p-2), y = x / top
    degree = parameters[0, 0]
    k, m = x.shape
    top, total, factor = scratch[0][:m], scratch[1][:m], scratch[2][:m]
    _power_sum(x, degree, 0.0, top, total)
    inverse(top, 1.0, factor)
    for t in range(m):
        total[t] = 0.0 if top[t] == 0.0 else top[t] * total[t] ** ((2.0 - degree) / degree)
    for i in range(k):
        for t in range(m):
            y = x[i, t] * factor[t]
            g[i, t] = math.copysign(abs(y) ** (degree - 1.0) * total[t], y)


@internal
def _half_square(x, degree, out, scratch):
    m = x.shape[1]
    top, total = scratch[0][:m], scratch[1][:m]
    _power_sum(x, degree, 0.0, top, total)
    for t in range(m):
        out[t] += 0.5 * top[t] * top[t] * total[t] ** (2.0 / degree)


@internal
def lp_norm_add_dual(x, g, out, parameters, scratch):
    _half_square(x, parameters[0, 0], out, scratch)  # L has degree 2, so that x.g = 2 L


@internal
def lp_norm_add_lagrangian(x, out, parameters, scratch):
    _half_square(x, parameters[0, 0], out, scratch)


@internal
def lp_norm_hessian(x, g, v, out, parameters, scratch):
    # S^((2-p)/p) |y|^(p-2) ((p - 1) v - (p - 2) y (w.v) / S), w = y |y|^(p-2)
    degree = parameters[0, 0]
    k, m = x.shape
    top, total, product = scratch[0][:m], scratch[1][:m], scratch[2][:m]
    _power_sum(x, degree, 0.0, top, total)
    inverse(top, 1.0, top)
    product[:] = 0.0
    for i in range(k):
        for t in range(m):
            y = x[i, t] * top[t]
            product[t] += y * abs(y) ** (degree - 2.0) * v[i, t]
    for t in range(m):
        product[t] = 0.0 if top[t] == 0.0 else product[t] / total[t]
        if top[t] == 0.0:  # for degree 2 H is the identity there too, for others it has no limit
            total[t] = 1.0 if degree == 2.0 else 0.0
        else:
            total[t] = total[t] ** ((2.0 - degree) / degree)
    for i in range(k):
        for t in range(m):
            y = x[i, t] * top[t]
            size = total[t] * abs(y) ** (degree - 2.0)
            out[i, t] = size * ((degree - 1.0) * v[i, t] - (degree - 2.0) * y * product[t])
