"""Queens on a board that attack each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.spec.choices import rows_choose
from hamsim.wiring.making import Making, OfPairs, Pairs

__all__ = ["make"]


class Attacks(OfPairs):
    """Squares from which queens attack each other.

    Where the squares of a row share a Lagrangian, each row has one queen in all states, and no two
    that could attack each other.
    """

    def __init__(self, making: Making) -> None:
        end = making.ends[0]
        self.n, self.cost = end.shape[0], making.connection.weights.queens
        self.rows_choose = rows_choose(end)

    def part(self, rows: range, columns: range) -> csr_array:
        """A part of the board with another."""
        return csr_array(self._weights(np.asarray(rows)[:, None], np.asarray(columns)))

    def at(self, pairs: Pairs) -> Floats:
        """Weights of pairs of squares."""
        return self._weights(pairs.i, pairs.j)

    def _weights(self, i: Any, j: Any) -> Floats:
        down = np.abs(i // self.n - j // self.n)
        across = np.abs(i % self.n - j % self.n)
        attack = (across == 0) | (across == down)
        attack = attack & (down > 0) if self.rows_choose else (attack | (down == 0)) & (i != j)
        return np.where(attack, -self.cost, 0.0)


make = Attacks
