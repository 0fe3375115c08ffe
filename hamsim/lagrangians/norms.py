"""Formulas of Euclidean norms as Lagrangians: normalisation of all kinds.

The k neurons that share one Lagrangian, all trials; functions and shapes as in `softmaxes`. At the
origin, where a norm has no gradient, g is the subgradient 0 and H is given as 0.
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import internal
from hamsim.lagrangians import special
from hamsim.lagrangians.columns import dots, inverse, norms, scale, shift, sums

# Newton's iteration ends when it moves no more; this is far beyond what it ever needs.
MAX_STEPS = 500

# --- spherical: L = gain sqrt(sum x^2 + epsilon) + delta.x ---


@internal
def _add_shift(a, delta):
    """Add one number a neuron."""
    k, m = a.shape
    if m == 1:
        flat = a.reshape(k)
        for i in range(k):
            flat[i] += delta[i]
        return
    for i in range(k):
        for t in range(m):
            a[i, t] += delta[i]


@internal
def _add_dot(delta, x, out):
    k, m = x.shape
    for i in range(k):
        for t in range(m):
            out[t] += delta[i] * x[i, t]


@internal
def _spread(x, over, epsilon, out):
    """Write s = sqrt(sum x^2 / over + epsilon)."""
    dots(x, x, out)
    for t in range(x.shape[1]):
        out[t] = math.sqrt(out[t] / over + epsilon)


@internal
def _projected(y, v, factor, over, out, scratch):
    """Write factor (v - y (y.v) / over), the Hessian of a root of squares; y may be `out`."""
    product = scratch[3]
    k, m = v.shape
    dots(y, v, product)
    for i in range(k):
        for t in range(m):
            out[i, t] = factor[t] * (v[i, t] - y[i, t] * product[t] / over)


@internal
def _shrunk(size, kappa, epsilon):
    """The q >= 0 with q + kappa q / sqrt(q^2 + epsilon) = size.

    The left side is concave, so that Newton's iteration climbs; it begins below the root, as the
    quotient is at most 1 and at most q / sqrt(epsilon).
    """
    q = size - kappa
    if epsilon > 0.0:
        q = max(q, size / (1.0 + kappa / math.sqrt(epsilon)))
    elif not q > 0.0:
        return 0.0 * size
    for _ in range(MAX_STEPS):
        s = math.sqrt(q * q + epsilon)
        y = q / s
        move = (size - q - kappa * y) / (1.0 + kappa * (epsilon / s) / s / s)
        if not q + move > q:
            break
        q += move
    return q


@internal
def _prox_of_norm(x, over, kappa, epsilon, scratch):
    """Shrink states to the solution of x + kappa x / sqrt(sum x^2 / over + epsilon) = states."""
    size, factor = scratch[0], scratch[1]
    norms(x, factor, size)
    for t in range(x.shape[1]):
        s = size[t] / math.sqrt(over)
        factor[t] = _shrunk(s, kappa, epsilon) / s if s > 0.0 else s
    scale(x, factor, x)


@internal
def _take_shift(r, delta, kappa, x):
    """Write r - kappa delta."""
    k, m = r.shape
    for i in range(k):
        for t in range(m):
            x[i, t] = r[i, t] - kappa * delta[i]


@internal
def spherical_activate(x, g, parameters, scratch):
    m = x.shape[1]
    s, factor = scratch[0][:m], scratch[1][:m]
    _spread(x, 1.0, parameters[1, 0], s)
    inverse(s, parameters[0, 0], factor)
    scale(x, factor, g)
    _add_shift(g, parameters[2])


@internal
def spherical_add_dual(x, g, out, parameters, scratch):
    # gain (x.x / s - s) = -gain epsilon / s; delta cancels
    m = x.shape[1]
    s, factor = scratch[0][:m], scratch[1][:m]
    _spread(x, 1.0, parameters[1, 0], s)
    inverse(s, parameters[0, 0] * parameters[1, 0], factor)
    for t in range(m):
        out[t] -= factor[t]


@internal
def spherical_add_lagrangian(x, out, parameters, scratch):
    m = x.shape[1]
    s = scratch[0][:m]
    _spread(x, 1.0, parameters[1, 0], s)
    for t in range(m):
        out[t] += parameters[0, 0] * s[t]
    _add_dot(parameters[2], x, out)


@internal
def spherical_hessian(x, g, v, out, parameters, scratch):
    m = x.shape[1]
    s, factor = scratch[0][:m], scratch[1][:m]
    _spread(x, 1.0, parameters[1, 0], s)
    inverse(s, 1.0, factor)
    scale(x, factor, out)
    inverse(s, parameters[0, 0], factor)
    _projected(out, v, factor, 1.0, out, scratch)


@internal
def spherical_prox(r, x, kappa, parameters, scratch):
    _take_shift(r, parameters[2], kappa, x)
    _prox_of_norm(x, 1.0, kappa * parameters[0, 0], parameters[1, 0], scratch)


# --- rms_norm: L = n gain sqrt(mean(x^2) + epsilon) ---


@internal
def rms_norm_activate(x, g, parameters, scratch):
    k, m = x.shape
    s, factor = scratch[0][:m], scratch[1][:m]
    _spread(x, k, parameters[1, 0], s)
    inverse(s, parameters[0, 0], factor)
    scale(x, factor, g)


@internal
def rms_norm_add_dual(x, g, out, parameters, scratch):
    k, m = x.shape
    s, factor = scratch[0][:m], scratch[1][:m]
    _spread(x, k, parameters[1, 0], s)
    inverse(s, k * parameters[0, 0] * parameters[1, 0], factor)
    for t in range(m):
        out[t] -= factor[t]


@internal
def rms_norm_add_lagrangian(x, out, parameters, scratch):
    k, m = x.shape
    s = scratch[0][:m]
    _spread(x, k, parameters[1, 0], s)
    for t in range(m):
        out[t] += k * parameters[0, 0] * s[t]


@internal
def rms_norm_hessian(x, g, v, out, parameters, scratch):
    k, m = x.shape
    s, factor = scratch[0][:m], scratch[1][:m]
    _spread(x, k, parameters[1, 0], s)
    inverse(s, 1.0, factor)
    scale(x, factor, out)
    inverse(s, parameters[0, 0], factor)
    _projected(out, v, factor, k, out, scratch)


@internal
def rms_norm_prox(r, x, kappa, parameters, scratch):
    x[:] = r
    _prox_of_norm(x, r.shape[0], kappa * parameters[0, 0], parameters[1, 0], scratch)


# --- layer_norm: L = n gain sqrt(var(x) + epsilon) + delta.x ---


@internal
def _centre(x, out, mean):
    """Write x - mean(x); relative to the first neuron, so that a common part loses no digits."""
    k, m = x.shape
    for t in range(m):
        mean[t] = x[0, t]
    shift(x, mean, out)
    sums(out, mean)
    for t in range(m):
        mean[t] /= k
    shift(out, mean, out)


@internal
def _deviation(x, epsilon, s, scratch):
    """Write s = sqrt(var(x) + epsilon) where there is no room for the centred states."""
    mean = scratch[2]
    k, m = x.shape
    for t in range(m):
        mean[t] = 0.0
        s[t] = 0.0
    for i in range(k):
        for t in range(m):
            mean[t] += (x[i, t] - x[0, t]) / k
    for i in range(k):
        for t in range(m):
            d = x[i, t] - x[0, t] - mean[t]
            s[t] += d * d
    for t in range(m):
        s[t] = math.sqrt(s[t] / k + epsilon)


@internal
def layer_norm_activate(x, g, parameters, scratch):
    k, m = x.shape
    s, factor = scratch[0][:m], scratch[1][:m]
    _centre(x, g, scratch[2])
    _spread(g, k, parameters[1, 0], s)
    inverse(s, parameters[0, 0], factor)
    scale(g, factor, g)
    _add_shift(g, parameters[2])


@internal
def layer_norm_add_dual(x, g, out, parameters, scratch):
    k, m = x.shape
    s, factor = scratch[0][:m], scratch[1][:m]
    _deviation(x, parameters[1, 0], s, scratch)
    inverse(s, k * parameters[0, 0] * parameters[1, 0], factor)
    for t in range(m):
        out[t] -= factor[t]


@internal
def layer_norm_add_lagrangian(x, out, parameters, scratch):
    k, m = x.shape
    s = scratch[0][:m]
    _deviation(x, parameters[1, 0], s, scratch)
    for t in range(m):
        out[t] += k * parameters[0, 0] * s[t]
    _add_dot(parameters[2], x, out)


@internal
def layer_norm_hessian(x, g, v, out, parameters, scratch):
    # gain / s (v - mean(v) - y (y.v) / n), y = (x - mean(x)) / s
    k, m = x.shape
    s, factor, mean, product = scratch[0][:m], scratch[1][:m], scratch[2][:m], scratch[3][:m]
    _centre(x, out, mean)
    _spread(out, k, parameters[1, 0], s)
    inverse(s, 1.0, factor)
    scale(out, factor, out)
    for t in range(m):
        mean[t] = 0.0
        product[t] = 0.0
    for i in range(k):
        for t in range(m):
            mean[t] += (v[i, t] - v[0, t]) / k
    for i in range(k):
        for t in range(m):
            product[t] += out[i, t] * (v[i, t] - v[0, t] - mean[t])
    gain = parameters[0, 0]
    for i in range(k):
        for t in range(m):
            d = v[i, t] - v[0, t] - mean[t]
            out[i, t] = gain * factor[t] * (d - out[i, t] * product[t] / k)


@internal
def layer_norm_prox(r, x, kappa, parameters, scratch):
    # the mean moves by kappa delta alone, the rest as under rms_norm
    first, mean = scratch[2], scratch[3]
    _take_shift(r, parameters[2], kappa, x)
    k, m = x.shape
    for t in range(m):
        first[t] = x[0, t]
    shift(x, first, x)
    sums(x, mean)
    for t in range(m):
        mean[t] /= k
    shift(x, mean, x)
    _prox_of_norm(x, k, kappa * parameters[0, 0], parameters[1, 0], scratch)
    for i in range(k):
        for t in range(m):
            x[i, t] += mean[t] + first[t]


# --- radial: L = r - sigma log(1 + r / sigma), r = sqrt(sum x^2) ---


@internal
def radial_activate(x, g, parameters, scratch):
    sigma, m = parameters[0, 0], x.shape[1]
    r = scratch[0][:m]
    norms(x, scratch[1][:m], r)
    for t in range(m):
        r[t] += sigma
    inverse(r, 1.0, r)
    scale(x, r, g)


@internal
def radial_add_dual(x, g, out, parameters, scratch):
    sigma, m = parameters[0, 0], x.shape[1]
    r = scratch[0][:m]
    norms(x, scratch[1][:m], r)
    for t in range(m):
        out[t] += 0.0 if sigma == 0.0 else sigma * special.softsign_dual(r[t] / sigma)


@internal
def radial_add_lagrangian(x, out, parameters, scratch):
    sigma, m = parameters[0, 0], x.shape[1]
    r = scratch[0][:m]
    norms(x, scratch[1][:m], r)
    for t in range(m):
        out[t] += r[t] if sigma == 0.0 else sigma * special.log_below_line(r[t] / sigma)


@internal
def radial_hessian(x, g, v, out, parameters, scratch):
    # v / (sigma + r) - x (x.v) / (r (sigma + r)^2)
    sigma = parameters[0, 0]
    k, m = x.shape
    r, factor, product = scratch[0][:m], scratch[1][:m], scratch[2][:m]
    norms(x, product, r)
    inverse(r, 1.0, factor)
    scale(x, factor, out)  # unit vector
    dots(out, v, product)
    for t in range(m):
        share = 0.0 if r[t] == 0.0 else r[t] / (sigma + r[t])
        product[t] *= share
        r[t] += sigma
    inverse(r, 1.0, factor)
    for i in range(k):
        for t in range(m):
            out[i, t] = factor[t] * (v[i, t] - out[i, t] * product[t])


@internal
def radial_prox(r, x, kappa, parameters, scratch):
    # q + kappa q / (sigma + q) = |r| is a quadratic equation; its root without cancellation
    sigma, m = parameters[0, 0], r.shape[1]
    size, factor = scratch[0][:m], scratch[1][:m]
    norms(r, factor, size)
    for t in range(m):
        b = 0.5 * (size[t] - kappa - sigma)
        c = size[t] * sigma
        d = math.hypot(b, math.sqrt(c))
        q = b + d if b >= 0.0 else (c / (d - b) if c > 0.0 else 0.0 * c)
        factor[t] = q / size[t] if size[t] > 0.0 else size[t]
    scale(r, factor, x)
