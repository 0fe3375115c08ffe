"""Which of all candidates exist, where these are cut into tiles of which each is drawn alone."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Ints
from hamsim.draws.counts import binomial, hypergeometric
from hamsim.draws.stream import Stream
from hamsim.draws.subsets import subset, subset_of_each
from hamsim.draws.tiles import ENTRIES, cuts

__all__ = ["Choice", "Shares", "Sparsity", "chosen", "chosen_of_rows"]


class Sparsity(NamedTuple):
    """How many of the possible synapses exist; at most one is not None.

    Parameters
    ----------
    density : float or None
        Exactly this part of them all (rounded to a whole number), all sets alike likely.
    degree : int or None
        Exactly so many in each row.
    probability : float or None
        Each by itself with this probability.
    """

    density: float | None = None
    degree: int | None = None
    probability: float | None = None

    @property
    def full(self) -> bool:
        """Whether nothing is left out."""
        return self == (None, None, None)

    def expected(self, rows: int, candidates: int) -> float:
        """About how many of so many candidates exist."""
        if self.degree is not None:
            return float(self.degree) * rows
        if self.density is not None:
            return self.density * candidates
        return candidates * (1.0 if self.probability is None else self.probability)


class Shares:
    """How many of those drawn without putting back fall into each of several parts.

    Parameters
    ----------
    stream : Stream
    ends : ndarray of int, shape (parts,)
        How many there are in a part and all before it.
    drawn : int
        How many of them all are drawn.

    Notes
    -----
    The parts are halved again and again, and what is drawn of a range of them is shared by a
    hypergeometric number between its halves: so one part needs the numbers on its way down a tree
    alone, and all together are exactly as many as are drawn.
    """

    def __init__(self, stream: Stream, ends: Ints, drawn: int) -> None:
        self.stream, self.ends = stream, ends
        self._known = {(0, ends.size): drawn}

    def of(self, part: int) -> int:
        """How many are drawn of one part."""
        low, high = 0, self.ends.size
        while high - low > 1:
            middle = (low + high) // 2
            if (low, middle) not in self._known:
                self._share(low, middle, high)
            low, high = (low, middle) if part < middle else (middle, high)
        return self._known[low, high]

    def _share(self, low: int, middle: int, high: int) -> None:
        before = int(self.ends[low - 1]) if low else 0
        end, last = int(self.ends[middle - 1]), int(self.ends[high - 1])
        drawn = self._known[low, high]
        left = hypergeometric(self.stream, end - before, last - end, drawn, (low, high))
        self._known[low, middle] = left
        self._known[middle, high] = drawn - left


class Choice:
    """Candidates that exist, tile by tile.

    Parameters
    ----------
    stream : Stream
    sizes : ndarray of int, shape (tiles,)
        Number of candidates of each tile.
    sparsity : Sparsity
        Without a degree, which is a matter of rows.
    """

    def __init__(self, stream: Stream, sizes: Ints, sparsity: Sparsity) -> None:
        self.sizes, self.sparsity = sizes, sparsity
        self._numbers, self._counts = stream.at("candidates"), stream.at("counts")
        self._shares: Shares | None = None
        if sparsity.density is not None:
            ends = np.cumsum(sizes)
            wanted = round(sparsity.density * int(ends[-1]))
            self._shares = Shares(self._counts, ends, wanted)

    def count(self, tile: int) -> int:
        """How many candidates of a tile exist."""
        size = int(self.sizes[tile])
        if self._shares is not None:
            return self._shares.of(tile)
        if self.sparsity.probability is not None:
            return binomial(self._counts, size, self.sparsity.probability, (tile,))
        return size

    def of(self, tile: int) -> Ints:
        """Numbers, within the tile, of the candidates that exist, sorted."""
        return subset(self._numbers, self.count(tile), int(self.sizes[tile]), (tile,))


def chosen(stream: Stream, total: int, sparsity: Sparsity) -> Ints:
    """Numbers of those of a list that exist, sorted.

    Parameters
    ----------
    stream : Stream
    total : int
        How many there are.
    sparsity : Sparsity
        Without a degree.
    """
    tiles = math.ceil(sparsity.expected(1, total) / ENTRIES) or 1
    borders = cuts(total, tiles)
    choice = Choice(stream, np.diff(borders), sparsity)
    return np.concatenate([choice.of(k) + borders[k] for k in range(tiles)])


def chosen_of_rows(stream: Stream, lengths: Ints, degree: int) -> Ints:
    """Of each row of a list so many numbers, all sets alike likely.

    Parameters
    ----------
    stream : Stream
    lengths : ndarray of int, shape (rows,)
        None below the degree.
    degree : int

    Returns
    -------
    ndarray of int, shape (rows, degree)
        Numbers within the rows, each row sorted.
    """
    tiles = math.ceil(lengths.size * degree / ENTRIES) or 1
    borders = cuts(lengths.size, min(tiles, lengths.size))
    rows = [
        subset_of_each(stream, degree, lengths[first:last], (k,))
        for k, (first, last) in enumerate(pairwise(borders.tolist()))
    ]
    return np.concatenate(rows)
