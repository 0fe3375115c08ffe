"""W g where each weight is read once for both of its directions: tasks that add to windows.

[HAM, eq. 2]

A synapse between i and j adds w g_j to what i receives and w g_i to what j receives. A task is a
piece of W: rows of the upper triangle; tiles of it, whose neurons lie so close together that their
activations and sums stay in the cache; or a piece of a dense block or of a convolution, of which
other files know.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import internal
from hamsim.kernels.plan import (
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
from hamsim.kernels.registers import flat

# Which directions a pass does.
EVERYTHING, TO_INSTANT, TO_OTHERS = 0, 1, 2

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
