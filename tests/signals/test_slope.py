"""Derivatives of functions of time, against differences between their breaks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.errors import SimulationError
from hamsim.signals import Sampled, Several, Within, Written
from hamsim.signals.functions import NAMED
from hamsim.signals.slope import slope_of

APART, NEAR = 1e-5, 1e-6
EVERY = [
    "sin(3*t)*cos(t)", "t**2 - 3*t", "exp(-t)*pulse(t, 1.3, 0.4)", "ramp(t, 2, 4)**2 - t",
    "abs(sin(t)) - max(0, cos(2*t))", "1/(1 + t*t)", "t % 1.7 - floor(t)", "tanh(t - 4)",
    "(t - 5)**3", "sqrt(t + 1)*sign(t - 2)", "cosh(0.3*t - 1)", "log(t + 1) - t // 2",
    "step(cos(t))*round(t)", "tan(0.1*t)", "(-1.5)**2 - 2**(-t)", "min(t, 3)*sinh(0.2*t)",
    "log2(t + 2)/ceil(t + 0.5)", "heaviside(t - 4)*t**1.5 - (+t)", "(t + 1)**(0.2*t)",
]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(text=st.sampled_from(EVERY), time=st.floats(0.01, 10))
def test_of_expressions(text, time):
    signal = Written(text)
    near = signal.breaks(time - 2 * APART, time + 2 * APART).times
    if near.size:
        return
    times = np.array([time - APART, time + APART])
    difference = np.diff(signal.at(times)[:, 0, 0])[0] / (2 * APART)
    found = signal.slope(np.array([time]))
    assert found.shape == (1, 1, 1)
    assert abs(found[0, 0, 0] - difference) <= NEAR * (1 + abs(difference))


def test_every_function_has_one():
    assert all(any(f"{name}(" in text for text in EVERY) for name in NAMED)


def test_what_does_not_change_has_none_whatever_the_function():
    assert slope_of(Written("sqrt(0*t) + (2 - 2)**0.5*t").tree, np.array([1.0]))[0] == 0.0
    with pytest.raises(SimulationError, match=r"'sqrt\(t\)' has no finite derivative at t = 0"):
        Written("sqrt(t)").slope(np.array([0.0]))


@pytest.mark.parametrize("beyond", ["hold", "repeat"])
def test_of_tables(beyond):
    times, values = np.array([1.0, 2.0, 4.0]), np.array([[0.0, 3.0], [2.0, 3.0], [0.0, 4.0]])
    table = Sampled(times, values[:, :, None], "linear", beyond)
    found = table.slope(np.array([0.5, 1.0, 1.5, 2.5, 4.5]))[:, :, 0]
    first, second = [2.0, 0.0], [-1.0, 0.5]
    expected = [[0.0, 0.0], first, first, second, [0.0, 0.0]]
    if beyond == "repeat":
        expected[0], expected[-1] = second, first
    np.testing.assert_allclose(found, expected)
    assert not Sampled(times, values[:, :, None], "step", beyond).slope(times).any()


def test_at_both_ends_that_from_inside():
    signal = Within(Several((Written("abs(t - 1)"), Written("ramp(t, 1, 2)"))), 1.0, 2.0)
    np.testing.assert_array_equal(
        signal.slope(np.array([1.0, 2.0]))[:, :, 0], [[1.0, 1.0], [1.0, 1.0]]
    )
