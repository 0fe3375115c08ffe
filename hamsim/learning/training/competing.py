"""The sparse rule: neurons compete for what they store, and nothing has to go to rest.

Weights should begin larger than they end, as drawn with a standard deviation of 1: a neuron that
wins then gives way to others while its norm falls to 1, where one that begins small wins always.

[KH]: Krotov and Hopfield, Unsupervised learning by competing hidden units, PNAS 116:7723 (2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError, given
from hamsim.kernels.competing import compete
from hamsim.kernels.jit import first_call
from hamsim.learning.found import Found
from hamsim.learning.training.learned import Learned
from hamsim.learning.training.optimizers import settings_of
from hamsim.learning.training.task import Task
from hamsim.network import Connection, Network

__all__ = ["Competing", "Sparse"]


class Sparse(NamedTuple):
    """Settings of the rule.

    Parameters
    ----------
    rate : float
        How far the weight that changes most goes in the first epoch; it falls to 0 in the last.
    power : float
        p of the norm that weights come to, 1 for each neuron.
    rank : int
        Which neuron moves away from a pattern: 2 is the one with the second largest current.
    anti : float
        How far it does, beside the one that moves towards it.
    """

    rate: float = 0.02
    power: float = 2.0
    rank: int = 2
    anti: float = 0.4


class _Joined(NamedTuple):
    """A connection between neurons that are shown something and those that store it."""

    key: str
    shown: Ints
    turned: bool  # whether those that store are its columns


class Competing:
    """Learns connections by the sparse rule; see `Rule`.

    Parameters
    ----------
    task : Task
    network : Network
    learned : Learned

    Raises
    ------
    HamsimError
        A connection is not one between all neurons that are shown something and all others of a
        group, or a setting does not fit.
    """

    memories: Mapping[str, tuple[Floats, ...]]

    def __init__(self, task: Task, network: Network, learned: Learned) -> None:
        self.task, self.learned = task, learned
        self.steps, self.memories = 0, {part.key: () for part in learned.parts}
        self.options = settings_of("sparse", Sparse, task.settings.optimizer_options)
        self._cues = {int(n): (c, k) for c in task.cues for k, n in enumerate(c.neurons.tolist())}
        self._joined, storing = [], set()
        for connection in network.connections:
            if f"connections/{connection.name}" in learned.keys:
                joined, names = self._look_at(network, connection)
                self._joined.append(joined)
                storing.add(names)
        if len(storing) != 1 or len(learned.keys) != len(self._joined):
            raise HamsimError(
                "optimizer sparse learns connections of one group with groups that are inputs; "
                f"learn names {', '.join(learned.keys)}"
            )
        self.count = network.neurons(storing.pop()).size
        rank, power = self.options.rank, self.options.power
        if rank != int(rank) or not 2 <= rank <= self.count:
            raise HamsimError(
                f"rank of sparse is {given(rank)}; it must be a whole number from 2 to "
                f"{self.count}, the number of neurons that compete"
            )
        if power < 1:
            raise HamsimError(f"power of sparse is {given(power)}; it must be at least 1")
        parts = [self._whole(each.shown) for each in self._joined]
        self._shown = np.concatenate(parts, axis=1)

    def _look_at(self, network: Network, connection: Connection) -> tuple[_Joined, tuple[str, ...]]:
        rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
        shown = [all(int(n) in self._cues for n in each) for each in (rows, columns)]
        whole = network.block(connection).nnz == rows.size * columns.size
        if connection.kind not in ("between", "from") or shown[0] == shown[1] or not whole:
            raise HamsimError(
                f"optimizer sparse cannot learn '{connection.name}': it must join every neuron of "
                "an input with every neuron of a group that is none"
            )
        key = f"connections/{connection.name}"
        if shown[0]:
            return _Joined(key, rows, True), connection.columns
        return _Joined(key, columns, False), connection.rows

    def changed(self) -> None:
        """Nothing is kept of the values but the values."""

    def learn(self, rows: Ints, epoch: int) -> tuple[Found | None, float]:
        """Show some examples.

        Parameters
        ----------
        rows : ndarray of int
            Which.
        epoch : int
            From 1 on.

        Returns
        -------
        found : None
            Nothing goes to rest.
        norm : float
            The largest change of a weight, before it is made to be of the size of the rate.
        """
        weights = np.concatenate([self._matrix(each) for each in self._joined], axis=1)
        change, settings = np.empty_like(weights), self.options
        how = (float(settings.power), int(settings.rank), settings.anti)
        with first_call("compete"):
            largest = float(compete(weights, self._shown[rows], *how, change))
        if not np.isfinite(largest):
            raise HamsimError(
                f"training diverged in epoch {epoch}: weights have no change that is finite; lower "
                "the rate"
            )
        if largest > 0.0:
            left = 1.0 - (epoch - 1) / self.task.settings.epochs
            weights += settings.rate * left / largest * change
            self._write(weights)
            self.learned.project()
        self.steps += 1
        return None, largest

    def _whole(self, neurons: Ints) -> Floats:
        """What neurons are shown of all examples, shape (examples, k)."""
        found = np.empty((self.task.examples, neurons.size))
        for k, neuron in enumerate(neurons.tolist()):
            cue, place = self._cues[neuron]
            found[:, k] = cue.values[:, place]
        return found

    def _matrix(self, joined: _Joined) -> Floats:
        """Weights with a row for each neuron that stores."""
        values = self.learned.values(joined.key)
        if joined.turned:
            return values.reshape(joined.shown.size, self.count).T
        return values.reshape(self.count, joined.shown.size)

    def _write(self, weights: Floats) -> None:
        at = 0
        for joined in self._joined:
            self._matrix(joined)[:] = weights[:, at : at + joined.shown.size]
            at += joined.shown.size
