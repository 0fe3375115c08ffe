"""Derivatives by weights, on the synapses that exist: sums over trials of a_i g_j.

What is derived is the sum over trials of a . (W g + what gates add), in which a and g are given: an
undirected edge has a_i g_j + a_j g_i, a self-connection a_i g_i, a synapse of one direction
a_i g_j, gated synapses a_i g_j g_k + a_j g_i g_k + a_k g_i g_j, and a kernel the sum over all its
places.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.learning.synapses.edgewise import Edgewise
from hamsim.learning.synapses.parts import Synapses, synapses_of
from hamsim.learning.synapses.rows import Room, Rows, rows_of
from hamsim.network import Network

__all__ = ["SynapseGradient"]


class SynapseGradient:
    """A gradient by all weights of a network, to which trials are added.

    Parameters
    ----------
    network : Network
    edges : bool
        Whether `edges` will be asked for. Then each copy of a kernel's weight has a sum too.

    Attributes
    ----------
    synapses : Synapses
        Where the weights of each connection are in `flat`.
    flat : ndarray, shape (weights,)
        The derivative by each weight, each of them once.
    """

    def __init__(self, network: Network, edges: bool = True) -> None:
        self.synapses: Synapses = synapses_of(network)
        self.flat: Floats = np.zeros(self.synapses.size)
        self._n = network.n_neurons
        self._room = Room()
        self._edgewise = Edgewise(network, self.synapses) if edges else None
        pairs = [] if self._edgewise is None else self._edgewise.pairs
        self._sums = [np.zeros(each.at.size) for each in pairs]

    def clear(self) -> None:
        """Forget all trials."""
        for sums in (self.flat, *self._sums):
            sums[:] = 0.0

    def adjoint(self, a: Floats, g: Floats, scale: float | Floats = 1.0) -> None:
        """Add scale times the derivative of a . (W g + what gates add), summed over rows.

        Parameters
        ----------
        a, g : ndarray, shape (n,) or (rows, n)
            In file order; a is 0 at neurons whose states are held.
        scale : float or ndarray, shape (rows,)
            Rows with 0 are not looked at, whatever they hold.
        """
        for rows in rows_of(a, g, scale, self._n, self._room):
            self._add_synapses(rows)
            self._add_triples(rows, hebbian=False)

    def hebbian(self, g: Floats, scale: float | Floats = 1.0) -> None:
        """Add scale times the derivative of U = g . W g / 2 + sum of T g g g, summed over rows.

        Parameters
        ----------
        g : ndarray, shape (n,) or (rows, n)
        scale : float or ndarray, shape (rows,)
        """
        for rows in rows_of(np.multiply(g, 0.5), g, scale, self._n, self._room):
            self._add_synapses(rows)
            self._add_triples(rows, hebbian=True)

    def contrast(self, plus: Floats, minus: Floats, scale: float | Floats = 1.0) -> None:
        """Add scale times the derivative of U(plus) - U(minus), at about the cost of one of them.

        Parameters
        ----------
        plus, minus : ndarray, shape (n,) or (rows, n)
        scale : float or ndarray, shape (rows,)
        """
        if not all(part.both for part in self.synapses.parts):
            self.hebbian(plus, scale)
            self.hebbian(minus, np.negative(scale))
            return
        # (g+ g+ - g- g-)_ij is half of (g+ - g-)_i (g+ + g-)_j + (g+ - g-)_j (g+ + g-)_i.
        half = 0.5 * np.subtract(plus, minus)
        for rows in rows_of(half, np.add(plus, minus), scale, self._n, self._room):
            self._add_synapses(rows)
        if any(part.gates is not None for part in self.synapses.parts):
            for g, sign in ((plus, 1.0), (minus, -1.0)):
                for rows in rows_of(
                    np.multiply(g, 0.5), g, np.multiply(sign, scale), self._n, self._room
                ):
                    self._add_triples(rows, hebbian=True)

    @property
    def connections(self) -> dict[str, Any]:
        """By the names of connections in their own shapes, as `with_weights` takes them.

        A block is an array where it has no empty places, else a sparse one; of a convolution it is
        the kernel, of gated synapses one number a triple. The derivative by an undirected edge
        stands at both of its places.
        """
        return self.synapses.own(self.flat)

    @property
    def edges(self) -> Floats:
        """One value for each row of `network.edges`."""
        if self._edgewise is None:
            raise ValueError("edges were not asked for when this gradient was begun")
        return self._edgewise.edges(self.flat, self._sums)

    def _add_synapses(self, rows: Rows) -> None:
        for part in self.synapses.parts:
            out = self.flat[part.slice]
            if part.gates is not None or out.size == 0:
                continue
            if part.kernel is not None:
                rows.add_kernel(part, out)
            elif part.is_rectangle:
                rows.add_block(part, out)
            else:
                rows.add_edges(part.receivers, part.senders, part.both, out)
        if self._edgewise is not None:
            for pairs, sums in zip(self._edgewise.pairs, self._sums, strict=True):
                rows.add_edges(pairs.receivers, pairs.senders, pairs.both, sums)

    def _add_triples(self, rows: Rows, hebbian: bool) -> None:
        for part in self.synapses.parts:
            if part.gates is not None:
                rows.add_triples(part, hebbian, self.flat[part.slice])
