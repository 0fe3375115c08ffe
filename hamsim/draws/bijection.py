"""Random permutations of which any part can be had alone."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from hamsim.arrays import Ints
from hamsim.draws.stream import Bits, Stream, Tile

__all__ = ["Bijection"]

# Up to so many numbers the whole permutation is drawn.
FEW = 2**14
ROUNDS = 6


class Bijection:
    """A random permutation of 0, ..., size - 1.

    Parameters
    ----------
    stream : Stream
    size : int
    tile : tuple of int

    Notes
    -----
    Of few numbers it is the order of as many random ones, so that all permutations are alike
    likely. Of more it is a Feistel network over pairs (left, right), left below a and right below
    b with a b just above the size, which six times adds to one of the two a random function of the
    other, modulo a or b [Black]; what is not below the size goes through it again. The functions
    are tables of random numbers, of which there are 6 sqrt(size) in all.

    [Black]: Black and Rogaway, Ciphers with arbitrary finite domains, CT-RSA (2002), section 5.
    """

    def __init__(self, stream: Stream, size: int, tile: Tile = ()) -> None:
        self.stream, self.size, self.tile = stream, size, tile

    def part(self, start: int, stop: int) -> Ints:
        """To where the numbers from start to stop, without stop, are moved."""
        if self.size <= FEW:
            return self._whole[start:stop]
        result = self._through(np.arange(start, stop, dtype=np.uint64))
        while (outside := np.flatnonzero(result >= np.uint64(self.size))).size:
            result[outside] = self._through(result[outside])
        return result.view(np.int64)

    @cached_property
    def _whole(self) -> Ints:
        return np.argsort(self.stream.raw(self.size, self.tile), kind="stable")

    @cached_property
    def _sides(self) -> tuple[int, int]:
        """The bounds of left and right, a and b."""
        a = int(np.ceil(np.sqrt(self.size)))
        return a, -(-self.size // a)

    @cached_property
    def _functions(self) -> list[tuple[Bits, Bits]]:
        """What is added to left for each right, and then to right for each left."""
        a, b = self._sides
        raw = self.stream.raw(ROUNDS // 2 * (a + b), self.tile).reshape(-1, a + b)
        return [(row[:b] % np.uint64(a), row[b:] % np.uint64(b)) for row in raw]

    def _through(self, numbers: Bits) -> Bits:
        a, b = (np.uint64(side) for side in self._sides)
        left = numbers // b
        right = numbers - left * b
        for to_left, to_right in self._functions:
            left += to_left[right]
            np.minimum(left, left - a, out=left)  # modulo a: below 0 is above all
            right += to_right[left]
            np.minimum(right, right - b, out=right)
        left *= b
        left += right
        return left
