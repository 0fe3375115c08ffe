"""W g of dense blocks between two layers, or within one.

[HAM, eq. 2]

For one trial, reading the weights takes all the time: a task is a stretch of rows, each of which is
read once for both directions. For many trials multiplying does. Blocks are then cut into strips of
columns, each stored row by row, so that a square of weights and what it is multiplied with stay in
the cache.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import internal
from hamsim.kernels.panels import multiply_padded
from hamsim.kernels.plan import (
    AT,
    BLOCK,
    COLUMN,
    COLUMN_OUT,
    COLUMNS,
    FIRST,
    GROWS,
    HEIGHT,
    KIND,
    ROW,
    ROW_OUT,
    ROWS,
    SCRATCH,
    SIDE,
)
from hamsim.kernels.registers import OUTPUTS, flat
from hamsim.kernels.tasks import prepare
from hamsim.kernels.vectors import either, stream_rows

__all__ = ["do_block", "do_block_of_trials"]

_four_both = stream_rows(4, True, True)
_four_to_rows = stream_rows(4, True, False)
_four_to_columns = stream_rows(4, False, True)
_one_both = stream_rows(1, True, True)
_one_to_rows = stream_rows(1, True, False)
_one_to_columns = stream_rows(1, False, True)


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
def _padded(count):
    return (count + OUTPUTS - 1) // OUTPUTS * OUTPUTS


@internal
def _convert(source, first, count, target, begin):
    at, to = np.uint64(first), np.uint64(begin)
    for k in range(np.uint64(count)):
        target[to + k] = source[at + k]


@internal
def _block_of_trials(plan, task, to_rows, to_columns, g, out):
    """A rectangle of a dense block for many trials, square by square."""
    row, rows = plan.tasks[task, ROW], plan.tasks[task, ROWS]
    column, columns = plan.tasks[task, COLUMN], plan.tasks[task, COLUMNS]
    row_out, column_out = plan.tasks[task, ROW_OUT], plan.tasks[task, COLUMN_OUT]
    strip, side, height = plan.tasks[task, AT], plan.tasks[task, SIDE], plan.tasks[task, HEIGHT]
    first, stored = plan.tasks[task, FIRST], plan.block_weights
    weights, room = either(stored, flat(out)), plan.tasks[task, SCRATCH] * out.shape[1]
    for left in range(0, columns, side):
        wide = min(side, columns - left)
        width = _padded(wide)
        there, to_there = column + left, column_out + left
        for top in range(0, rows, side):
            high = min(side, rows - top)
            here = strip + (first + top) * width
            later = here  # where the weights of the next square lie, which are asked for meanwhile
            if top + high < rows:
                later = here + high * width
            elif left + wide < columns:
                later = strip + height * side + first * _padded(min(side, columns - left - wide))
            row_here, to_here = row + top, row_out + top
            if stored.itemsize == 4:  # each weight is used so often that this is done once
                _convert(stored, here, _padded(high) * width, weights, room)
                here, later = room, room
            if to_rows:
                multiply_padded(weights, here, width, wide, 1, high, g, there, out, to_here, later)
                later = here
            if to_columns:
                multiply_padded(
                    weights, here, 1, high, width, wide, g, row_here, out, to_there, later
                )
        strip += height * side
        height += plan.tasks[task, GROWS]


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
