"""What of a network has to be relaxed: held neurons only send, and are folded into the input.

A held neuron stays only where others that share its Lagrangian are free, so that its activation
follows theirs, and where gated synapses have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.field.sharing import shared_sets
from hamsim.network import Connection, Group, Network, Triples

__all__ = ["Folding", "Sending", "folded_neurons"]


def folded_neurons(network: Network, held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Held neurons whose activations are known beforehand, and that no gated synapse has."""
    sets = shared_sets(network)
    some_free = np.zeros(network.n_neurons, dtype=bool)
    np.logical_or.at(some_free, sets, ~held)
    folded: NDArray[np.bool_] = held & ~some_free[sets]
    if network.triples is not None:
        folded[np.concatenate(network.triples[:3])] = False
    for group in network.groups:
        if group.over and not folded[group.slice].all():
            folded[group.slice] = False
    return folded


class Sending(NamedTuple):
    """A block of W from folded neurons of one group to neurons of another one.

    Parameters
    ----------
    receivers, senders : slice
        In the orders of neurons that are kept, and of those that are folded.
    shape : (receivers, senders)
    first, down, across : int
        Where its first entry is in the weights, and how far apart rows and columns are; `down` is
        0 where the block is not full, or not regular.
    pattern : csr_array or None
        Then its data are the places of its entries in the weights.
    """

    receivers: slice
    senders: slice
    shape: tuple[int, int]
    first: int = 0
    down: int = 0
    across: int = 0
    pattern: csr_array | None = None

    def matrix(self, weights: Floats) -> Any:
        """The block, a view of the weights where it can be one."""
        if self.pattern is None:
            strides = 8 * self.down, 8 * self.across
            view = weights[self.first :]
            return as_strided(view, self.shape, strides, writeable=False)
        data = weights[self.pattern.data]
        return csr_array((data, self.pattern.indices, self.pattern.indptr), shape=self.shape)


class Folding:
    """A network without the neurons that are folded.

    Parameters
    ----------
    network : Network
    folded : ndarray of bool, shape (n,)
    places : ndarray of int, shape (network.W.nnz,)
        Where in the weights each entry of W is; see `weights` of methods.

    Attributes
    ----------
    kept, folded : ndarray of int
        Neurons in file order.
    groups, senders : tuple of Group
        Those that are kept, and those that are folded, each one after another.
    entries : csr_array
        W among neurons that are kept; its data are places in the weights.
    blocks : list of Sending
    """

    def __init__(self, network: Network, folded: NDArray[np.bool_], places: Ints) -> None:
        self.kept, self.folded = np.flatnonzero(~folded), np.flatnonzero(folded)
        self.groups, self._own = _parts(network.groups, ~folded)
        self.senders, _ = _parts(network.groups, folded)
        # Counted from 1 on: a sparse matrix may drop a 0.
        W = csr_array((places + 1.0, network.W.indices, network.W.indptr), network.W.shape)
        rows = W[self.kept]
        self.entries = _places(csr_array(rows[:, self.kept]))
        self.blocks = list(_blocks(csr_array(rows[:, self.folded]), self.groups, self.senders))
        self._symmetric = network.symmetric

    def network(self, whole: Network, weights: Floats) -> Network:
        """The kept neurons as a network, with values of the whole one; nothing acts on it."""
        own = self.entries
        W = csr_array((weights[own.data], own.indices, own.indptr), shape=own.shape)
        return Network(
            "",
            W,
            whole.tau[self.kept],
            whole.input[self.kept],
            np.zeros(self.kept.size),
            self.groups_of(whole),
            self._gates(whole),
            symmetric=self._symmetric,
        )

    def groups_of(self, whole: Network) -> tuple[Group, ...]:
        """The kept groups, with parameters of a network."""
        return tuple(_with_parameters(whole, self.groups, self.kept))

    def senders_of(self, whole: Network) -> tuple[Group, ...]:
        """The folded groups, with parameters of a network."""
        return tuple(_with_parameters(whole, self.senders, self.folded))

    def _gates(self, whole: Network) -> tuple[Connection, ...]:
        triples = whole.triples
        if triples is None:
            return ()
        new = np.full(whole.n_neurons, -1, dtype=np.int64)
        new[self.kept] = np.arange(self.kept.size)
        moved = Triples(*(new[each] for each in triples[:3]), triples.weights)
        return (Connection("gates", "gate", (), (), gate=("gates",), triples=moved),)


def _parts(
    groups: tuple[Group, ...], some: NDArray[np.bool_]
) -> tuple[tuple[Group, ...], list[int]]:
    """Parts of groups as groups of their own, one after another, and the numbers of the groups."""
    parts: list[Group] = []
    numbers: list[int] = []
    start = 0
    for number, group in enumerate(groups):
        size = int(np.count_nonzero(some[group.slice]))
        if size == 0:
            continue
        shape = group.shape if size == group.size else (size,)
        made = replace(group, start=start, stop=start + size, shape=shape, neuron_names=())
        parts.append(made)
        numbers.append(number)
        start += size
    return tuple(parts), numbers


def _with_parameters(whole: Network, parts: tuple[Group, ...], neurons: Ints) -> Iterator[Group]:
    """Parts of groups with the parameters that their neurons have in a network."""
    for part in parts:
        own = neurons[part.slice]
        group = whole.group(part.name)
        parameters = {k: v[own - group.start] for k, v in group.parameters.items()}
        yield replace(part, parameters=parameters, family=group.family)


def _places(numbered: csr_array) -> csr_array:
    numbered.sort_indices()
    data = numbered.data.astype(np.int64) - 1
    return csr_array((data, numbered.indices, numbered.indptr), shape=numbered.shape)


def _blocks(
    rows: csr_array, receivers: tuple[Group, ...], senders: tuple[Group, ...]
) -> Iterator[Sending]:
    """Blocks of W between parts of groups that are not empty."""
    for one in receivers:
        for other in senders:
            block = _places(csr_array(rows[one.slice][:, other.slice]))
            if block.nnz == 0:
                continue
            given = one.slice, other.slice, (one.size, other.size)
            if block.nnz == one.size * other.size:
                places = block.data.reshape(block.shape)
                first = int(places[0, 0])
                down = int(places[1, 0]) - first if one.size > 1 else 1
                across = int(places[0, 1]) - first if other.size > 1 else 1
                steps = down * np.arange(one.size)[:, None] + across * np.arange(other.size)
                if down > 0 and across > 0 and np.array_equal(places, first + steps):
                    yield Sending(*given, first, down, across)
                    continue
            yield Sending(*given, pattern=block)
