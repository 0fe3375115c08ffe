"""Hidden neurons that follow at once, as sweeps over neurons of two values read them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints, Mask
from hamsim.errors import SimulationError
from hamsim.kernels.discrete_hidden import Hidden
from hamsim.lagrangians.functions import WHAT
from hamsim.layout.arrange import arrange_neurons
from hamsim.layout.neurons import call_addresses
from hamsim.network import Group, Network, once

__all__ = ["HiddenNeurons", "groups_alone", "hidden_neurons", "hidden_of"]

_CALLED = ("add_lagrangian", "activate")


def hidden_neurons(network: Network) -> Mask:
    """Neurons that follow at once and are none of two values, shape (n,)."""
    found: Mask = network.tau == 0
    for group in network.groups:
        if group.family.two_valued:
            found[group.slice] = False
    return found


class HiddenNeurons:
    """Hidden neurons arranged for the kernels.

    Parameters
    ----------
    network : Network

    Raises
    ------
    SimulationError
        If hidden neurons are connected with each other, or one way only: the reduced energy is not
        defined then.
    """

    def __init__(self, network: Network) -> None:
        self.mask = hidden_neurons(network)
        places = np.flatnonzero(self.mask)
        self._n = network.n_neurons
        if not places.size:
            self.order: Ints = places
            return
        groups = list(groups_alone(network, self.mask))
        self._layout = arrange_neurons(groups)
        order = self._layout.order
        self.order = places if order is None else places[order]
        for what in _CALLED:
            addresses = call_addresses(groups, what)[self._layout.chunk_group]
            self._layout.plan.chunk_calls[WHAT.index(what)] = addresses
        self._weights = _weights(network, self.order)
        self._indices = self._weights.indices.astype(np.uint32)
        own = slice(None) if order is None else order
        self._slopes = np.concatenate(
            [each.fact("slope") if each.family.linear else np.zeros(each.size) for each in groups]
        )[own]
        linear = np.array([each.family.linear for each in groups])
        self._linear = linear[self._layout.chunk_group].astype(np.int64)

    def fields(self, trials: int, current: Floats) -> Hidden:
        """What kernels read and write.

        Parameters
        ----------
        trials : int
        current : ndarray, shape (trials or 1, n)
            I.
        """
        count = self.order.size
        if not count:
            none = np.zeros((trials, 0))
            return Hidden(
                indptr=np.zeros(self._n + 1, dtype=np.int64),
                indices=np.zeros(0, dtype=np.uint32),
                weights=np.zeros(0),
                input=none,
                states=none,
                tried=none,
                sums=none,
                lost=np.zeros(trials, dtype=np.int64),
                activations=none,
                stale=np.zeros(trials, dtype=np.int64),
                parameters=np.zeros((1, 0)),
                slopes=np.zeros(0),
                chunks=np.zeros((0, 7), dtype=np.int64),
                scratch=np.zeros((trials, 1, 1)),
            )
        plan, W = self._layout.plan, self._weights
        add, activate = (plan.chunk_calls[WHAT.index(what)] for what in _CALLED)
        chunks = [add, plan.chunk_start, plan.chunk_stop, plan.chunk_shared, plan.chunk_uniform]
        chunks += [activate, self._linear]
        return Hidden(
            indptr=W.indptr.astype(np.int64),
            indices=self._indices,
            weights=W.data,
            input=np.ascontiguousarray(current[:, self.order]),
            states=np.zeros((trials, count)),
            tried=np.zeros((trials, count)),
            sums=np.zeros((trials, plan.chunk_start.size)),
            lost=np.zeros(trials, dtype=np.int64),
            activations=np.zeros((trials, count)),
            stale=np.ones(trials, dtype=np.int64),
            parameters=plan.parameters,
            slopes=self._slopes,
            chunks=np.ascontiguousarray(np.stack(chunks, axis=1)),
            scratch=np.zeros((trials, *self._layout.make_scratch(1).shape[1:])),
        )


def hidden_of(network: Network) -> HiddenNeurons:
    """The hidden neurons of a network, arranged once: that costs as much as some sweeps."""
    return once(network, "hidden neurons", lambda: HiddenNeurons(network))


def groups_alone(network: Network, mask: Mask) -> list[Group]:
    """Groups of some neurons alone, one after another from neuron 0 on."""
    found, start = [], 0
    for group in network.groups:
        own = mask[group.slice]
        count = int(own.sum())
        if not count:
            continue
        if count < group.size and group.over:
            raise SimulationError(
                f"group '{group.name}': of neurons that share a Lagrangian all must have tau = 0, "
                "or none"
            )
        found.append(
            replace(
                group,
                start=start,
                stop=start + count,
                shape=group.shape if count == group.size else (count,),
                parameters={key: values[own] for key, values in group.parameters.items()},
                neuron_names=(),
            )
        )
        start += count
    return found


def _weights(network: Network, order: Ints) -> csr_array:
    """W from each neuron of the network to the hidden ones, in their order."""
    fro = csr_array(network.W[:, order])
    among = csr_array(fro[order])
    if among.nnz:
        raise SimulationError(
            f"{_first(network, order, among)} has tau = 0 and a connection with another "
            "such neuron: discrete dynamics is for hidden neurons without connections among "
            "themselves"
        )
    unlike = None if network.symmetric else csr_array(csr_array(network.W[order]) != fro.T)
    if unlike is not None and unlike.nnz:
        raise SimulationError(
            f"{_first(network, order, unlike)} has tau = 0 and one-way connections: discrete "
            "dynamics compares reduced energies, which need connections both ways alike"
        )
    fro.sort_indices()
    return fro


def _first(network: Network, order: Ints, rows: csr_array) -> str:
    """Name of the first hidden neuron that has an entry."""
    return network.label(int(order[np.diff(rows.indptr) > 0].min()))
