"""Checksums of records, and of what is said once in a file.

A record's is a sum over its 64-bit words, each folded and multiplied by an odd number of its own:
that is fast in NumPy, any single word that differs is seen for certain, and anything else with a
probability of 1 - 2^-64.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DIGEST", "digest", "row_checksums"]

Words = NDArray[np.uint64]

DIGEST = 32  # bytes
TILE = 4096  # words of a row that are summed together
_BATCH = 2**16  # words that are worked on at a time, so that they stay in the cache


def digest(*parts: Any) -> bytes:
    """Digest of some bytes, one part after another."""
    made = hashlib.blake2b(digest_size=DIGEST)
    for part in parts:
        made.update(part)
    return made.digest()


def row_checksums(arrays: Sequence[NDArray[Any]], numbers: NDArray[np.int64], salt: int) -> Words:
    """One checksum for each row over all arrays, where the row stands, and a salt; never 0.

    Parameters
    ----------
    arrays : sequence of ndarray, each with the rows first
        Of numbers of 4 or 8 bytes.
    numbers : ndarray of int, shape (rows,)
        Which rows of the file they are.
    salt : int
        Something that differs from file to file.

    Returns
    -------
    ndarray of uint64, shape (rows,)
    """
    places = numbers.astype(np.uint64) * _odd(1, 1)[0]
    total = _fold(places + np.uint64(salt % 2**64), 31) * _odd(1, 2)[0]
    for place, array in enumerate(arrays):
        total += _fold(_sums(_words(array)), 29) * _odd(1, 3 + place)[0]
    total = _fold(total, 32)
    total[total == 0] = 1  # 0 is where nothing has been written
    return total


def _words(array: NDArray[Any]) -> NDArray[Any]:
    """The bits of each row, shape (rows, words)."""
    width = int(np.prod(array.shape[1:], dtype=np.int64))
    plain = np.ascontiguousarray(array).reshape(array.shape[0], width)
    return plain.view(np.uint64 if plain.dtype.itemsize == 8 else np.uint32)


def _sums(words: NDArray[Any]) -> Words:
    """Weighted sum of each row, tile by tile."""
    rows, n = words.shape
    total = np.zeros(rows, dtype=np.uint64)
    factors = _odd(min(n, TILE), 0)
    for number, begin in enumerate(range(0, n, TILE)):
        tile = words[:, begin : begin + TILE]
        step = max(1, _BATCH // tile.shape[1])
        again = _odd(1, 100 + number)[0]
        for row in range(0, rows, step):
            part = tile[row : row + step].astype(np.uint64, copy=False)
            mixed = _fold(part, 32)
            sums = np.einsum("ij,j->i", mixed, factors[: tile.shape[1]])
            total[row : row + step] += _fold(sums, 30) * again
    return total


def _fold(words: Words, bits: int) -> Words:
    """Mix the upper bits into the lower ones, so that two flipped signs do not cancel."""
    folded: Words = words ^ (words >> np.uint64(bits))
    return folded


@functools.lru_cache(maxsize=512)
def _odd(count: int, series: int) -> Words:
    """Odd numbers without a pattern: the finaliser of splitmix64 of 1, 2, ..."""
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = z + np.uint64(series * 0x632BE59BD9B4E019 % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = (z ^ (z >> np.uint64(31))) | np.uint64(1)
    z.flags.writeable = False
    return z
