"""W g where each weight is read once for both of its directions: tasks that add to windows.

[HAM, eq. 2]

A synapse between i and j adds w g_j to what i receives and w g_i to what j receives. A task is a
piece of W: rows of the upper triangle; tiles of it, whose neurons lie so close together that their
activations and sums stay in the cache; or rows of a dense block between two layers.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import internal
from hamsim.kernels.plan import (
    AT,
    BLOCK,
    COLUMN,
    COLUMN_INSTANT,
    COLUMN_OUT,
    COLUMNS,
    FIRST,
    KIND,
    LAST,
    ROW,
    ROW_INSTANT,
    ROW_OUT,
    ROWS,
    TILES,
    TRIANGLE,
)
from hamsim.kernels.registers import LANES, flat
from hamsim.kernels.vectors import Sums, dense_panel, stream_rows

# Which directions a pass does.
EVERYTHING, TO_INSTANT, TO_OTHERS = 0, 1, 2
# Columns of a dense block that are done for all trials before the next ones, within the cache.
TILE_COLUMNS = 128

_four_both = stream_rows(4, True, True)
_four_to_rows = stream_rows(4, True, False)
_four_to_columns = stream_rows(4, False, True)
_one_both = stream_rows(1, True, True)
_one_to_rows = stream_rows(1, True, False)
_one_to_columns = stream_rows(1, False, True)
_four_wide = dense_panel(4, 2)
_four_narrow = dense_panel(4, 1)
_one_wide = dense_panel(1, 2)
_one_narrow = dense_panel(1, 1)


# Unsigned, because numba makes a float of the sum of an unsigned and a signed integer.
_ONE, _SIXTEEN, _LOW = np.uint64(1), np.uint32(16), np.uint32(0xFFFF)


@internal
def _triangle(plan, task, g, out):
    """Rows of the upper triangle, one trial; g and out have shape (n,)."""
    indptr, entries, weights = plan.triangle_indptr, plan.entries, plan.entry_weights
    first = plan.tasks[task, FIRST]
    shift = np.uint64(plan.tasks[task, ROW_OUT] - first)
    for row in range(first, plan.tasks[task, LAST]):
        i = np.uint64(row)
        k, last = indptr[i], indptr[i + _ONE]
        own, even, odd = g[i], 0.0, 0.0
        while k + _ONE < last:  # two at a time, because a sum waits for the one before
            j, w = np.uint64(entries[k]), weights[k]
            j2, w2 = np.uint64(entries[k + _ONE]), weights[k + _ONE]
            even += w * g[j]
            odd += w2 * g[j2]
            out[shift + j] += w * own
            out[shift + j2] += w2 * own
            k += _ONE + _ONE
        if k < last:
            j, w = np.uint64(entries[k]), weights[k]
            even += w * g[j]
            out[shift + j] += w * own
        out[shift + i] += even + odd


@internal
def _tiles(plan, task, g, out):
    """Tiles of the upper triangle, one trial; row and column of an entry are in one number."""
    tiles, entries, weights = plan.tiles, plan.entries, plan.entry_weights
    row_shift = np.uint64(plan.tasks[task, ROW_OUT] - plan.tasks[task, ROW])
    column_shift = np.uint64(plan.tasks[task, COLUMN_OUT] - plan.tasks[task, COLUMN])
    for tile in range(plan.tasks[task, FIRST], plan.tasks[task, LAST]):
        row, column = np.uint64(tiles[tile, 0]), np.uint64(tiles[tile, 1])
        for k in range(np.uint64(tiles[tile, 2]), np.uint64(tiles[tile, 3])):
            place, w = entries[k], weights[k]
            i, j = row + np.uint64(place >> _SIXTEEN), column + np.uint64(place & _LOW)
            out[row_shift + i] += w * g[j]
            out[column_shift + j] += w * g[i]


@internal
def _block_once(plan, task, to_rows, to_columns, g, out):
    """Rows of a dense block, one trial, four at a time."""
    row, rows = plan.tasks[task, ROW], plan.tasks[task, ROWS]
    column, width = plan.tasks[task, COLUMN], plan.tasks[task, COLUMNS]
    row_out, column_out = plan.tasks[task, ROW_OUT], plan.tasks[task, COLUMN_OUT]
    at, weights = plan.tasks[task, AT], plan.block_weights
    r = 0
    while r < rows:
        four = r + 4 <= rows
        here = at + r * width
        if to_rows and to_columns:
            if four:
                _four_both(weights, here, width, g, row + r, column, out, row_out + r, column_out)
            else:
                _one_both(weights, here, width, g, row + r, column, out, row_out + r, column_out)
        elif to_rows:
            if four:
                _four_to_rows(weights, here, width, g, row + r, column, out, row_out + r, 0)
            else:
                _one_to_rows(weights, here, width, g, row + r, column, out, row_out + r, 0)
        elif four:
            _four_to_columns(weights, here, width, g, row + r, column, out, 0, column_out)
        else:
            _one_to_columns(weights, here, width, g, row + r, column, out, 0, column_out)
        r += 4 if four else 1


@internal
def multiply(weights, at, across, sums, outputs, g, row, out, row_out, trials):
    """Add sums of products in so many trials: all, or whole vectors; see `dense_panel`."""
    o = 0
    while o < outputs:
        four = o + 4 <= outputs
        here, to = at + o * across, row_out + o
        t = 0
        while t < trials:
            wide = t + 2 * LANES <= trials
            if four and wide:
                _four_wide(weights, here, across, sums, g, row, out, to, t)
            elif four:
                _four_narrow(weights, here, across, sums, g, row, out, to, t)
            elif wide:
                _one_wide(weights, here, across, sums, g, row, out, to, t)
            else:
                _one_narrow(weights, here, across, sums, g, row, out, to, t)
            t += 2 * LANES if wide else LANES
        o += 4 if four else 1


@internal
def _block_of_trials(plan, task, to_rows, to_columns, g, out):
    """Rows of a dense block for many trials, some columns at a time."""
    row, rows = plan.tasks[task, ROW], plan.tasks[task, ROWS]
    column, width = plan.tasks[task, COLUMN], plan.tasks[task, COLUMNS]
    row_out, column_out = plan.tasks[task, ROW_OUT], plan.tasks[task, COLUMN_OUT]
    at, weights, m = plan.tasks[task, AT], plan.block_weights, g.shape[1]
    for first in range(0, width, TILE_COLUMNS):
        some = min(TILE_COLUMNS, width - first)
        here, there = at + first, column + first
        if to_rows:
            sums = Sums(1, some, 0, 1, 0)
            multiply(weights, here, width, sums, rows, g, there, out, row_out, m)
        if to_columns:
            sums = Sums(1, rows, 0, width, 0)
            multiply(weights, here, 1, sums, some, g, row, out, column_out + first, m)


@internal
def _clear(windows, first, count):
    rows, m = flat(windows), windows.shape[1]
    for k in range(np.uint64(first * m), np.uint64((first + count) * m)):
        rows[k] = 0.0


@internal
def directions_of(plan, task, directions):
    """Whether a task is to add to its rows, and to its columns."""
    to_instant = directions == TO_INSTANT
    to_rows = plan.tasks[task, ROW_OUT] >= 0
    to_columns = plan.tasks[task, COLUMN_OUT] >= 0
    if directions != EVERYTHING:
        to_rows = to_rows and (plan.tasks[task, ROW_INSTANT] == 1) == to_instant
        to_columns = to_columns and (plan.tasks[task, COLUMN_INSTANT] == 1) == to_instant
    return to_rows, to_columns


@internal
def prepare(plan, task, directions, windows):
    """Clear the windows of a task, and say which of them are to be written."""
    to_rows, to_columns = directions_of(plan, task, directions)
    if to_rows:
        _clear(windows, plan.tasks[task, ROW_OUT], plan.tasks[task, ROWS])
    if to_columns:
        _clear(windows, plan.tasks[task, COLUMN_OUT], plan.tasks[task, COLUMNS])
    return to_rows, to_columns


@internal
def do_triangle(plan, task, directions, buffers):
    """Write the windows of a task on the upper triangle, one trial; leave other tasks alone.

    Parameters
    ----------
    directions : int
        EVERYTHING, or only towards the neurons that follow at once, or only towards the others.
    """
    if plan.tasks[task, KIND] > TILES:
        return
    to_rows, _ = prepare(plan, task, directions, buffers.windows)
    if not to_rows:  # no neuron there follows at once, so it is both directions or none
        return
    g, windows = flat(buffers.g), flat(buffers.windows)
    if plan.tasks[task, KIND] == TRIANGLE:
        _triangle(plan, task, g, windows)
    else:
        _tiles(plan, task, g, windows)


@internal
def do_block(plan, task, directions, buffers):
    """Write the windows of a task on a dense block, one trial; leave other tasks alone."""
    if plan.tasks[task, KIND] != BLOCK:
        return
    to_rows, to_columns = prepare(plan, task, directions, buffers.windows)
    if to_rows or to_columns:
        g = flat(buffers.g)
        windows = flat(buffers.windows)
        _block_once(plan, task, to_rows, to_columns, g, windows)


@internal
def do_block_of_trials(plan, task, directions, buffers):
    """Write the windows of a task on a dense block; leave other tasks alone."""
    if plan.tasks[task, KIND] != BLOCK:
        return
    to_rows, to_columns = prepare(plan, task, directions, buffers.windows)
    if to_rows or to_columns:
        _block_of_trials(plan, task, to_rows, to_columns, buffers.g, buffers.windows)
