"""Sums and maxima over the neurons of a group, for all trials at once, and their way back.

States of a group have shape (k, m): k neurons, m trials. With many trials, loops over trials are
the inner ones and vectorise. With one trial they would have length one, so the neurons' loop is
the inner one, and a sum is kept as eight partial sums: the compiler may not reorder a sum, so that
the order that it can vectorise is written out. Both orders depend on the shape alone, and so do
the bits of the result.
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import internal

# Room that every row of scratch has at least: terms of one trial are worked on so many at a time.
TILE = 256


@internal
def tile_sum(a, count):
    """Sum of a[:count] in a fixed order."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = count - count % 8
    for k in range(0, whole, 8):
        s0 += a[k]
        s1 += a[k + 1]
        s2 += a[k + 2]
        s3 += a[k + 3]
        s4 += a[k + 4]
        s5 += a[k + 5]
        s6 += a[k + 6]
        s7 += a[k + 7]
    for k in range(whole, count):
        s0 += a[k]
    return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))


@internal
def _tile_dot(a, b, count):
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = count - count % 8
    for k in range(0, whole, 8):
        s0 += a[k] * b[k]
        s1 += a[k + 1] * b[k + 1]
        s2 += a[k + 2] * b[k + 2]
        s3 += a[k + 3] * b[k + 3]
        s4 += a[k + 4] * b[k + 4]
        s5 += a[k + 5] * b[k + 5]
        s6 += a[k + 6] * b[k + 6]
        s7 += a[k + 7] * b[k + 7]
    for k in range(whole, count):
        s0 += a[k] * b[k]
    return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))


@internal
def _tile_top(a, count):
    t0 = t1 = t2 = t3 = t4 = t5 = t6 = t7 = a[0]
    whole = count - count % 8
    for k in range(0, whole, 8):
        t0 = a[k] if a[k] > t0 else t0
        t1 = a[k + 1] if a[k + 1] > t1 else t1
        t2 = a[k + 2] if a[k + 2] > t2 else t2
        t3 = a[k + 3] if a[k + 3] > t3 else t3
        t4 = a[k + 4] if a[k + 4] > t4 else t4
        t5 = a[k + 5] if a[k + 5] > t5 else t5
        t6 = a[k + 6] if a[k + 6] > t6 else t6
        t7 = a[k + 7] if a[k + 7] > t7 else t7
    for k in range(whole, count):
        t0 = a[k] if a[k] > t0 else t0
    return max(max(max(t0, t4), max(t2, t6)), max(max(t1, t5), max(t3, t7)))


@internal
def sums(a, out):
    """Write sum_i a[i, t]."""
    k, m = a.shape
    if m == 1:
        out[0] = tile_sum(a.reshape(k), k)
        return
    out[:m] = 0.0
    add_sums(a, out)


@internal
def add_sums(a, out):
    """Add sum_i a[i, t] of many trials."""
    k, m = a.shape
    for i in range(k):
        for t in range(m):
            out[t] += a[i, t]


@internal
def dots(a, b, out):
    """Write sum_i a[i, t] b[i, t]."""
    k, m = a.shape
    if m == 1:
        out[0] = _tile_dot(a.reshape(k), b.reshape(k), k)
        return
    out[:m] = 0.0
    for i in range(k):
        for t in range(m):
            out[t] += a[i, t] * b[i, t]


@internal
def tops(a, out):
    """Write the largest a[i, t] of each trial."""
    k, m = a.shape
    if m == 1:
        out[0] = _tile_top(a.reshape(k), k)
        return
    for t in range(m):
        out[t] = a[0, t]
    for i in range(1, k):
        for t in range(m):
            out[t] = a[i, t] if a[i, t] > out[t] else out[t]


@internal
def sizes(a, out):
    """Write the largest |a[i, t]| of each trial."""
    k, m = a.shape
    out[:m] = 0.0
    for i in range(k):
        for t in range(m):
            size = abs(a[i, t])
            out[t] = size if size > out[t] else out[t]


@internal
def shift(a, c, out):
    """Write a[i, t] - c[t]."""
    k, m = a.shape
    if m == 1:
        flat, target, c0 = a.reshape(k), out.reshape(k), c[0]
        for i in range(k):
            target[i] = flat[i] - c0
        return
    for i in range(k):
        for t in range(m):
            out[i, t] = a[i, t] - c[t]


@internal
def scale(a, c, out):
    """Write a[i, t] c[t]."""
    k, m = a.shape
    if m == 1:
        flat, target, c0 = a.reshape(k), out.reshape(k), c[0]
        for i in range(k):
            target[i] = flat[i] * c0
        return
    for i in range(k):
        for t in range(m):
            out[i, t] = a[i, t] * c[t]


@internal
def add_scaled(a, c, out):
    """Add a[i, t] c[t] to out[i, t]."""
    k, m = a.shape
    if m == 1:
        flat, target, c0 = a.reshape(k), out.reshape(k), c[0]
        for i in range(k):
            target[i] += flat[i] * c0
        return
    for i in range(k):
        for t in range(m):
            out[i, t] += a[i, t] * c[t]


@internal
def norms(x, top, out):
    """Write sqrt(sum_i x[i, t]^2), and the largest |x[i, t]| to `top`; squares may overflow."""
    sizes(x, top)
    k, m = x.shape
    out[:m] = 0.0
    for t in range(m):
        if not 0.0 < top[t] < math.inf:
            out[t] = top[t]
            continue
        total = 0.0
        for i in range(k):
            y = x[i, t] / top[t]
            total += y * y
        out[t] = top[t] * math.sqrt(total)


@internal
def inverse(a, factor, out):
    """Write factor / a, and 0 where a = 0."""
    for t in range(out.size):
        out[t] = 0.0 if a[t] == 0.0 else factor / a[t]
