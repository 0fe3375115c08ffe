"""Sets of different numbers: the right size, all alike likely."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hamsim.draws.bijection import FEW, Bijection
from hamsim.draws.stream import Stream
from hamsim.draws.subsets import subset, subset_of_each

PLACE = Stream(5, "subsets")

SUBSET = [135, 143, 269, 494, 787]
OF_EACH = [[3, 7, 9], [4, 6, 11]]
FEW_NUMBERS = [7, 9, 8, 6, 5]
MANY_NUMBERS = [475499, 189175, 94216]


@settings(max_examples=100, deadline=None)
@given(total=st.integers(0, 60), data=st.data(), tile=st.integers(0, 9))
def test_a_subset_has_its_size_and_is_sorted(total, data, tile):
    size = data.draw(st.integers(0, total))
    found = subset(PLACE, size, total, (tile,)).tolist()
    assert len(found) == size
    assert found == sorted(set(found))
    assert all(0 <= number < total for number in found)


@pytest.mark.parametrize(("size", "total"), [(2, 6), (3, 6), (4, 6), (1, 20)])
def test_all_subsets_are_alike_likely(size, total):
    known = {one: k for k, one in enumerate(combinations(range(total), size))}
    found = [known[tuple(subset(PLACE, size, total, (k,)).tolist())] for k in range(6000)]
    assert stats.chisquare(np.bincount(found, minlength=len(known))).pvalue > 1e-3


def test_few_of_very_many():
    found = subset(PLACE, 1000, 2**62)
    assert stats.kstest(found / 2.0**62, "uniform").pvalue > 1e-3


@settings(max_examples=60, deadline=None)
@given(totals=st.lists(st.integers(4, 12), min_size=1, max_size=12), size=st.integers(0, 4))
def test_each_row_has_its_subset(totals, size):
    found = subset_of_each(PLACE, size, np.array(totals), (size,))
    assert found.shape == (len(totals), size)
    for row, total in zip(found.tolist(), totals, strict=True):
        assert row == sorted(set(row))
        assert all(0 <= number < total for number in row)


@pytest.mark.parametrize("size", [2, 4])
def test_all_subsets_of_a_row_are_alike_likely(size):
    known = {one: k for k, one in enumerate(combinations(range(6), size))}
    rows = subset_of_each(PLACE, size, np.tile([6, 9, 5, 6], 3000), (size,))[::4]
    found = [known[tuple(row)] for row in rows.tolist()]
    assert stats.chisquare(np.bincount(found, minlength=15)).pvalue > 1e-3


def test_subsets_are_pinned():
    assert subset(PLACE, 5, 1000).tolist() == SUBSET
    assert subset_of_each(PLACE, 3, np.array([10, 12])).tolist() == OF_EACH


SIZES = [0, 1, 2, 3, 10, 997, FEW, FEW + 1, 3 * FEW + 7, 2**17]


@pytest.mark.parametrize("size", SIZES)
def test_a_bijection_reaches_every_number_once(size):
    bijection = Bijection(PLACE, size, (1, 2))
    whole = bijection.part(0, size)
    np.testing.assert_array_equal(np.sort(whole), np.arange(size))
    again = Bijection(PLACE, size, (1, 2))
    third, half = size // 3, size // 2
    np.testing.assert_array_equal(again.part(third, half), whole[third:half])


def test_small_permutations_are_alike_likely():
    found = [tuple(Bijection(PLACE, 4, (k,)).part(0, 4).tolist()) for k in range(6000)]
    counts = np.unique(found, axis=0, return_counts=True)[1]
    assert counts.size == 24
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("size", [FEW - 1, FEW + 1, 20_011])
def test_large_permutations_look_as_random_ones(size):
    """Fixed points, cycles, ascents, neighbours and where numbers go, over 60 permutations."""
    whole = [Bijection(PLACE, size, (k,)).part(0, size) for k in range(60)]
    fixed = sum(np.count_nonzero(p == np.arange(size)) for p in whole)
    assert stats.poisson.cdf(fixed, 60) > 1e-4
    assert stats.poisson.sf(fixed - 1, 60) > 1e-4
    cycles = [cycles_of(p) for p in whole]
    numbers = np.arange(1, size + 1)
    mean, variance = (1 / numbers).sum(), (1 / numbers - 1 / numbers**2).sum()
    assert np.mean(cycles) == pytest.approx(mean, abs=4 * np.sqrt(variance / 60))
    ascents = [np.count_nonzero(np.diff(p) > 0) for p in whole]
    assert np.mean(ascents) == pytest.approx((size - 1) / 2, abs=4 * np.sqrt(size / 12 / 60))
    assert np.var(ascents) == pytest.approx(size / 12, rel=0.8)
    square = np.zeros((16, 16))
    for p in whole:
        np.add.at(square, (np.arange(size) * 16 // size, p * 16 // size), 1)
    # The sums of rows and columns are given, which leaves 225 free.
    expected = np.outer(square.sum(axis=1), square.sum(axis=0)) / square.sum()
    chi = ((square - expected) ** 2 / expected).sum()
    assert 1e-3 < stats.chi2.sf(chi, 225) < 1 - 1e-3
    steps = np.concatenate([np.diff(p) % size for p in whole]) * 64 // size
    assert stats.chisquare(np.bincount(steps, minlength=64)).pvalue > 1e-3


def cycles_of(permutation):
    n = permutation.size
    graph = coo_array((np.ones(n), (np.arange(n), permutation)), shape=(n, n))
    return connected_components(graph, directed=False)[0]


def test_bijections_are_pinned():
    assert Bijection(PLACE, 10).part(0, 5).tolist() == FEW_NUMBERS
    assert Bijection(PLACE, 10**6).part(500, 503).tolist() == MANY_NUMBERS
