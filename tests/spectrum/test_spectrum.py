"""Bounds of the largest eigenvalue are never wrong, and decide what can be decided."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import (
    block_diag,
    coo_array,
    csc_array,
    csr_array,
    diags_array,
    eye_array,
    kron,
)
from scipy.sparse.linalg import splu

from hamsim.spectrum import largest_below, negative_part, norm_bound, perron, upper_bound
from hamsim.spectrum.chance import chance_below
from hamsim.spectrum.cholesky import by_cholesky
from hamsim.spectrum.lanczos import Ends
from hamsim.spectrum.matrix import Symmetric
from hamsim.spectrum.sparse_factors import by_sparse_factors, factor_distance, little_fill


def csr(matrix):
    """Sparse form with exactly symmetric data and sorted indices."""
    result = csr_array(matrix, dtype=np.float64)
    result = csr_array(0.5 * (result + result.T))
    result.sort_indices()
    return result


def path(n):
    return csr(diags_array([np.ones(n - 1), np.ones(n - 1)], offsets=[1, -1]))


def star(leaves):
    rows, columns = np.zeros(leaves, dtype=int), np.arange(1, leaves + 1)
    half = coo_array((2.0 * np.ones(leaves), (rows, columns)), shape=(leaves + 1, leaves + 1))
    return csr(half)


def ring(n):
    return csr_array(path(n) + csr(coo_array(([2.0], ([0], [n - 1])), shape=(n, n))))


def torus(m):
    return csr(kron(ring(m), eye_array(m)) + kron(eye_array(m), ring(m)))


def scattered(n, degree, seed):
    """Random graph with weights of both signs, made in time that is linear in its edges."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, n, (2, n * degree // 2))
    half = coo_array((rng.standard_normal(ends.shape[1]), tuple(ends)), shape=(n, n))
    return csr(half.tocsr())


