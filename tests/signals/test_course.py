"""The course of functions of time at few points: what a picture of them needs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.errors import SimulationError
from hamsim.signals import Sampled, Several, Written
from hamsim.signals.course import MOST, points_of


def of(text, end=10.0):
    return points_of([Written(text)], 0.0, end)


def test_jumps_are_two_points_of_one_time_and_bends_one():
    found = of("step(t - 4) + ramp(t, 6, 7)")
    at = np.flatnonzero(found.t == 4)
    assert found.values[at, 0].tolist() == [0, 1]
    for bend, value in ((6, 1), (7, 2)):
        (k,) = np.flatnonzero(found.t == bend)
        assert found.values[k, 0] == value
    assert np.array_equal(np.unique(found.values[found.t < 4]), [0])
    assert (found.t[0], found.t[-1]) == (0, 10)


def test_flat_parts_need_no_points():
    assert of("step(t - 4)").t.tolist() == [0, 4, 4, 10]
    assert of("0 * t + 2").t.tolist() == [0, 10]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    between=st.sampled_from(["linear", "step"]),
    beyond=st.sampled_from(["hold", "repeat"]),
)
def test_straight_lines_between_points_are_the_table(seed, between, beyond):
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.1, 1, 6))
    table = Sampled(times, rng.normal(size=(6, 2, 1)), between, beyond)
    found = points_of([table], 0.0, 8.0)
    assert found.together == 1
    assert found.t.size <= MOST
    asked = rng.uniform(0, 8, 50)
    for column in range(2):
        line = np.interp(asked, found.t, found.values[:, column])
        np.testing.assert_allclose(line, table.at(asked)[:, column, 0], atol=1e-9)


@pytest.mark.parametrize("frequency", [0.1, 1.0, 3.0])
def test_a_sine_is_smooth(frequency):
    found = of(f"sin(2 * pi * {frequency} * t)")
    assert found.together == 1
    assert found.t.size <= MOST
    asked = np.linspace(0, 10, 999)
    off = np.interp(asked, found.t, found.values[:, 0]) - np.sin(2 * np.pi * frequency * asked)
    assert np.abs(off).max() < 0.05


@pytest.mark.parametrize(
    "text", ["sin(2000 * t)", "sin(2 * pi * 819.2 * t)", "2 * pulse(t, 0.01, 0.005) - 1"]
)
def test_of_what_is_too_fast_the_least_and_the_greatest_are_kept(text):
    found = of(text)
    assert found.t.size <= MOST
    assert found.together > 1
    assert np.all(np.diff(found.t) >= 0)
    assert np.all(found.values[0::2] < -0.8)
    assert np.all(found.values[1::2] > 0.8)


def test_functions_stand_side_by_side_and_may_be_reduced():
    parts = Several.of(("t", "2 * t", 5.0))
    found = points_of([parts, Written("-t")], 0.0, 1.0)
    assert found.values[-1] == pytest.approx([1, 2, 5, -1])
    mean = points_of([parts], 0.0, 1.0, lambda values: values.mean(axis=1, keepdims=True))
    assert mean.values[-1] == pytest.approx([8 / 3])


def test_the_first_trial_is_taken_and_what_is_not_known_is_refused():
    values = np.arange(12.0).reshape(2, 3, 2)
    table = Sampled(np.array([0.0, 1.0]), values, "linear", "error", trials=2)
    found = points_of([table], 0.0, 1.0).values
    np.testing.assert_allclose(found, [[0, 2, 4], [6, 8, 10]], atol=1e-9)
    with pytest.raises(SimulationError, match="beyond"):
        points_of([table], 0.0, 2.0)
    with pytest.raises(SimulationError, match="not finite"):
        of("log(t - 20)", 5.0)
