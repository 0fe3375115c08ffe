"""Eigenvalues of small matrices with their errors, counts of sparse ones, and Davidson's method."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, diags_array

from hamsim.spectrum.davidson import largest_pairs
from hamsim.spectrum.enclosed import general_spectrum, symmetric_spectrum
from hamsim.spectrum.inertia import count_above


def symmetric(rng, n, density=1.0):
    A = rng.normal(size=(n, n)) * (rng.random((n, n)) < density)
    return A + A.T


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_symmetric_eigenvalues_are_within_their_bound(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    A = symmetric(rng, n) * 10.0 ** rng.integers(-3, 4)
    values, _, bound = symmetric_spectrum(A)
    with mpmath.workdps(40):
        exact = sorted(mpmath.eigsy(mpmath.matrix(A.tolist()), eigvals_only=True))
        off = max(abs(mpmath.mpf(v) - e) for v, e in zip(values.tolist(), exact, strict=True))
    assert off <= bound
    assert bound < 1e-11 * max(np.abs(A).max(), 1e-300) * n


def test_a_bound_grows_by_what_the_matrix_is_off():
    A = symmetric(np.random.default_rng(0), 5)
    assert symmetric_spectrum(A, 0.25)[2] >= 0.25
    assert symmetric_spectrum(np.zeros((0, 0)))[2] == 0.0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_general_eigenvalues_are_in_their_discs(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 8))
    A = rng.normal(size=(n, n))
    values, vectors, radii = general_spectrum(A)
    with mpmath.workdps(40):
        exact = mpmath.eig(mpmath.matrix(A.tolist()))[0]
        exact = np.array([complex(e) for e in exact])
    assert_allclose(A @ vectors, vectors * values, atol=1e-12)
    for value in exact:
        assert np.any(np.abs(values - value) <= radii + 1e-15)
    assert np.all(radii < 1e-6)


def test_discs_are_wide_where_there_are_not_enough_eigenvectors():
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    values, _, radii = general_spectrum(Q @ (np.eye(3) + np.eye(3, k=1)) @ Q.T)
    assert np.max(np.abs(values - 1.0)) > 1e-7  # the cube root of rounding
    assert np.all(radii >= np.abs(values - 1.0) - 1e-14)
    wide = general_spectrum(np.diag([1.0, 2.0]), np.full((2, 2), 0.1))[2]
    assert np.all(wide >= 0.2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_counts_hold_the_true_number(seed):
    rng = np.random.default_rng(seed)
    A = symmetric(rng, int(rng.integers(1, 60)), rng.uniform(0.02, 0.5))
    low, high, _ = count_above(csr_array(A), 1.0, 1e-9)
    true = int(np.count_nonzero(np.linalg.eigvalsh(A) > 1.0))
    assert low <= true <= high


def test_counts_of_chains_are_exact():
    n = 3000
    chain = csr_array(diags_array([np.full(n - 1, 0.6)] * 2, offsets=[-1, 1], shape=(n, n)))
    exact = 1.2 * np.cos(np.pi * np.arange(1, n + 1) / (n + 1))
    true = int(np.count_nonzero(exact > 1.0))
    assert count_above(chain, 1.0, 1e-9) == (true, true, "sparse factorisation")
    assert count_above(chain, 1.3, 1e-9)[:2] == (0, 0)
    # One eigenvalue is at the threshold, as near as rounding tells.
    low, high, _ = count_above(chain, float(exact[4]), 1e-9)
    assert (low, high) == (4, 5)


def test_counts_of_nothing():
    zero = csr_array((3, 3))
    assert count_above(zero, 1.0, 1e-9)[:2] == (0, 0)
    assert count_above(zero, -1.0, 1e-9)[:2] == (3, 3)
    assert count_above(csr_array(np.diag([1.0, np.nan])), 1.0, 1e-9)[:2] == (0, 2)


def test_davidson_finds_equal_eigenvalues_as_often_as_they_are_there():
    diagonal = np.r_[[2.0, 2.0, 2.0, 1.5], np.linspace(-1, 1, 300)]
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(304, 304)))[0]
    S = (Q * diagonal) @ Q.T
    found = largest_pairs(lambda v: S @ v, 304, 5, tolerance=1e-9)
    assert_allclose(found.values, [2, 2, 2, 1.5, 1], atol=1e-8)
    for value, v, left in zip(found.values, found.vectors, found.residuals, strict=True):
        assert np.linalg.norm(v) == pytest.approx(1.0)
        assert np.linalg.norm(S @ v - value * v) == pytest.approx(left, abs=1e-12)


def test_davidson_is_not_slowed_down_by_scales():
    rng = np.random.default_rng(1)
    n = 800
    A = 0.015 * symmetric(rng, n) - np.eye(n) * 1.5
    tau = 10.0 ** rng.uniform(-5, 0, n)
    root = np.sqrt(tau)

    def times(z):
        return (A @ (z / root)) / root

    def toward(v, shift):
        return v * tau / np.maximum(1.0 + shift * tau, 0.1)

    found = largest_pairs(times, n, 3, toward, tolerance=1e-8, floor=1.0, most=400)
    assert found.products < 300
    inverse = np.linalg.inv(A) * root * root[:, None]
    exact = np.sort(1.0 / np.linalg.eigvalsh(inverse)[:3])[::-1]
    assert_allclose(found.values, exact, atol=1e-7)


def test_davidson_ends_where_the_whole_space_is_spanned():
    S = np.diag([3.0, 1.0, -2.0])
    found = largest_pairs(lambda v: S @ v, 3, 8)
    assert_allclose(found.values, [3, 1, -2], atol=1e-13)
    assert found.products == 3
    assert math.isfinite(found.residuals.sum())


def test_davidson_finds_all_above_a_threshold():
    diagonal = np.r_[[3.0, 1.0, 0.4, 0.4, 0.1, 0.01], -np.linspace(0.02, 2, 300)]
    Q = np.linalg.qr(np.random.default_rng(2).normal(size=(306, 306)))[0]
    S = (Q * diagonal) @ Q.T
    found = largest_pairs(lambda v: S @ v, 306, 1, tolerance=1e-9, above=0.0)
    assert int(np.count_nonzero(found.values > found.residuals)) == 6
    assert found.values[0] == pytest.approx(3.0, abs=1e-12)
    below = largest_pairs(lambda v: S @ v - 4.0 * v, 306, 1, tolerance=1e-9, above=0.0)
    assert len(below.values) == 1
