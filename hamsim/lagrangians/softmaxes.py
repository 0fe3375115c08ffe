"""Formulas of softmax and its relatives, for the k neurons that share one Lagrangian, all trials.

For each family of the table:

    NAME_activate(x, g, parameters, scratch)           writes g = dL/dx
    NAME_add_dual(x, g, out, parameters, scratch)      adds x.g - L, the part of the energy
    NAME_add_lagrangian(x, out, parameters, scratch)   adds L
    NAME_hessian(x, g, v, out, parameters, scratch)    writes H v, H = d2L/dx2, in O(k)

x, g, v have shape (k, m): m trials; `out` (m,) or (k, m); `parameters` (count, k), one column a
neuron; `scratch` holds rows of at least m and at least `columns.TILE` numbers.

Exponents are taken relative to the largest state, so that nothing overflows; the silent unit of
ghostmax has the state 0.
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import internal
from hamsim.lagrangians import special
from hamsim.lagrangians.columns import TILE, add_sums, dots, scale, shift, sums, tile_sum, tops
from hamsim.lagrangians.primitives import exp

# Newton's iteration ends when it moves no more; this is far beyond what it ever needs.
MAX_STEPS = 500
# States that are in the first cache together with what is made of them.
CACHED = 2048


@internal
def _exponentials(x, top, beta, g):
    """Write exp(beta (x - top))."""
    k, m = x.shape
    flat = g.reshape(g.size)
    if m == 1:
        states, top0 = x.reshape(k), top[0]
        for i in range(k):
            flat[i] = exp(beta * (states[i] - top0))
        return
    shift(x, top, g)
    for i in range(flat.size):
        flat[i] = exp(beta * flat[i])


@internal
def _probabilities(x, beta, silent, g, scratch):
    top, total = scratch[0], scratch[1]
    tops(x, top)
    m = x.shape[1]
    if silent:
        for t in range(m):
            top[t] = max(top[t], 0.0)
    if m == 1:
        _exponentials(x, top, beta, g)
        sums(g, total)
    else:  # some neurons at a time, so that what was written last is in the cache
        total[:m] = 0.0
        step = max(1, CACHED // m)
        for first in range(0, x.shape[0], step):
            some = g[first : first + step]
            _exponentials(x[first : first + step], top, beta, some)
            add_sums(some, total)
    for t in range(m):
        rest = math.exp(-beta * top[t]) if silent else 0.0
        total[t] = 1.0 / (total[t] + rest)
    scale(g, total, g)


@internal
def _rest(y, beta):
    """exp(beta y) for y below the largest state, 0 for that one itself."""
    return exp(beta * y) if y < 0.0 else 0.0 * y


@internal
def write_log_total(x, beta, silent, scratch):
    """Write the largest state to scratch[0], log(sum exp(beta (x - top))) to scratch[1].

    Those at the top are counted and only the others are summed: the logarithm is exact also where
    one neuron has almost everything.
    """
    top, total, count, tile = scratch[0], scratch[1], scratch[2], scratch[3]
    k, m = x.shape
    tops(x, top)
    if silent:
        for t in range(m):
            top[t] = max(top[t], 0.0)
    total[:m] = 0.0
    count[:m] = -1.0
    if m == 1:
        flat, top0 = x.reshape(k), top[0]
        for first in range(0, k, TILE):
            n = min(TILE, k - first)
            for j in range(n):
                tile[j] = _rest(flat[first + j] - top0, beta)
            total[0] += tile_sum(tile, n)
            for j in range(n):
                count[0] += 1.0 if flat[first + j] == top0 else 0.0
    else:
        for i in range(k):
            for t in range(m):
                total[t] += _rest(x[i, t] - top[t], beta)
                count[t] += 1.0 if x[i, t] == top[t] else 0.0
    for t in range(m):
        if silent:
            total[t] += _rest(-top[t], beta)
            count[t] += 1.0 if top[t] == 0.0 else 0.0
        total[t] = math.log1p(total[t] + count[t])


@internal
def _add_entropy(x, p, beta, silent, out, scratch):
    # sum_i p_i log(p_i) / beta with log p_i = beta (x_i - top) - log(total): terms of one sign, so
    # no digits are lost as they would be in x.p - logsumexp. The silent unit has x = 0.
    top, log_total, lag, tile = scratch[0], scratch[1], scratch[2], scratch[3]
    k, m = x.shape
    write_log_total(x, beta, silent, scratch)
    lag[:m] = 0.0
    if m == 1:
        flat, share, top0 = x.reshape(k), p.reshape(k), top[0]
        for first in range(0, k, TILE):
            n = min(TILE, k - first)
            for j in range(n):
                tile[j] = share[first + j] * (flat[first + j] - top0)
            lag[0] += tile_sum(tile, n)
    else:
        for i in range(k):
            for t in range(m):
                lag[t] += p[i, t] * (x[i, t] - top[t])
    for t in range(m):
        if silent:
            lag[t] -= math.exp(-beta * top[t] - log_total[t]) * top[t]
        out[t] += lag[t] - log_total[t] / beta


@internal
def _add_log_sum(x, beta, silent, out, scratch):
    write_log_total(x, beta, silent, scratch)
    for t in range(x.shape[1]):
        out[t] += scratch[0, t] + scratch[1, t] / beta


@internal
def _covariance(x, p, v, beta, silent, out, scratch):
    """H v with H = beta (diag p - p p^T)."""
    # v is taken relative to the neuron at the top: where that one has almost everything,
    # v - sum(p v) would lose its digits.
    top, at_top, mean, rest = scratch[0], scratch[1], scratch[2], scratch[3]
    k, m = x.shape
    tops(x, top)
    at_top[:m] = 0.0
    rest[:m] = 0.0
    for i in range(k):
        for t in range(m):
            if x[i, t] == top[t] and not (silent and top[t] < 0.0):
                at_top[t] = v[i, t]
                rest[t] = p[i, t] * math.exp(-beta * top[t]) if silent else 0.0
    shift(v, at_top, out)
    dots(p, out, mean)
    for t in range(m):
        mean[t] -= rest[t] * at_top[t]
    shift(out, mean, out)
    flat, share = out.reshape(out.size), p.reshape(p.size)
    for k in range(flat.size):
        flat[k] *= beta * share[k]


@internal
def _prox(r, x, kappa, beta, silent, factor):
    """Solve x + kappa p(x) = factor r.

    With L = lse(beta x) / beta = level, p = exp(beta (x - level)) gives w + log(w) = log(b) + beta
    (factor r - level) for w = b p and b = beta kappa. That the sum of all p is 1 is an equation for
    the level, convex and falling: Newton's iteration climbs from where one neuron has everything.
    """
    b = beta * kappa
    log_b = math.log(b) if b > 0.0 else 0.0
    k, m = r.shape
    for t in range(m):
        top = -math.inf
        for i in range(k):
            top = max(top, factor * r[i, t])
        if b == 0.0 or not abs(top) < math.inf:
            for i in range(k):
                x[i, t] = factor * r[i, t]
            continue
        level = -kappa  # relative to the top
        if silent:
            level = max(level, -top)
        for _ in range(MAX_STEPS):
            rest = math.exp(-beta * (top + level)) if silent else 0.0
            total, slope = rest, beta * rest
            for i in range(k):
                w = special.omega(log_b + beta * ((factor * r[i, t] - top) - level))
                total += w / b
                slope += w / (kappa * (1.0 + w))
            move = (total - 1.0) / slope
            if not level + move > level:
                break
            level += move
        for i in range(k):
            w = special.omega(log_b + beta * ((factor * r[i, t] - top) - level))
            x[i, t] = factor * r[i, t] - w / beta


# --- softmax ---


@internal
def softmax_activate(x, g, parameters, scratch):
    _probabilities(x, parameters[0, 0], False, g, scratch)


@internal
def softmax_add_dual(x, g, out, parameters, scratch):
    _add_entropy(x, g, parameters[0, 0], False, out, scratch)


@internal
def softmax_add_lagrangian(x, out, parameters, scratch):
    _add_log_sum(x, parameters[0, 0], False, out, scratch)


@internal
def softmax_hessian(x, g, v, out, parameters, scratch):
    _covariance(x, g, v, parameters[0, 0], False, out, scratch)


@internal
def softmax_prox(r, x, kappa, parameters, scratch):
    _prox(r, x, kappa, parameters[0, 0], False, 1.0)


# --- softmax with one more, silent unit ---


@internal
def ghostmax_activate(x, g, parameters, scratch):
    _probabilities(x, parameters[0, 0], True, g, scratch)


@internal
def ghostmax_add_dual(x, g, out, parameters, scratch):
    _add_entropy(x, g, parameters[0, 0], True, out, scratch)


@internal
def ghostmax_add_lagrangian(x, out, parameters, scratch):
    _add_log_sum(x, parameters[0, 0], True, out, scratch)


@internal
def ghostmax_hessian(x, g, v, out, parameters, scratch):
    _covariance(x, g, v, parameters[0, 0], True, out, scratch)


@internal
def ghostmax_prox(r, x, kappa, parameters, scratch):
    _prox(r, x, kappa, parameters[0, 0], True, 1.0)


# --- softmax plus a linear part ---


@internal
def softmax_ridge_activate(x, g, parameters, scratch):
    _probabilities(x, parameters[0, 0], False, g, scratch)
    epsilon, flat, states = parameters[1, 0], g.reshape(g.size), x.reshape(x.size)
    for k in range(flat.size):
        flat[k] += epsilon * states[k]


@internal
def softmax_ridge_add_dual(x, g, out, parameters, scratch):
    # g holds the linear part too, so the probabilities are worked out again, a state at a time
    beta, epsilon = parameters[0, 0], parameters[1, 0]
    top, log_total, lag = scratch[0], scratch[1], scratch[2]
    k, m = x.shape
    write_log_total(x, beta, False, scratch)
    lag[:m] = 0.0
    for i in range(k):
        for t in range(m):
            below = x[i, t] - top[t]
            share = exp(beta * below - log_total[t])
            lag[t] += share * below + 0.5 * epsilon * x[i, t] * x[i, t]
    for t in range(m):
        out[t] += lag[t] - log_total[t] / beta


@internal
def softmax_ridge_add_lagrangian(x, out, parameters, scratch):
    _add_log_sum(x, parameters[0, 0], False, out, scratch)
    dots(x, x, scratch[0])
    for t in range(x.shape[1]):
        out[t] += 0.5 * parameters[1, 0] * scratch[0, t]


@internal
def softmax_ridge_hessian(x, g, v, out, parameters, scratch):
    # From the states, because the probabilities inside g have lost digits to the linear part.
    beta, epsilon = parameters[0, 0], parameters[1, 0]
    top, log_total, at_top, mean = scratch[0], scratch[1], scratch[2], scratch[3]
    k, m = x.shape
    write_log_total(x, beta, False, scratch)
    mean[:m] = 0.0
    for i in range(k):
        for t in range(m):
            if x[i, t] == top[t]:
                at_top[t] = v[i, t]
    for i in range(k):
        for t in range(m):
            share = exp(beta * (x[i, t] - top[t]) - log_total[t])
            mean[t] += share * (v[i, t] - at_top[t])
    for i in range(k):
        for t in range(m):
            share = exp(beta * (x[i, t] - top[t]) - log_total[t])
            out[i, t] = beta * share * (v[i, t] - at_top[t] - mean[t]) + epsilon * v[i, t]


@internal
def softmax_ridge_prox(r, x, kappa, parameters, scratch):
    # (1 + kappa epsilon) x + kappa p = r
    factor = 1.0 / (1.0 + kappa * parameters[1, 0])
    _prox(r, x, kappa * factor, parameters[0, 0], False, factor)
