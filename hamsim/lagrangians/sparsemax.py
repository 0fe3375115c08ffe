"""Formulas of sparsemax and entmax: softmax-like activations with exact zeros.

The k neurons that share one Lagrangian, all trials; functions and shapes as in `softmaxes`.

g_i = max((alpha - 1)(x_i - t), 0)^(1 / (alpha - 1)), where t makes the sum 1. The sum is convex
and falls with t, so Newton's iteration from the left climbs to the root without overshooting; for
sparsemax (alpha = 2) it ends exactly, after as many steps as the support shrinks.
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import internal
from hamsim.lagrangians.columns import shift, tops

# Newton's iteration ends when t moves no more; this is far beyond what it ever needs.
MAX_STEPS = 500
SEVERAL = 16  # trials, for which loops over trials are vectorised


@internal
def _threshold(x, t, top, alpha):
    """Root of sum_i max((alpha - 1)(x_i - top - root), 0)^(1 / (alpha - 1)) = 1 in column t."""
    c = alpha - 1.0
    power = 1.0 / c
    root = -power
    for _ in range(MAX_STEPS):
        total, slope = 0.0, 0.0
        for i in range(x.shape[0]):
            z = c * (x[i, t] - top - root)
            if z > 0.0:
                share = z ** (power - 1.0)
                total += share * z
                slope += share
        move = (total - 1.0) / slope
        if not root + move > root:
            return root
        root += move
    return root


@internal
def _sparsemax_thresholds(y, root, total, count):
    """Write `_threshold` of each column of y, whose largest states are 0.

    They are gone through side by side, row after row, until the last root is found: a column by
    itself would be read from all over the memory.
    """
    k, m = y.shape
    root[:m] = -1.0
    for _ in range(MAX_STEPS):
        total[:m] = 0.0
        count[:m] = 0.0
        for i in range(k):
            for t in range(m):
                z = y[i, t] - root[t]
                total[t] += z if z > 0.0 else 0.0
                count[t] += 1.0 if z > 0.0 else 0.0
        moved = False
        for t in range(m):  # a root that is found stays where it is
            further = root[t] + (total[t] - 1.0) / count[t]
            if further > root[t]:
                root[t] = further
                moved = True
        if not moved:
            return


@internal
def _share(z, alpha):
    if z > 0.0:
        return z if alpha == 2.0 else z ** (1.0 / (alpha - 1.0))
    return 0.0 if z <= 0.0 else math.nan


@internal
def _activate(x, alpha, g, scratch):
    top, root = scratch[0], scratch[1]
    tops(x, top)
    shift(x, top, g)
    k, m = x.shape
    c = alpha - 1.0
    side_by_side = alpha == 2.0 and m >= SEVERAL
    if side_by_side:
        _sparsemax_thresholds(g, root, scratch[2], scratch[3])
    for t in range(m):
        if not abs(top[t]) < math.inf:
            root[t] = math.nan
        elif not side_by_side:
            root[t] = _threshold(g, t, 0.0, alpha)
    if m < SEVERAL:
        for t in range(m):
            for i in range(k):
                g[i, t] = _share(c * (g[i, t] - root[t]), alpha)
    else:
        for i in range(k):
            for t in range(m):
                g[i, t] = _share(c * (g[i, t] - root[t]), alpha)


@internal
def _add_dual(g, alpha, out):
    k, m = g.shape
    factor = 1.0 / (alpha * (alpha - 1.0))
    for i in range(k):
        for t in range(m):
            out[t] += factor * g[i, t] ** alpha


@internal
def _add_lagrangian(x, alpha, out, scratch):
    """x.g - dual, with x relative to the largest, which is added again because sum g = 1."""
    top = scratch[0]
    k, m = x.shape
    c = alpha - 1.0
    tops(x, top)
    for t in range(m):
        root = _threshold(x, t, top[t], alpha)
        out[t] += top[t]
        for i in range(k):
            y = x[i, t] - top[t]
            z = c * (y - root)
            if z > 0.0:
                share = z ** (1.0 / c)
                out[t] += share * (y - share**c / (alpha * c))
            elif not z <= 0.0:
                out[t] = math.nan


@internal
def _hessian(g, v, alpha, out, scratch):
    # diag(s) - s s^T / sum(s), s = g^(2 - alpha) on the support, 0 elsewhere
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
            s = g[i, t] ** (2.0 - alpha) if g[i, t] > 0.0 else 0.0
            out[i, t] = s * (v[i, t] - mean[t] / total[t])


@internal
def _proximal_share(s, c, kappa):
    """The p >= 0 with p^c / c + kappa p = s, or 0 for s <= 0.

    One of the two terms is at least s / 2, which gives a p that is not too large; from there the
    iteration climbs, as the left side is concave.
    """
    if not s > 0.0:
        return 0.0
    if c == 1.0:
        return s / (1.0 + kappa)
    p = (0.5 * c * s) ** (1.0 / c)
    if kappa * p > 0.5 * s:
        p = 0.5 * s / kappa
    for _ in range(MAX_STEPS):
        power = p**c
        move = (s - power / c - kappa * p) / (power / p + kappa)
        if not p + move > p:
            break
        p += move
    return p


@internal
def _prox(r, x, kappa, alpha, scratch):
    """Solve x + kappa g(x) = r: where g > 0, g^c / c + kappa g = r - root with c = alpha - 1.

    The sum of all g is convex and falls with the root, as in `_threshold`.
    """
    top, c = scratch[0], alpha - 1.0
    tops(r, top)
    k, m = r.shape
    for t in range(m):
        root = -1.0 / c - kappa  # relative to the top
        for _ in range(MAX_STEPS):
            total, slope = 0.0, 0.0
            for i in range(k):
                share = _proximal_share(r[i, t] - top[t] - root, c, kappa)
                total += share
                if share > 0.0:
                    slope += 1.0 / (share ** (c - 1.0) + kappa)
            move = (total - 1.0) / slope
            if not root + move > root:
                break
            root += move
        for i in range(k):
            share = _proximal_share(r[i, t] - top[t] - root, c, kappa)
            x[i, t] = r[i, t] - kappa * share


@internal
def sparsemax_activate(x, g, parameters, scratch):
    _activate(x, 2.0, g, scratch)


@internal
def sparsemax_add_dual(x, g, out, parameters, scratch):
    _add_dual(g, 2.0, out)


@internal
def sparsemax_add_lagrangian(x, out, parameters, scratch):
    _add_lagrangian(x, 2.0, out, scratch)


@internal
def sparsemax_hessian(x, g, v, out, parameters, scratch):
    _hessian(g, v, 2.0, out, scratch)


@internal
def sparsemax_prox(r, x, kappa, parameters, scratch):
    _prox(r, x, kappa, 2.0, scratch)


@internal
def entmax_activate(x, g, parameters, scratch):
    _activate(x, parameters[0, 0], g, scratch)


@internal
def entmax_add_dual(x, g, out, parameters, scratch):
    _add_dual(g, parameters[0, 0], out)


@internal
def entmax_add_lagrangian(x, out, parameters, scratch):
    _add_lagrangian(x, parameters[0, 0], out, scratch)


@internal
def entmax_hessian(x, g, v, out, parameters, scratch):
    _hessian(g, v, parameters[0, 0], out, scratch)


@internal
def entmax_prox(r, x, kappa, parameters, scratch):
    _prox(r, x, kappa, parameters[0, 0], scratch)
