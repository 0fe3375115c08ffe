"""Numbers of distributions: exact transformations of bits, and the distributions they promise."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hamsim.draws import numbers
from hamsim.draws.numbers import below, doubles, exponential_of, normals
from hamsim.draws.stream import Stream

PLACE = Stream(3, "place")

DOUBLES = ["0x1.b3c471ce54843p-1", "0x1.11d602effeb2ep-1", "0x1.63a8f95b4b976p-1"]
NORMALS = [
    "-0x1.da413c8235a01p-3",
    "0x1.0974757729188p-1",
    "-0x1.8457b43d3d25ap-2",
    "0x1.8790157f0cadap-1",
]
EXPONENTIALS = ["0x1.9511fc6871044p-6", "0x1.1aec7b35a00d4p+0", "0x1.ceb088b68e804p+28"]


def test_normals_are_the_transformed_bits_to_rounding():
    raw = [int(number) for number in PLACE.raw(400, (2,))]
    found = normals(PLACE, 400, (2,))
    with mpmath.workdps(40):
        for k in range(0, 400, 2):
            u = mpmath.mpf((raw[k] >> 11) + 1) / 2**53
            radius = mpmath.sqrt(-2 * mpmath.log(u))
            angle = mpmath.pi / 4 * (raw[k + 1] >> 11) / 2**53
            signs = [-1 if raw[k + 1] & bit else 1 for bit in (2, 4)]
            pair = [signs[0] * radius * mpmath.cos(angle), signs[1] * radius * mpmath.sin(angle)]
            pair = pair[::-1] if raw[k + 1] & 1 else pair
            for one, exact in zip(found[k : k + 2], pair, strict=True):
                assert abs(mpmath.mpf(float(one)) / exact - 1) < 6e-16


@pytest.mark.parametrize("u", [0, 1, 2**52, 2**53 - 1, 2**53 - 2])
def test_radii_at_the_ends(u):
    raw = np.array([u], dtype=np.uint64) << np.uint64(11)
    with mpmath.workdps(40):
        exact = mpmath.sqrt(-2 * mpmath.log(mpmath.mpf(u + 1) / 2**53))
    assert numbers._radii(raw)[0] == pytest.approx(float(exact), rel=5e-16)


@pytest.mark.parametrize("draw", [doubles, normals])
@settings(max_examples=40, deadline=None)
@given(start=st.integers(0, 60), count=st.integers(0, 40))
def test_any_part_is_the_same_numbers(draw, start, count):
    whole = draw(PLACE, 100, (5,))
    np.testing.assert_array_equal(draw(PLACE, count, (5,), start), whole[start : start + count])


def test_many_normals_are_those_of_parts(monkeypatch):
    whole = normals(PLACE, 1001)
    monkeypatch.setattr(numbers, "PAIRS_AT_ONCE", 7)
    np.testing.assert_array_equal(normals(PLACE, 1001), whole)


def test_numbers_are_pinned():
    assert [number.hex() for number in doubles(PLACE, 3)] == DOUBLES
    assert [number.hex() for number in normals(PLACE, 4)] == NORMALS
    assert [number.hex() for number in exponential_of(np.array([-3.7, 0.1, 20.0]))] == EXPONENTIALS


def test_normals_are_normal():
    drawn = normals(PLACE, 1_000_000)
    assert stats.kstest(drawn, "norm").pvalue > 1e-3
    assert drawn[::2] @ drawn[1::2] / 5e5 == pytest.approx(0, abs=4 / np.sqrt(5e5))
    # All eight parts of the circle, and the numbers beyond 3, as often as they should be.
    octant = np.floor(np.arctan2(drawn[1::2], drawn[::2]) * 4 / np.pi).astype(int) + 4
    assert stats.chisquare(np.bincount(octant, minlength=8)[:8]).pvalue > 1e-3
    beyond = np.count_nonzero(np.abs(drawn) > 3)
    assert stats.binomtest(beyond, drawn.size, 2 * stats.norm.sf(3)).pvalue > 1e-3
    assert np.all(np.isfinite(drawn))


def test_doubles_are_uniform():
    drawn = doubles(PLACE, 1_000_000)
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3
    assert drawn.min() >= 0
    assert drawn.max() < 1


def test_exponentials_are_exact_to_two_units_of_the_last_place():
    x = np.concatenate([np.linspace(-745, 709.7, 20_001), normals(PLACE, 20_000)])
    exact = np.array([float(mpmath.exp(mpmath.mpf(float(number)))) for number in x])
    with np.errstate(under="ignore"):
        assert np.all(np.abs(exponential_of(x) - exact) <= 2 * np.spacing(exact))


def test_exponentials_of_what_is_too_large_or_small():
    found = exponential_of(np.array([1e300, 710.0, -1e300, -746.0, 0.0, -0.0]))
    assert found.tolist() == [math.inf, math.inf, 0, 0, 1, 1]


@pytest.mark.parametrize("bound", [1, 2, 3, 7, 1000, 2**32 + 1, 3 * 2**61, 2**63 - 1])
def test_whole_numbers_below_a_bound(bound):
    limit = 2**64 // bound * bound
    raw = [0, 1, bound - 1, bound, limit - 1, *([limit, 2**64 - 1] if limit < 2**64 else [])]
    raw = np.array(raw, dtype=np.uint64)
    for bounds in (bound, np.full(raw.size, bound)):
        found, kept = below(raw, bounds)
        assert kept.tolist() == [number < limit for number in raw.tolist()]
        assert found.tolist() == [number % bound for number in raw.tolist()]


def test_whole_numbers_are_alike_likely():
    found, kept = below(PLACE.raw(100_000), 37)
    assert kept.all()
    assert stats.chisquare(np.bincount(found, minlength=37)).pvalue > 1e-3
