"""What of a network has to be relaxed: held neurons only send, and are folded into the input.

A held neuron stays only where others that share its Lagrangian are free, so that its activation
follows theirs, and where gated synapses have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.field.sharing import shared_sets
from hamsim.network import Connection, Group, Network, Triples

__all__ = ["Folding", "folded_neurons"]


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


class Folding:
    """A network without the neurons that are folded.

    Parameters
    ----------
    network : Network
    folded : ndarray of bool, shape (n,)
    places : ndarray of int, shape (network.W.nnz,)
        Where in the weights that are given later each entry of W is.

    Attributes
    ----------
    kept, folded : ndarray of int
        Neurons in file order.
    groups, senders : tuple of Group
        Those that are kept, and those that are folded, each one after another.
    entries, sent : csr_array
        W among neurons that are kept, and from those that are folded; the data are places in the
        weights.
    """

    def __init__(self, network: Network, folded: NDArray[np.bool_], places: Ints) -> None:
        self.kept, self.folded = np.flatnonzero(~folded), np.flatnonzero(folded)
        self.groups = tuple(_parts(network.groups, ~folded))
        self.senders = tuple(_parts(network.groups, folded))
        self.groups, self.senders = self.groups_of(network), self.senders_of(network)
        # Counted from 1 on: a sparse matrix may drop a 0.
        W = csr_array((places + 1.0, network.W.indices, network.W.indptr), network.W.shape)
        rows = W[self.kept]
        self.entries = _places(csr_array(rows[:, self.kept]))
        self.sent = _places(csr_array(rows[:, self.folded]))
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

    def triples_of(self, whole: Network) -> Triples | None:
        """Gated synapses among the kept neurons, which are all that there are."""
        triples = whole.triples
        if triples is None:
            return None
        new = np.full(whole.n_neurons, -1, dtype=np.int64)
        new[self.kept] = np.arange(self.kept.size)
        i, j, k, weights = triples
        return Triples(new[i], new[j], new[k], weights)

    def _gates(self, whole: Network) -> tuple[Connection, ...]:
        triples = self.triples_of(whole)
        if triples is None:
            return ()
        return (Connection("gates", "gate", (), (), gate=("gates",), triples=triples),)


def _parts(groups: tuple[Group, ...], some: NDArray[np.bool_]) -> Iterator[Group]:
    """Parts of groups as groups of their own, one after another."""
    start = 0
    for group in groups:
        size = int(np.count_nonzero(some[group.slice]))
        if size == 0:
            continue
        shape = group.shape if size == group.size else (size,)
        yield replace(group, start=start, stop=start + size, shape=shape, neuron_names=())
        start += size


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
