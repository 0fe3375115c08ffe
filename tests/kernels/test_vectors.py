"""Sums written as machine vectors equal NumPy's, and touch nothing beyond what they are given."""

import numpy as np
import pytest

from hamsim.kernels.jit import jit
from hamsim.kernels.registers import LANES, flat
from hamsim.kernels.vectors import (
    Moves,
    Sums,
    add_scaled,
    dense_panel,
    gather_panel,
    stream_rows,
    window_panel,
)

# Sizes around every remainder of one vector and of two.
SIZES = range(18)
DTYPES = (np.float64, np.float32)
# Two orders of summing less than 20 products differ by rounding.
AGREES = 1e-13
MARGIN = 3

gather_one, gather_four = gather_panel(1), gather_panel(4)
four_both = stream_rows(4, True, True)
four_to_rows = stream_rows(4, True, False)
four_to_columns = stream_rows(4, False, True)
one_both = stream_rows(1, True, True)
one_to_rows = stream_rows(1, True, False)
one_to_columns = stream_rows(1, False, True)
panel_four_two, panel_four_one = dense_panel(4, 2), dense_panel(4, 1)
panel_one_two, panel_one_one = dense_panel(1, 2), dense_panel(1, 1)
panel_five_two, panel_five_three = dense_panel(5, 2, roomy=True), dense_panel(5, 3, roomy=True)
window_four_two, window_one_one = window_panel(4, 2), window_panel(1, 1)


@jit
def gather(vectors, indices, weights, first, last, g, out, i, t, add):
    if vectors == 1:
        gather_one(indices, weights, first, last, g, out, i, t, add)
    else:
        gather_four(indices, weights, first, last, g, out, i, t, add)


@jit
def stream(rows, to_rows, to_columns, weights, at, width, g, row, column, out, row_out, column_out):
    if rows == 4 and to_rows and to_columns:
        four_both(weights, at, width, g, row, column, out, row_out, column_out)
    elif rows == 4 and to_rows:
        four_to_rows(weights, at, width, g, row, column, out, row_out, column_out)
    elif rows == 4:
        four_to_columns(weights, at, width, g, row, column, out, row_out, column_out)
    elif to_rows and to_columns:
        one_both(weights, at, width, g, row, column, out, row_out, column_out)
    elif to_rows:
        one_to_rows(weights, at, width, g, row, column, out, row_out, column_out)
    else:
        one_to_columns(weights, at, width, g, row, column, out, row_out, column_out)


@jit
def panel(outputs, vectors, weights, at, across, sums, g, row, out, row_out, t):
    if outputs == 4 and vectors == 2:
        panel_four_two(weights, at, across, sums, g, row, out, row_out, t, 0)
    elif outputs == 4:
        panel_four_one(weights, at, across, sums, g, row, out, row_out, t, 0)
    elif vectors == 2:
        panel_one_two(weights, at, across, sums, g, row, out, row_out, t, 0)
    else:
        panel_one_one(weights, at, across, sums, g, row, out, row_out, t, 0)


@jit
def roomy(vectors, weights, at, across, sums, g, row, out, row_out, t):
    if vectors == 2:
        panel_five_two(weights, at, across, sums, g, row, out, row_out, t, at)
    else:
        panel_five_three(weights, at, across, sums, g, row, out, row_out, t, at)


@jit
def window(positions, kernel, at, sums, moves, apart, outputs, g, first, out, to):
    if positions == 4:
        window_four_two(kernel, at, sums, moves, apart, outputs, g, first, out, to)
    else:
        window_one_one(kernel, at, sums, moves, apart, outputs, g, first, out, to)


@jit
def scaled(out, to, g, first, factor, count):
    add_scaled(out, to, g, first, factor, count)


@jit
def add_one_to_all(array):
    entries = flat(array)
    for k in range(entries.size):
        entries[k] += k + 1.0
    return entries.size


