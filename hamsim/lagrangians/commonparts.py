"""What the neurons of a group that share a Lagrangian have in common in how they move.

A Hessian H = D - k z z', with a diagonal D and D y = k z for a vector y, leaves the energy falling
for any time constants T if the group moves by

    x' = T^-1 (u - y z.u) + y z.u / t_0    in place of    x' = T^-1 u:

with Q = 1 - y z' the product of H and that matrix is Q' D T^-1 Q + k (1 - z.y) z z' / t_0, which
is symmetric and has no negative eigenvalue. `NAME_common` writes y z.v; for softmax y is 1 and z
are the probabilities. Of norms it is an orthogonal projection P_0, to the state and, for
layer_norm, to equal shifts, which commutes with H; they move by
x' = P T^-1 P u + P_0 u / t_0 with P = 1 - P_0.

Functions and shapes as in `softmaxes`: x, g, v and out have shape (k, m).
"""

from __future__ import annotations

from hamsim.kernels.jit import internal
from hamsim.lagrangians.columns import dots, inverse, norms
from hamsim.lagrangians.powernorms import power_sum
from hamsim.lagrangians.primitives import exp
from hamsim.lagrangians.softmaxes import write_log_total


@internal
def _weighted(p, v, out, scratch):
    """Write sum_i p_i v_i for each neuron: what moves all alike; a silent unit has v = 0."""
    mean = scratch[0]
    k, m = v.shape
    dots(p, v, mean)
    for i in range(k):
        for t in range(m):
            out[i, t] = mean[t]


@internal
def softmax_common(x, g, v, out, parameters, scratch):
    _weighted(g, v, out, scratch)


@internal
def ghostmax_common(x, g, v, out, parameters, scratch):
    _weighted(g, v, out, scratch)


@internal
def softmax_ridge_common(x, g, v, out, parameters, scratch):
    # along what diag(b p + epsilon) takes to b p
    beta, epsilon = parameters[0, 0], parameters[1, 0]
    top, lag, mean = scratch[0], scratch[1], scratch[2]
    k, m = x.shape
    write_log_total(x, beta, False, scratch)
    mean[:m] = 0.0
    for i in range(k):
        for t in range(m):
            mean[t] += exp(beta * (x[i, t] - top[t]) - lag[t]) * v[i, t]
    for i in range(k):
        for t in range(m):
            steep = beta * exp(beta * (x[i, t] - top[t]) - lag[t])
            out[i, t] = mean[t] * (steep / (steep + epsilon) if epsilon > 0.0 else 1.0)


@internal
def entmax_common(x, g, v, out, parameters, scratch):
    # the mean with weights g^(2 - alpha), which go to 0 where the support ends
    alpha = parameters[0, 0]
    total, mean = scratch[0], scratch[1]
    k, m = g.shape
    for t in range(m):
        total[t] = 0.0
        mean[t] = 0.0
    for i in range(k):
        for t in range(m):
            s = g[i, t] ** (2.0 - alpha) if g[i, t] > 0.0 else 0.0
            total[t] += s
            mean[t] += s * v[i, t]
    for i in range(k):
        for t in range(m):
            out[i, t] = mean[t] / total[t]


@internal
def _along(x, v, out, scratch):
    """Write the part of v along x, 0 where x = 0."""
    size, product = scratch[0], scratch[1]
    norms(x, product, size)
    k, m = x.shape
    product[:m] = 0.0
    for i in range(k):
        for t in range(m):
            product[t] += x[i, t] / size[t] * v[i, t] if size[t] > 0.0 else 0.0
    for i in range(k):
        for t in range(m):
            out[i, t] = x[i, t] / size[t] * product[t] if size[t] > 0.0 else 0.0


@internal
def spherical_common(x, g, v, out, parameters, scratch):
    _along(x, v, out, scratch)


@internal
def rms_norm_common(x, g, v, out, parameters, scratch):
    _along(x, v, out, scratch)


@internal
def radial_common(x, g, v, out, parameters, scratch):
    _along(x, v, out, scratch)


@internal
def layer_norm_common(x, g, v, out, parameters, scratch):
    # along (1, ..., 1), and along the centred states; g less delta has their direction
    mean, product, size = scratch[0], scratch[1], scratch[2]
    k, m = x.shape
    for t in range(m):
        mean[t] = 0.0
        product[t] = 0.0
        size[t] = 0.0
    for i in range(k):
        for t in range(m):
            y = g[i, t] - parameters[2, i]
            mean[t] += v[i, t] / k
            size[t] += y * y
    for i in range(k):
        for t in range(m):
            product[t] += (g[i, t] - parameters[2, i]) * (v[i, t] - mean[t])
    for i in range(k):
        for t in range(m):
            along = product[t] / size[t] if size[t] > 0.0 else 0.0
            out[i, t] = mean[t] + (g[i, t] - parameters[2, i]) * along


@internal
def _of_powers(x, v, factor, degree, sigma, out, scratch):
    """Write factor x (z.v) with z = x |x|^(degree - 2) / (sigma^degree + sum |x|^degree)."""
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
        product[t] = 0.0 if top[t] == 0.0 else factor * product[t] / total[t]
    for i in range(k):
        for t in range(m):
            out[i, t] = x[i, t] * top[t] * product[t]


@internal
def power_norm_common(x, g, v, out, parameters, scratch):
    _of_powers(x, v, 1.0, parameters[0, 0], parameters[1, 0], out, scratch)


@internal
def lp_norm_common(x, g, v, out, parameters, scratch):
    degree = parameters[0, 0]
    _of_powers(x, v, (degree - 2.0) / (degree - 1.0), degree, 0.0, out, scratch)
