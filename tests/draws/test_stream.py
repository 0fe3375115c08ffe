"""Random bits are a function of seed, place, tile and position, and known answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.draws.stream import Stream

TILES = st.lists(st.integers(0, 2**64 - 1), max_size=3).map(tuple)

KEY = ["71a2594ec7d06667", "aff6320d913badfc"]
BITS = [
    "a88a65c8c3bde5e9",
    "5e8395702655f822",
    "1b9cd698c26c0636",
    "4bc3ac0895d1336e",
    "d20eab0a46c9e6c0",
]


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        (
            [2**64 - 1] * 4,
            [0, 0],
            "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b",
        ),
        (
            [2**64 - 2, 2**64 - 1, 2**64 - 1, 2**64 - 1],
            [2**64 - 1] * 2,
            "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0",
        ),
        (
            [0x243F6A8885A308D2, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89],
            [0x452821E638D01377, 0xBE5466CF34E90C6C],
            "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6",
        ),
    ],
)
def test_numpy_makes_the_bits_that_the_authors_of_philox_give(counter, key, answer):
    """Of the file kat_vectors of Random123; NumPy counts on before it makes a block."""
    arrays = {"counter": np.array(counter, np.uint64), "key": np.array(key, np.uint64)}
    raw = np.random.Philox(**arrays).random_raw(4)
    assert " ".join(f"{number:016x}" for number in raw.tolist()) == answer


def test_keys_and_bits_are_pinned():
    stream = Stream(7, "groups", "exc", "tau")
    assert [f"{word:016x}" for word in stream.key.tolist()] == KEY
    assert [f"{word:016x}" for word in stream.raw(5, (3, 1), 2).tolist()] == BITS


@settings(max_examples=50, deadline=None)
@given(tile=TILES, start=st.integers(0, 50), count=st.integers(0, 20))
def test_any_part_of_a_tile_is_the_same_bits(tile, start, count):
    stream = Stream(1, "place")
    whole = stream.raw(80, tile)
    np.testing.assert_array_equal(stream.raw(count, tile, start), whole[start : start + count])


def test_far_parts_are_found_at_once():
    stream = Stream(1, "place")
    far = 2**50 + 3
    np.testing.assert_array_equal(stream.raw(9, (), far)[4:], stream.raw(5, (), far + 4))


def test_other_seeds_places_and_tiles_have_other_bits():
    streams = [
        *(Stream(seed, "a", "b") for seed in (0, 1, 2**32, 2**64, 2**64 + 1)),
        Stream(0, "ab"),
        Stream(0, "a", "b", ""),
        Stream(0, "b", "a"),
        Stream(0, "a b"),
        Stream(0, "a", "b").at("c"),
    ]
    tiles = [(), (1,), (0, 1), (1, 1), (0, 0, 1), (2**64 - 1,)]
    numbers = [number for one in streams for tile in tiles for number in one.raw(8, tile).tolist()]
    assert len(set(numbers)) == len(numbers)
    one, two = Stream(0, "a").at("b", "c"), Stream(0, "a", "b", "c")
    np.testing.assert_array_equal(one.raw(4), two.raw(4))


def test_names_of_any_letters_name_places():
    assert Stream(0, "ä", "\ud800").raw(1).size == 1


def test_bits_of_neighbouring_tiles_have_nothing_to_do_with_each_other():
    """Of each two of 64 streams half of 64,000 bits are alike, within 5 standard deviations."""
    streams = [Stream(0, "p").raw(1000, (a, b)) for a in range(4) for b in range(4)]
    streams += [Stream(seed, name).raw(1000) for seed in range(6) for name in "abcdefgh"]
    bits = np.array([np.unpackbits(raw.view(np.uint8)) for raw in streams], dtype=np.float64)
    signs = 2 * bits - 1
    products = signs @ signs.T / np.sqrt(bits.shape[1])
    np.fill_diagonal(products, 0)
    assert np.abs(products).max() < 5
    assert np.abs(signs.sum(axis=1) / np.sqrt(bits.shape[1])).max() < 4.5
