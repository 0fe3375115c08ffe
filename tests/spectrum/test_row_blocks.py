"""Blocks of rows against whole matrices; memory that certificates of large networks take."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array, diags_array

from hamsim.certify.check import check
from hamsim.compiler import compile
from hamsim.spectrum.row_blocks import sized_times, symmetric_mean, take, with_diagonal


@pytest.fixture(params=[1, 17, 1 << 18])
def block(request, monkeypatch):
    monkeypatch.setattr("hamsim.spectrum.row_blocks.BLOCK", request.param)


def some_matrix(seed, n=40, density=0.1):
    rng = np.random.default_rng(seed)
    return csr_array(rng.normal(size=(n, n)) * (rng.random((n, n)) < density))


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("seed", range(5))
def test_blocks_give_what_whole_matrices_do(seed):
    X = some_matrix(seed, density=0.02 * seed)
    rng = np.random.default_rng(seed)
    v, V = rng.normal(size=40), rng.normal(size=(40, 3))
    assert np.array_equal(sized_times(X, v), abs(X) @ v)
    assert np.array_equal(sized_times(X, V, np.square), X.power(2) @ V)
    scaled = csr_array((take(v, X), X.indices, X.indptr), shape=X.shape)
    assert np.array_equal(scaled.toarray(), X.toarray() * v)
    full = with_diagonal(X, v)
    assert np.array_equal(full.toarray(), X.toarray() + np.diag(v))
    assert full.has_canonical_format
    assert np.all(np.diff(full.indptr) >= 1)


def test_mean_with_the_transpose():
    X = some_matrix(0)
    same = csr_array(X + X.T)
    same.sort_indices()
    same.data = np.random.default_rng(1).normal(size=same.nnz)
    for Y in (X, same, csr_array(X - X.T), csr_array((40, 40))):
        before = Y.copy()
        mean = symmetric_mean(Y)
        assert np.array_equal(mean.toarray(), 0.5 * (Y + Y.T).toarray())
        assert np.array_equal(mean.toarray(), mean.T.toarray())
        assert np.all(mean.data != 0.0)
        assert np.array_equal(Y.toarray(), before.toarray())
        assert Y.nnz == before.nnz


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("lagrangian", ["tanh", "identity"])
def test_memory_is_about_twice_that_of_the_network_at_most(lagrangian, scaled):
    n, degree = 300_000, 10
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, n, (2, degree * n // 2), dtype=np.int32)
    W = csr_array((rng.normal(size=i.size) * 0.1 / degree, (i, j)), shape=(n, n))
    W = csr_array(W + W.T)
    if scaled:
        W = csr_array(diags_array(np.exp(0.3 * rng.normal(size=n))) @ W)
    W.sort_indices()
    groups = {"a": {"size": n, "lagrangian": lagrangian}}
    network = compile({"format": "hamsim/1", "groups": groups})
    check(network)  # kernels are loaded
    network = replace(network, W=W, symmetric=not scaled)
    arrays = [W.data, W.indices, W.indptr, network.tau, network.input, network.initial]
    arrays += [values for group in network.groups for values in group.parameters.values()]
    tracemalloc.start()
    certificate = check(network)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert certificate.converges == certificate.unique_equilibrium == "proved"
    # Blocks and Python objects count for more here than in a network of millions of neurons.
    assert peak < 2.5 * sum(values.nbytes for values in arrays)
