"""Products for any number of trials equal NumPy's, whichever panels they are put together from."""

import numpy as np
import pytest

from hamsim.kernels.jit import jit
from hamsim.kernels.panels import multiply, multiply_padded
from hamsim.kernels.registers import LANES, OUTPUTS, VECTORS
from hamsim.kernels.vectors import Sums

# Two orders of summing less than 20 products differ by rounding.
AGREES = 1e-13
TRIALS = (*range(1, 4 * LANES + 2), 50, 64, 77)


@jit
def padded(weights, at, across, terms, step, outputs, g, row, out, row_out):
    multiply_padded(weights, at, across, terms, step, outputs, g, row, out, row_out, at)


@jit
def unpadded(weights, at, across, sums, outputs, g, row, out, row_out, trials):
    multiply(weights, at, across, sums, outputs, g, row, out, row_out, trials)


def roomy(rows, trials, rng):
    """Random numbers with NaN behind them, as far as vectors may go."""
    room = np.full(rows * trials + VECTORS * LANES, np.nan)
    room[: rows * trials] = rng.normal(size=rows * trials)
    return room[: rows * trials].reshape(rows, trials)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("outputs", [1, OUTPUTS, 2 * OUTPUTS + 3])
def test_products_of_a_padded_square(dtype, transposed, outputs):
    rng = np.random.default_rng(0)
    terms, row, row_out = 11, 2, 1
    full = outputs + -outputs % OUTPUTS
    D = np.zeros((full, terms))
    D[:outputs] = rng.normal(size=(outputs, terms))
    D = D.astype(dtype)
    stored = np.ascontiguousarray(D.T if transposed else D)
    across, step = (1, full) if transposed else (terms, 1)
    for trials in TRIALS:
        g = roomy(row + terms, trials, rng)
        before = rng.normal(size=(row_out + full + 1, trials))
        out, expected = before.copy(), before.copy()
        padded(stored.reshape(-1), 0, across, terms, step, outputs, g, row, out, row_out)
        expected[row_out : row_out + full] += D.astype(float) @ g[row:]
        np.testing.assert_allclose(out, expected, rtol=0, atol=AGREES)
        assert np.array_equal(out[:row_out], before[:row_out])
        assert np.array_equal(out[row_out + outputs :], before[row_out + outputs :])


@pytest.mark.parametrize("outputs", [1, 3, 4, 9])
def test_products_for_any_number_of_outputs(outputs):
    rng = np.random.default_rng(1)
    terms, row, row_out = 11, 2, 1
    D = rng.normal(size=(outputs, terms))
    for trials in TRIALS:
        g = rng.normal(size=(row + terms, trials))
        before = rng.normal(size=(row_out + outputs + 1, trials))
        out, expected = before.copy(), before.copy()
        sums = Sums(1, terms, 0, 1, 0)
        unpadded(D.reshape(-1), 0, terms, sums, outputs, g, row, out, row_out, trials)
        expected[row_out : row_out + outputs] += D @ g[row:]
        np.testing.assert_allclose(out, expected, rtol=0, atol=AGREES)
        assert np.array_equal(out[[0, -1]], before[[0, -1]])
