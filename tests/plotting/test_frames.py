"""Images at many moments: which are taken, what their numbers stand for, and how many there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgba

import hamsim
from hamsim.plotting import frames
from hamsim.plotting.frames import frames_of, image_groups
from hamsim.plotting.style.colours import MISSING


def run(shape, trials=None, records=11, low=None):
    initial = {"uniform": {"low": -1.0 if low is None else low, "high": 1.0}}
    source = {
        "format": "hamsim/1",
        "groups": {
            "dots": {"shape": shape, "lagrangian": "identity", "initial": initial},
            "list": {"size": 3, "lagrangian": "tanh"},
        },
        "simulation": {"t_end": 1, "dt": 1 / (records - 1), "method": "euler"},
    }
    return hamsim.simulate(source, trials=trials, record={"every": 1 / (records - 1)})


@pytest.mark.parametrize("trials", [None, 1, 3])
def test_numbers_stand_for_values(trials):
    trace = run([4, 5], trials)
    made = frames_of(trace, "dots")
    count = trials or 1
    assert made.values.shape == (11, count, 4, 5)
    assert (made.low, made.high) == (-made.high, made.high)  # centred at 0
    back = made.low + made.values / 254 * (made.high - made.low)
    true = trace.of("dots").reshape(count, 11, 4, 5).swapaxes(0, 1)
    assert np.abs(back - true).max() <= (made.high - made.low) / 254
    assert made.labels == (("",) if count == 1 else ("trial 0", "trial 1", "trial 2"))
    assert made.moments[0] == "t = 0"
    assert made.moments[-1] == "t = 1"
    assert made.left_out == ()


def test_without_a_sign_the_range_is_that_of_the_values():
    trace = run([4, 5], low=0.5)
    made = frames_of(trace, "dots")
    assert made.low == pytest.approx(trace.of("dots").min())
    assert made.colours[0, :3].min() == 255  # white to black, as images in figures
    assert made.colours[254, :3].max() == 0


def test_what_is_not_finite_has_a_colour_of_its_own():
    trace = run([2, 2])
    values = np.array(trace.arrays["x"])
    values[3, 0, :2] = np.nan, 1e200
    other = type(trace)(trace.header, trace.t, {"x": values}, trace.outcome, trace.stats)
    made = frames_of(other, "dots")
    assert np.argwhere(made.values == frames.NOT_FINITE).tolist() == [[3, 0, 0, 0], [3, 0, 0, 1]]
    assert made.colours[frames.NOT_FINITE] == pytest.approx(255 * np.array(to_rgba(MISSING)))


@given(records=st.integers(2, 200), trials=st.integers(1, 20), most=st.integers(1, 5000))
def test_never_more_than_asked_for(records, trials, most):
    made = frames_of(_cached(records, trials), "dots", most)
    if made is None:
        assert most < 12 * min(records, frames.FEWEST_MOMENTS)
        return
    assert made.values.size <= most
    assert made.values.shape[0] >= min(records, frames.FEWEST_MOMENTS)
    assert made.values.shape[1] >= 1
    assert ("trials" in " ".join(made.left_out)) == (made.values.shape[1] < trials)
    assert ("records" in " ".join(made.left_out)) == (made.values.shape[0] < records)
    assert len(made.moments) == made.values.shape[0]


_TRACE = []


def _cached(records, trials):
    """A trace of so many records and trials, without a run for each."""
    if not _TRACE:
        _TRACE.append(run([3, 4], 20, 11))
    trace = _TRACE[0]
    x = np.resize(trace.arrays["x"], (records, trials, trace.arrays["x"].shape[2]))
    header = type(trace.header)(**{**vars(trace.header), "trials": trials})
    return type(trace)(header, np.arange(float(records)), {"x": x}, trace.outcome, trace.stats)


def test_only_groups_of_rows_and_columns_are_images():
    assert image_groups(run([3, 4])) == ["dots"]
    assert image_groups(run([12])) == []


def test_neurons_of_two_values_are_black_and_white():
    network = {
        "format": "hamsim/1",
        "groups": {"dots": {"shape": [2, 2], "lagrangian": "sign", "initial": [1, -1, 1, -1]}},
        "simulation": {"method": "asynchronous", "sweeps": 2},
    }
    made = frames_of(hamsim.simulate(network), "dots")
    assert made.moments[0] == "sweep 0"
    assert set(made.colours[made.values[0]][..., :3].ravel().tolist()) == {0, 255}
