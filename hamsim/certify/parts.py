"""A part of a network by itself: some of its neurons, with the activations of all others given.

Weights from the others become input currents, and a gated synapse with given activations becomes a
synapse, or a current. Neurons that share a Lagrangian stay together.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.field.drive import Drive
from hamsim.field.sharing import shared_sets
from hamsim.network import Connection, Group, Network, Triples

__all__ = ["MemberGroup", "gates_of", "member_group", "part_of", "with_synapses"]


@dataclass(frozen=True, eq=False)
class MemberGroup(Group):
    """Some neurons of a group, which keep their names.

    Parameters
    ----------
    whole : Group
    members : ndarray of int, shape (size,)
        Their numbers inside that group.
    """

    whole: Group | None = None
    members: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def label(self, k: int) -> str:
        """Name of a neuron, in the group that it is from."""
        assert self.whole is not None
        return self.whole.label(int(self.members[k]))


def part_of(network: Network, neurons: Ints, g: Floats) -> Network:
    """Some neurons by themselves.

    Parameters
    ----------
    network : Network
    neurons : ndarray of int
        With each one all that share its Lagrangian; in rising order.
    g : ndarray, shape (n,)
        Activations of the others.

    Returns
    -------
    Network
        Without connections, stimuli and trials.
    """
    order, groups = members_in_order(network, neurons)
    given = np.array(g)
    given[order] = 0.0
    inside = np.zeros(network.n_neurons, dtype=bool)
    inside[order] = True
    W, current, triples = with_synapses(network, inside, given)
    return Network(
        name=network.name,
        W=csr_array(W[order][:, order]),
        tau=network.tau[order],
        input=current[order],
        initial=network.initial[..., order],
        groups=groups,
        connections=gates_of(triples, order, network.n_neurons),
        symmetric=_symmetric(csr_array(W[order][:, order])),
    )


def members_in_order(network: Network, neurons: Ints) -> tuple[Ints, tuple[Group, ...]]:
    """The neurons in an order in which those that share a Lagrangian are together, in groups."""
    sets = shared_sets(network)
    order: list[Ints] = []
    groups: list[Group] = []
    start = 0
    for group in network.groups:
        first, last = np.searchsorted(neurons, [group.start, group.stop])
        members = neurons[first:last] - group.start
        if members.size == 0:
            continue
        if members.size == group.size:
            groups.append(replace(group, start=start, stop=start + group.size))
        else:
            own = sets[group.slice][members]
            members = members[np.argsort(own, kind="stable")]
            count = group.shared
            shape = (members.size // count, count) if group.over else (members.size,)
            groups.append(member_group(group, members, start, shape))
        order.append(group.start + members)
        start += members.size
    return np.concatenate(order), tuple(groups)


def member_group(group: Group, members: Ints, start: int, shape: tuple[int, ...]) -> MemberGroup:
    """Some neurons of a group; the last axis of their shape shares a Lagrangian if any does."""
    return MemberGroup(
        name=group.name,
        start=start,
        stop=start + members.size,
        shape=shape,
        family=group.family,
        parameters={name: values[members] for name, values in group.parameters.items()},
        over=(len(shape) - 1,) if group.over else (),
        whole=group,
        members=members,
    )


def with_synapses(
    network: Network, inside: NDArray[np.bool_], given: Floats
) -> tuple[csr_array, Floats, Triples | None]:
    """W, input and gated synapses of neurons inside, with the others' activations put in.

    Parameters
    ----------
    network : Network
    inside : ndarray of bool, shape (n,)
    given : ndarray, shape (n,)
        Activations of those outside; 0 inside.
    """
    drive = Drive(network)
    current = drive.at(given[None])[0] if given.any() else network.input
    if drive.triples is None:
        return network.W, current, None
    W = drive.matrix(given)
    W.sum_duplicates()
    W.eliminate_zeros()
    left = inside[np.stack(drive.triples[:3])].all(axis=0)
    i, j, k, w = drive.triples
    kept = Triples(i[left], j[left], k[left], w[left])
    return W, current, kept if left.any() else None


def gates_of(triples: Triples | None, order: Ints, n: int) -> tuple[Connection, ...]:
    """A connection that holds gated synapses among neurons in a new order."""
    if triples is None:
        return ()
    place = np.zeros(n, dtype=np.int64)
    place[order] = np.arange(order.size)
    own = Triples(place[triples.i], place[triples.j], place[triples.k], triples.weights)
    return (Connection("gates", "gate", (), (), gate=("gates",), triples=own),)


def _symmetric(W: csr_array) -> bool:
    apart = csr_array(W - W.T)
    return not np.any(apart.data)
