"""Expressions in t: their values, and every place where they jump or bend."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.errors import ExpressionError, SimulationError
from hamsim.signals import Written, with_numbers
from hamsim.signals.enclosure import enclose
from hamsim.signals.functions import NAMED

CREST = np.arcsin(0.99999)
# Each with all of its breaks from 0 to 10, and whether they are jumps.
BREAKS = {
    "sin(t)": ([], False),
    "step(t - 3)": ([3], True),
    "heaviside(7 - 2*t)": ([3.5], True),
    "step(sin(t))": ([np.pi, 2 * np.pi, 3 * np.pi], True),
    "step(sin(t) - 0.99999)": (
        [CREST, np.pi - CREST, 2 * np.pi + CREST, 3 * np.pi - CREST],
        True,
    ),
    "pulse(t, 4, 1)": ([1, 4, 5, 8, 9], True),
    "pulse(t - 0.5, 4, 1)": ([0.5, 1.5, 4.5, 5.5, 8.5, 9.5], True),
    "floor(t / 3)": ([3, 6, 9], True),
    "ceil(t / 3 - 1/3)": ([1, 4, 7], True),
    "round(t / 4)": ([2, 6], True),
    "t % 2.5": ([2.5, 5, 7.5], True),
    "t // 4": ([4, 8], True),
    "ramp(t, 2, 4)": ([2, 4], False),
    "abs(t - 5)": ([5], False),
    "max(0, sin(t))": ([np.pi, 2 * np.pi, 3 * np.pi], False),
    "min(t, 4)": ([4], False),
    "sign(t**2 - 3)": ([np.sqrt(3)], True),
    "exp(-t) * step(2 - t)": ([2], True),
}


@pytest.mark.parametrize("text", BREAKS)
def test_breaks(text):
    times, jumps = BREAKS[text]
    found = Written(text).breaks(0.0, 10.0)
    np.testing.assert_allclose(found.times, times, rtol=1e-12)
    assert all(jump == jumps for jump in found.jumps)
    some = Written(text).breaks(3.2, 8.1)
    np.testing.assert_allclose(some.times, [t for t in times if 3.2 < t < 8.1], rtol=1e-12)


def test_a_short_pulse_is_found():
    # It lasts 9e-5 around pi / 2, 3e-5 of the time: samples would pass over it.
    found = Written("step(sin(t) - (1 - 1e-9))").breaks(0.0, 3.0)
    half = np.arccos(1 - 1e-9)
    np.testing.assert_allclose(found.times, [np.pi / 2 - half, np.pi / 2 + half], rtol=1e-10)


@settings(max_examples=60, deadline=None)
@given(
    text=st.sampled_from(
        [
            "sin(3*t)*cos(t)", "t**2 - 3*t", "exp(-t)*pulse(t, 1.3, 0.4)", "ramp(t, 2, 4)**2 - t",
            "abs(sin(t)) - max(0, cos(2*t))", "1/(1 + t*t)", "t % 1.7 - floor(t)", "tanh(t - 4)",
            "(t - 5)**3", "sqrt(t + 1)*sign(t - 2)", "cosh(0.3*t - 1)", "log(t + 1) - t // 2",
            "step(cos(t))*round(t)", "tan(0.1*t)", "(-1.5)**2 - 2**(-t)",
        ]
    ),
    begin=st.floats(0, 10),
    length=st.floats(0, 3),
)  # fmt: skip
def test_intervals_hold_all_values(text, begin, length):
    times = np.linspace(begin, begin + length, 50)
    low, high = enclose(Written(text).tree, np.array(begin), np.array(begin + length))
    values = Written(text).at(times)[:, 0, 0]
    slack = 1e-9 * np.abs(values).max() + 1e-12
    assert low - slack <= values.min()
    assert values.max() <= high + slack


@pytest.mark.parametrize(
    ("text", "begin", "end", "moves"),
    [
        ("sin(t)", 0, 1, True),
        ("pulse(t, 4, 1)", 0, 1, False),
        ("pulse(t, 4, 1)", 5, 8, False),
        ("max(0, sin(t))", np.pi, 2 * np.pi, False),
        ("max(0, sin(t))", 0, np.pi, True),
        ("ramp(t, 2, 4)", 0, 2, False),
        ("ramp(t, 2, 4)", 2, 4, True),
        ("ramp(t, 2, 4)*sin(t)", 0, 2, False),
        ("t % 2.5", 2.5, 5, True),
        ("floor(t/3)", 3, 6, False),
    ],
)
def test_what_moves(text, begin, end, moves):
    assert Written(text).moves(float(begin), float(end)) is moves


def test_values():
    t = np.array([0.0, 0.5, 1.0, 2.5, 4.0])
    for text, expected in {
        "pulse(t, 2, 1)": [1, 1, 0, 1, 1],
        "ramp(t, 1, 4)": [0, 0, 0, 0.5, 1],
        "step(t - 1)": [0, 0, 1, 1, 1],
        "2": [2, 2, 2, 2, 2],
        "sin(pi * t)": np.sin(np.pi * t),
    }.items():
        np.testing.assert_array_equal(Written(text).at(t)[:, 0, 0], expected)
    with pytest.raises(SimulationError, match=r"'1 / t' is not finite at t = 0"):
        Written("1 / t").at(t)


def test_numbers_take_the_place_of_parameters():
    names = {"A": -2.0, "f": 0.1, "n": 2.0}
    text = with_numbers("A**n * sin(2*pi*f*t)**-n - A", names)
    t = np.linspace(0.3, 2, 7)
    expected = (-2.0) ** 2 * np.sin(2 * np.pi * 0.1 * t) ** -2.0 + 2.0
    np.testing.assert_allclose(Written(text).at(t)[:, 0, 0], expected, rtol=1e-15)
    assert with_numbers(text, {}) == text
    for wrong, message in {
        "sin(t) + B": "unknown name 'B'",
        "pulse(t, 1)": r"pulse\(\) takes 3 argument",
        "__import__('os')": "not a number|unknown function",
        "t.real": "not an arithmetic expression",
    }.items():
        with pytest.raises(ExpressionError, match=message):
            with_numbers(wrong, names)


def test_every_function_is_enclosed():
    for name in NAMED:
        arguments = {"pulse": "t, 2, 1", "ramp": "t, 1, 2", "max": "t, 1", "min": "t, 1"}
        text = f"{name}({arguments.get(name, 't')})"
        low, high = enclose(Written(text).tree, np.array([0.5]), np.array([0.7]))
        assert low <= Written(text).at(np.array([0.6])) <= high


@pytest.mark.parametrize(
    ("text", "rate", "within"),
    [
        ("sin(3*t)", 3, 0.7),
        ("sin(100*t)", 100, 0.7),
        ("5 + 1e6*cos(7*t)", 7, 0.7),
        ("exp(-((t - 5)/1e-4)**2)", 1e4, 5),  # as no sample would see it
        ("2*t - 1", 0, 0),
        ("pulse(t, 1, 0.3)", 0, 0),  # steps end at jumps
        ("abs(t - 3)*2", 0, 0),
        ("sin(t)*step(t - 3)", 1, 1),
    ],
)
def test_how_fast_it_changes(text, rate, within):
    found = Written(text).rate(0.0, 10.0)
    assert rate * (1 - within) <= found <= rate * (1 + within)
