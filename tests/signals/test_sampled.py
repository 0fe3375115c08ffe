"""Tables: between their times, and beyond them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.errors import SimulationError
from hamsim.signals import Sampled, Within

TIMES = np.array([1.0, 2.0, 4.0, 5.0])
VALUES = np.array([0.0, 1.0, 1.0, 3.0])[:, None, None]


def table(between, beyond):
    return Sampled(TIMES, VALUES, between, beyond)


def at(signal, *times):
    return signal.at(np.array(times, dtype=float))[:, 0, 0].tolist()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    between=st.sampled_from(["linear", "step"]),
    beyond=st.sampled_from(["hold", "repeat"]),
)
def test_against_the_definition(seed, between, beyond):
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.1, 1, 6))
    values = rng.normal(size=(6, 2, 3))
    signal = Sampled(times, values, between, beyond, trials=3)
    for t in rng.uniform(-3, 9, 20):
        inside, k = t, 0
        if beyond == "repeat":
            while inside < times[0]:
                inside += times[-1] - times[0]
            while inside >= times[-1]:
                inside -= times[-1] - times[0]
        inside = min(max(inside, times[0]), times[-1])
        while k < 4 and times[k + 1] <= inside:
            k += 1
        part = (inside - times[k]) / (times[k + 1] - times[k])
        expected = values[k] + part * (values[k + 1] - values[k])
        if between == "step":
            expected = values[5] if part >= 1 else values[k]
        np.testing.assert_allclose(signal.at(np.array([t]))[0], expected, atol=1e-12)


def test_at_its_times_it_is_what_the_table_says():
    for between in ("linear", "step"):
        np.testing.assert_array_equal(table(between, "error").at(TIMES), VALUES)


def test_breaks():
    linear, step = table("linear", "hold"), table("step", "hold")
    assert linear.breaks(0.0, 9.0).times.tolist() == [1, 2, 4, 5]
    assert not linear.breaks(0.0, 9.0).jumps.any()
    assert step.breaks(0.0, 9.0).times.tolist() == [2, 5]  # nothing changes at 4
    assert step.breaks(0.0, 9.0).jumps.all()
    again = table("linear", "repeat").breaks(1.0, 9.5)
    assert again.times.tolist() == [2, 4, 5, 6, 8, 9]
    assert again.jumps.tolist() == [False, False, True, False, False, True]
    again = table("step", "repeat").breaks(1.0, 9.5)
    assert again.times.tolist() == [2, 5, 6, 9]  # its last value lasts no time


def test_what_moves():
    linear = table("linear", "hold")
    assert [linear.moves(a, b) for a, b in [(0.0, 1.0), (1, 2), (2, 4), (4, 5), (5, 9)]] == [
        *(False, True, False, True, False)
    ]
    assert linear.moves(2.0, 5.0)
    assert not table("step", "hold").moves(1.0, 2.0)


def test_beyond_its_times():
    assert at(table("linear", "hold"), 0, 9) == [0, 3]
    assert at(table("linear", "repeat"), 0.5, 5, 9.5) == [2, 0, 0.5]
    wanted = r"the table lasts from t = 1 to 5, and values from t = 0 to 9 are needed; say beyond"
    with pytest.raises(SimulationError, match=wanted):
        at(table("linear", "error"), 0, 9)
    with pytest.raises(SimulationError, match=wanted):
        table("linear", "error").require(0, 9)
    table("linear", "error").require(1, 5)


def test_limits_from_inside():
    step = table("step", "hold")
    assert at(Within(step, 2.0, 5.0), 2, 3, 5) == [1, 1, 1]
    assert at(Within(step, 2.0, 5.0, (True, False)), 5) == [3]
    # A step may end a little beside a jump, on a grid.
    near = Within(step, np.nextafter(2.0, 0), np.nextafter(5.0, 9))
    assert at(near, np.nextafter(2.0, 0), np.nextafter(5.0, 9)) == [1, 1]
