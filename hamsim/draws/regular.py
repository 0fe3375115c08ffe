"""Random graphs in which every neuron has the same number of partners, drawn tile by tile.

[Bollobas]: Bollobas, A probabilistic proof of an asymptotic formula for the number of labelled
regular graphs, European Journal of Combinatorics 1, 311 (1980).
[McKay]: McKay and Wormald, Uniform generation of random regular graphs of moderate degree, Journal
of Algorithms 11, 52 (1990).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from hamsim.arrays import Ints
from hamsim.draws.bijection import Bijection
from hamsim.draws.counts import hypergeometric
from hamsim.draws.numbers import below
from hamsim.draws.stream import Stream
from hamsim.errors import CompileError

__all__ = ["Regular"]

# Rounds of exchanging partners after which those of a tile are put together anew, and how often.
MAX_ROUNDS = 200
MAX_ATTEMPTS = 1000
# Where so few pairs of a tile may not be, about, it is put together anew so often instead.
FEW_WRONG, PLAIN_ATTEMPTS = 4.0, 30


class Regular:
    """A random graph of n neurons with so many partners each.

    Parameters
    ----------
    stream : Stream
    n, degree : int
        Their product must be even, and degree below n.
    cuts : ndarray of int, shape (blocks + 1,)
        Where blocks of neurons begin and end. A tile is a block and another, or the same. Several
        blocks must be so large that a neuron hardly ever has more partners in one than it holds.

    Notes
    -----
    Each neuron has as many ends of synapses as it shall have partners, and all ends are joined in
    pairs at random [Bollobas]. Cut into blocks this is: how many pairs join each two blocks, by
    hypergeometric numbers; which ends of a block these are, a permutation of its ends, of which
    the first lead into itself and the next into one block after another; and which of them are
    joined, one after another as they stand there. So a tile needs the numbers of pairs and a part
    of two permutations.

    Pairs that repeat another or join a neuron to itself lie in the same tile as what they repeat.
    Where few are expected, as of a degree up to 3, all ends of the tile are joined again, up to 30
    times: graphs with none are alike likely. Else these pairs exchange an end with a pair of the
    tile drawn at random, where that makes no such pair, until there are none [McKay, there with
    chances that make all graphs alike likely; here they nearly are]. Where neurons have more than
    half of all others for partners it is drawn which they do not have.
    """

    def __init__(self, stream: Stream, n: int, degree: int, cuts: Ints) -> None:
        self.n, self.cuts, self.turned = n, cuts, 2 * degree > n - 1
        self.degree = n - 1 - degree if self.turned else degree
        self._counts, self._exchanges = stream.at("counts"), stream.at("exchanges")
        ends = stream.at("ends")
        sizes = np.diff(cuts) * self.degree
        self._ends = [Bijection(ends, int(size), (k,)) for k, size in enumerate(sizes)]

    def tile(self, a: int, b: int) -> tuple[Ints, Ints]:
        """Neurons that are joined, of the blocks a and b, a <= b.

        Returns
        -------
        i, j : ndarray of int
            Numbers within the blocks, sorted by i and then j; i < j where the blocks are the same.
        """
        height, width = (int(self.cuts[k + 1] - self.cuts[k]) for k in (a, b))
        keys = self._keys(a, b, width)
        if self.turned:
            others = np.ones((height, width), dtype=bool)
            if a == b:
                others = np.triu(others, 1)
            others.reshape(-1)[keys] = False
            keys = np.flatnonzero(others)
        i = keys // width
        return i, keys - i * width

    def _keys(self, a: int, b: int, width: int) -> Ints:
        """Pairs of a tile, i times width plus j, sorted."""
        first = self._joined(a, b)
        second = self._joined(b, a) if a != b else first[first.size // 2 :]
        first = first[: second.size]
        height = int(self.cuts[a + 1] - self.cuts[a])
        share = second.size / max(height * width, 1)  # pairs of a neuron and another, on average
        expected = second.size * (share + 1.0 / height) if a == b else second.size * share / 2.0
        for attempt in range(MAX_ATTEMPTS):
            exchange = _Exchange(self._exchanges, (a, b, attempt), width, a == b)
            again = expected <= FEW_WRONG and attempt < PLAIN_ATTEMPTS
            keys = exchange.mended(first, second, 0 if again else MAX_ROUNDS)
            if keys is not None:
                return keys
            both = np.concatenate([first, second]) if a == b else second
            order = Bijection(self._exchanges.at("anew"), both.size, (a, b, attempt))
            both = both[order.part(0, both.size)]
            first, second = (both[: first.size], both[first.size :]) if a == b else (first, both)
        raise CompileError(f"degree: {self.degree} partners of each neuron were not found")

    def _joined(self, block: int, other: int) -> Ints:
        """Neurons of a block whose ends lead to another, in the order in which they are joined."""
        stop = self._borders[block, other + 1]
        part = self._ends[block].part(int(self._borders[block, other]), int(stop))
        return part // max(self.degree, 1)

    @cached_property
    def _borders(self) -> Ints:
        """Where, among the ends of each block, those that lead to each other one begin."""
        blocks = self.cuts.size - 1
        ends = np.zeros((blocks, blocks), dtype=np.int64)
        free = np.diff(self.cuts) * self.degree  # ends that lead to no block before
        for a in range(blocks):
            inside = self._inside(a, int(free[a]), int(free[a:].sum()))
            ends[a, a] = 2 * inside
            leaving, rest = int(free[a]) - 2 * inside, int(free[a + 1 :].sum())
            for b in range(a + 1, blocks):
                there = int(free[b])
                rest -= there
                count = hypergeometric(self._counts, there, rest, leaving, (a, b))
                ends[a, b] = ends[b, a] = count
                leaving -= count
                free[b] -= count
        borders = np.zeros((blocks, blocks + 1), dtype=np.int64)
        np.cumsum(ends, axis=1, out=borders[:, 1:])
        return borders

    def _inside(self, block: int, own: int, free: int) -> int:
        """How many pairs have both ends in a block that has `own` of all the free ends.

        The pairs are told first: of their first and of their second ends so many are the block's.
        """
        pairs = free // 2
        first = hypergeometric(self._counts, pairs, pairs, own, (block, block, 1))
        return hypergeometric(self._counts, first, pairs - first, own - first, (block, block, 2))


class _Exchange:
    """Pairs of a tile, of which those that may not be exchange an end with others."""

    def __init__(self, stream: Stream, tile: tuple[int, int, int], width: int, same: bool) -> None:
        self.source, self.width, self.same = stream.source(tile), width, same

    def mended(self, first: Ints, second: Ints, rounds: int) -> Ints | None:
        """The pairs' keys, sorted; None where so many rounds of exchanging are not enough."""
        good = self._keys(first, second)
        good.sort()
        allowed = np.ones(good.size, dtype=bool)
        np.not_equal(good[1:], good[:-1], out=allowed[1:])
        if self.same:
            allowed &= good % (self.width + 1) != 0
        wrong, good = good[~allowed], good[allowed]
        while wrong.size:
            if not (rounds and good.size):
                return None
            wrong, good = self._round(wrong, good)
            rounds -= 1
        return good

    def _keys(self, i: Ints, j: Ints) -> Ints:
        if self.same:
            i, j = np.minimum(i, j), np.maximum(i, j)
        keys: Ints = i * self.width + j
        return keys

    def _round(self, wrong: Ints, good: Ints) -> tuple[Ints, Ints]:
        """Exchange once where that is allowed; what stays wrong and what is good then."""
        partner, kept = below(self.source.random_raw(wrong.size), good.size)
        i, j = np.divmod(wrong, self.width)
        k, m = np.divmod(good[partner], self.width)
        if self.same:  # which end of the partner is exchanged
            turned = (self.source.random_raw(wrong.size) & np.uint64(1)).astype(bool)
            k, m = np.where(turned, m, k), np.where(turned, k, m)
        one, two = self._keys(i, m), self._keys(k, j)
        if self.same:
            kept &= (i != m) & (k != j)
        for new in (one, two):
            kept &= good[good.searchsorted(new).clip(max=good.size - 1)] != new
        # Of two exchanges that want the same, neither is made.
        kept &= _once(partner)
        alone = _once(np.concatenate([one, two]))
        kept &= alone[: one.size] & alone[one.size :]
        stay = np.ones(good.size, dtype=bool)
        stay[partner[kept]] = False
        good = np.concatenate([good[stay], one[kept], two[kept]])
        good.sort()
        return wrong[~kept], good


def _once(numbers: Ints) -> np.ndarray:
    """Which numbers stand only once."""
    _, where, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    alone: np.ndarray = counts[where] == 1
    return alone
