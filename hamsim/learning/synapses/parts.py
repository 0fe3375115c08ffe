"""The weights of a network, each of them once: one vector, connection after connection.

A `between` or `from` connection has its block, row by row; a `within` connection the upper triangle
of its block; a convolution the weights of its kernel, of two that a symmetric kernel has alike the
first; gated synapses one weight a triple. What is not connected has no place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.network import Connection, Convolution, Network, Pattern
from hamsim.network.kernels import kernel_places
from hamsim.network.pattern import Mirror

__all__ = ["Part", "Synapses", "synapses_of"]


@dataclass(frozen=True, eq=False)
class Part:
    """The weights of one connection.

    Parameters
    ----------
    name : str
    start, stop : int
        Where they are in the vector.
    rows, columns : ndarray of int
        Neurons of the block; of a gating connection none.
    both : bool
        Whether synapses go both ways.
    receivers, senders : ndarray of int
        Neurons of each weight, or of each entry of the block of a convolution.
    shape : tuple of int
        Of what people are given: the block, the kernel, or one number a triple.
    block : csr_array or None
        Pattern of the block; the data say which of the weights, from `start` on, an entry has. None
        of gated synapses.
    full : bool
        Whether the block has no empty places.
    lateral : bool
        Whether the block is symmetric, with one weight for two of its places.
    kernel : ndarray of int or None
        Of a convolution which weight each place of the kernel has; -1 for none.
    places : ndarray of int or None
        For each weight of a kernel the first place that has it.
    loops : ndarray of int or None
        Of a convolution within a group the weights that neurons have to themselves.
    convolution : Convolution or None
        Its geometry, without its weights.
    gates : ndarray of int or None
        Of gated synapses the third neuron.
    """

    name: str
    start: int
    stop: int
    rows: Ints
    columns: Ints
    both: bool
    receivers: Ints
    senders: Ints
    shape: tuple[int, ...]
    block: csr_array | None = None
    full: bool = False
    lateral: bool = False
    kernel: Ints | None = None
    places: Ints | None = None
    loops: Ints | None = None
    convolution: Convolution | None = None
    gates: Ints | None = None

    @cached_property
    def is_stretch(self) -> bool:
        """Whether both the rows and the columns are neurons one after another."""
        return all(bool(np.all(np.diff(ends) == 1)) for ends in (self.rows, self.columns))

    @property
    def is_rectangle(self) -> bool:
        """Whether its weights are a whole block, row by row."""
        return self.full and not self.lateral

    @property
    def block_ends(self) -> tuple[Ints, Ints]:
        """Row and column in the block of each weight; not of a kernel or gated synapses."""
        assert self.block is not None
        rows = np.repeat(np.arange(self.block.shape[0]), np.diff(self.block.indptr))
        columns = self.block.indices.astype(np.int64)
        chosen = rows <= columns if self.lateral else slice(None)
        return rows[chosen], columns[chosen]

    @property
    def slice(self) -> slice:
        """Where its weights are in the vector."""
        return slice(self.start, self.stop)

    def own(self, flat: Floats) -> Any:
        """Numbers of its weights in the connection's own shape, as a new array.

        What stands for an undirected edge is at both of its places.
        """
        values = flat[self.slice]
        if self.gates is not None:
            return values.copy()
        if self.kernel is not None:
            return np.where(self.kernel >= 0, values[np.maximum(self.kernel, 0)], 0.0)
        assert self.block is not None
        spread = values[self.block.data]
        if self.full:
            return spread.reshape(self.shape)
        return csr_array((spread, self.block.indices, self.block.indptr), shape=self.shape)

    def taken(self, own: Any) -> Floats:
        """The weights of what has the connection's own shape."""
        values = np.empty(self.stop - self.start)
        if self.gates is not None:
            values[:] = own
        elif self.kernel is not None:
            there = self.kernel >= 0
            values[self.kernel[there]] = np.asarray(own)[there]
        else:
            assert self.block is not None
            data = own.data if isinstance(own, csr_array) else np.asarray(own).reshape(-1)
            values[self.block.data] = data
        return values


