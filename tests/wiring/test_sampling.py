"""Random choices of synapses: the right candidates, the right number, evenly."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.errors import CompileError
from hamsim.wiring.sampling import Sparsity, choose, choose_regular, rows_of

LENGTHS = st.lists(st.integers(0, 20), min_size=1, max_size=20).map(np.array)
SEEDS = st.integers(0, 99)


def pairs(chosen):
    return list(zip(rows_of(chosen.indptr).tolist(), chosen.candidates.tolist(), strict=True))


def require_valid(chosen, lengths):
    found = pairs(chosen)
    assert found == sorted(set(found))
    assert all(0 <= candidate < lengths[row] for row, candidate in found)
    assert chosen.indptr.size == lengths.size + 1


@settings(max_examples=60, deadline=None)
@given(lengths=LENGTHS)
def test_without_a_limit_all_candidates_are_chosen(lengths):
    rng = np.random.default_rng(0)
    for everything in (Sparsity(), Sparsity(density=1.0), Sparsity(probability=1.0)):
        chosen = choose(lengths, everything, rng)
        assert pairs(chosen) == [(row, k) for row, n in enumerate(lengths) for k in range(n)]


@settings(max_examples=60, deadline=None)
@given(lengths=LENGTHS, density=st.floats(0.001, 1.0), seed=SEEDS)
def test_density_is_exact(lengths, density, seed):
    chosen = choose(lengths, Sparsity(density=density), np.random.default_rng(seed))
    require_valid(chosen, lengths)
    assert chosen.candidates.size == round(density * lengths.sum())


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(5, 20), min_size=1, max_size=20).map(np.array),
    degree=st.integers(1, 5),
    seed=SEEDS,
)
def test_degree_is_that_of_each_row(lengths, degree, seed):
    chosen = choose(lengths, Sparsity(degree=degree), np.random.default_rng(seed))
    require_valid(chosen, lengths)
    assert np.all(np.diff(chosen.indptr) == degree)


def test_a_degree_that_a_row_cannot_have_is_refused():
    with pytest.raises(CompileError, match=r"degree: 4 .* neuron 1 can have 3"):
        choose(np.array([5, 3]), Sparsity(degree=4), np.random.default_rng(0))


@settings(max_examples=60, deadline=None)
@given(n=st.integers(2, 14), data=st.data(), seed=SEEDS)
def test_regular_graphs_have_one_degree(n, data, seed):
    degree = data.draw(st.integers(1, n - 1).filter(lambda k: n * k % 2 == 0))
    chosen = choose_regular(n, degree, np.random.default_rng(seed))
    require_valid(chosen, np.arange(n - 1, -1, -1))
    i = rows_of(chosen.indptr)
    both = np.concatenate([i, chosen.candidates + i + 1])
    assert np.all(np.bincount(both, minlength=n) == degree)


def test_a_large_regular_graph_is_drawn():
    chosen = choose_regular(20_000, 10, np.random.default_rng(0))
    i = rows_of(chosen.indptr)
    both = np.concatenate([i, chosen.candidates + i + 1])
    assert np.all(np.bincount(both, minlength=20_000) == 10)


@pytest.mark.parametrize(
    ("sparsity", "mean", "draw"),
    [
        (Sparsity(density=0.4), 1600, choose),
        (Sparsity(degree=2), 1600, choose),
        (Sparsity(degree=3), 2400, choose),
        (None, 1600, lambda lengths, sparsity, rng: choose_regular(6, 2, rng)),
    ],
)
def test_every_candidate_is_alike_likely(sparsity, mean, draw):
    lengths = np.arange(5, -1, -1) if sparsity is None else np.full(6, 5)
    counts = np.zeros((6, 5))
    rng = np.random.default_rng(1)
    for _ in range(4000):
        chosen = draw(lengths, sparsity, rng)
        counts[rows_of(chosen.indptr), chosen.candidates] += 1
    possible = counts[np.arange(5) < lengths[:, None]]
    # Binomial counts of 4000 draws deviate by at most 32.
    assert np.abs(possible - mean).max() < 5 * 32


def test_probability_is_independent_for_each_candidate():
    sizes = [
        choose(
            np.full(50, 40), Sparsity(probability=0.1), np.random.default_rng(seed)
        ).candidates.size
        for seed in range(300)
    ]
    assert np.mean(sizes) == pytest.approx(200, abs=5 * np.sqrt(180 / 300))
    assert np.var(sizes) == pytest.approx(180, rel=0.4)


def test_sparse_choice_of_many_takes_memory_of_the_choice_and_the_rows_only():
    lengths = np.full(100_000, 10_000_000)
    tracemalloc.start()
    chosen = choose(lengths, Sparsity(density=1e-7), np.random.default_rng(0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert chosen.candidates.size == 100_000
    assert peak < 100 * 100_000
