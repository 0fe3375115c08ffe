"""Weights that are drawn, each for its place."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.draws.choice import Sparsity
from hamsim.draws.pairs import Rectangle
from hamsim.draws.tiles import touched
from hamsim.errors import CompileError
from hamsim.wiring.distributions import draw
from hamsim.wiring.joining import of_dense
from hamsim.wiring.making import Making, OfPairs, Pairs

__all__ = ["Drawn"]


class Drawn(OfPairs):
    """Draws from a distribution, for each tile of pairs by itself.

    Parameters
    ----------
    distribution : Normal, Uniform, ...
    making : Making
    """

    in_tiles = True

    def __init__(self, distribution: Any, making: Making) -> None:
        self.distribution, self.path = distribution, making.path
        self.numbers = making.numbers.at("weights")
        receive, send = making.ends
        both_ways = making.connection.kind == "between"
        self.blocks = Rectangle(self.numbers, (receive.n, send.n), Sparsity(), both_ways).blocks

    def part(self, rows: range, columns: range) -> csr_array:
        """Weights of all pairs, cut into tiles as a block is of which nothing is left out."""
        matrix = np.empty((len(rows), len(columns)))
        for a in touched(self.blocks.rows, rows):
            for b in touched(self.blocks.columns, columns):
                height, width = self.blocks.shape(a, b)
                tile = self._of_tile((a, b), height * width).reshape(height, width)
                down, inside_down = _common(int(self.blocks.rows[a]), height, rows)
                across, inside_across = _common(int(self.blocks.columns[b]), width, columns)
                matrix[down, across] = tile[inside_down, inside_across]
        return of_dense(matrix)

    def at(self, pairs: Pairs) -> Floats:
        """Draws for the pairs of a tile."""
        return self._of_tile(pairs.tile, pairs.size)

    def _of_tile(self, tile: tuple[int, int], count: int) -> Floats:
        values = draw(self.distribution, self.numbers, count, tile)
        if not np.isfinite(values).all():
            raise CompileError(f"{self.path}: a draw is not finite")
        return values


def _common(start: int, size: int, wanted: range) -> tuple[slice, slice]:
    """What a block and the wanted numbers share, counted from the start of those and of these."""
    first, last = max(start, wanted.start), min(start + size, wanted.stop)
    return slice(first - wanted.start, last - wanted.start), slice(first - start, last - start)
