"""Formulas of the collective Lagrangians, where neurons start, ..., stop - 1 share one.

Every function works on all trials at once: x, g, v and out have shape (n, trials), `scratch` has
shape (3, trials) and may be overwritten. For each family:

    activate   g = dL/dx
    add_dual   adds x.g - L, the group's part of the energy, to `out` of shape (trials,)
    lagrangian adds L to `out` of shape (trials,)
    hessian    H v with H = d2L/dx2, in O(n)
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import jit
from hamsim.lagrangians.table import SOFTMAX


@jit
def _softmax_shift(x, start, stop, top):
    """Largest x of every trial, so that no exponential overflows."""
    for t in range(x.shape[1]):
        top[t] = x[start, t]
    for i in range(start + 1, stop):
        for t in range(x.shape[1]):
            top[t] = max(top[t], x[i, t])


@jit
def _softmax_activate(x, start, stop, beta, g, scratch):
    top, total = scratch[0], scratch[1]
    _softmax_shift(x, start, stop, top)
    total[:] = 0.0
    for i in range(start, stop):
        for t in range(x.shape[1]):
            g[i, t] = math.exp(beta * (x[i, t] - top[t]))
            total[t] += g[i, t]
    for i in range(start, stop):
        for t in range(x.shape[1]):
            g[i, t] /= total[t]


@jit
def _softmax_log_total(x, start, stop, beta, scratch, out):
    """Write log(sum exp(beta (x - top))), exact also where one neuron has almost everything."""
    top, rest, at_top = scratch[0], scratch[1], scratch[2]
    _softmax_shift(x, start, stop, top)
    rest[:] = 0.0
    at_top[:] = 0.0
    for i in range(start, stop):
        for t in range(x.shape[1]):
            if x[i, t] == top[t]:
                at_top[t] += 1.0
            else:
                rest[t] += math.exp(beta * (x[i, t] - top[t]))
    for t in range(x.shape[1]):
        out[t] = math.log1p(rest[t] + (at_top[t] - 1.0))


@jit
def _softmax_add_dual(x, g, start, stop, beta, out, scratch):
    # sum_i p_i log(p_i) / beta with log p_i = beta (x_i - top) - log(total): terms of one sign,
    # so no digits are lost as they would be in x.p - logsumexp.
    log_total, top = scratch[1], scratch[0]
    _softmax_log_total(x, start, stop, beta, scratch, log_total)
    for t in range(x.shape[1]):
        out[t] -= log_total[t] / beta
    for i in range(start, stop):
        for t in range(x.shape[1]):
            out[t] += g[i, t] * (x[i, t] - top[t])


@jit
def _softmax_lagrangian(x, start, stop, beta, out, scratch):
    log_total, top = scratch[1], scratch[0]
    _softmax_log_total(x, start, stop, beta, scratch, log_total)
    for t in range(x.shape[1]):
        out[t] += top[t] + log_total[t] / beta


@jit
def _softmax_hessian(g, v, start, stop, beta, out, scratch):
    # H = beta (diag p - p p^T)
    mean = scratch[0]
    mean[:] = 0.0
    for i in range(start, stop):
        for t in range(v.shape[1]):
            mean[t] += g[i, t] * v[i, t]
    for i in range(start, stop):
        for t in range(v.shape[1]):
            out[i, t] = beta * g[i, t] * (v[i, t] - mean[t])


@jit
def activate(code, x, start, stop, parameters, g, scratch):
    """Write g of one group; NaN for a code that has no branch."""
    if code == SOFTMAX:
        _softmax_activate(x, start, stop, parameters[0, start], g, scratch)
    else:
        g[start:stop] = math.nan


@jit
def add_dual(code, x, g, start, stop, parameters, out, scratch):
    """Add x.g - L of one group to `out`; NaN for a code that has no branch."""
    if code == SOFTMAX:
        _softmax_add_dual(x, g, start, stop, parameters[0, start], out, scratch)
    else:
        out[:] = math.nan


@jit
def lagrangian(code, x, start, stop, parameters, out, scratch):
    """Add L of one group to `out`; NaN for a code that has no branch."""
    if code == SOFTMAX:
        _softmax_lagrangian(x, start, stop, parameters[0, start], out, scratch)
    else:
        out[:] = math.nan


@jit
def hessian(code, x, g, v, start, stop, parameters, out, scratch):
    """Write H v of one group; NaN for a code that has no branch."""
    if code == SOFTMAX:
        _softmax_hessian(g, v, start, stop, parameters[0, start], out, scratch)
    else:
        out[start:stop] = math.nan
