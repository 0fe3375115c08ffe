"""H = d2L/dx2 at a state: a diagonal where each neuron has a Lagrangian of its own, else blocks.

H v costs time linear in the neurons, whatever is shared. The blocks themselves have the square of
the number of neurons that share a Lagrangian as many entries, and are made only when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError
from hamsim.field.sharing import shared_sets
from hamsim.network import Group, Network
from hamsim.operator import Neurons, neurons_of
from hamsim.ram import exceeds_memory

__all__ = ["Diagonal", "Hessian"]

# Numbers in one array of columns of H that are made together.
NUMBERS = 1_000_000
# Bytes of an entry of a sparse matrix: number and column.
ENTRY = 12


class Diagonal:
    """A Hessian of neurons that share nothing, or a bound of one.

    Parameters
    ----------
    slopes : ndarray, shape (n,)
    """

    def __init__(self, slopes: Floats) -> None:
        self.slopes = slopes

    def times(self, v: Floats) -> Floats:
        """H v of each row v."""
        result: Floats = self.slopes * v
        return result

    @property
    def matrix(self) -> csr_array:
        """H as a sparse matrix."""
        n = self.slopes.size
        return csr_array((self.slopes, np.arange(n), np.arange(n + 1)), shape=(n, n))


class Hessian:
    """H = d2L/dx2 of all groups at one state.

    Parameters
    ----------
    network : Network
    x : ndarray, shape (n,)
        At a kink H is the one from the left.
    """

    def __init__(self, network: Network, x: Floats) -> None:
        self.network, self.x = network, x
        self._neurons = neurons_of(network)

    def times(self, v: Floats) -> Floats:
        """H v of each row v, shape (n,) or (rows, n); H is symmetric, so that this is v H too."""
        if not self.shared:
            return Diagonal(self.slopes).times(v)
        rows = np.atleast_2d(v)
        states = np.broadcast_to(self.x, rows.shape)
        return self._neurons.hessian(states, rows).reshape(v.shape)

    @property
    def shared(self) -> bool:
        """Whether any neurons share a Lagrangian, so that H has more than a diagonal."""
        return any(group.shared > 1 for group in self.network.groups)

    @cached_property
    def slopes(self) -> Floats:
        """Sums of the rows of H: its diagonal, at neurons with a Lagrangian of their own."""
        return self._neurons.hessian(self.x, np.ones_like(self.x))

    def blocks(self) -> Iterator[tuple[Ints, Floats]]:
        """Neurons that share a Lagrangian, shape (sets, size), and their blocks of H.

        Yields
        ------
        neurons : ndarray of int, shape (sets, size)
            One row for each Lagrangian, in rising order; of size 1 where nothing is shared.
        block : ndarray, shape (sets, size, size)
        """
        sets = shared_sets(self.network)
        for group in self.network.groups:
            size = group.shared
            order = group.start + np.argsort(sets[group.slice], kind="stable")
            neurons = order.reshape(-1, size)
            if size == 1:
                yield neurons, self.slopes[neurons][:, :, None]
            else:
                yield neurons, self._block(group, neurons - group.start)

    def _block(self, group: Group, places: Ints) -> Floats:
        """Blocks of one group, some columns of all of them at once."""
        (sets, size), alone = places.shape, Neurons([group])
        block = np.empty((sets, size, size))
        at_once = int(np.clip(NUMBERS // group.size, 1, size))
        for first in range(0, size, at_once):
            columns = range(first, min(first + at_once, size))
            vectors = np.zeros((len(columns), group.size))
            for row, column in enumerate(columns):
                vectors[row, places[:, column]] = 1.0
            states = np.broadcast_to(self.x[group.slice], vectors.shape)
            image = alone.hessian(states, vectors)
            block[:, :, first : columns.stop] = image[:, places].transpose(1, 2, 0)
        return block

    @cached_property
    def matrix(self) -> csr_array:
        """H as a sparse matrix.

        Raises
        ------
        HamsimError
            So many neurons share a Lagrangian that their blocks exceed the memory.
        """
        n = self.x.size
        entries = sum(group.size * group.shared for group in self.network.groups)
        if exceeds_memory(2.0 * ENTRY * entries):
            most = max(self.network.groups, key=lambda group: group.shared)
            raise HamsimError(
                f"the Hessian of {most.name} has {most.size * most.shared:,} entries, which do "
                "not fit into memory; its products with vectors do"
            )
        rows, columns, values = [], [], []
        for neurons, block in self.blocks():
            rows.append(np.broadcast_to(neurons[:, :, None], block.shape).reshape(-1))
            columns.append(np.broadcast_to(neurons[:, None, :], block.shape).reshape(-1))
            values.append(block.reshape(-1))
        places = np.concatenate(rows), np.concatenate(columns)
        return csr_array((np.concatenate(values), places), shape=(n, n))
