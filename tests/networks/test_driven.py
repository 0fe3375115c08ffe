"""Driven examples show what their files say one should see."""

import numpy as np
import pytest

import hamsim
from hamsim.cli.examples import zoo


def sine_of(trace, f, since):
    """Amplitude and lag behind a sine, in degrees, of the difference of two neurons."""
    late = trace.t > since
    angle = 2 * np.pi * f * trace.t[late]
    waves = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    difference = trace.x[late, 0] - trace.x[late, 1]
    a, b = np.linalg.lstsq(waves, difference, rcond=None)[0]
    return np.hypot(a, b), -np.degrees(np.arctan2(b, a))


def test_head_velocity_is_integrated():
    trace = hamsim.simulate(zoo() / "vestibular_integrator.yaml")
    amplitude, lag = sine_of(trace, 0.2, 60)
    leak, w = 0.1 / (1 - 0.99), 2 * np.pi * 0.2
    assert amplitude == pytest.approx(95.2, abs=0.1)
    assert amplitude == pytest.approx(2 * 6 / (1 - 0.99) / np.hypot(1, w * leak), rel=1e-3)
    assert lag == pytest.approx(85.5, abs=0.1)
    assert lag == pytest.approx(np.degrees(np.arctan(w * leak)), abs=0.1)
    both = trace.x[trace.t > 60].sum(axis=1)
    np.testing.assert_allclose(both, 2 * 100 / 1.99, rtol=1e-6)
    assert trace.stats.energy.rises == 0
    assert np.diff(trace.energy).max() > 0
    assert trace.stats.energy.moving == pytest.approx(100)


def test_slow_turns_leak():
    slow = hamsim.compile(zoo() / "vestibular_integrator.yaml", {"parameters.f": 0.02})
    _, lag = sine_of(hamsim.simulate(slow), 0.02, 50)
    assert lag == pytest.approx(51.5, abs=0.5)


def test_salt_is_told_by_its_changes():
    trace = hamsim.simulate(zoo() / "salt_steps.yaml")
    on, off = trace.g[:, 2], trace.g[:, 3]
    # The table is replayed: the fast neuron is where the last concentration leads it.
    fast, level, at = 0.0, 0.0, 0.0
    for time, salt in [(20, 1), (80, 0), (140, 0.5), (170, 1), (200, 1)]:
        fast = level + (fast - level) * np.exp(-(time - at) / 0.5)
        found = trace.x[np.argmin(np.abs(trace.t - time)), 0]
        assert found == pytest.approx(fast, abs=1e-5)
        level, at = salt, time

    def peak(g, begin, end):
        here = (trace.t >= begin) & (trace.t < end)
        return g[here].max(), trace.t[here][np.argmax(g[here])] - begin

    height, after = peak(on, 20, 80)
    latest = np.log(20 / 0.5) * 20 * 0.5 / (20 - 0.5)
    assert height == pytest.approx(np.exp(-latest / 20) - np.exp(-latest / 0.5), abs=1e-3)
    assert height == pytest.approx(0.887, abs=1e-3)
    assert after == pytest.approx(latest, abs=0.1)
    assert peak(off, 80, 140)[0] == pytest.approx(0.842, abs=1e-3)
    assert peak(on, 140, 170)[0] == pytest.approx(0.400, abs=1e-3)
    assert peak(on, 170, 200)[0] == pytest.approx(0.536, abs=1e-3)
    assert off[trace.t < 79].max() == 0
    assert np.all((on == 0) | (off == 0))