def between_nans(values):
    """The values with NaN before and behind them, and where they begin."""
    room = np.full(values.size + 2 * MARGIN, np.nan, dtype=values.dtype)
    room[MARGIN : MARGIN + values.size] = values.reshape(-1)
    return room, MARGIN


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("vectors", [1, 4])
@pytest.mark.parametrize("add", [0, 1])
def test_gather_panel(dtype, vectors, add):
    """Rows of every length from 0 on, for the trials of the panel alone."""
    rng = np.random.default_rng(0)
    wide, n, t = LANES * vectors, 30, 5
    g = rng.normal(size=(n, t + wide + 4))
    g[:, :t] = g[:, t + wide :] = np.nan
    for size in SIZES:
        weights, first = between_nans(rng.normal(size=size).astype(dtype))
        indices = np.full(weights.size, n - 1, dtype=np.uint32)
        indices[first : first + size] = rng.integers(0, n, size)
        before = rng.normal(size=(4, g.shape[1]))
        out = before.copy()
        gather(vectors, indices, weights, first, first + size, g, out, 2, t, add)
        own = weights[first : first + size].astype(float)
        sums = own @ g[indices[first : first + size], t : t + wide] + add * before[2, t : t + wide]
        np.testing.assert_allclose(out[2, t : t + wide], sums, rtol=0, atol=AGREES)
        out[2, t : t + wide] = before[2, t : t + wide]
        assert np.array_equal(out, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize(("to_rows", "to_columns"), [(True, True), (True, False), (False, True)])
def test_stream_rows(dtype, rows, to_rows, to_columns):
    rng = np.random.default_rng(1)
    row, row_out = 2, 3
    column = row + rows + 1
    for width in SIZES:
        D = rng.normal(size=(rows, width)).astype(dtype)
        weights, at = between_nans(D)
        g = np.full(column + width + 2, np.nan)
        g[row : row + rows] = rng.normal(size=rows)
        g[column : column + width] = rng.normal(size=width)
        column_out = row_out + rows + 2
        before = rng.normal(size=column_out + width + 2)
        out, expected = before.copy(), before.copy()
        stream(
            rows, to_rows, to_columns, weights, at, width, g, row, column, out, row_out, column_out
        )
        if to_rows:
            expected[row_out : row_out + rows] += D.astype(float) @ g[column : column + width]
        if to_columns:
            expected[column_out : column_out + width] += D.T.astype(float) @ g[row : row + rows]
        np.testing.assert_allclose(out, expected, rtol=0, atol=AGREES)
        written = np.zeros(out.size, dtype=bool)
        written[row_out : row_out + rows] = to_rows
        written[column_out : column_out + width] = to_columns
        assert np.array_equal(out[~written], before[~written])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("outputs", [1, 4])
@pytest.mark.parametrize("vectors", [1, 2])
@pytest.mark.parametrize("transposed", [False, True])
def test_dense_panel(dtype, outputs, vectors, transposed):
    rng = np.random.default_rng(2)
    wide, row, row_out, t = LANES * vectors, 1, 2, 3
    for count in SIZES:
        # The block has more columns than are used: a panel works on a part of it.
        D = rng.normal(size=(count, outputs + 2) if transposed else (outputs, count + 2))
        D = D.astype(dtype)
        weights, at = between_nans(D)
        g = np.full((row + count + 1, t + wide + 2), np.nan)
        g[row : row + count, t : t + wide] = rng.normal(size=(count, wide))
        before = rng.normal(size=(row_out + outputs + 1, g.shape[1]))
        out, expected = before.copy(), before.copy()
        used = D[:, :outputs].T if transposed else D[:, :count]
        across, along = (1, D.shape[1]) if transposed else (D.shape[1], 1)
        sums = Sums(1, count, 0, along, 0)
        panel(outputs, vectors, weights, at, across, sums, g, row, out, row_out, t)
        place = slice(row_out, row_out + outputs), slice(t, t + wide)
        expected[place] += used.astype(float) @ g[row : row + count, t : t + wide]
        np.testing.assert_allclose(out[place], expected[place], rtol=0, atol=AGREES)
        out[place] = before[place]
        assert np.array_equal(out, before)


@pytest.mark.parametrize("outputs", [1, 4])
@pytest.mark.parametrize("trials", range(1, LANES))
def test_a_single_vector_ends_where_the_trials_end(outputs, trials):
    """What is read and written of the next row, or behind the array, would be NaN or be seen."""
    rng = np.random.default_rng(6)
    count, t = 5, 2
    g = np.full((count + 1, t + trials), np.nan)
    g[:count, t:] = rng.normal(size=(count, trials))
    weights = rng.normal(size=outputs * count)
    before = rng.normal(size=(outputs + 2, t + trials))
    expected = before.copy()
    expected[1 : 1 + outputs, t:] += weights.reshape(outputs, count) @ g[:count, t:]
    out = before.copy()
    panel(outputs, 1, weights, 0, count, Sums(1, count, 0, 1, 0), g, 0, out, 1, t)
    np.testing.assert_allclose(out, expected, rtol=0, atol=AGREES)
    assert np.array_equal(out[:, :t], before[:, :t])
    assert np.array_equal(out[[0, -1]], before[[0, -1]])
    out, indices = before.copy(), np.arange(count, dtype=np.uint32)
    gather(1, indices, weights, 0, count, g, out, 1, t, 1)
    np.testing.assert_allclose(out[1, t:], expected[1, t:], rtol=0, atol=AGREES)
    out[1, t:] = before[1, t:]
    assert np.array_equal(out, before)


@pytest.mark.parametrize("vectors", [2, 3])
def test_a_roomy_panel_reads_on_but_ends_where_the_trials_end(vectors):
    """What is read of the next neuron, or behind the array, is not written and spoils nothing."""
    rng = np.random.default_rng(7)
    outputs, count, row, row_out, t = 5, 7, 1, 2, 3
    for trials in range(1, vectors * LANES + 3):
        used = min(trials, vectors * LANES)
        room = np.full((row + count) * (t + trials) + vectors * LANES, np.nan)
        g = room[: (row + count) * (t + trials)].reshape(-1, t + trials)
        g[row:, t : t + used] = rng.normal(size=(count, used))
        weights, at = between_nans(rng.normal(size=(outputs, count)))
        before = rng.normal(size=(row_out + outputs + 1, t + trials))
        out, expected = before.copy(), before.copy()
        roomy(vectors, weights, at, count, Sums(1, count, 0, 1, 0), g, row, out, row_out, t)
        place = slice(row_out, row_out + outputs), slice(t, t + used)
        D = weights[at : at + outputs * count].reshape(outputs, count)
        expected[place] += D @ g[row:, t : t + used]
        np.testing.assert_allclose(out[place], expected[place], rtol=0, atol=AGREES)
        out[place] = before[place]
        assert np.array_equal(out, before)


def test_a_dense_panel_sums_over_lines():
    """The stretch of a row is cut into lines that lie apart, in the weights and in g."""
    rng = np.random.default_rng(3)
    lines, terms, line, g_line = 3, 5, 7, 6
    weights, g = rng.normal(size=(4, 30)), rng.normal(size=(20, LANES))
    out = np.zeros((4, LANES))
    sums = Sums(lines, terms, line, 1, g_line)
    panel(4, 1, weights.reshape(-1), 2, 30, sums, g, 1, out, 0, 0)
    places = [(2 + k * line + s, 1 + k * g_line + s) for k in range(lines) for s in range(terms)]
    expected = sum(np.outer(weights[:, a], g[b]) for a, b in places)
    np.testing.assert_allclose(out, expected, rtol=0, atol=AGREES)


@pytest.mark.parametrize(("positions", "vectors"), [(4, 2), (1, 1)])
@pytest.mark.parametrize("outputs", [1, 7, 8, 11, 16])
def test_window_panel(positions, vectors, outputs):
    rng = np.random.default_rng(4)
    sums = Sums(3, 5, 120, 17, 40)
    moves = Moves(9, 2, 24, vectors, LANES, LANES, outputs, LANES)
    apart, at, first, to = 2, 3, 4, 5
    kernel, g = rng.normal(size=400), rng.normal(size=120)
    before = rng.normal(size=220)
    out, expected = before.copy(), before.copy()
    window(positions, kernel, at, sums, moves, apart, outputs, g, first, out, to)
    for p in range(0, positions * apart, apart):
        for o in range(min(outputs, vectors * LANES)):
            for k in range(sums.lines):
                for s in range(sums.terms):
                    weight = kernel[at + k * sums.line + s * sums.step + o]
                    sent = g[first + p * moves.g_step + k * sums.g_line + s]
                    expected[to + p * moves.out_step + o] += weight * sent
    np.testing.assert_allclose(out, expected, rtol=0, atol=AGREES)
    assert np.array_equal(out[expected == before], before[expected == before])


def test_add_scaled():
    rng = np.random.default_rng(5)
    for count in SIZES:
        g, before = rng.normal(size=40), rng.normal(size=40)
        out, expected = before.copy(), before.copy()
        scaled(out, 3, g, 2, 0.7, count)
        expected[3 : 3 + count] += 0.7 * g[2 : 2 + count]
        np.testing.assert_allclose(out, expected, rtol=0, atol=AGREES)
        assert np.array_equal(out[3 + count :], before[3 + count :])


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (5, 1), (4, 7), (3, 17), (2, 3, 4)])
def test_flat_is_the_same_memory_on_one_axis(shape):
    array = np.zeros(shape)
    assert add_one_to_all(array) == array.size
    assert np.array_equal(array.reshape(-1), np.arange(array.size) + 1.0)
