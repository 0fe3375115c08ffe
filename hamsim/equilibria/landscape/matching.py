"""To which known attractor a start comes."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.starts import begin
from hamsim.equilibria.landscape.merging import nearest, tolerances
from hamsim.equilibria.landscape.rounds import Round, on_rounds
from hamsim.equilibria.rest.fixed_point import fixed_point
from hamsim.network import Network

__all__ = ["Matcher"]


class Matcher:
    """Follows starts, and finds what they come to among attractors that are known.

    Parameters
    ----------
    network : Network
        As the attractors were found in.
    exact : bool
        See `fixed_point`.
    states : ndarray, shape (states, n)
        Rest states.
    owner : ndarray of int, shape (states,)
        The attractor of each.
    reach : ndarray, shape (states,)
        How far from it a rest state may be that is the same attractor.
    cycles : list of Round
    places : list of int
        The attractor of each cycle.
    """

    def __init__(
        self,
        network: Network,
        exact: bool,
        states: Floats,
        owner: Ints,
        reach: Floats,
        cycles: list[Round],
        places: list[int],
    ) -> None:
        self.network, self.exact = network, exact
        self.states, self.owner, self.reach = states, owner, reach
        self.cycles, self.places = cycles, places

    def label_of(self, start: Any) -> Any:
        """See `Attractors.label_of`."""
        _, rows, count = begin(self.network, start, None)
        labels = self.labels(np.asarray(rows))
        return int(labels[0]) if count is None else labels

    def labels(self, rows: Floats) -> Ints:
        """Numbers of attractors of several starts; -1 where one comes to none."""
        found = fixed_point(self.network, rows, exact=self.exact)
        labels = self.of_rest(found.x, found.error)
        left = np.flatnonzero(~found.converged)
        labels[left] = -1
        which = on_rounds(self.network, found.x[left], self.cycles)
        for k, place in enumerate(self.places):
            labels[left[which == k]] = place
        return labels

    def of_rest(self, x: Floats, error: Floats) -> Ints:
        """Numbers of the attractors of rest states, with estimates of their errors."""
        labels = np.full(len(x), -1, dtype=np.int64)
        if len(self.states) == 0:
            return labels
        which, distance = nearest(x, self.states)
        near = distance <= self.reach[which] + tolerances(x, error)
        labels[near] = self.owner[which[near]]
        return labels
