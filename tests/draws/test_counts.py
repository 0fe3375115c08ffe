"""Counts: within their limits, and as often as SciPy says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hamsim.draws.choice import Shares
from hamsim.draws.counts import binomial, hypergeometric
from hamsim.draws.stream import Stream

PLACE = Stream(5, "counts")
DRAWS = 4000

BINOMIALS = [285, 295, 294, 283]
HYPERGEOMETRICS = [49832, 49942, 49931, 49809]


def require_alike(found, probability, highest):
    """Chi-square of counts up to `highest`, those expected less than 8 times put together."""
    expected = DRAWS * probability(np.arange(highest + 1))
    counts = np.bincount(found, minlength=highest + 1)
    rare = expected < 8
    expected = np.append(expected[~rare], expected[rare].sum())
    counts = np.append(counts[~rare], counts[rare].sum())
    some = expected > 1e-9
    assert counts[~some].sum() == 0
    if np.count_nonzero(some) > 1:
        assert (
            stats.chisquare(counts[some], expected[some] * DRAWS / expected[some].sum()).pvalue
            > 1e-3
        )


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.3), (10, 0.5), (10, 0.999), (300, 0.01), (1000, 0.97), (10**9, 3e-9)]
)
def test_binomial(n, p):
    found = [binomial(PLACE, n, p, (k,)) for k in range(DRAWS)]
    require_alike(found, lambda x: stats.binom.pmf(x, n, p), max(found))


@pytest.mark.parametrize(
    ("good", "bad", "drawn"),
    [(1, 1, 1), (5, 7, 4), (50, 3, 40), (400, 400, 300), (10, 10**6, 10**5), (30, 20, 45)],
)
def test_hypergeometric(good, bad, drawn):
    found = [hypergeometric(PLACE, good, bad, drawn, (k,)) for k in range(DRAWS)]
    require_alike(found, lambda x: stats.hypergeom.pmf(x, good + bad, good, drawn), max(found))


def test_counts_of_more_than_a_number_counts_exactly():
    """Populations of 1e18, which NumPy refuses, have their mean and variance."""
    good, drawn = 10**18, 10**6
    found = [hypergeometric(PLACE, good, 3 * good, drawn, (k,)) for k in range(1000)]
    assert np.mean(found) == pytest.approx(drawn / 4, abs=4 * np.sqrt(drawn * 3 / 16 / 1000))
    assert np.var(found) == pytest.approx(drawn * 3 / 16, rel=0.2)


@settings(max_examples=100, deadline=None)
@given(good=st.integers(0, 40), bad=st.integers(0, 40), data=st.data())
def test_counts_keep_to_their_limits(good, bad, data):
    drawn = data.draw(st.integers(0, good + bad))
    found = hypergeometric(PLACE, good, bad, drawn, (good, bad, drawn))
    assert max(0, drawn - bad) <= found <= min(good, drawn)
    p = data.draw(st.floats(0, 1))
    assert 0 <= binomial(PLACE, good, p, (good,)) <= good
    assert binomial(PLACE, good, 1.0) == good
    assert binomial(PLACE, good, 0.0) == 0


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(0, 30), min_size=1, max_size=12), data=st.data())
def test_shares_are_exact_together_and_the_same_alone(sizes, data):
    total = sum(sizes)
    drawn = data.draw(st.integers(0, total))
    ends = np.cumsum(sizes)
    shares = Shares(PLACE, ends, drawn)
    all_of_them = [shares.of(k) for k in range(len(sizes))]
    assert sum(all_of_them) == drawn
    assert all(0 <= found <= size for found, size in zip(all_of_them, sizes, strict=True))
    alone = [Shares(PLACE, ends, drawn).of(k) for k in reversed(range(len(sizes)))]
    assert alone[::-1] == all_of_them


def test_shares_are_those_of_drawing_without_putting_back():
    sizes = np.array([3, 4, 5, 6])
    found = np.array(
        [
            [shares.of(k) for k in range(4)]
            for shares in (Shares(Stream(seed, "s"), np.cumsum(sizes), 7) for seed in range(DRAWS))
        ]
    )
    exact = stats.multivariate_hypergeom(sizes, 7)
    assert np.allclose(found.mean(axis=0), exact.mean(), atol=4 * np.sqrt(exact.var() / DRAWS))
    assert np.allclose(np.cov(found.T), exact.cov(), atol=0.1)
    for k, size in enumerate(sizes):
        require_alike(found[:, k], lambda x, m=size: stats.hypergeom.pmf(x, 18, m, 7), int(size))


def test_a_share_alone_needs_the_way_down_to_it_only():
    shares = Shares(PLACE, np.cumsum(np.full(2**16, 10)), 2**15)
    shares.of(12345)
    assert len(shares._known) == 1 + 2 * 16


def test_counts_are_pinned():
    assert [binomial(PLACE, 1000, 0.3, (k,)) for k in range(4)] == BINOMIALS
    assert [hypergeometric(PLACE, 10**12, 10**12, 10**5, (k,)) for k in range(4)] == HYPERGEOMETRICS