class Synapses:
    """Which weights a network has, each once.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self.parts: list[Part] = []
        at = 0
        for connection in network.connections:
            make = _gated if connection.gate else _of_block
            part = make(network, connection, at)
            self.parts.append(part)
            at = part.stop
        self.size = at
        self.named = {part.name: part for part in self.parts}

    def own(self, flat: Floats) -> dict[str, Any]:
        """Numbers of all weights, by the names of connections in their own shapes."""
        return {part.name: part.own(flat) for part in self.parts}


_KEPT: WeakKeyDictionary[Pattern, dict[Any, Synapses]] = WeakKeyDictionary()


def synapses_of(network: Network) -> Synapses:
    """The weights of a network; looked up once for all networks that differ in values alone."""
    kept = _KEPT.setdefault(network.pattern.first, {})
    key = tuple((c.name, c.kind, _has_kernel(network, c)) for c in network.connections)
    if key not in kept:
        kept[key] = Synapses(network)
    return kept[key]


def _has_kernel(network: Network, connection: Connection) -> bool:
    own = connection.convolution
    return own is not None and own.kernel is not None and own.W is network.W


def _gated(network: Network, connection: Connection, at: int) -> Part:
    assert connection.triples is not None
    i, j, k, weights = connection.triples
    nothing = np.zeros(0, dtype=np.int64)
    return Part(
        *(connection.name, at, at + weights.size, nothing, nothing, True, i, j),
        shape=weights.shape,
        gates=k,
    )


def _of_block(network: Network, connection: Connection, at: int) -> Part:
    rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
    places = network.pattern.places(connection)
    pattern = places.block
    count, shape = pattern.indices.size, pattern.shape
    entries = np.arange(count)
    which, chosen = entries, entries
    if places.mirror is not None:
        upper = pattern.indices >= places.rows
        chosen = np.flatnonzero(upper)
        which = np.empty(count, dtype=np.int64)
        which[chosen] = np.arange(chosen.size)
        which[places.mirror.second] = which[places.mirror.first]
    block_rows, block_columns = places.rows, pattern.indices.astype(np.int64)
    kernel, first, loops, size = None, None, None, chosen.size
    convolution = connection.convolution if _has_kernel(network, connection) else None
    if convolution is not None:
        kernel, which = _of_kernel(convolution, places.mirror, block_rows, block_columns)
        _, first = np.unique(kernel, return_index=True)
        first = first[kernel.reshape(-1)[first] >= 0]
        chosen, shape, size = entries, kernel.shape, first.size
        itself = (block_rows == block_columns) & (places.mirror is not None)
        loops = np.unique(which[itself])
    block = csr_array((which, pattern.indices, pattern.indptr), shape=pattern.shape)
    return Part(
        *(connection.name, at, at + size, rows, columns, connection.kind != "from"),
        receivers=rows[block_rows[chosen]],
        senders=columns[block_columns[chosen]],
        shape=shape,
        block=block,
        full=convolution is None and count == shape[0] * shape[1],
        lateral=places.mirror is not None,
        kernel=kernel,
        places=first,
        loops=loops,
        # Its geometry alone: who keeps this is not to hold on to weights.
        convolution=None if convolution is None else replace(convolution, kernel=None, W=None),
    )


def _of_kernel(
    convolution: Convolution, mirror: Mirror | None, rows: Ints, columns: Ints
) -> tuple[Ints, Ints]:
    """Which weight each place of the kernel has, -1 for none, and which each synapse has."""
    assert convolution.kernel is not None
    places = kernel_places(convolution, rows, columns)
    first = np.full(convolution.kernel.size, -1, dtype=np.int64)
    first[places] = places
    if mirror is not None:  # the smaller of two places stands for both
        both = np.minimum(places[mirror.first], places[mirror.second])
        first[places[mirror.first]] = both
        first[places[mirror.second]] = both
    used = np.unique(first[places])
    kernel = np.where(first >= 0, np.searchsorted(used, first), -1)
    return kernel.reshape(convolution.kernel.shape), kernel[places]
