"""The disconnectivity tree: at which energy minima come together.

Minima are joined in the order of the saddles between them, lowest first, so that two of them hang
together below an energy if a way that stays below it leads from one to the other over saddles that
are known  [Becker and Karplus 1997, J. Chem. Phys. 106:1495; Wales, Miller and Walsh 1998, Nature
394:758].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints

__all__ = ["Tree", "join"]

EQUAL = 1e-7  # saddles whose energies differ by this part of the whole range count as one level


@dataclass(frozen=True, eq=False)
class Tree:
    """How minima come together while the energy rises.

    Parameters
    ----------
    leaves : ndarray, shape (attractors,)
        Energy of each minimum; NaN of attractors that are none.
    energy : ndarray, shape (joints,)
        At which parts come together, rising.
    children : tuple of tuple of int
        Of each joint: numbers of attractors, or of earlier joints counted on from these.
    saddle : tuple of int
        Of each joint the saddle that made it.
    """

    leaves: Floats
    energy: Floats
    children: tuple[tuple[int, ...], ...]
    saddle: tuple[int, ...]

    @property
    def roots(self) -> tuple[int, ...]:
        """Attractors and joints that are part of no other: one if all is connected."""
        inside = {child for some in self.children for child in some}
        leaves = np.flatnonzero(np.isfinite(self.leaves)).tolist()
        nodes = [*leaves, *range(self.leaves.size, self.leaves.size + self.energy.size)]
        return tuple(node for node in nodes if node not in inside)

    def barrier(self, a: int, b: int) -> float:
        """Energy of the lowest known way from one minimum to another; infinite if none is known.

        Parameters
        ----------
        a, b : int
            Numbers of attractors.
        """
        if a == b:
            return float(self.leaves[a])
        held: list[set[int]] = [{k} for k in range(self.leaves.size)]
        for energy, some in zip(self.energy, self.children, strict=True):
            held.append(set().union(*(held[child] for child in some)))
            if a in held[-1] and b in held[-1]:
                return float(energy)
        return float("inf")

    def to_dict(self) -> dict[str, Any]:
        """All of it as numbers and lists."""
        return {
            "leaves": self.leaves.tolist(),
            "energy": self.energy.tolist(),
            "children": [list(some) for some in self.children],
            "saddle": list(self.saddle),
        }


def join(leaves: Floats, energy: Floats, joins: Sequence[tuple[int, int]]) -> Tree:
    """Join minima by saddles.

    Parameters
    ----------
    leaves : ndarray, shape (attractors,)
        Energies; NaN of what is no minimum.
    energy : ndarray, shape (saddles,)
    joins : sequence of pairs of int
        The attractors on both sides of each saddle; those of -1 join nothing.

    Returns
    -------
    Tree
    """
    known = np.concatenate([leaves[np.isfinite(leaves)], energy[np.isfinite(energy)]])
    level = EQUAL * float(np.ptp(known)) if known.size else 0.0
    part = list(range(leaves.size))
    heights: list[float] = []
    children: list[tuple[int, ...]] = []
    made_by: list[int] = []
    for k in _lowest_first(energy):
        a, b = joins[k]
        if min(a, b) < 0 or part[a] == part[b]:
            continue
        old = sorted({part[a], part[b]})
        inner: list[int] = []
        for node in old:  # joints of the same level are one
            at = node - leaves.size
            same = at >= 0 and energy[k] - heights[at] <= level
            inner += children[at] if same else (node,)
        heights.append(float(energy[k]))
        children.append(tuple(sorted(inner)))
        made_by.append(int(k))
        node = leaves.size + len(heights) - 1
        part = [node if each in old else each for each in part]
    return _without_absorbed(leaves, heights, children, made_by, set(part))


def _lowest_first(energy: Floats) -> Ints:
    order: Ints = np.argsort(energy, kind="stable")
    return order[np.isfinite(energy[order])]


def _without_absorbed(
    leaves: Floats,
    heights: list[float],
    children: list[tuple[int, ...]],
    made_by: list[int],
    tops: set[int],
) -> Tree:
    """The tree without joints whose children another one of the same level has taken over."""
    n = leaves.size
    kept, left = set(), [node for node in tops if node >= n]
    while left:
        node = left.pop()
        kept.add(node)
        left += [child for child in children[node - n] if child >= n]
    order = sorted(kept)
    number = {node: n + k for k, node in enumerate(order)}
    return Tree(
        leaves,
        np.array([heights[node - n] for node in order]),
        tuple(tuple(sorted(number.get(c, c) for c in children[node - n])) for node in order),
        tuple(made_by[node - n] for node in order),
    )
