"""As many numbers as there are dots are those of all records, however these come."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.plotting.traces.reduce import Averages, Bins, Extremes, drawable


@st.composite
def runs(draw):
    seed = draw(st.integers(0, 2**32 - 1))
    n, columns = draw(st.integers(1, 60)), draw(st.integers(1, 12))
    rng = np.random.default_rng(seed)
    t = np.cumsum(rng.exponential(size=n) * rng.choice([0, 0.01, 3], n))
    values = rng.standard_normal((n, columns))
    values[rng.random(values.shape) < draw(st.sampled_from([0, 0.1, 1]))] = np.nan
    cuts = np.unique(rng.integers(0, n + 1, draw(st.integers(0, 5))))
    bounds = [0, *(int(c) for c in cuts if 0 < c < n), n]
    return t, values, list(itertools.pairwise(bounds))


@settings(deadline=None)
@given(runs(), st.integers(1, 30), st.integers(1, 8))
def test_averages_are_those_of_what_falls_together(run, dots, rows):
    t, values, parts = run
    bins = Bins(t, dots)
    averages = Averages(bins, values.shape[1], rows)
    for first, stop in parts:
        averages.add(first, values[first:stop])
    found = averages.means()
    assert found.shape == (bins.count, min(rows, values.shape[1]))
    row_of = np.searchsorted(averages._begins, np.arange(values.shape[1]), side="right") - 1
    for each in range(bins.count):
        for row in range(found.shape[1]):
            there = values[bins.ids == each][:, row_of == row]
            there = there[np.isfinite(there)]
            expected = there.mean() if there.size else np.nan
            np.testing.assert_allclose(found[each, row], expected, atol=1e-12)


@settings(deadline=None)
@given(runs(), st.integers(1, 30))
def test_extremes_are_those_of_what_falls_together(run, dots):
    t, values, parts = run
    bins = Bins(t, dots)
    extremes = Extremes(bins, values.shape[1])
    for first, stop in parts:
        extremes.add(first, values[first:stop])
    times, lines = extremes.path()
    assert np.all(np.diff(times) >= 0)
    if t.size <= dots:
        assert np.array_equal(lines, values, equal_nan=True)
        assert np.array_equal(times, t)
        return
    finite = np.isfinite(values).any(axis=0)
    np.testing.assert_array_equal(
        np.nanmax(lines[:, finite], axis=0, initial=-9), np.nanmax(values[:, finite], 0, initial=-9)
    )
    assert lines.shape[0] <= 2 * dots


@settings(deadline=None)
@given(runs(), st.integers(1, 30))
def test_bins_are_whole_and_in_order(run, dots):
    t, _, _ = run
    bins = Bins(t, dots)
    assert bins.count <= max(dots, 1)
    assert np.array_equal(np.unique(bins.ids), np.arange(bins.count))
    assert bins.largest == np.bincount(bins.ids).max()
    edges = bins.edges()
    assert edges.size == bins.count + 1
    assert np.all(np.diff(edges) >= 0)
    seen = bins.dots(500)
    assert np.all(np.diff(seen) >= 0)
    middles = edges[0] + (np.arange(500) + 0.5) / 500 * (edges[-1] - edges[0])
    rounding = 1e-12 * edges[-1]
    assert np.all(edges[seen] <= middles + rounding)
    assert np.all(middles <= edges[seen + 1] + rounding)


def test_borders_of_bins_are_half_way_between_records():
    assert Bins(np.array([0.0, 1.0, 3.0]), 9).edges().tolist() == [0.0, 0.5, 2.0, 3.0]


def test_what_diverged_is_not_drawn():
    values = np.array([1.0, np.inf, -1e101, np.nan, 2.0], dtype=np.float64)
    assert np.array_equal(drawable(values), [1, np.nan, np.nan, np.nan, 2], equal_nan=True)
    same = np.array([1.0, 2.0])
    assert drawable(same) is same
    assert drawable(np.zeros((0, 3))).shape == (0, 3)
