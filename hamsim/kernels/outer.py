"""Sums over trials of a_i g_j, on the synapses that exist: derivatives of a.W g by weights.

With a symmetric W each undirected edge has a_i g_j + a_j g_i, and a self-connection a_i g_i. Each
sum has one order, which depends on the number of trials alone.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import internal, jit
from hamsim.kernels.outer_panels import facing, outer_panel
from hamsim.kernels.registers import LANES, OUTPUTS, VECTORS

__all__ = [
    "add_block",
    "add_edges",
    "add_edges_of_few",
    "add_kernel",
    "add_triples",
    "side_by_side",
]

# Neurons of which trials are copied at once, so that lines of the cache are used whole.
_STRETCH = 16
# Edges ahead of the one whose sum is being made, whose senders are asked for.
_AHEAD = 8


@jit
def side_by_side(a, g, trials, scale, out):
    """Write scale * a and g of some trials, neuron by neuron.

    Parameters
    ----------
    a, g : ndarray, shape (rows, n)
    trials : ndarray of int, shape (m,)
        Rows that count.
    scale : ndarray, shape (m,)
    out : ndarray, shape (n, 2, width)
        For width >= m; the rest of the last axis is set to 0.
    """
    n, _, width = out.shape
    for first in range(0, n, _STRETCH):
        last = min(n, first + _STRETCH)
        for t in range(trials.size):
            row, factor = trials[t], scale[t]
            for i in range(first, last):
                out[i, 0, t] = factor * a[row, i]
                out[i, 1, t] = g[row, i]
        for i in range(first, last):
            for t in range(trials.size, width):
                out[i, 0, t] = 0.0
                out[i, 1, t] = 0.0


_both, _one = facing(True), facing(False)


@jit
def add_edges(values, first, second, both, out):
    """Add to each edge its sum over trials.

    Parameters
    ----------
    values : ndarray, shape (n, 2, width)
        a and g of each neuron; a multiple of `LANES` trials.
    first, second : ndarray of uint32, shape (edges,)
    both : bool
        Whether edges go both ways. A self-connection has one sum then as well.
    out : ndarray, shape (edges,)
    """
    last = np.uint64(out.size - 1)
    for e in range(np.uint64(out.size)):
        i, j = np.int64(first[e]), np.int64(second[e])
        later = np.int64(second[min(e + np.uint64(_AHEAD), last)])
        if both:
            found = _both(values, i, j, later)
            out[e] += found if i != j else 0.5 * found
        else:
            out[e] += _one(values, i, j, later)


@jit
def add_edges_of_few(values, first, second, both, out):
    """`add_edges` for fewer trials than a vector has numbers."""
    for e in range(np.uint64(out.size)):
        i, j = np.int64(first[e]), np.int64(second[e])
        total = 0.0
        for t in range(values.shape[2]):
            total += values[i, 0, t] * values[j, 1, t]
            if both:
                total += values[j, 0, t] * values[i, 1, t]
        out[e] += 0.5 * total if both and i == j else total


# --- dense blocks ------------------------------------------------------------------------------


_most, _some = outer_panel(OUTPUTS, VECTORS, False), outer_panel(OUTPUTS, 1, True)
_row_most, _row_some = outer_panel(1, VECTORS, False), outer_panel(1, 1, True)


@internal
def _rectangle(
    values, step, left, right, terms, back_left, back_right, back, out, to, across, rows, columns
):
    """Add outer products to a rectangle of so many rows and columns."""
    t, wide = 0, VECTORS * LANES
    while t < columns:
        whole, count = t + wide <= columns, columns - t
        r, r2 = right + t, back_right + t
        o = 0
        while o < rows:
            panel = o + OUTPUTS <= rows
            p, p2, here = left + o, back_left + o, to + t + o * across
            if panel and whole:
                _most(values, step, p, r, terms, p2, r2, back, out, here, across, count)
            elif panel:
                _some(values, step, p, r, terms, p2, r2, back, out, here, across, count)
            elif whole:
                _row_most(values, step, p, r, terms, p2, r2, back, out, here, across, count)
            else:
                _row_some(values, step, p, r, terms, p2, r2, back, out, here, across, count)
            o += OUTPUTS if panel else 1
        t += wide if whole else LANES


@jit
def add_block(values, step, sides, terms, out, rows, columns):
    """Add to a block, row by row, its sums over trials.

    Parameters
    ----------
    values : ndarray, one axis
        Trials one after another, each of `step` numbers.
    step : int
    sides : ndarray of int, shape (2, 2)
        Of each direction where the first trial's factors of rows and those of columns begin.
    terms : ndarray of int, shape (2,)
        Trials of each direction.
    out : ndarray, shape (rows * columns,)
    rows, columns : int
    """
    _rectangle(
        *(values, step, sides[0, 0], sides[0, 1], terms[0], sides[1, 0], sides[1, 1], terms[1]),
        *(out, 0, columns, rows, columns),
    )


@jit
def add_kernel(values, step, sides, terms, shape, out):
    """Add to the kernel of a convolution its sums over trials and places of the window.

    Parameters
    ----------
    values : ndarray, one axis
        Trials one after another, each of `step` numbers.
    sides : ndarray of int, shape (2, 2)
        Of each direction where the factors of the features and those of the image begin.
    terms : ndarray of int, shape (2,)
        Trials in each direction.
    shape : ndarray of int, shape (12,)
        Image and features, (height, width, channels) each; window, stride and padding in front,
        (down, across) each.
    out : ndarray, shape (down * channels out * across * channels in,)
        In this order.
    """
    height, width, channels, lines, places, features = shape[:6]
    down, across, stride_down, stride_across, before_down, before_across = shape[6:]
    row = across * channels
    for line in range(lines):
        for place in range(places):
            x = place * stride_across - before_across
            first, last = max(0, -x), min(across, width - x)
            if last <= first:
                continue
            found = (line * places + place) * features
            for d in range(down):
                y = line * stride_down - before_down + d
                if y < 0 or y >= height:
                    continue
                seen = (y * width + x + first) * channels
                _rectangle(
                    values,
                    step,
                    sides[0, 0] + found,
                    sides[0, 1] + seen,
                    terms[0],
                    sides[1, 0] + found,
                    sides[1, 1] + seen,
                    terms[1],
                    out,
                    d * features * row + first * channels,
                    row,
                    features,
                    (last - first) * channels,
                )


# --- gated synapses ----------------------------------------------------------------------------


@jit
def add_triples(values, i, j, k, hebbian, out):
    """Add to each triple its sum of a_i g_j g_k + a_j g_i g_k + a_k g_i g_j over trials.

    Parameters
    ----------
    values : ndarray, shape (n, 2, width)
        a and g of each neuron.
    i, j, k : ndarray of int, shape (triples,)
    hebbian : bool
        If so the sum of g_i g_j g_k, where a is half of g.
    out : ndarray, shape (triples,)
    """
    for m in range(out.size):
        p, q, r = values[i[m]], values[j[m]], values[k[m]]
        total = 0.0
        for t in range(values.shape[2]):
            term = p[0, t] * q[1, t] * r[1, t]
            if not hebbian:
                term += q[0, t] * p[1, t] * r[1, t] + r[0, t] * p[1, t] * q[1, t]
            total += term
        out[m] += 2.0 * total if hebbian else total
