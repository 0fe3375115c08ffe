"""Random choices of synapses: the right pairs, the right number, evenly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.wiring.sampling import choose_pairs, choose_symmetric_pairs


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 30), with_self=st.booleans())
def test_all_undirected_pairs_are_reached_once(n, with_self):
    rng = np.random.default_rng(0)
    i, j = choose_symmetric_pairs(n, 1.0, None, with_self, rng)
    expected = set(zip(*np.triu_indices(n, 0 if with_self else 1), strict=True))
    found = list(zip(i.tolist(), j.tolist(), strict=True))
    assert len(found) == len(expected)
    assert set(found) == expected


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    density=st.floats(0.001, 1.0),
    seed=st.integers(0, 99),
)
def test_density_is_exact(rows, columns, density, seed):
    i, j = choose_pairs(rows, columns, density, None, np.random.default_rng(seed))
    assert i.size == round(density * rows * columns)
    assert len(set(zip(i.tolist(), j.tolist(), strict=True))) == i.size
    assert np.all((i >= 0) & (i < rows) & (j >= 0) & (j < columns))


def test_every_pair_is_alike_likely():
    counts = np.zeros((6, 6))
    rng = np.random.default_rng(1)
    for _ in range(4000):
        i, j = choose_symmetric_pairs(6, 0.4, None, False, rng)
        counts[i, j] += 1
    upper = counts[np.triu_indices(6, 1)]
    assert upper.sum() == 4000 * 6
    # 15 pairs, each a binomial of mean 1600 and deviation 31
    assert np.abs(upper - 1600).max() < 5 * 31


def test_probability_is_independent_for_each_pair():
    sizes = [
        choose_pairs(50, 40, None, 0.1, np.random.default_rng(seed))[0].size for seed in range(300)
    ]
    assert np.mean(sizes) == pytest.approx(200, abs=5 * np.sqrt(180 / 300))
    assert np.var(sizes) == pytest.approx(180, rel=0.4)


def test_sparse_choice_of_many_takes_memory_of_the_choice_only():
    import tracemalloc

    tracemalloc.start()
    i, _ = choose_symmetric_pairs(1_000_000, 1e-7, None, False, np.random.default_rng(0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert i.size == round(1e-7 * 1_000_000 * 999_999 / 2)
    assert peak < 200 * i.size
