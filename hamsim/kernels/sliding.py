"""W g of convolutions: one kernel for all places of a window, used in both directions.

[HAM, section 4.3]

A task is a stretch of lines of features. What they receive and what they send back to the image is
done line by line, while the activations of both are in the cache. Images are flattened with the
channel innermost, so that what a window sees in a line of the image, `run` neurons, lies together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.kernels.jit import internal
from hamsim.kernels.panels import multiply
from hamsim.kernels.plan import (
    AT,
    BEFORE_ACROSS,
    BEFORE_DOWN,
    COLUMN,
    COLUMN_OUT,
    COLUMNS,
    CONVOLUTION,
    FIRST,
    FOUND,
    FOUND_CHANNELS,
    FOUND_WIDTH,
    IMAGE,
    IMAGE_CHANNELS,
    IMAGE_HEIGHT,
    IMAGE_WIDTH,
    INWARD,
    KIND,
    LAST,
    OUTWARD,
    ROW,
    ROW_OUT,
    ROWS,
    SCRATCH,
    STRIDE_ACROSS,
    STRIDE_DOWN,
    WINDOW_ACROSS,
    WINDOW_DOWN,
)
from hamsim.kernels.registers import LANES, flat
from hamsim.kernels.tasks import directions_of, prepare
from hamsim.kernels.vectors import Moves, Sums, add_scaled, window_panel

__all__ = ["do_convolution", "do_convolution_of_trials"]

_four_wide = window_panel(4, 2)
_four_narrow = window_panel(4, 1)
_one_wide = window_panel(1, 2)
_one_narrow = window_panel(1, 1)


class Seen(NamedTuple):
    """The part of a window that is in the image at one of its places.

    Fields are its lines and the numbers of a line; its first neuron and the first feature; and
    where it begins in both orders of the kernel.
    """

    lines: int
    run: int
    pixel: int
    feature: int
    inward: int
    outward: int


@internal
def _inside(start, window, length):
    """The part of a window that is on an axis of so many pixels: its first and last place."""
    return max(0, -start), min(window, length - start)


@internal
def _seen(own, y, x):
    """What the window sees at a place; `own` is a row of `Plan.convolutions`."""
    width, channels, features = own[IMAGE_WIDTH], own[IMAGE_CHANNELS], own[FOUND_CHANNELS]
    top = y * own[STRIDE_DOWN] - own[BEFORE_DOWN]
    left = x * own[STRIDE_ACROSS] - own[BEFORE_ACROSS]
    low, high = _inside(top, own[WINDOW_DOWN], own[IMAGE_HEIGHT])
    begin, end = _inside(left, own[WINDOW_ACROSS], width)
    line = low * own[WINDOW_ACROSS] * channels * features
    return Seen(
        high - low,
        (end - begin) * channels,
        own[IMAGE] + ((top + low) * width + left + begin) * channels,
        own[FOUND] + (y * own[FOUND_WIDTH] + x) * features,
        own[INWARD] + line + begin * channels * features,
        own[OUTWARD] + line + begin * channels,
    )


@internal
def _alike(own, x):
    """How many places from x on see the same part of a window: those inside the image, or one."""
    window, stride, before = own[WINDOW_ACROSS], own[STRIDE_ACROSS], own[BEFORE_ACROSS]
    start, room = x * stride - before, own[IMAGE_WIDTH] - window
    if start < 0 or start > room:
        return 1
    return min(own[FOUND_WIDTH], (room + before) // stride + 1) - x


@internal
def _lengths(own):
    """Numbers in a line of the image, of the window, and of the window in the kernel."""
    wide = own[WINDOW_ACROSS] * own[IMAGE_CHANNELS]
    return own[IMAGE_WIDTH] * own[IMAGE_CHANNELS], wide, wide * own[FOUND_CHANNELS]


# --- one trial ---------------------------------------------------------------------------------


@internal
def _slide(kernel, at, sums, moves, g, first, out, to):
    """Move a kernel over some positions; see `Moves`.

    Four positions at a time, that lie apart: what neighbours write overlaps, and to read what has
    been written just before takes long.
    """
    apart = moves.positions // 4
    v = 0
    while v < moves.vectors:
        wide = v + 2 <= moves.vectors
        here, there = at + v * moves.next, to + v * moves.out_next
        outputs = moves.outputs - v * moves.used
        for k in range(moves.positions - 3 * apart):
            four = k < apart
            p = k if four else k + 3 * apart
            source, target = first + p * moves.g_step, there + p * moves.out_step
            if four and wide:
                _four_wide(kernel, here, sums, moves, apart, outputs, g, source, out, target)
            elif four:
                _four_narrow(kernel, here, sums, moves, apart, outputs, g, source, out, target)
            elif wide:
                _one_wide(kernel, here, sums, moves, apart, outputs, g, source, out, target)
            else:
                _one_narrow(kernel, here, sums, moves, apart, outputs, g, source, out, target)
        v += 2 if wide else 1


@internal
def _to_features(plan, own, seen, count, g, pixel, out, feature):
    """What the features of some neighbouring places receive: vectors lie along features."""
    features, step = own[FOUND_CHANNELS], own[STRIDE_ACROSS] * own[IMAGE_CHANNELS]
    image_line, _, kernel_line = _lengths(own)
    sums = Sums(seen.lines, seen.run, kernel_line, features, image_line)
    vectors = (features + LANES - 1) // LANES
    moves = Moves(count, step, features, vectors, LANES, LANES, features, LANES)
    _slide(plan.kernels, seen.inward, sums, moves, g, pixel, out, feature)


@internal
def _to_pixels(plan, own, seen, count, g, feature, out, pixel):
    """What pixels receive from some neighbouring places: vectors lie along a line of the image."""
    features, step = own[FOUND_CHANNELS], own[STRIDE_ACROSS] * own[IMAGE_CHANNELS]
    image_line, wide, kernel_line = _lengths(own)
    sums = Sums(1, features, 0, wide, 0)
    for k in range(0, seen.run, LANES):
        outputs = seen.run - k
        moves = Moves(count, features, step, seen.lines, kernel_line, image_line, outputs, 0)
        _slide(plan.kernels, seen.outward + k, sums, moves, g, feature, out, pixel + k)


@internal
def _lines(plan, task, to_rows, to_columns, g, out, shifts):
    """Lines of features, one trial.

    Shifts lead from a neuron's number to its place: in g of those of the image and of features,
    and in out.
    """
    pixel_in, feature_in, pixel_out, feature_out = shifts
    own = plan.convolutions[plan.tasks[task, AT]]
    for y in range(plan.tasks[task, FIRST], plan.tasks[task, LAST]):
        x = 0
        while x < own[FOUND_WIDTH]:
            seen, count = _seen(own, y, x), _alike(own, x)
            pixel, feature = seen.pixel, seen.feature
            if to_rows:
                _to_features(
                    plan, own, seen, count, g, pixel_in + pixel, out, feature_out + feature
                )
            if to_columns:
                _to_pixels(plan, own, seen, count, g, feature_in + feature, out, pixel_out + pixel)
            x += count


# --- many trials -------------------------------------------------------------------------------


@internal
def _lines_of_vectors(plan, task, to_rows, to_columns, trials, g, out):
    """Lines of features for the first trials, a whole number of vectors.

    Vectors lie along trials, so each direction has its weights in the order of its sums, which is
    the other one than for one trial.
    """
    own, kernel = plan.convolutions[plan.tasks[task, AT]], plan.kernels
    features = own[FOUND_CHANNELS]
    image_line, wide, kernel_line = _lengths(own)
    row_shift = plan.tasks[task, ROW_OUT] - plan.tasks[task, ROW]
    column_shift = plan.tasks[task, COLUMN_OUT] - plan.tasks[task, COLUMN]
    for y in range(plan.tasks[task, FIRST], plan.tasks[task, LAST]):
        for x in range(own[FOUND_WIDTH]):
            seen = _seen(own, y, x)
            pixel, feature, run = seen.pixel, seen.feature, seen.run
            if to_rows:
                sums, to = Sums(seen.lines, run, kernel_line, 1, image_line), row_shift + feature
                multiply(kernel, seen.outward, wide, sums, features, g, pixel, out, to, trials)
            if to_columns:
                sums = Sums(1, features, 0, 1, 0)
                for k in range(seen.lines):
                    at, to = seen.inward + k * kernel_line, column_shift + pixel + k * image_line
                    multiply(kernel, at, features, sums, run, g, feature, out, to, trials)


@internal
def _copy(source, first, source_step, target, begin, target_step, count):
    """Copy every so many numbers of an array with one axis to every so many of another."""
    at, to = np.uint64(first), np.uint64(begin)
    for _ in range(np.uint64(count)):
        target[to] = source[at]
        at += np.uint64(source_step)
        to += np.uint64(target_step)


@internal
def _lines_of_trials(plan, task, to_rows, to_columns, first, m, g, windows):
    """Lines of features for the trials from `first` on, one by one.

    Each is copied to where it lies together; the kernel stays in the cache for all of them.
    """
    row, rows = plan.tasks[task, ROW], plan.tasks[task, ROWS]
    column, columns = plan.tasks[task, COLUMN], plan.tasks[task, COLUMNS]
    image = plan.tasks[task, SCRATCH] * m
    found = image + columns
    image_out = found + rows
    found_out = image_out + columns + LANES
    for t in range(first, m):
        if to_rows:
            _copy(g, column * m + t, m, windows, image, 1, columns)
        if to_columns:
            _copy(g, row * m + t, m, windows, found, 1, rows)
        for k in range(np.uint64(image_out), np.uint64(found_out + rows)):
            windows[k] = 0.0
        shifts = image - column, found - row, image_out - column, found_out - row
        _lines(plan, task, to_rows, to_columns, windows, windows, shifts)
        if to_rows:
            _copy(windows, found_out, 1, windows, plan.tasks[task, ROW_OUT] * m + t, m, rows)
        if to_columns:
            at = plan.tasks[task, COLUMN_OUT] * m + t
            _copy(windows, image_out, 1, windows, at, m, columns)


# --- means -------------------------------------------------------------------------------------


@internal
def _means(plan, task, to_rows, to_columns, m, g, out):
    """Lines of means, any number of trials; g and out are seen as one axis."""
    own = plan.convolutions[plan.tasks[task, AT]]
    channels = own[IMAGE_CHANNELS]
    row_shift = plan.tasks[task, ROW_OUT] - plan.tasks[task, ROW]
    column_shift = plan.tasks[task, COLUMN_OUT] - plan.tasks[task, COLUMN]
    for y in range(plan.tasks[task, FIRST], plan.tasks[task, LAST]):
        for x in range(own[FOUND_WIDTH]):
            seen = _seen(own, y, x)
            feature, weight = seen.feature, channels / (seen.lines * seen.run)
            for k in range(seen.lines):
                line = seen.pixel + k * own[IMAGE_WIDTH] * channels
                for pixel in range(line, line + seen.run, channels):
                    if to_rows:
                        to = (row_shift + feature) * m
                        add_scaled(out, to, g, pixel * m, weight, channels * m)
                    if to_columns:
                        to = (column_shift + pixel) * m
                        add_scaled(out, to, g, feature * m, weight, channels * m)


# --- tasks -------------------------------------------------------------------------------------


@internal
def _is_mean(plan, task):
    return plan.convolutions[plan.tasks[task, AT], INWARD] < 0


@internal
def do_convolution(plan, task, directions, buffers):
    """Write the windows of a task on a convolution, one trial; leave other tasks alone.

    Parameters
    ----------
    directions : int
        See `kernels.tasks`.
    """
    if plan.tasks[task, KIND] != CONVOLUTION:
        return
    to_rows, to_columns = prepare(plan, task, directions, buffers.windows)
    if to_rows or to_columns:
        g, windows = flat(buffers.g), flat(buffers.windows)
        if _is_mean(plan, task):
            _means(plan, task, to_rows, to_columns, 1, g, windows)
        else:
            row_shift = plan.tasks[task, ROW_OUT] - plan.tasks[task, ROW]
            column_shift = plan.tasks[task, COLUMN_OUT] - plan.tasks[task, COLUMN]
            shifts = np.int64(0), np.int64(0), column_shift, row_shift
            _lines(plan, task, to_rows, to_columns, g, windows, shifts)


@internal
def do_convolution_of_trials(plan, task, directions, buffers):
    """Write the windows of a task on a convolution; leave other tasks alone."""
    if plan.tasks[task, KIND] != CONVOLUTION:
        return
    to_rows, to_columns = directions_of(plan, task, directions)
    if not to_rows and not to_columns:
        return
    m, g, windows = buffers.g.shape[1], flat(buffers.g), flat(buffers.windows)
    if _is_mean(plan, task):
        prepare(plan, task, directions, buffers.windows)
        _means(plan, task, to_rows, to_columns, m, g, windows)
        return
    in_vectors = m - m % LANES
    if in_vectors > 0:
        prepare(plan, task, directions, buffers.windows)
        _lines_of_vectors(plan, task, to_rows, to_columns, in_vectors, buffers.g, buffers.windows)
    if in_vectors < m:
        _lines_of_trials(plan, task, to_rows, to_columns, in_vectors, m, g, windows)
