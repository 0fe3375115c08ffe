"""Which of all possible synapses exist, drawn in time and memory linear in those that do.

Possible synapses are counted row by row: each row has a number of candidates, and what is chosen
is told as a CSR matrix tells its entries, by `indptr` and the candidates' numbers in each row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import CompileError

__all__ = ["Chosen", "Sparsity", "choose", "choose_regular", "rows_of"]

# Exchanges of partners after which drawing a regular graph starts anew.
MAX_EXCHANGES = 2000


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


class Chosen(NamedTuple):
    """Chosen candidates.

    Parameters
    ----------
    indptr : ndarray of int, shape (rows + 1,)
        Row r has the entries indptr[r], ..., indptr[r + 1] - 1.
    candidates : ndarray of int
        Numbers within the row, sorted.
    """

    indptr: Ints
    candidates: Ints


def rows_of(indptr: Ints) -> Ints:
    """Row of each entry."""
    return np.arange(indptr.size - 1).repeat(indptr[1:] - indptr[:-1])


def choose(lengths: Ints, sparsity: Sparsity, rng: np.random.Generator) -> Chosen:
    """Choose among the candidates of each row.

    Parameters
    ----------
    lengths : ndarray of int, shape (rows,)
        Number of candidates of each row.
    sparsity : Sparsity
    rng : numpy Generator

    Raises
    ------
    CompileError
        A row has fewer candidates than the degree.
    """
    starts = np.zeros(lengths.size + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    total = int(starts[-1])
    if sparsity.degree is not None:
        return _choose_in_rows(lengths, sparsity.degree, rng)
    if sparsity.full:
        chosen = np.arange(total, dtype=np.int64)
    elif sparsity.density is not None:
        chosen = _distinct(round(sparsity.density * total), total, rng)
    else:
        chosen = _distinct(int(rng.binomial(total, sparsity.probability or 0.0)), total, rng)
    indptr = chosen.searchsorted(starts)
    chosen -= starts[:-1].repeat(indptr[1:] - indptr[:-1])
    return Chosen(indptr, chosen)


def _distinct(wanted: int, total: int, rng: np.random.Generator) -> Ints:
    """`wanted` distinct numbers below `total`, sorted."""
    if wanted * 2 >= total:  # dense: leaving some out is cheaper than finding distinct ones
        return np.sort(rng.permutation(total)[:wanted])
    found = np.empty(0, dtype=np.int64)
    while found.size < wanted:
        missing = wanted - found.size
        repeated = missing * wanted / total  # so many at most, on average
        more = rng.integers(0, total, size=missing + int(repeated + 4 * repeated**0.5) + 16)
        found = _sorted_once(np.concatenate([found, more]) if found.size else more)
    if found.size > wanted:
        keep = np.ones(found.size, dtype=bool)
        keep[rng.choice(found.size, found.size - wanted, replace=False)] = False
        found = found[keep]
    return found


def _sorted_once(numbers: Ints) -> Ints:
    """Sort numbers in place and leave out repeated ones."""
    numbers.sort()
    keep = np.ones(numbers.size, dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=keep[1:])
    return numbers[keep]


def _choose_in_rows(lengths: Ints, degree: int, rng: np.random.Generator) -> Chosen:
    """`degree` distinct candidates in each row, all sets alike likely."""
    if np.any(lengths < degree):
        short = int(np.argmax(lengths < degree))
        raise CompileError(
            f"degree: {degree} synapses a neuron, but neuron {short} can have {int(lengths[short])}"
        )
    rows, width = lengths.size, int(lengths.max(initial=1))
    # Of rows that are more than half full it is drawn which candidates are left out.
    turned = 2 * degree > lengths
    wanted = np.where(turned, lengths - degree, degree)
    found = np.empty(0, dtype=np.int64)
    missing = wanted
    # Numbers that are there already are drawn again: so each set is as likely as any other.
    while missing.any():
        row = np.repeat(np.arange(rows, dtype=np.int64), missing)
        drawn = rng.integers(0, np.repeat(lengths, missing))
        row *= width
        drawn += row
        del row
        found = _sorted_once(np.concatenate([found, drawn]) if found.size else drawn)
        del drawn
        missing = wanted - np.bincount(found // width, minlength=rows)
    if turned.any():
        found = _turned(found, np.flatnonzero(turned), lengths, width)
    found %= width
    return Chosen(np.arange(rows + 1) * degree, found)


def _turned(found: Ints, rows: Ints, lengths: Ints, width: int) -> Ints:
    """Numbers, row times width plus candidate, with the candidates of some rows turned round."""
    number = np.full(lengths.size, -1)
    number[rows] = np.arange(rows.size)
    at = number[found // width]
    keep = np.arange(width) < lengths[rows, None]
    keep[at[at >= 0], (found % width)[at >= 0]] = False
    row, candidate = np.nonzero(keep)
    return np.sort(np.concatenate([found[at < 0], rows[row] * width + candidate]))


def choose_regular(n: int, degree: int, rng: np.random.Generator) -> Chosen:
    """Choose undirected synapses among n neurons such that each neuron has `degree` of them.

    Parameters
    ----------
    n, degree : int
        Their product must be even, and degree below n.
    rng : numpy Generator

    Returns
    -------
    Chosen
        Row i has the candidates j = i + 1, ..., n - 1, numbered from 0.

    Notes
    -----
    Ends of synapses are paired at random; pairs that repeat another or connect a neuron to itself
    exchange an end with a pair chosen at random, until there are none. O(n degree log(n degree)).
    """
    if 2 * degree > n - 1:  # dense: draw the pairs that are left out
        without = choose_regular(n, n - 1 - degree, rng)
        full = np.triu(np.ones((n, n), dtype=bool), 1)
        full[rows_of(without.indptr), without.candidates + rows_of(without.indptr) + 1] = False
        i, j = np.nonzero(full)
    else:
        i, j = _regular_pairs(n, degree, rng)
    indptr = np.searchsorted(i, np.arange(n + 1))
    return Chosen(indptr, j - i - 1)


def _regular_pairs(n: int, degree: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    ends = np.repeat(np.arange(n, dtype=np.int64 if n > 2**31 else np.int32), degree)
    while True:
        rng.shuffle(ends)
        pairs = ends.reshape(-1, 2)
        for _ in range(MAX_EXCHANGES):
            key = pairs.min(axis=1) * np.int64(n)
            key += pairs.max(axis=1)
            order = np.argsort(key, kind="stable")
            key = key[order]
            again = order[1:][key[1:] == key[:-1]]
            wrong = np.union1d(again, np.flatnonzero(pairs[:, 0] == pairs[:, 1]))
            del order
            if wrong.size == 0:
                i, j = np.divmod(key, n)
                return i, j
            for k in wrong.tolist():
                other = int(rng.integers(len(pairs)))
                pairs[k, 1], pairs[other, 1] = pairs[other, 1], pairs[k, 1]


def thinned(values: Floats, indices: Ints, indptr: Ints, chosen: Chosen) -> tuple[Floats, Ints]:
    """Entries of a CSR matrix whose numbers within their rows are chosen."""
    place = chosen.candidates + np.repeat(indptr[:-1], np.diff(chosen.indptr))
    return values[place], indices[place]
