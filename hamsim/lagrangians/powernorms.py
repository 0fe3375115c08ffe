"""Formulas of norms made of powers of the states' sizes.

The k neurons that share one Lagrangian, all trials; functions and shapes as in `softmaxes`. At the
origin, where a norm has no gradient, g is the subgradient 0 and H is given as 0.
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import internal
from hamsim.lagrangians.columns import inverse, sizes
from hamsim.lagrangians.rootfinding import MOST, next_guess, width_of


@internal
def _share(a, b, power, size):
    """The y >= 0 with a y + b y^power = size, power >= 1.

    Neither term is larger than the sum, which gives a y that is not too small; from there the
    iteration falls, as the left side is convex.
    """
    if power == 1.0:
        return size / (a + b)
    y = math.inf if b == 0.0 else (size / b) ** (1.0 / power)
    if a * y > size:
        y = size / a
    for _ in range(MOST):
        other = b * y ** (power - 1.0)
        move = (a * y + other * y - size) / (a + power * other)
        if not y - move < y:
            break
        y -= move
    return y


@internal
def _rest_of_norm(norm, r, t, a, b, degree, sigma):
    """1 - (sigma / norm)^degree - sum y^degree, and its derivative by the norm.

    Here y = |x| / norm solves norm (1 + a) y + (b + norm c) y^(degree - 1) = |r| of each neuron.
    """
    power = degree - 1.0
    rest, slope = 1.0, 0.0
    if sigma > 0.0:
        silent = (sigma / norm) ** degree
        rest -= silent
        slope += degree * silent / norm
    for i in range(r.shape[0]):
        inner = norm * a + b
        y = _share(norm, inner, power, abs(r[i, t]))
        if y > 0.0:
            other = y ** (power - 1.0)
            rest -= y**degree
            fall = y * (1.0 + a * other) / (norm + power * inner * other)
            slope += degree * y**power * fall
    return rest, slope


@internal
def _prox(r, x, a, b, degree, sigma, scratch):
    """Solve x + kappa g(x) = r by the norm N = (sigma^degree + sum |x|^degree)^(1 / degree).

    With y = |x| / N this is N y + (a N + b) y^(degree - 1) = |r| for each neuron, where a is kappa
    for half the square of a norm, b is kappa for a norm itself, and the other is 0. The largest y
    is at most 1, so that max |r| <= N (1 + a) + b.
    """
    k, m = r.shape
    size, total = scratch[0][:m], scratch[1][:m]
    power_sum(r, degree, sigma, size, total)
    for t in range(m):
        high = size[t] * total[t] ** (1.0 / degree)
        sizes(r[:, t : t + 1], size[t : t + 1])
        low = max(sigma, (size[t] - b) / (1.0 + a), 0.0)
        norm = _norm_of(r, t, a, b, degree, sigma, low, high)
        for i in range(k):
            y = norm
            if norm > 0.0:
                y *= _share(norm, norm * a + b, degree - 1.0, abs(r[i, t]))
            x[i, t] = math.copysign(y, r[i, t])


@internal
def _norm_of(r, t, a, b, degree, sigma, low, high):
    if not 0.0 < high < math.inf:
        return high
    if a == 0.0 and b == 0.0:
        return high
    low_value, low_slope = 0.0, 1.0
    if low > 0.0 or sigma == 0.0:
        low_value, low_slope = _rest_of_norm(low, r, t, a, b, degree, sigma)
    if not low_value < 0.0:
        return low  # at the origin g may be as large as r asks for
    high_value, high_slope = _rest_of_norm(high, r, t, a, b, degree, sigma)
    if not high_value > 0.0:
        return high
    width, stuck = width_of(low, high), 0
    for _ in range(MOST):
        norm = next_guess(low, low_value, low_slope, high, high_value, high_slope, stuck > 1)
        value, slope = _rest_of_norm(norm, r, t, a, b, degree, sigma)
        if abs(value) <= 4e-16 or width <= 1:
            return norm
        if value < 0.0:
            low, low_value, low_slope = norm, value, slope
        else:
            high, high_value, high_slope = norm, value, slope
        left = width_of(low, high)
        stuck = 0 if left <= width // 2 else stuck + 1
        width = left
    return low


# --- power_norm: L = (sigma^degree + sum |x|^degree)^(1 / degree) ---


@internal
def power_sum(x, degree, sigma, top, total):
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
    power_sum(x, degree, sigma, top, total)
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
    power_sum(x, degree, sigma, top, total)
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
    power_sum(x, degree, sigma, top, total)
    for t in range(m):
        out[t] += top[t] * total[t] ** (1.0 / degree)


@internal
def power_norm_hessian(x, g, v, out, parameters, scratch):
    # (n - 1) / top (|y|^(n-2) S^((1-n)/n) v - w (w.v) S^((1-2n)/n)), y = x / top, w = y |y|^(n-2)
    degree, sigma = parameters[0, 0], parameters[1, 0]
    k, m = x.shape
    top, total, product = scratch[0][:m], scratch[1][:m], scratch[2][:m]
    power_sum(x, degree, sigma, top, total)
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


@internal
def power_norm_prox(r, x, kappa, parameters, scratch):
    _prox(r, x, 0.0, kappa, parameters[0, 0], parameters[1, 0], scratch)


# --- lp_norm: L = (sum |x|^degree)^(2 / degree) / 2 ---


@internal
def lp_norm_activate(x, g, parameters, scratch):
    # top S^((2-p)/p) y |y|^(p-2), y = x / top
    degree = parameters[0, 0]
    k, m = x.shape
    top, total, factor = scratch[0][:m], scratch[1][:m], scratch[2][:m]
    power_sum(x, degree, 0.0, top, total)
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
    power_sum(x, degree, 0.0, top, total)
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
    power_sum(x, degree, 0.0, top, total)
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


@internal
def lp_norm_prox(r, x, kappa, parameters, scratch):
    _prox(r, x, kappa, 0.0, parameters[0, 0], 0.0, scratch)
