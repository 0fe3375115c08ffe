"""Intervals of shares, and what was not seen, against exact and simulated chances."""

import numpy as np
import pytest
from scipy.stats import binomtest

from hamsim.equilibria.landscape.shares import unseen, wilson


@pytest.mark.parametrize("starts", [1, 7, 100, 2000])
def test_intervals_are_those_of_scipy(starts):
    counts = np.unique(np.linspace(0, starts, 9).astype(int))
    low, high = wilson(counts, starts)
    for k, a, b in zip(counts, low, high, strict=True):
        expected = binomtest(int(k), starts).proportion_ci(0.95, method="wilson")
        assert (a, b) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert low[0] == 0.0
    assert high[-1] == 1.0


def test_without_starts_nothing_is_known():
    low, high = wilson(np.array([0, 0]), 0)
    assert low.tolist() == [0.0, 0.0]
    assert high.tolist() == [1.0, 1.0]
    assert unseen(np.zeros(0, dtype=int), 0).share == 1.0


CHANCES = {
    "even": np.ones(100),
    "falling": 1.0 / np.arange(1, 2000),
    "geometric": 0.7 ** np.arange(60),
    "a few": np.r_[np.full(8, 0.11), np.full(4, 0.03)],
    "one small": np.array([1.0, 0.002]),
    "many tiny": np.r_[1.0, np.full(1000, 1e-5)],
}


@pytest.mark.parametrize("starts", [100, 1000])
@pytest.mark.parametrize("name", CHANCES)
def test_what_was_not_seen_is_estimated_without_bias_and_bounded(name, starts):
    chance = CHANCES[name] / CHANCES[name].sum()
    rng = np.random.default_rng(1)
    shares, missed, above = [], [], 0
    for _ in range(400):
        counts = rng.multinomial(starts, chance)
        found, true = unseen(counts, starts), chance[counts == 0].sum()
        shares.append(found.share)
        missed.append(true)
        above += true > found.share_high
    error = np.std(np.subtract(shares, missed)) / 20.0
    assert np.mean(shares) == pytest.approx(np.mean(missed), abs=4.0 * error + 1.0 / starts)
    assert above <= 0.05 * 400


def test_how_many_were_not_seen_is_at_most_what_there_is_in_the_mean():
    rng = np.random.default_rng(0)
    chance = np.full(200, 1 / 200)
    counts = rng.multinomial(300, chance, size=200)
    estimates = [unseen(k, 300).number for k in counts]
    missed = (counts == 0).sum(axis=1)
    assert np.mean(estimates) == pytest.approx(missed.mean(), rel=0.1)
