"""Which neurons are set at once, and in which order sweeps ask for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints, Mask
from hamsim.kernels.discrete import NOBODY
from hamsim.kernels.discrete_plan import Graded
from hamsim.layout.arrange import Layout, arrange_neurons
from hamsim.layout.neurons import call_addresses
from hamsim.network import Group

__all__ = ["Units"]


class Units:
    """Neurons of two values, each by itself, and graded ones, by themselves or as they share.

    Parameters
    ----------
    n : int
        Neurons of the network.
    graded : ndarray of bool, shape (n,)
    groups : sequence of Group
        Of the graded neurons alone, one after another from neuron 0 on.
    hidden : ndarray of bool, shape (n,)
        Neurons that nobody asks, because they follow at once.
    """

    def __init__(self, n: int, graded: Mask, groups: Sequence[Group], hidden: Mask) -> None:
        # Who is asked for a neuron; `NOBODY` where none is.
        self.heads = np.arange(n, dtype=np.uint32)
        self._layout: Layout | None = None
        self._unit = np.full(n, -1, dtype=np.int64)
        self.heads[hidden] = NOBODY
        if not groups:
            return
        self._layout = arrange_neurons(groups)
        places, order = np.flatnonzero(graded), self._layout.order
        self._members = places if order is None else places[order]
        first, owner = [0], []
        for number, group in enumerate(groups):
            for _ in range(group.size // group.shared):
                first.append(first[-1] + group.shared)
                owner.append(number)
        self._first = np.array(first, dtype=np.int64)
        self._address = call_addresses(groups, "activate")[owner]
        heads = self._members[self._first[:-1]]
        self._unit[heads] = np.arange(heads.size)
        self.heads[self._members] = np.repeat(heads, np.diff(self._first))

    @property
    def any_graded(self) -> bool:
        """Whether there are neurons that take more than two values."""
        return self._layout is not None

    def asked(self, order: str | Ints, free: Mask) -> NDArray[np.uint32]:
        """First neurons of all units that an order ever takes, in file order.

        Parameters
        ----------
        order : str or ndarray of int
        free : ndarray of bool, shape (n,)
            Neurons that no clamp holds.
        """
        named = np.zeros(free.size, dtype=bool)
        named[slice(None) if isinstance(order, str) else order.ravel()] = True
        heads = self.heads[named & free]
        there = np.zeros(free.size, dtype=bool)
        there[heads[heads != NOBODY]] = True
        return np.flatnonzero(there).astype(np.uint32)

    def given(self, order: Ints, free: Mask) -> NDArray[np.uint32]:
        """Orders of neurons as orders of first neurons, each once; `NOBODY` where none is."""
        rows = np.where(free[order], self.heads[order], NOBODY)
        for row in rows if self.any_graded else ():
            again = np.ones(row.size, dtype=bool)
            again[np.unique(row, return_index=True)[1]] = False
            row[again] = NOBODY
        return np.ascontiguousarray(rows)

    def graded(self, trials: int, free: Mask) -> Graded:
        """What kernels read of graded units."""
        if self._layout is None:
            none = np.zeros(0, dtype=np.int64)
            return Graded(
                none,
                none,
                none,
                none,
                np.zeros((1, 0)),
                np.zeros(0, dtype=np.uint8),
                np.zeros((1, 1, 1)),
                np.zeros((1, 2, 0)),
            )
        largest = int(np.diff(self._first).max())
        scratch: Floats = np.zeros((trials, *self._layout.make_scratch(1).shape[1:]))
        return Graded(
            unit=self._unit,
            members=self._members,
            first=self._first,
            address=self._address,
            parameters=self._layout.plan.parameters,
            held=np.logical_not(free).astype(np.uint8),
            scratch=scratch,
            buffer=np.zeros((trials, 2, largest)),
        )
