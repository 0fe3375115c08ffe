"""W g of convolutions: one kernel for all places of a window, used in both directions.

[HAM, section 4.3]

A task is a stretch of lines of features. What they receive and what they send back to the image is
done line by line, while the activations of both are in the cache. Images are flattened with the
channel innermost, so that what a window sees in a line of the image, `run` neurons, lies together.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import inlined, jit
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
from hamsim.kernels.tasks import directions_of, prepare
from hamsim.kernels.vectors import LANES, add_scaled, dense_panel, flat, window_panel

__all__ = ["do_convolution", "do_convolution_of_trials"]

_four_wide = window_panel(4, 2)
_four_narrow = window_panel(4, 1)
_one_wide = window_panel(1, 2)
_one_narrow = window_panel(1, 1)
_four_panels = dense_panel(4, 2)
_four_panel = dense_panel(4, 1)
_one_panels = dense_panel(1, 2)
_one_panel = dense_panel(1, 1)


@inlined
def _seen(start, window, length):
    """The part of a window that is on an axis of so many pixels: its first and last place."""
    return max(0, -start), min(window, length - start)


@inlined
def _alike(x, places, stride, before, window, length):
    """How many places from x on see the same part of a window: those inside the image, or one."""
    start = x * stride - before
    if start < 0 or start + window > length:
        return 1
    return min(places, (length - window + before) // stride + 1) - x


@jit
def _slide(
    kernel,
    at,
    kernel_line,
    kernel_step,
    kernel_next,
    lines,
    count,
    g,
    first,
    g_line,
    g_step,
    out,
    to,
    out_step,
    out_next,
    outputs,
    used,
    vectors,
    positions,
):
    """Move a kernel over some positions; see `window_panel` for what it adds, here to any number.

    Four positions at a time, that lie apart: what neighbours write overlaps, and to read what has
    been written just before takes long.
    """
    apart = positions // 4
    v = 0
    while v < vectors:
        wide = v + 2 <= vectors
        here, there, rest = at + v * kernel_next, to + v * out_next, outputs - v * used
        for p in range(apart):
            source, target = first + p * g_step, there + p * out_step
            if wide:
                _four_wide(
                    kernel,
                    here,
                    kernel_line,
                    kernel_step,
                    kernel_next,
                    lines,
                    count,
                    g,
                    source,
                    g_line,
                    apart * g_step,
                    out,
                    target,
                    apart * out_step,
                    out_next,
                    rest,
                    used,
                )
            else:
                _four_narrow(
                    kernel,
                    here,
                    kernel_line,
                    kernel_step,
                    kernel_next,
                    lines,
                    count,
                    g,
                    source,
                    g_line,
                    apart * g_step,
                    out,
                    target,
                    apart * out_step,
                    out_next,
                    rest,
                    used,
                )
        for p in range(4 * apart, positions):
            source, target = first + p * g_step, there + p * out_step
            if wide:
                _one_wide(
                    kernel,
                    here,
                    kernel_line,
                    kernel_step,
                    kernel_next,
                    lines,
                    count,
                    g,
                    source,
                    g_line,
                    g_step,
                    out,
                    target,
                    out_step,
                    out_next,
                    rest,
                    used,
                )
            else:
                _one_narrow(
                    kernel,
                    here,
                    kernel_line,
                    kernel_step,
                    kernel_next,
                    lines,
                    count,
                    g,
                    source,
                    g_line,
                    g_step,
                    out,
                    target,
                    out_step,
                    out_next,
                    rest,
                    used,
                )
        v += 2 if wide else 1


@jit
def _lines(plan, task, to_rows, to_columns, g, out, shifts):
    """Lines of features, one trial.

    Shifts lead from a neuron's number to its place: in g of those of the image and of features,
    and in out.
    """
    pixel_in, feature_in, pixel_out, feature_out = shifts
    own = plan.convolutions[plan.tasks[task, AT]]
    width, channels = own[IMAGE_WIDTH], own[IMAGE_CHANNELS]
    features, places = own[FOUND_CHANNELS], own[FOUND_WIDTH]
    across, step = own[WINDOW_ACROSS], own[STRIDE_ACROSS]
    image_line, kernel_line = width * channels, across * channels * features
    for y in range(plan.tasks[task, FIRST], plan.tasks[task, LAST]):
        top = y * own[STRIDE_DOWN] - own[BEFORE_DOWN]
        low, high = _seen(top, own[WINDOW_DOWN], own[IMAGE_HEIGHT])
        x = 0
        while x < places:
            count = _alike(x, places, step, own[BEFORE_ACROSS], across, width)
            left = x * step - own[BEFORE_ACROSS]
            begin, end = _seen(left, across, width)
            run = (end - begin) * channels
            feature = own[FOUND] + (y * places + x) * features
            pixel = own[IMAGE] + (top + low) * image_line + (left + begin) * channels
            if to_rows:
                at = own[INWARD] + low * kernel_line + begin * channels * features
                _slide(
                    plan.kernels,
                    at,
                    kernel_line,
                    features,
                    LANES,
                    high - low,
                    run,
                    g,
                    pixel_in + pixel,
                    image_line,
                    step * channels,
                    out,
                    feature_out + feature,
                    features,
                    LANES,
                    features,
                    LANES,
                    (features + LANES - 1) // LANES,
                    count,
                )
            at = own[OUTWARD] + low * kernel_line + begin * channels
            if to_columns and run <= LANES:  # a vector is what the window sees in one line
                _slide(
                    plan.kernels,
                    at,
                    0,
                    across * channels,
                    kernel_line,
                    1,
                    features,
                    g,
                    feature_in + feature,
                    0,
                    features,
                    out,
                    pixel_out + pixel,
                    step * channels,
                    image_line,
                    run,
                    0,
                    high - low,
                    count,
                )
            elif to_columns:
                for k in range(high - low):
                    _slide(
                        plan.kernels,
                        at + k * kernel_line,
                        0,
                        across * channels,
                        LANES,
                        1,
                        features,
                        g,
                        feature_in + feature,
                        0,
                        features,
                        out,
                        pixel_out + pixel + k * image_line,
                        step * channels,
                        LANES,
                        run,
                        LANES,
                        (run + LANES - 1) // LANES,
                        count,
                    )
            x += count


@inlined
def _multiply(kernel, at, across, along, outputs, count, g, row, out, row_out, trials):
    """Add a part of a kernel, or its transpose, times many trials; strides say which."""
    o = 0
    while o < outputs:
        four = o + 4 <= outputs
        here, to = at + o * across, row_out + o
        t = 0
        while t < trials:
            wide = t + 2 * LANES <= trials
            if four and wide:
                _four_panels(kernel, here, across, along, count, g, row, out, to, t)
            elif four:
                _four_panel(kernel, here, across, along, count, g, row, out, to, t)
            elif wide:
                _one_panels(kernel, here, across, along, count, g, row, out, to, t)
            else:
                _one_panel(kernel, here, across, along, count, g, row, out, to, t)
            t += 2 * LANES if wide else LANES
        o += 4 if four else 1


@jit
def _lines_of_vectors(plan, task, to_rows, to_columns, trials, g, out):
    """Lines of features for the first trials, a whole number of vectors."""
    own = plan.convolutions[plan.tasks[task, AT]]
    width, channels = own[IMAGE_WIDTH], own[IMAGE_CHANNELS]
    features, places = own[FOUND_CHANNELS], own[FOUND_WIDTH]
    across = own[WINDOW_ACROSS]
    row_shift = plan.tasks[task, ROW_OUT] - plan.tasks[task, ROW]
    column_shift = plan.tasks[task, COLUMN_OUT] - plan.tasks[task, COLUMN]
    wide = across * channels
    for y in range(plan.tasks[task, FIRST], plan.tasks[task, LAST]):
        top = y * own[STRIDE_DOWN] - own[BEFORE_DOWN]
        low, high = _seen(top, own[WINDOW_DOWN], own[IMAGE_HEIGHT])
        for x in range(places):
            left = x * own[STRIDE_ACROSS] - own[BEFORE_ACROSS]
            begin, end = _seen(left, across, width)
            run = (end - begin) * channels
            feature = own[FOUND] + (y * places + x) * features
            for k in range(low, high):
                pixel = own[IMAGE] + ((top + k) * width + left + begin) * channels
                at = own[OUTWARD] + k * wide * features + begin * channels
                if to_rows:
                    _multiply(
                        plan.kernels,
                        at,
                        wide,
                        1,
                        features,
                        run,
                        g,
                        pixel,
                        out,
                        row_shift + feature,
                        trials,
                    )
                if to_columns:
                    _multiply(
                        plan.kernels,
                        at,
                        1,
                        wide,
                        run,
                        features,
                        g,
                        feature,
                        out,
                        column_shift + pixel,
                        trials,
                    )


@inlined
def _copy(source, first, source_step, target, begin, target_step, count):
    """Copy every so many numbers of an array with one axis to every so many of another."""
    at, to = np.uint64(first), np.uint64(begin)
    for _ in range(np.uint64(count)):
        target[to] = source[at]
        at += np.uint64(source_step)
        to += np.uint64(target_step)


@jit
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


@jit
def _means(plan, task, to_rows, to_columns, m, g, out):
    """Lines of means, any number of trials; g and out are seen as one axis."""
    own = plan.convolutions[plan.tasks[task, AT]]
    width, channels, places = own[IMAGE_WIDTH], own[IMAGE_CHANNELS], own[FOUND_WIDTH]
    row_shift = plan.tasks[task, ROW_OUT] - plan.tasks[task, ROW]
    column_shift = plan.tasks[task, COLUMN_OUT] - plan.tasks[task, COLUMN]
    many = channels * m
    for y in range(plan.tasks[task, FIRST], plan.tasks[task, LAST]):
        top = y * own[STRIDE_DOWN] - own[BEFORE_DOWN]
        low, high = _seen(top, own[WINDOW_DOWN], own[IMAGE_HEIGHT])
        for x in range(places):
            left = x * own[STRIDE_ACROSS] - own[BEFORE_ACROSS]
            begin, end = _seen(left, own[WINDOW_ACROSS], width)
            weight = 1.0 / ((high - low) * (end - begin))
            feature = own[FOUND] + (y * places + x) * channels
            for k in range(low, high):
                line = own[IMAGE] + ((top + k) * width + left) * channels
                for q in range(begin, end):
                    pixel = line + q * channels
                    if to_rows:
                        add_scaled(out, (row_shift + feature) * m, g, pixel * m, weight, many)
                    if to_columns:
                        add_scaled(out, (column_shift + pixel) * m, g, feature * m, weight, many)


@inlined
def _is_mean(plan, task):
    return plan.convolutions[plan.tasks[task, AT], INWARD] < 0


@inlined
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


@inlined
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
