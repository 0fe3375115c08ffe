"""Normal numbers in kernels: known answers, their law, and that they are independent."""

import math

import noise_reference as oracle
import numpy as np
import pytest
from scipy import stats

from hamsim.dynamics.engine.noise import key_of
from hamsim.kernels.jit import jit
from hamsim.kernels.normals import _point, _radius, make_block, philox

KEY = key_of(3)


@jit
def philox_of(counters, key, out):
    for k in range(counters.shape[0]):
        c = counters[k]
        out[k, 0], out[k, 1], out[k, 2], out[k, 3] = philox(
            c[0], c[1], c[2], c[3], key[k, 0], key[k, 1]
        )


@jit
def points_of(bits, out):
    for k in range(bits.size):
        out[k, 0], out[k, 1] = _point(bits[k])


@jit
def radii_of(numbers, out):
    for k in range(numbers.size):
        out[k] = _radius(numbers[k])


def who(n, trials=1, first=0, first_trial=0):
    trial = np.arange(first_trial, first_trial + trials, dtype=np.uint64) << np.uint64(32)
    return np.arange(first, first + n, dtype=np.uint64)[:, None] | trial


def drawn(blocks, n, trials=1, key=KEY):
    """Numbers by step, neuron and trial, shape (4 blocks, n, trials)."""
    result = np.full((blocks, 4, n, trials), np.nan)
    places = who(n, trials)
    for block in range(blocks):
        make_block(key, block, places, result[block])
    return result.reshape(4 * blocks, n, trials)


# --- bits --------------------------------------------------------------------------------------

# kat_vectors of Random123 (D. E. Shaw Research): philox4x32 10.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def test_known_answers():
    counters, keys, answers = (np.array(part, dtype=np.uint64) for part in zip(*KNOWN, strict=True))
    found = np.zeros((3, 4), dtype=np.uint64)
    philox_of(counters, keys, found)
    np.testing.assert_array_equal(found, answers)
    assert [oracle.philox(counter, key) for counter, key, _ in KNOWN] == [k[2] for k in KNOWN]


