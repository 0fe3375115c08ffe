"""Synapses tile by tile: exact numbers, evenly spread, the same however they are cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse import coo_array

from hamsim.draws.choice import Sparsity
from hamsim.draws.pairs import Rectangle, Triangle
from hamsim.draws.regular import Regular
from hamsim.draws.stream import Stream
from hamsim.draws.tiles import cuts
from hamsim.errors import CompileError

SEEDS = st.integers(0, 99)
ENTRIES = st.sampled_from([3, 20, 2**15])

DENSITY = [[0, 3, 4, 5], [14, 1, 10, 10]]
PROBABILITY = [[0, 0, 1, 2], [13, 29, 14, 2]]
DEGREE = [[0, 0, 1, 1], [4, 69, 38, 42]]


def whole(pairs):
    """All pairs, as a matrix of counts."""
    rows, columns = pairs.blocks
    found = np.zeros(pairs.shape, dtype=int)
    for a in range(rows.size - 1):
        for b in range(a if isinstance(pairs, Triangle) else 0, columns.size - 1):
            i, j = pairs.tile(a, b)
            height, width = pairs.blocks.shape(a, b)
            keys = i * width + j
            assert np.all(np.diff(keys) > 0)
            assert np.all((i >= 0) & (i < height) & (j >= 0) & (j < width))
            found[i + rows[a], j + columns[b]] += 1
    return found


def test_cuts_are_alike_to_one():
    assert cuts(10, 3).tolist() == [0, 3, 6, 10]
    assert cuts(0, 1).tolist() == [0, 0]


@settings(max_examples=80, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    density=st.floats(0.001, 1),
    entries=ENTRIES,
    both_ways=st.booleans(),
    own=st.booleans(),
    seed=SEEDS,
)
def test_density_is_exact(shape, density, entries, both_ways, own, seed):
    alone = np.arange(shape[0]) - 3 if own else None
    if own:
        alone[alone >= shape[1]] = -1
        alone[alone < 0] = -1
    sparsity = Sparsity(density=density)
    pairs = Rectangle(Stream(seed, "p"), shape, sparsity, both_ways, alone, entries)
    found = whole(pairs)
    possible = shape[0] * shape[1] - (np.count_nonzero(alone >= 0) if own else 0)
    assert found.max() <= 1
    assert found.sum() == round(density * possible)
    if own:
        rows = np.flatnonzero(alone >= 0)
        assert found[rows, alone[rows]].sum() == 0


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 40),
    density=st.floats(0.001, 1),
    entries=ENTRIES,
    diagonal=st.booleans(),
    seed=SEEDS,
)
def test_density_of_pairs_is_exact(n, density, entries, diagonal, seed):
    found = whole(Triangle(Stream(seed, "p"), n, Sparsity(density=density), diagonal, entries))
    possible = n * (n + 1) // 2 - (0 if diagonal else n)
    assert found.sum() == round(density * possible)
    assert np.array_equal(found, np.triu(found, 0 if diagonal else 1))


@pytest.mark.parametrize("entries", [3, 2**15])
@pytest.mark.parametrize("diagonal", [True, False])
def test_without_a_limit_all_are_there(entries, diagonal):
    for everything in (Sparsity(), Sparsity(density=1.0), Sparsity(probability=1.0)):
        found = whole(Triangle(Stream(0, "p"), 13, everything, diagonal, entries))
        assert np.array_equal(found, np.triu(np.ones((13, 13)), 0 if diagonal else 1))
        own = np.arange(13) if not diagonal else None
        found = whole(Rectangle(Stream(0, "p"), (13, 17), everything, True, own, entries))
        assert np.array_equal(found, np.ones((13, 17)) - (0 if diagonal else np.eye(13, 17)))


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 25), st.integers(8, 25)),
    degree=st.integers(1, 7),
    entries=ENTRIES,
    own=st.booleans(),
    seed=SEEDS,
)
def test_degree_is_that_of_each_row(shape, degree, entries, own, seed):
    alone = np.where(np.arange(shape[0]) < shape[1], np.arange(shape[0]), -1) if own else None
    sparsity = Sparsity(degree=degree)
    found = whole(Rectangle(Stream(seed, "p"), shape, sparsity, True, alone, entries))
    assert found.max() <= 1
    assert np.all(found.sum(axis=1) == degree)
    assert not own or np.trace(found) == 0


def test_a_degree_that_a_row_cannot_have_is_refused():
    own = np.array([-1, 2])
    pairs = Rectangle(Stream(0, "p"), (2, 4), Sparsity(degree=4), own=own)
    with pytest.raises(CompileError, match=r"degree: 4 .* neuron 1 can have 3"):
        pairs.tile(0, 0)


@pytest.mark.parametrize("entries", [5, 2**15])
@pytest.mark.parametrize(
    ("sparsity", "mean"),
    [(Sparsity(density=0.4), 0.4), (Sparsity(degree=2), 0.4), (Sparsity(probability=0.3), 0.3)],
)
@pytest.mark.parametrize("kind", ["rectangle", "own", "triangle"])
def test_every_pair_is_alike_likely(entries, sparsity, mean, kind):
    times = 800
    counts = np.zeros((6, 6))
    for seed in range(times):
        stream = Stream(seed, "p")
        if kind == "triangle":
            pairs = Triangle(stream, 6, sparsity, False, entries)
        else:
            own = np.arange(6)[::-1].copy() if kind == "own" else None
            shape = (6, 6) if own is not None else (6, 5)
            pairs = Rectangle(stream, shape, sparsity, True, own, entries)
        counts[:, : pairs.shape[1]] += whole(pairs)
    possible = {
        "rectangle": np.indices((6, 6))[1] < 5,
        "own": ~np.eye(6, dtype=bool)[::-1],
        "triangle": np.triu(np.ones((6, 6), dtype=bool), 1),
    }[kind]
    assert counts[~possible].sum() == 0
    deviation = np.sqrt(times * mean * (1 - mean))
    assert np.abs(counts[possible] - times * mean).max() < 4.5 * deviation


def test_pairs_of_other_tiles_have_nothing_to_do_with_each_other():
    """Counts in two tiles of independent pairs are uncorrelated; those of a density add up."""
    counts = []
    for seed in range(1000):
        pairs = Rectangle(Stream(seed, "p"), (8, 8), Sparsity(probability=0.3), True, None, 5)
        assert pairs.blocks.rows.size > 2
        found = whole(pairs)
        counts.append([found[:4, :4].sum(), found[4:, 4:].sum()])
    first, second = np.array(counts).T
    assert abs(stats.pearsonr(first, second).statistic) < 4 / np.sqrt(1000)
    assert np.var(first) == pytest.approx(16 * 0.21, rel=0.2)


def graph_of(n, degree, blocks, seed=0):
    """A regular graph as a matrix of counts."""
    borders = cuts(n, blocks)
    graph = Regular(Stream(seed, "p"), n, degree, borders)
    halves = []
    for a in range(blocks):
        for b in range(a, blocks):
            i, j = graph.tile(a, b)
            assert a < b or np.all(i < j)
            halves.append(np.stack([i + borders[a], j + borders[b]]))
    i, j = np.concatenate(halves, axis=1)
    half = coo_array((np.ones(i.size), (i, j)), shape=(n, n)).tocsr()
    return half + half.T


def require_regular(graph, degree):
    assert graph.data.max() == 1
    assert np.all(graph.sum(axis=1) == degree)
    assert graph.diagonal().sum() == 0


@settings(max_examples=80, deadline=None)
@given(n=st.integers(2, 14), data=st.data(), seed=SEEDS)
def test_small_regular_graphs_have_one_degree(n, data, seed):
    degree = data.draw(st.integers(1, n - 1).filter(lambda k: n * k % 2 == 0))
    require_regular(graph_of(n, degree, 1, seed), degree)


@pytest.mark.parametrize(
    ("n", "degree", "blocks"),
    [(20_000, 10, 3), (3000, 20, 6), (2000, 700, 5), (1001, 900, 2), (900, 2, 9), (1200, 600, 3)],
)
def test_large_regular_graphs_have_one_degree(n, degree, blocks):
    require_regular(graph_of(n, degree, blocks), degree)


def test_blocks_of_a_degree_hold_more_than_a_neuron_needs():
    for n, degree in ((100_000, 10), (4000, 1999), (1000, 500), (900, 2)):
        rows = Triangle(Stream(0, "p"), n, Sparsity(degree=degree), False, 30).blocks.rows
        assert np.diff(rows).min() >= min(n, 400)


@pytest.mark.parametrize("blocks", [1, 5])
def test_regular_graphs_have_as_many_short_cycles_as_random_ones(blocks):
    """Cycles of length k are nearly Poisson with the mean (d - 1)^k / 2k [Bollobas]."""
    triangles = squares = 0
    graphs, degree = 30, 6
    for seed in range(graphs):
        graph = graph_of(1000, degree, blocks, seed)
        two = graph @ graph
        triangles += two.multiply(graph).sum() / 6
        two.setdiag(0)
        squares += (two.data * (two.data - 1)).sum() / 8
    for count, k in ((triangles, 3), (squares, 4)):
        mean = graphs * (degree - 1) ** k / (2 * k)
        assert count == pytest.approx(mean, abs=4 * np.sqrt(mean))


def test_blocks_of_a_regular_graph_are_joined_as_often_as_at_random():
    """Pairs inside the first half: of random pairs of ends, mean and variance are known."""
    n, degree, times = 200, 4, 400
    counts = [graph_of(n, degree, 4, seed)[: n // 2, : n // 2].sum() / 2 for seed in range(times)]
    ends, half, pairs = n * degree, n * degree // 2, n * degree // 2
    one = half * (half - 1) / (ends * (ends - 1))
    two = one * (half - 2) * (half - 3) / ((ends - 2) * (ends - 3))
    variance = pairs * one + pairs * (pairs - 1) * two - (pairs * one) ** 2
    # Pairs that may not be, 1.5 + 2.25 on average, may change half of that when they are mended.
    assert np.mean(counts) == pytest.approx(pairs * one, abs=4 * np.sqrt(variance / times) + 2)
    assert np.var(counts) == pytest.approx(variance, rel=0.3)


@pytest.mark.parametrize(("n", "blocks"), [(30, 1), (200, 2)])
def test_partners_in_a_regular_graph_are_alike_likely(n, blocks):
    times, degree = 600, 3
    counts = sum(graph_of(n, degree, blocks, seed).toarray() for seed in range(times))
    pairs = counts[np.triu_indices(n, 1)]
    mean = times * degree / (n - 1)
    # Pairs exclude one another as little as this: their counts are nearly Poisson.
    assert stats.poisson.sf(pairs.max() - 1, mean) * pairs.size > 1e-3
    assert stats.poisson.cdf(pairs.min(), mean) * pairs.size > 1e-3
    chi = ((pairs - mean) ** 2).sum() / (mean * (1 - degree / (n - 1)))
    assert chi == pytest.approx(pairs.size, abs=4 * np.sqrt(2 * pairs.size) + n)


def test_regular_graphs_of_six_neurons_are_alike_likely():
    """Of the 70 graphs of degree 2, 60 are a ring of six and 10 two rings of three."""
    times, rings = 2000, 0
    for seed in range(times):
        graph = graph_of(6, 2, 1, seed)
        rings += (graph @ graph).multiply(graph).sum() == 0
    assert rings / times == pytest.approx(60 / 70, abs=4 * np.sqrt(60 / 70 * 10 / 70 / times))


def test_pairs_are_pinned():
    found = Rectangle(Stream(1, "p"), (40, 30), Sparsity(density=0.1), True, None, 30)
    assert [half.tolist()[:4] for half in found.tile(1, 1)] == DENSITY
    own = np.where(np.arange(40) < 30, np.arange(40), -1)
    found = Rectangle(Stream(1, "p"), (40, 30), Sparsity(probability=0.1), False, own, 30)
    assert [half.tolist()[:4] for half in found.tile(1, 0)] == PROBABILITY
    found = Regular(Stream(1, "p"), 300, 4, cuts(300, 3))
    assert [half.tolist()[:4] for half in found.tile(0, 1)] == DEGREE