def random_matrix(seed):
    """Dense, sparse, of low rank, of components, nonnegative, or with unlike rows."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 40))
    kind = seed % 6
    dense = rng.standard_normal((n, n))
    if kind == 1:
        dense *= rng.random((n, n)) < 0.1
    elif kind == 2:
        factor = rng.standard_normal((n, 2))
        dense = factor @ factor.T * rng.choice([-1.0, 1.0])
    elif kind == 3:
        dense *= np.equal.outer(rng.integers(0, 5, n), rng.integers(0, 5, n))
    elif kind == 4:
        dense = np.abs(dense) * (rng.random((n, n)) < 0.3)
    elif kind == 5:
        sizes = 10.0 ** rng.uniform(-4.0, 4.0, n)
        dense *= np.sqrt(np.outer(sizes, sizes))
    if rng.random() < 0.4:
        np.fill_diagonal(dense, rng.standard_normal(n) * rng.choice([0.0, 1.0, 10.0]))
    return csr(dense)


def check(answer, largest, threshold, slack):
    """Fail if the answer says anything wrong; `slack` is what eigvalsh may be off."""
    assert answer.threshold == threshold
    assert answer.bound >= largest - slack
    assert answer.ritz <= largest + slack
    assert answer.ritz <= answer.bound
    if answer.status == "proved":
        assert largest < threshold + slack
        assert answer.bound < threshold
    if answer.status == "refuted":
        assert largest > threshold - slack
        assert answer.ritz > threshold
        assert answer.method == "Rayleigh quotient"
    if answer.vector is not None:
        assert np.linalg.norm(answer.vector) == pytest.approx(1.0)


def expected(factor):
    return "proved" if factor > 1.0 else "refuted"


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), relative=st.sampled_from([1e-3, 1e-8, 1e-10, 0.5]))
def test_no_claim_is_false_and_what_can_be_decided_is(seed, relative):
    X = random_matrix(seed)
    values = np.linalg.eigvalsh(X.toarray())
    largest, norm = float(values[-1]), float(np.max(np.abs(values)))
    slack = 1e-12 * norm
    for sign in (-1.0, 1.0):
        threshold = largest + sign * relative * norm
        answer = largest_below(X, threshold)
        check(answer, largest, threshold, slack)
        if relative >= 1e-8 and norm > 0.0:
            assert answer.status == expected(1.0 + sign)
        if relative == 1e-10:
            # The band is relative to the largest column, which may be below the norm.
            columns = np.linalg.norm(X.toarray(), axis=0)
            assert relative * norm > 0.9e-9 * columns.max() or answer.status == "undecided"


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_bounds_bracket_the_spectrum_sharply(seed):
    X = random_matrix(seed)
    values = np.linalg.eigvalsh(X.toarray())
    norm = float(np.max(np.abs(values)))
    slack, near = 1e-13 * norm, 2e-8 * norm + 1e-200
    assert -slack <= upper_bound(X)[0] - values[-1] <= near
    assert -slack <= negative_part(X) - max(0.0, -values[0]) <= near
    assert -slack <= norm_bound(X) - norm <= near


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_vector_shows_the_bound_of_the_spectral_radius(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    B = rng.random((n, n)) * (rng.random((n, n)) < rng.choice([0.05, 0.2, 1.0]))
    B *= 10.0 ** rng.choice([-200.0, 0.0, 200.0])
    bound, v = perron(csr_array(B))
    assert v.min() > 0.0
    assert np.all(B @ v <= bound * v * (1.0 + 1e-13))
    radius = float(np.max(np.abs(np.linalg.eigvals(B))))
    # A defective eigenvalue is computed to few digits only.
    assert bound >= radius * (1.0 - 1e-10) - 1e-3 * B.max()
    if np.all(np.linalg.matrix_power((B > 0) * 1.0 + np.eye(n), n) > 0):
        assert bound <= radius * (1.0 + 1e-9) + 1e-30


def test_perron_of_reducible_matrices_and_of_zeros():
    for matrix in (np.zeros((3, 3)), [[0.0, 1.0], [0.0, 0.0]], [[0.5, 3.0], [0.0, 0.25]]):
        bound, v = perron(csr_array(np.asarray(matrix)))
        assert v.min() > 0.0
        assert np.all(np.asarray(matrix) @ v <= bound * v)
        assert bound < 0.6
    with pytest.raises(ValueError, match="negative"):
        perron(csr_array([[-1.0]]))


# The exact largest eigenvalue of each.
KNOWN = {
    "one": (csr(np.array([[-0.7]])), -0.7),
    "path": (path(200), 2.0 * math.cos(math.pi / 201)),
    "long path": (path(8000), 2.0 * math.cos(math.pi / 8001)),
    "star": (star(10_000), 100.0),
    "bipartite": (csr(np.kron([[0.0, 1.0], [1.0, 0.0]], np.ones((60, 60)))), 60.0),
    "ring": (csr_array(ring(5000)), 2.0),
    "torus": (torus(60), 4.0),
    "negative torus": (csr_array(-torus(60)), 4.0),
    "odd negative torus": (csr_array(-torus(61)), 4.0 * math.cos(math.pi / 61)),
    "Laplacian": (csr_array(torus(64) - 4.0 * eye_array(4096)), 0.0),
    "J": (csr(np.ones((100, 100))), 100.0),
    "-J": (csr(-np.ones((100, 100))), 0.0),
    "components": (csr(block_diag([star(k % 40 + 1) for k in range(1000)])), math.sqrt(40.0)),
    "empty rows": (csr(np.pad(-np.ones((3, 3)), ((50, 0), (50, 0)))), 0.0),
}


@pytest.mark.parametrize("name", KNOWN)
def test_families_with_known_spectra(name):
    X, largest = KNOWN[name]
    columns = np.sqrt(float((X**2).sum(axis=0).max()))
    size = max(abs(largest), columns)
    for relative in (-1e-3, -1e-8, -1e-10, 0.0, 1e-10, 1e-8, 1e-3):
        threshold = largest + relative * size
        answer = largest_below(X, threshold)
        check(answer, largest, threshold, 1e-13 * size)
        if abs(relative) < 1e-9:
            assert answer.status == "undecided"
        else:
            assert answer.status == expected(1.0 + relative), (relative, answer)
    bound, _ = upper_bound(X)
    assert -1e-13 * size <= bound - largest <= 2e-8 * size


@pytest.mark.parametrize("power", [-900, -300, 400, 1000])
def test_huge_and_tiny_entries(power):
    X, factor = random_matrix(0), 2.0**power
    largest = float(np.linalg.eigvalsh(X.toarray())[-1])
    scaled = csr_array(X * factor)
    for relative in (-1e-3, -1e-8, 0.0, 1e-8, 1e-3):
        threshold = largest * (1.0 + relative) * factor
        answer = largest_below(scaled, threshold)
        status = expected(1.0 + relative) if relative else "undecided"
        assert answer.status == status
        assert answer.ritz <= largest * (1.0 + 1e-13) * factor
        assert answer.bound >= largest * (1.0 - 1e-13) * factor
    assert upper_bound(scaled)[0] == pytest.approx(largest * factor, rel=2e-8)
    for threshold, status in ((1e308, "proved"), (-1e308, "refuted")):
        assert largest_below(scaled, threshold).status == status
    assert largest_below(scaled, math.inf).status == "proved"


def test_entries_of_unlike_sizes_do_not_overflow():
    X = csr(np.array([[0.0, 1e150, 0.0], [1e150, -1e150, 1e-150], [0.0, 1e-150, 1e-150]]))
    largest = 1e150 * (math.sqrt(5.0) - 1.0) / 2.0
    for relative in (-1e-6, 1e-6):
        threshold = largest * (1.0 + relative)
        assert largest_below(X, threshold).status == expected(1.0 + relative)
    top = csr_array(np.full((3, 3), 1.7e308))
    assert largest_below(top, 1e308).status == "refuted"
    assert upper_bound(top)[0] == math.inf


def test_what_is_not_a_matrix_of_numbers_is_undecided():
    X = csr(np.array([[1.0, math.nan], [math.nan, 0.0]]))
    assert largest_below(X, 100.0).status == "undecided"
    assert upper_bound(X)[0] == math.inf
    assert largest_below(path(5), math.nan).status == "undecided"
    assert perron(X)[0] == math.inf


def test_zero_matrices():
    zero = csr_array((4, 4))
    assert [largest_below(zero, t).status for t in (1.0, 0.0, -1.0)] == [
        "proved",
        "undecided",
        "refuted",
    ]
    assert upper_bound(zero)[0] == 0.0
    assert negative_part(zero) == norm_bound(zero) == 0.0
    assert largest_below(csr_array((0, 0)), 0.0).status == "proved"
    # Zeros that are stored.
    assert largest_below(csr_array((np.zeros(1), ([0], [0])), shape=(2, 2)), 1.0).bound == 0.0


@pytest.mark.parametrize("seed", range(4))
def test_dense_cholesky_fails_for_any_threshold_below_the_eigenvalue(seed):
    X = csr(np.random.default_rng(seed).standard_normal((60, 60)))
    largest = float(np.linalg.eigvalsh(X.toarray())[-1])
    for relative in np.geomspace(1e-16, 1e-9, 30):
        assert by_cholesky(X, largest * (1.0 - relative)).bound == math.inf
    assert by_cholesky(X, largest * (1.0 + 1e-10)).bound < largest * (1.0 + 1e-10)


def test_sparse_factors_fail_for_any_threshold_below_the_eigenvalue():
    X = csr_array(-torus(61))
    largest = 4.0 * math.cos(math.pi / 61)
    for relative in np.geomspace(1e-16, 1e-9, 10):
        assert by_sparse_factors(X, largest * (1.0 - relative)).bound == math.inf
    proof = by_sparse_factors(X, largest * (1.0 + 1e-9))
    assert largest < proof.bound < largest * (1.0 + 1e-9)


def test_distance_of_factors_bounds_the_matrix_they_make():
    rng = np.random.default_rng(3)
    X = csr(rng.random((400, 400)) * (rng.random((400, 400)) < 0.01))
    A = csc_array(6.0 * eye_array(400) - X)
    factors = splu(
        A, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    L, D = factors.L.toarray(), factors.U.diagonal()
    permuted = np.empty((400, 400))
    permuted[np.ix_(factors.perm_r, factors.perm_c)] = A.toarray()
    distance = factor_distance(factors, A)
    assert np.abs(permuted - (L * D) @ L.T).sum(axis=1).max() <= distance < 1e-11


def test_a_random_bound_decides_only_if_asked():
    X = scattered(12_000, 30, 1)
    largest = largest_below(X, 0.0).ritz
    largest = max(largest, largest_below(X, largest * 1.001).ritz)
    threshold = 1.1 * largest
    answer = largest_below(X, threshold)
    assert answer.status == "undecided"
    assert answer.probability >= 0.999999
    assert answer.bound > threshold
    answer = largest_below(X, threshold, confidence=0.999999)
    assert answer.status == "proved"
    assert answer.method.startswith("Chebyshev (probability 0.999999")
    answer = largest_below(X, 0.9 * largest, confidence=0.9)
    assert answer.status == "refuted"


@pytest.mark.parametrize("gap", [0.3, 1e-2, 1e-3])
def test_the_random_bound_is_as_rarely_wrong_as_it_says(gap):
    # One eigenvalue stands out; the interval is put below it, as if it had been missed.
    n, trials = 40, 400
    X = csr(diags_array(np.append(np.linspace(-1.0, 1.0, n - 1), 1.0 + gap)))
    matrix = Symmetric(X)
    ends = Ends(1.0, -1.0, np.ones(n))
    rng = np.random.default_rng(5)
    claims = np.array(
        [
            chance_below(matrix, 1.0 + 0.99 * gap, 0.999999, ends, 1.0 + gap, rng, 1.0)
            for _ in range(trials)
        ]
    )
    assert claims.max() > 0.0
    for level in (0.5, 0.8, 0.9, 0.99):
        wrong = np.mean(claims >= level)
        assert wrong <= 1.0 - level + 3.0 * math.sqrt((1.0 - level) / trials)


def test_matrices_whose_factors_would_fill_up_are_left():
    assert not little_fill(star(100_000), 1.0)
    assert not little_fill(scattered(30_000, 30, 2), 1.0)
    assert little_fill(path(100_000), 1.0)
    assert little_fill(torus(200), 1.0)
    # A star that is a proof by Collatz and Wielandt anyway.
    answer = largest_below(star(100_000), 1.001 * math.sqrt(1e5))
    assert (answer.status, answer.method) == ("proved", "Collatz-Wielandt")
