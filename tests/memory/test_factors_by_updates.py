"""Neurons of two values beside memory neurons do as weights among them would make them do."""

import numpy as np
import pytest

import hamsim
from hamsim.memory import store


def signs(p, n, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(p, n))


def neurons(n, kind):
    return {"format": "hamsim/1", "groups": {"cells": {"size": n, "lagrangian": kind}}}


@pytest.mark.parametrize(("kind", "coding"), [("sign", "signs"), ("step", "binary")])
@pytest.mark.parametrize("order", ["sequential", "random"])
def test_factors_recall_as_weights_do_update_by_update(kind, coding, order):
    """64 neurons, so that 1 / sqrt(n) and all sums are exact; the same flips in the same sweeps."""
    patterns, starts = signs(12, 64, 1), signs(20, 64, 2)
    if coding == "binary":
        patterns, starts = (patterns + 1) / 2, (starts + 1) / 2
    whole = store(neurons(64, kind), patterns, coding=coding)
    factors = store(neurons(64, kind), patterns, coding=coding, factors=True)
    how = {"method": "asynchronous", "order": order, "seed": 3}
    one = hamsim.simulate(whole, starts, **how)
    other = hamsim.simulate(factors, np.hstack([starts, np.zeros((20, 12))]), **how)
    sweeps = min(one.x.shape[1], other.x.shape[1])
    np.testing.assert_array_equal(one.x[:, :sweeps], other.x[:, :sweeps, :64])
    np.testing.assert_array_equal(one.final, other.final[:, :64])
    assert one.stats.flips == other.stats.flips
    # Inputs that go with 0 and 1 add a constant to the energy.
    apart = one.energy[:, -1] - other.energy[:, -1]
    np.testing.assert_allclose(apart, apart[0], atol=1e-9)
    assert apart[0] == pytest.approx(0, abs=1e-9) or coding == "binary"


@pytest.mark.parametrize(("kind", "coding"), [("sign", "signs"), ("step", "binary")])
def test_factors_of_rare_patterns_recall_as_weights_do(kind, coding):
    patterns = np.where(np.random.default_rng(6).random((10, 50)) < 0.2, 1.0, -1.0)
    starts = signs(20, 50, 7)
    if coding == "binary":
        patterns, starts = (patterns + 1) / 2, (starts + 1) / 2
    stored = {"rule": "covariance", "coding": coding}
    whole = store(neurons(50, kind), patterns, **stored)
    factors = store(neurons(50, kind), patterns, factors=True, **stored)
    one = hamsim.simulate(whole, starts, method="asynchronous", seed=8)
    both = np.hstack([starts, np.zeros((20, 10))])
    other = hamsim.simulate(factors, both, method="asynchronous", seed=8)
    np.testing.assert_array_equal(one.final, other.final[:, :50])
    assert one.stats.flips == other.stats.flips


def test_a_pair_is_completed_by_updates():
    first, second = signs(5, 90, 4), signs(5, 60, 5)
    description = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 90, "lagrangian": "sign"},
            "b": {"size": 60, "lagrangian": "sign"},
        },
        "connections": [
            {"between": ["a", "b"], "weights": {"associate": {"first": first, "second": second}}}
        ],
    }
    starts = np.hstack([first, np.zeros((5, 60))])
    starts[:, :13] *= -1
    trace = hamsim.simulate(description, starts, method="asynchronous", order="sequential")
    assert not trace.stats.energy.rose
    np.testing.assert_array_equal(trace.final, np.hstack([first, second]))
