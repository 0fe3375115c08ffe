"""Streams of random bits: one for each place of a description, cut into tiles."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bits", "Stream", "Tile"]

Bits = NDArray[np.uint64]
# Up to three numbers, not negative and below 2**64, that name a tile of a place.
Tile = tuple[int, ...]

BLOCK = 4  # numbers that Philox makes of one counter


class Stream:
    """Random bits of one place, as many as are wanted for each tile.

    Parameters
    ----------
    seed : int
    *place : str
        Names the place; places with other names have bits that have nothing to do with these.

    Notes
    -----
    Philox 4x64-10 [Salmon] is a function of a key of 128 bits and a counter of 256. The key is a
    BLAKE2b digest of the seed and the names, so that a name changes nothing elsewhere; the first
    word of the counter counts blocks of four numbers, the others are the tile.

    [Salmon]: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3, SC (2011).
    """

    def __init__(self, seed: int, *place: str) -> None:
        self.seed, self.place = seed, place

    def at(self, *names: str) -> Stream:
        """The stream of a place within this one."""
        return Stream(self.seed, *self.place, *names)

    @cached_property
    def key(self) -> Bits:
        """The key of Philox, shape (2,)."""
        texts = [word.encode("utf-8", "surrogatepass") for word in (str(self.seed), *self.place)]
        # With their lengths, else a b, c were the place a, b c.
        whole = b"".join(len(text).to_bytes(8, "little") + text for text in texts)
        digest = hashlib.blake2b(whole, digest_size=16).digest()
        return np.frombuffer(digest, dtype="<u8").astype(np.uint64, copy=False)

    def source(self, tile: Tile = (), start: int = 0) -> np.random.Philox:
        """Generator of the bits of a tile, whose next number is number `start`."""
        words = (start // BLOCK, *tile, 0, 0, 0)[:BLOCK]
        counter: Any = np.array(words, dtype=np.uint64)
        source = np.random.Philox(counter=counter, key=self.key)
        if start % BLOCK:
            source.random_raw(start % BLOCK, output=False)
        return source

    def raw(self, count: int, tile: Tile = (), start: int = 0) -> Bits:
        """Numbers `start`, ..., `start + count - 1` of a tile, each of 64 random bits."""
        return self.source(tile, start).random_raw(count)
