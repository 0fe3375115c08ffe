"""Pairs of neurons between which synapses exist, drawn tile by tile: a block of rows and columns.

Which synapses a tile has is a function of the stream, of how many neurons there are, and of what
part of their pairs exists.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from hamsim.arrays import Ints
from hamsim.counted import counted
from hamsim.draws.choice import Choice, Sparsity
from hamsim.draws.regular import Regular
from hamsim.draws.stream import Stream
from hamsim.draws.subsets import subset_of_each
from hamsim.draws.tiles import ENTRIES, Blocks, cuts
from hamsim.errors import CompileError

__all__ = ["Rectangle", "Triangle"]

# Blocks of a triangle, at most: the time to share its pairs grows with their square.
MOST_BLOCKS = 512
# Neurons of a block of a regular graph, at least: with less than half of these for partners on
# average, none needs more of them than there are.
LEAST_OF_A_DEGREE = 400


class Rectangle:
    """Synapses of a block in which W[i, j] and W[j, i] have nothing to do with each other.

    Parameters
    ----------
    stream : Stream
    shape : (rows, columns)
    sparsity : Sparsity
    both_ways : bool
        Whether columns are wanted alone as well as rows, and tiles are cut both ways. Of a degree
        they are not: what a row has is drawn at once.
    own : ndarray of int, shape (rows,), optional
        The column of each row that has no synapse with it; -1 for none.
    entries : int, optional
        Synapses of a tile, about; `ENTRIES` if nothing is said.
    """

    def __init__(
        self,
        stream: Stream,
        shape: tuple[int, int],
        sparsity: Sparsity,
        both_ways: bool = False,
        own: Ints | None = None,
        entries: int | None = None,
    ) -> None:
        self.shape, self.sparsity, self.own = shape, sparsity, own
        self._stream = stream
        rows, columns = shape
        tiles = math.ceil(sparsity.expected(rows, rows * columns) / (entries or ENTRIES)) or 1
        high = math.ceil(math.sqrt(tiles)) if both_ways and sparsity.degree is None else tiles
        high = min(high, rows)
        wide = min(math.ceil(tiles / high), columns) if both_ways and high < tiles else 1
        self.blocks = Blocks(
            cuts(rows, high), cuts(columns, wide if sparsity.degree is None else 1)
        )

    def tile(self, a: int, b: int) -> tuple[Ints, Ints]:
        """Row and column, within the tile, of its synapses, sorted."""
        height, width = self.blocks.shape(a, b)
        own = self._own_within(a, b)
        if self.sparsity.degree is not None:
            i, j = self._of_degree(a, height, width, own)
        else:
            chosen = self._choice.of(a * (self.blocks.columns.size - 1) + b)
            if own is None:
                i = chosen // width
                return i, chosen - i * width
            starts = np.zeros(height + 1, dtype=np.int64)
            np.cumsum(width - (own < width), out=starts[1:])
            lengths = np.diff(chosen.searchsorted(starts))
            i = np.arange(height, dtype=np.int64).repeat(lengths)
            j = chosen - starts[:-1].repeat(lengths)
        if own is not None:  # those behind it move up by one
            j += j >= own[i]
        return i, j

    def _of_degree(self, a: int, height: int, width: int, own: Ints | None) -> tuple[Ints, Ints]:
        degree = self.sparsity.degree
        assert degree is not None
        lengths = np.full(height, width) if own is None else width - (own < width)
        if (short := lengths < degree).any():
            k = int(np.argmax(short))
            raise CompileError(
                f"degree: {counted(degree, 'synapse')} a neuron, but neuron "
                f"{int(self.blocks.rows[a]) + k} "
                f"can have {int(lengths[k])}"
            )
        j = subset_of_each(self._stream.at("candidates"), degree, lengths, (a,))
        return np.arange(height, dtype=np.int64).repeat(degree), j.reshape(-1)

    def _own_within(self, a: int, b: int) -> Ints | None:
        """Column, within the tile, that each row leaves out; its width for none."""
        if self.own is None:
            return None
        start, stop = self.blocks.columns[b : b + 2]
        own = self.own[self.blocks.rows[a] : self.blocks.rows[a + 1]] - start
        own[(own < 0) | (own >= stop - start)] = stop - start
        return own if (own < stop - start).any() else None

    @cached_property
    def _choice(self) -> Choice:
        rows, columns = self.blocks
        sizes = np.outer(np.diff(rows), np.diff(columns))
        if self.own is not None:
            at = np.flatnonzero(self.own >= 0)
            row = np.searchsorted(rows, at, side="right") - 1
            column = np.searchsorted(columns, self.own[at], side="right") - 1
            np.subtract.at(sizes, (row, column), 1)
        return Choice(self._stream, sizes.reshape(-1), self.sparsity)


class Triangle:
    """Synapses of a symmetric block: of each pair i <= j both or none.

    Parameters
    ----------
    stream : Stream
    n : int
    sparsity : Sparsity
        Its degree is that of each neuron.
    diagonal : bool
        Whether neurons may have a synapse with themselves.
    entries : int, optional
        Pairs of a tile, about; `ENTRIES` if nothing is said.
    """

    def __init__(
        self,
        stream: Stream,
        n: int,
        sparsity: Sparsity,
        diagonal: bool = False,
        entries: int | None = None,
    ) -> None:
        self.shape, self.sparsity, self.diagonal = (n, n), sparsity, diagonal
        self._stream = stream
        tiles = sparsity.expected(n, n * n) / 2 / (entries or ENTRIES)
        # Of k blocks there are k (k + 1) / 2 tiles.
        blocks = math.ceil(math.sqrt(2 * tiles + 0.25) - 0.5)
        most = n if sparsity.degree is None else n // LEAST_OF_A_DEGREE
        borders = cuts(n, max(1, min(blocks, most, MOST_BLOCKS)))
        self.blocks = Blocks(borders, borders)

    def tile(self, a: int, b: int) -> tuple[Ints, Ints]:
        """Row and column, within the tile, of its pairs, sorted; a <= b.

        Of tiles on the diagonal those with row <= column.
        """
        if self._regular is not None:
            return self._regular.tile(a, b)
        height, width = self.blocks.shape(a, b)
        chosen = self._choice.of(self._number(a, b))
        if a != b:
            i = chosen // width
            return i, chosen - i * width
        first = 0 if self.diagonal else 1
        starts = np.zeros(height + 1, dtype=np.int64)
        np.cumsum(np.arange(height, 0, -1) - first, out=starts[1:])
        lengths = np.diff(chosen.searchsorted(starts))
        i = np.arange(height, dtype=np.int64).repeat(lengths)
        j = chosen - starts[:-1].repeat(lengths)
        j += i
        j += first
        return i, j

    def _number(self, a: int, b: int) -> int:
        """Of a tile, counted by rows of tiles."""
        return a * (self.blocks.rows.size - 1) - a * (a - 1) // 2 + b - a

    @cached_property
    def _choice(self) -> Choice:
        heights = np.diff(self.blocks.rows)
        sizes = np.outer(heights, heights)
        on_diagonal = heights * (heights + 1) // 2 - (0 if self.diagonal else heights)
        np.fill_diagonal(sizes, on_diagonal)
        by_rows = np.concatenate([sizes[a, a:] for a in range(heights.size)])
        return Choice(self._stream, by_rows, self.sparsity)

    @cached_property
    def _regular(self) -> Regular | None:
        if self.sparsity.degree is None:
            return None
        n, _ = self.shape
        return Regular(self._stream, n, self.sparsity.degree, self.blocks.rows)
