"""Formulas of the theory of memories, against their equations and against enumerations."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from hamsim import HamsimError
from hamsim.memory import theory


def gaussian_mean(f, centre):
    """Mean of f(z) over a normal z, for an f that turns at `centre`."""
    edges = sorted({-9.0, 9.0, *(centre + d for d in (-1, -0.1, 0, 0.1, 1) if abs(centre + d) < 9)})
    return sum(
        quad(lambda z: math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * f(z), a, b, epsabs=1e-13)[0]
        for a, b in itertools.pairwise(edges)
    )


def noise_of(load, q, C):
    return math.sqrt(load * q) / (1.0 - C)


@pytest.mark.parametrize(("load", "temperature"), [(0.02, 0.3), (0.1, 0.1), (0.13, 0.02)])
def test_the_overlap_solves_the_equations_of_amit_gutfreund_and_sompolinsky(load, temperature):
    m = float(theory.retrieval_overlap(load, temperature))
    # q by repetition at this m, which stays what the equation for m gives
    q, s = 1.0, math.sqrt(load)
    for _ in range(200):
        before = q
        q = gaussian_mean(lambda z, s=s: math.tanh((m + s * z) / temperature) ** 2, -m / s)
        s = noise_of(load, q, (1.0 - q) / temperature)
        if abs(q - before) < 1e-14:
            break
    found = gaussian_mean(lambda z: math.tanh((m + s * z) / temperature), -m / s)
    assert m > 0.9
    assert found == pytest.approx(m, abs=1e-8)


def test_at_temperature_zero_it_is_the_published_line():
    found = theory.retrieval_overlap([0.0, 0.05, 0.10, 0.13, 0.137, 0.138, 0.5])
    assert found[0] == 1.0
    assert found[1:4] == pytest.approx([0.99999, 0.9980, 0.9872], abs=5e-5)
    assert found[4] > 0.966
    assert list(found[5:]) == [0.0, 0.0]
    assert theory.critical_load() == pytest.approx(0.137905566, abs=1e-8)


def test_low_temperatures_go_over_into_zero_and_high_ones_into_nothing():
    cold = theory.retrieval_overlap([0.01, 0.1], 1e-5)
    assert cold == pytest.approx(theory.retrieval_overlap([0.01, 0.1]), abs=1e-7)
    assert theory.critical_load(1e-5) == pytest.approx(theory.critical_load(), abs=1e-6)
    m = float(theory.retrieval_overlap(0.0, 0.5))
    assert m == pytest.approx(math.tanh(m / 0.5), abs=1e-12)
    assert m > 0.9
    assert theory.retrieval_overlap([0.0, 0.01], 1.0).tolist() == [0.0, 0.0]
    assert theory.critical_load(1.5) == 0.0


def test_few_patterns_go_over_into_none():
    few = theory.retrieval_overlap([1e-12, 1e-6], 0.5)
    assert few == pytest.approx(float(theory.retrieval_overlap(0.0, 0.5)), abs=1e-4)
    assert few[0] > few[1]


@pytest.mark.parametrize("kind", theory.DENSE_KINDS)
@pytest.mark.parametrize("degree", [1, 2, 3, 4])
def test_the_bit_error_has_the_moments_of_all_patterns(kind, degree):
    n, count = 7, 9
    F = {
        "power": lambda x: x**degree,
        "rectified": lambda x: max(x, 0.0) ** degree,
        "exponential": lambda x: math.exp(0.7 * x),
    }[kind]
    squares = [
        (F(sum(signs) + 1.0) - F(sum(signs) - 1.0)) ** 2
        for signs in itertools.product((-1, 1), repeat=n - 1)
    ]
    z = (F(float(n)) - F(n - 2.0)) / math.sqrt((count - 1) * np.mean(squares))
    found = theory.bit_error(n, count, degree, kind, beta=0.7)
    assert float(found) == pytest.approx(math.erfc(z / math.sqrt(2)) / 2, rel=1e-12)


def test_the_papers_tail_is_high_where_errors_are_many_and_right_where_they_are_few():
    patterns = np.array([300.0, 700.0])
    ratio = theory.bit_error_tail(100, patterns, 3) / theory.bit_error(100, patterns, 3)
    assert 1.10 < ratio[1] < 1.27
    few = np.array([2_000.0])
    ratio = theory.bit_error_tail(400, few, 3) / theory.bit_error(400, few, 3)
    assert ratio == pytest.approx(1.0, abs=0.12)
    assert theory.bit_error(40, 1, 3) == 0.0
    assert theory.bit_error(1000, 10**6, kind="exponential") == 0.0  # nor does it overflow


def test_loads_without_errors():
    one = theory.error_free_patterns(1000)
    assert one == pytest.approx(1000 / (2 * math.log(1000)))
    assert theory.error_free_patterns(1000, all_at_once=True) == pytest.approx(one / 2)
    assert theory.error_free_patterns(100, 4) == pytest.approx(100**3 / (2 * 15 * math.log(100)))
    # where it is said that one neuron of a pattern errs, this many times or fewer do
    for degree in (2, 3, 4):
        at = theory.error_free_patterns(1000, degree)
        assert 1000 * float(theory.bit_error(1000, at, degree)) < 0.5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: theory.retrieval_overlap(-0.1), "load must be finite and at least 0"),
        (lambda: theory.retrieval_overlap(0.1, -1.0), "temperature is -1"),
        (lambda: theory.critical_load(math.nan), "temperature is nan"),
        (lambda: theory.bit_error(100, 10, 3, "cosine"), "kind is 'cosine'"),
        (lambda: theory.bit_error(100, 10, 0), "degree is 0"),
        (lambda: theory.bit_error(1, 10), "at least 2 neurons"),
        (lambda: theory.bit_error_tail(100, 10, 1), "degree is 1"),
        (lambda: theory.error_free_patterns(1), "at least 2 neurons"),
    ],
)
def test_what_it_is_not_defined_for_is_said(call, words):
    with pytest.raises(HamsimError, match=words):
        call()
