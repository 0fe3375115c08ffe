"""Dense blocks for many trials: strips of columns, cut into rectangles that tasks work on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from scipy.sparse import csr_array

from hamsim.kernels.registers import LANES, OUTPUTS
from hamsim.layout.dense import Block

__all__ = ["Rectangle", "Strips", "rectangles"]

# Most columns of a strip: what a square of so many weights is multiplied with stays in the first
# cache, and the square itself in the second.
MOST_COLUMNS = 128
# From so many trials on, a task works in one direction: to read the weights twice is then faster
# than to write, and to add up, a window of all columns for each task.
APART = LANES + 1


def _padded(count: int) -> int:
    """The next multiple of `OUTPUTS`."""
    return count + -count % OUTPUTS


def _even(size: int) -> int:
    """Rows or columns of equal parts of a side."""
    return _padded(-(-size // -(-size // MOST_COLUMNS)))


@dataclass(frozen=True)
class Rectangle:
    """Some rows and columns of a block, counted from its first ones, and the directions to do."""

    first: int
    last: int
    left: int
    right: int
    to_rows: bool
    to_columns: bool


class Strips:
    """A dense block as the kernels read it for many trials.

    Rows and columns are made up to a multiple of `OUTPUTS` with zeros. Of a symmetric block within
    a group only the squares on the diagonal and what lies above are stored.

    Parameters
    ----------
    block : Block
    """

    def __init__(self, block: Block):
        self.block = block
        self.upper = block.both and block.rows is block.columns
        self.side = _even(block.columns.size)
        self.grows = self.side if self.upper else 0

    @property
    def square(self) -> int:
        """Weights of the largest square."""
        return min(self.side, _padded(self.block.rows.size)) * self.side

    def _strip(self, left: int) -> tuple[int, int, int]:
        """Where the strip at a column begins, and its rows and columns."""
        rows, columns = self.block.rows.size, self.block.columns.size
        number = left // self.side
        height = min(_padded(rows), self.side * (number + 1)) if self.upper else _padded(rows)
        before = number * (number + 1) // 2 * self.side if self.upper else number * height
        return before * self.side, height, min(self.side, _padded(columns - left))

    def task(self, rectangle: Rectangle, at: int) -> dict[str, int]:
        """Where the strips of a rectangle lie, as columns of a task, if they begin at `at`."""
        begin, height, _ = self._strip(rectangle.left)
        return {
            "AT": at + begin,
            "FIRST": rectangle.first,
            "SIDE": self.side,
            "HEIGHT": height,
            "GROWS": self.grows,
        }

    def weights(self, W: csr_array, dtype: DTypeLike) -> Any:
        """Store the block's part of W."""
        rows, columns = self.block.rows, self.block.columns
        lefts = range(0, columns.size, self.side)
        begin, height, width = self._strip(lefts[-1])
        stored = np.zeros(begin + height * width, dtype=dtype)
        for first in range(0, rows.size, self.side):
            some = W[rows.start + first : min(rows.stop, rows.start + first + self.side)]
            part = some[:, columns.slice].toarray()
            for left in lefts[first // self.side if self.upper else 0 :]:
                begin, height, width = self._strip(left)
                strip = stored[begin : begin + height * width].reshape(height, width)
                given = part[:, left : left + self.side]
                strip[first : first + given.shape[0], : given.shape[1]] = given
        return stored


def rectangles(strips: Strips, trials: int) -> Iterator[Rectangle]:
    """Cut a block into the rectangles that tasks work on.

    Parameters
    ----------
    strips : Strips
    trials : int
    """
    rows, columns = strips.block.rows.size, strips.block.columns.size
    both, apart = strips.block.both, trials >= APART
    step = strips.side if strips.upper else _even(rows)
    for first in range(0, rows, step):
        last = min(rows, first + step)
        if not strips.upper:
            yield Rectangle(first, last, 0, columns, True, both and not apart)
        elif apart:
            yield Rectangle(first, last, first, columns, True, False)
        else:
            yield Rectangle(first, last, first, last, True, False)
            if last < columns:
                yield Rectangle(first, last, last, columns, True, True)
    if both and apart:
        for left in range(0, columns, strips.side):
            height = left if strips.upper else rows
            if height:
                yield Rectangle(0, height, left, min(columns, left + strips.side), False, True)
