"""Which of all possible synapses exist, drawn in time and memory linear in those that do."""

from __future__ import annotations

import numpy as np

from hamsim.network import Ints

__all__ = ["choose_pairs", "choose_symmetric_pairs"]


def _distinct(wanted: int, total: int, rng: np.random.Generator) -> Ints:
    """`wanted` distinct numbers below `total`, sorted."""
    if wanted * 2 >= total:  # dense: leaving some out is cheaper than finding distinct ones
        return np.sort(rng.permutation(total)[:wanted])
    found = np.empty(0, dtype=np.int64)
    while found.size < wanted:
        missing = wanted - found.size
        more = rng.integers(0, total, size=missing + missing // 8 + 16)
        found = np.unique(np.concatenate([found, more]))
    if found.size > wanted:
        keep = np.ones(found.size, dtype=bool)
        keep[rng.choice(found.size, found.size - wanted, replace=False)] = False
        found = found[keep]
    return found


def _how_many(
    total: int, density: float | None, probability: float | None, rng: np.random.Generator
) -> int:
    if density is not None:
        return round(density * total)
    return int(rng.binomial(total, 1.0 if probability is None else probability))


def choose_pairs(
    rows: int,
    columns: int,
    density: float | None,
    probability: float | None,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Choose synapses of a block.

    Parameters
    ----------
    rows, columns : int
    density : float or None
        Exactly this part of all pairs (rounded to a whole number), all sets alike likely.
    probability : float or None
        Each pair by itself with this probability.

    Returns
    -------
    i, j : ndarray of int
        Sorted by row, then by column.
    """
    total = rows * columns
    chosen = _distinct(_how_many(total, density, probability, rng), total, rng)
    i, j = np.divmod(chosen, columns)
    return i, j


def choose_symmetric_pairs(
    n: int,
    density: float | None,
    probability: float | None,
    with_self: bool,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Choose undirected synapses among n neurons: pairs with i < j, or i <= j with `with_self`.

    Pair number k of the upper triangle is found from the triangle folded into a rectangle: rows
    r and n - 1 - r together have the same length for every r, so no square root is needed.
    """
    side = n + 1 if with_self else n  # the triangle i < j of a side x side matrix
    width = side if side % 2 else side - 1
    height = side // 2 if side % 2 == 0 else (side - 1) // 2
    total = width * height
    chosen = _distinct(_how_many(total, density, probability, rng), total, rng)
    fold, place = np.divmod(chosen, width)
    # Row `fold` of the triangle has side - 1 - fold pairs, and then comes row side - 1 - fold
    # (even side) or side - 2 - fold (odd side), whose pairs fill up the width.
    first = side - 1 - fold
    in_first = place < first
    i = np.where(in_first, fold, side - 1 - fold - (side % 2))
    j = np.where(in_first, fold + 1 + place, i + 1 + place - first)
    if with_self:
        j = j - 1
    return i, j
