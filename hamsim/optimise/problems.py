"""The problems that rules of weights state: a tour, a cut, queens on a board."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.optimise.problem import Exact, Problem, Reading
from hamsim.optimise.programs import best_board, best_cut, best_tour

__all__ = ["CutProblem", "Queens", "Tour"]

HALF = 0.5


def _timed(
    problem: Problem, find: Callable[[], tuple[Ints | None, bool]], value: Callable[[Ints], float]
) -> Exact:
    began = time.monotonic()
    answer, optimal = find()
    seconds = time.monotonic() - began
    return Exact(answer, None if answer is None else value(answer), optimal, seconds)


class Tour(Problem):
    """The shortest way through all cities and back; neuron [c, p] says that city c has place p.

    An answer is the cities in their order, from city 0 on, with the smaller of its neighbours next.

    Parameters
    ----------
    neurons : slice or ndarray of int
    distances : ndarray, shape (n, n)
    cities : ndarray, shape (n, d), or None
        Coordinates, if the file has them.
    """

    kind, word, largest = "tour", "length", False

    def __init__(self, neurons: Any, distances: Floats, cities: Floats | None = None) -> None:
        self.neurons, self.distances, self.cities = neurons, distances, cities

    def length(self, tour: Ints) -> float:
        """Length of a tour, in the unit of the distances."""
        return float(self.distances[tour, np.roll(tour, -1)].sum())

    def read(self, g: Floats) -> Reading:
        """Give each city its most active place; where two have one, the best places for all."""
        n = len(self.distances)
        active = g.reshape(n, n)
        place = active.argmax(axis=1)
        valid = np.unique(place).size == n
        if not valid:
            place = linear_sum_assignment(-active)[1]
        tour = self._turned(np.argsort(place))
        return Reading(tour, self.length(tour), bool(valid))

    def _turned(self, tour: Ints) -> Ints:
        tour = np.roll(tour, -int(np.argmin(tour)))
        return tour if tour[1] < tour[-1] else np.roll(tour[::-1], 1)

    def exact(self, seconds: float) -> Exact:
        """The shortest tour, by the program of Dantzig, Fulkerson and Johnson."""

        def find() -> tuple[Ints | None, bool]:
            tour, optimal = best_tour(self.distances, seconds)
            return None if tour is None else self._turned(tour), optimal

        return _timed(self, find, self.length)


class CutProblem(Problem):
    """The heaviest cut of a graph in two; the sign of a neuron is the side of its node.

    An answer has -1 or 1 for each node, 1 for the first.

    Parameters
    ----------
    neurons : slice or ndarray of int
    graph : csr_array, shape (n, n)
        Symmetric weights of edges.
    """

    kind, word, largest = "cut", "cut", True

    def __init__(self, neurons: Any, graph: csr_array) -> None:
        self.neurons, self.graph = neurons, graph

    def weight(self, side: Ints) -> float:
        """Weight of the edges between the two sides."""
        total = float(self.graph.sum()) - float(side @ (self.graph @ side))
        return 0.25 * total

    def read(self, g: Floats) -> Reading:
        """Take signs; a neuron at 0 takes the side that cuts more, one after another."""
        side = np.sign(g).astype(np.int64)
        undecided = np.flatnonzero(side == 0)
        for node in undecided:
            side[node] = -1 if (self.graph[[node]] @ side).item() > 0.0 else 1
        side *= side[0]
        return Reading(side, self.weight(side), undecided.size == 0)

    def exact(self, seconds: float) -> Exact:
        """The heaviest cut; of a large graph the best that is found in the time."""
        return _timed(self, lambda: best_cut(self.graph, seconds), self.weight)


class Queens(Problem):
    """n queens, none of which attacks another; neuron [r, c] says that one stands there.

    An answer is the board, shape (n, n), with 1 where a queen stands. Its value is the number of
    pairs that attack each other, and of queens that are missing or too many.

    Parameters
    ----------
    neurons : slice or ndarray of int
    n : int
    rows_choose : bool
        Whether each row is one choice.
    """

    kind, word, largest = "queens", "conflicts", False

    def __init__(self, neurons: Any, n: int, rows_choose: bool) -> None:
        self.neurons, self.n, self.rows_choose = neurons, n, rows_choose

    def conflicts(self, board: Ints) -> float:
        """Pairs that attack each other, and how far the number of queens is from n."""
        r, c = np.nonzero(board)
        pairs = 0.0
        for along in (r, c, r + c, r - c + self.n):
            count = np.bincount(along, minlength=1)
            pairs += float((count * (count - 1)).sum()) / 2.0
        return pairs + abs(self.n - r.size)

    def read(self, g: Floats) -> Reading:
        """A queen on the most active square of each row, or on each square above a half."""
        active = g.reshape(self.n, self.n)
        board = np.zeros((self.n, self.n), dtype=np.int64)
        if self.rows_choose:
            board[np.arange(self.n), active.argmax(axis=1)] = 1
        else:
            board[active > HALF] = 1
        value = self.conflicts(board)
        return Reading(board, value, value == 0.0)

    def exact(self, seconds: float) -> Exact:
        """A board without conflicts, if there is one."""
        return _timed(self, lambda: best_board(self.n, seconds), self.conflicts)