def test_numbers_are_those_of_the_oracle():
    n, trials = 7, 3
    for block in (0, 1, 12345, 2**40, -1):
        found = np.full((4, n, trials), np.nan)
        make_block(KEY, block, who(n, trials), found)
        expected = [
            [[oracle.normal(3, 4 * block + k, i, t) for t in range(trials)] for i in range(n)]
            for k in range(4)
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_keys_are_those_of_the_oracle_and_differ():
    assert all(tuple(key_of(seed)) == oracle.key_of(seed) for seed in (0, 1, 12, 2**70))
    assert len({tuple(key_of(seed)) for seed in range(1000)}) == 1000


def test_a_number_does_not_depend_on_what_else_is_drawn():
    together = np.full((4, 1000, 2), np.nan)
    make_block(KEY, 5, who(1000, 2), together)
    for first, n in ((0, 1), (13, 5), (501, 499)):
        alone = np.full((4, n, 1), np.nan)
        make_block(KEY, 5, who(n, 1, first, 1), alone)
        np.testing.assert_array_equal(alone[:, :, 0], together[:, first : first + n, 1])
    order = np.random.default_rng(0).permutation(1000)
    mixed = np.full((4, 1000, 2), np.nan)
    make_block(KEY, 5, np.ascontiguousarray(who(1000, 2)[order]), mixed)
    np.testing.assert_array_equal(mixed, together[:, order])


# --- the transform -----------------------------------------------------------------------------


def test_radii_are_right_to_rounding_up_to_the_largest():
    rng = np.random.default_rng(1)
    some = rng.integers(0, 2**40, 20_000)
    small, near_one = np.arange(2000), 2**40 - 1 - np.arange(2000)
    numbers = np.concatenate([some, small, near_one, 2 ** np.arange(40)])
    found = np.zeros(numbers.size)
    radii_of(numbers.astype(np.uint64), found)
    # 1 - u is exact where u is near 1, and so is its logarithm.
    expected = np.sqrt(-2 * np.log1p(-(2**40 - numbers - 0.5) / 2**40))
    below = numbers < 2**39
    expected[below] = np.sqrt(-2 * np.log((numbers[below] + 0.5) / 2**40))
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    assert found.max() == pytest.approx(math.sqrt(82 * math.log(2)))


def test_angles_are_all_around_and_right_to_rounding():
    angles = np.arange(0, 2**24, 7, dtype=np.uint64)
    found = np.zeros((angles.size, 2))
    points_of(angles | np.uint64(1 << 60), found)  # all of one radius
    radius = np.hypot(*found.T)
    np.testing.assert_allclose(radius, radius[0], rtol=1e-15)
    turned = np.sort(np.arctan2(found[:, 1], found[:, 0]))
    assert np.diff(turned).max() < 20 * 2 * np.pi / angles.size
    assert np.abs(np.histogram(turned, 64, (-np.pi, np.pi))[0] * 64 / angles.size - 1).max() < 1e-3


@pytest.fixture(scope="module")
def sample():
    """Eight million numbers: 200 blocks of 10,000 places."""
    return drawn(200, 2500, 4)


def test_moments(sample):
    n, x = sample.size, sample.reshape(-1)
    power = np.ones(n)
    for k in range(1, 9):
        power *= x
        expected = math.prod(range(k - 1, 0, -2)) if k % 2 == 0 else 0
        square = math.prod(range(2 * k - 1, 0, -2))
        error = math.sqrt((square - expected**2) / n)
        assert abs(power.mean() - expected) < 4 * error, k


def test_distribution(sample):
    for part in (sample[0::4], sample[1::4], sample[2::4], sample[3::4]):
        some = part.reshape(-1)[:500_000]
        assert stats.kstest(some, "norm").pvalue > 1e-3


def test_tails():
    """Far out, 50 million numbers: as many as there should be, on both sides."""
    places, found = who(50_000), np.zeros((4, 50_000, 1))
    limits = np.array([3.5, 4.0, 4.5, 5.0])
    above, below, count = np.zeros(4), np.zeros(4), 0
    for block in range(250):
        make_block(KEY, 10**6 + block, places, found)
        far = found[np.abs(found) > limits[0]]
        above += (far[:, None] > limits).sum(axis=0)
        below += (far[:, None] < -limits).sum(axis=0)
        count += found.size
    expected = count * stats.norm.sf(limits)
    for counted in (above, below):
        assert np.all(np.abs(counted - expected) < 4 * np.sqrt(expected)), (counted, expected)


def test_tails_to_seven_sigma_are_those_of_the_bits():
    """P(r > 7) of all 2**40 radii, and of an angle: the law is right where nobody can count."""
    for sigma in (6.0, 6.5, 7.0):
        numbers = np.arange(200_000, dtype=np.uint64)
        radii = np.zeros(numbers.size)
        radii_of(numbers, radii)
        assert radii[-1] < sigma
        beyond = np.arccos(np.clip(sigma / radii[radii > sigma], 0, 1)) / np.pi
        assert beyond.sum() / 2**40 == pytest.approx(stats.norm.sf(sigma), rel=0.02)


# --- independence ------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", ["step", "neuron", "trial"])
@pytest.mark.parametrize("lag", [1, 2, 3, 4, 8])
def test_neighbours_are_independent(axis, lag):
    x = np.moveaxis(drawn(30, 200, 64), ["step", "neuron", "trial"].index(axis), 0)
    assert_independent(x[lag:], x[:-lag])


@pytest.mark.parametrize("other", [4, 3 + 2**32, 3 + 2**64])
def test_seeds_are_independent(other):
    assert_independent(drawn(30, 2000, 4), drawn(30, 2000, 4, key_of(other)))


def assert_independent(a, b):
    """Products of powers have the means that independent numbers have."""
    limit = 4.5 / math.sqrt(a.size)
    assert abs((a * b).mean()) < limit
    assert abs(((a**2 - 1) * (b**2 - 1)).mean()) < 2 * limit
    assert abs(((a**2 - 1) * b).mean()) < math.sqrt(2) * limit
    assert abs((np.sign(a) * np.sign(b)).mean()) < limit


def test_runs_of_a_sum_over_steps_are_a_random_walk():
    x = drawn(250, 4000)[:, :, 0]
    ends = x.sum(axis=0) / math.sqrt(len(x))
    assert stats.kstest(ends, "norm").pvalue > 1e-3
