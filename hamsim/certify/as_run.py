"""The network that a run leaves to itself: with its last clamps and currents, and rounded weights.

Neurons that are clamped are constants: their activations become currents, if whole Lagrangians are
clamped. Where a part C of the neurons that share a softmax is, the free ones F have

    L(x_F; x_C) = log(exp(b c) + sum_F exp(b x)) / b,      c = log(sum_C exp(b x)) / b,

which is a ghostmax of x_F - c; and the activations of C, q (1 - sum_F g) with q = softmax(b x_C),
move with those of F although x_C hears nobody: their weights act one way, as -W_.C q on each of F.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import coo_array, csr_array

from hamsim.arrays import Floats, Ints
from hamsim.certify.delayed import contracts_with_delays
from hamsim.certify.moving import acting_at_last
from hamsim.certify.parts import (
    MemberGroup,
    gates_of,
    member_group,
    part_of,
    with_synapses,
)
from hamsim.field.held import with_states
from hamsim.field.sharing import shared_sets
from hamsim.lagrangians.table import TABLE
from hamsim.network import Group, Network, OverTime, Stimulus
from hamsim.operator import neurons_of

__all__ = ["AsRun", "NotKnown", "networks_as_run"]

# Networks that are looked at where each trial clamps other values inside a softmax.
MOST_TRIALS = 8


class NotKnown(Exception):
    """No network is known that stands for the run; says why."""


class AsRun(NamedTuple):
    """What a run is left to.

    Parameters
    ----------
    network : Network
    any_input : bool
        Whether it stands for several trials, whose inputs differ.
    one_way : bool
        Whether it has one-way weights that the network itself does not have.
    moving : tuple of OverTime
        What acts on it and changes still; the network has its values at the end.
    """

    network: Network
    any_input: bool
    one_way: bool = False
    moving: tuple[OverTime, ...] = ()


def networks_as_run(network: Network, t_end: float, dtype: DTypeLike) -> Iterator[AsRun]:
    """Networks without stimuli that a run is left to, one or, if trials need it, several.

    Parameters
    ----------
    network : Network
    t_end : float
        When the run ends.
    dtype : data-type
        Of the weights.

    Yields
    ------
    AsRun

    Raises
    ------
    NotKnown
    """
    network = with_states(_rounded(network, dtype))
    acting, moving = acting_at_last(network, t_end)
    network = replace(network, stimuli=(), over_time=())
    if not acting:
        yield AsRun(network, False)
        return
    clamped = np.zeros(network.n_neurons, dtype=bool)
    for stimulus in acting:
        if stimulus.mode == "clamp":
            clamped[stimulus.neurons] = True
    if network.delays is not None:
        if clamped.any() and not contracts_with_delays(network).proved:
            raise NotKnown("neurons are clamped in a network with delays")
        yield AsRun(network, True, False, tuple(moving))
        return
    sets = shared_sets(network)
    some, every = (np.full(network.n_neurons, start) for start in (False, True))
    np.logical_or.at(some, sets, clamped)
    np.logical_and.at(every, sets, clamped)
    partly = (some & ~every)[sets]
    if clamped.all():
        raise NotKnown("all neurons are clamped")
    if partly.any():
        _require_clampable(network, partly)
    clamps = [each for each in moving if each.mode == "clamp"]
    values = [s.value for s in acting if s.value.ndim == 2 and np.ptp(s.value, axis=0).any()]
    gated = network.triples is not None and clamped[np.stack(network.triples[:3])].any()
    count = 1
    if clamps and (partly.any() or gated):
        raise NotKnown(
            f"{clamps[0].what} changes over time, and with it weights among the other neurons"
        )
    if values and (partly.any() or gated):  # then weights differ, too
        count = values[0].shape[0]
        if count > MOST_TRIALS:
            raise NotKnown("each trial clamps neurons by which weights among the others change")
    for trial in range(count):
        held = _held(network, acting, trial)
        alone = _left_alone(held, clamped, partly, sets)
        alone = replace(alone, settings=network.settings)
        one_way = bool(partly.any()) and network.symmetric and not alone.symmetric
        any_input = bool(moving) or (bool(values) and count == 1)
        yield AsRun(alone, any_input, one_way, tuple(moving))


def _rounded(network: Network, dtype: DTypeLike) -> Network:
    if np.dtype(dtype) == np.float64 or network.delays is not None:
        return network  # what is known of delays leaves room for rounding
    W = network.W.copy()
    W.data = W.data.astype(dtype).astype(np.float64)
    W.eliminate_zeros()
    return replace(network, W=W)


def _require_clampable(network: Network, partly: NDArray[np.bool_]) -> None:
    for group in network.groups:
        if partly[group.slice].any() and not group.family.steepness:
            raise NotKnown(
                f"a part of the neurons of {group.name} that share a Lagrangian is clamped, so "
                "that weights out of it act one way"
            )
    if network.triples is not None and partly[np.stack(network.triples[:3])].any():
        raise NotKnown("gated synapses meet a softmax of which a part is clamped")


def _held(network: Network, acting: list[Stimulus], trial: int) -> Network:
    """The network with currents added, and with clamped neurons in their states."""
    current = np.array(network.input)
    initial = np.array(np.atleast_2d(network.initial))
    for stimulus in acting:
        value = np.atleast_2d(stimulus.value)
        value = value[min(trial, len(value) - 1)]
        if stimulus.mode == "clamp":
            initial[:, stimulus.neurons] = value
        else:
            current[stimulus.neurons] += value
    return replace(network, input=current, initial=initial, stimuli=())


def _left_alone(
    network: Network, clamped: NDArray[np.bool_], partly: NDArray[np.bool_], sets: Ints
) -> Network:
    """Free neurons by themselves; states of clamped ones are in `initial`."""
    x = network.initial[0]
    g = neurons_of(network).activate(x[None])[0]
    free = np.flatnonzero(~clamped)
    if not partly.any():
        return part_of(network, free, g)
    given = np.where(clamped & ~partly, g, 0.0)
    inside = ~clamped | partly
    W, current, triples = with_synapses(network, inside, given)
    current, initial = np.array(current), np.array(network.initial)
    rows, columns, weights = [], [], []
    for first in np.unique(sets[partly]):
        members = np.flatnonzero(sets == first)
        fixed, moving = members[clamped[members]], members[~clamped[members]]
        c, q = _silent(network, fixed)
        sent = W[:, fixed] @ q
        current += sent
        current[moving] -= c
        initial[:, moving] -= c
        hit = np.flatnonzero(sent)
        rows.append(np.repeat(hit, moving.size))
        columns.append(np.tile(moving, hit.size))
        weights.append(np.repeat(-sent[hit], moving.size))
    one_way = coo_array(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), W.shape
    )
    order, groups = _free_groups(network, clamped, partly, sets)
    whole = csr_array(csr_array(W + one_way.tocsr())[order][:, order])
    whole.eliminate_zeros()
    return Network(
        name=network.name,
        W=whole,
        tau=network.tau[order],
        input=current[order],
        initial=initial[:, order],
        groups=groups,
        connections=gates_of(triples, order, network.n_neurons),
        symmetric=not np.any(csr_array(whole - whole.T).data),
    )


def _silent(network: Network, fixed: Ints) -> tuple[float, Floats]:
    """Logarithm c of what clamped neurons of one softmax add, and their shares q of it."""
    group = next(g for g in network.groups if g.start <= fixed[0] < g.stop)
    beta = float(group.fact("steepness")[fixed[0] - group.start])
    logits = beta * network.initial[0, fixed]
    silent = [0.0] * group.family.silent
    top = max([float(logits.max()), *silent])
    terms = np.exp(logits - top)
    total = float(terms.sum()) + sum(np.exp(value - top) for value in silent)
    return (top + float(np.log(total))) / beta, terms / total


def _free_groups(
    network: Network, clamped: NDArray[np.bool_], partly: NDArray[np.bool_], sets: Ints
) -> tuple[Ints, tuple[Group, ...]]:
    """Free neurons in groups: those of a softmax of which a part is clamped in one each."""
    order: list[Ints] = []
    groups: list[Group] = []
    start = 0
    for group in network.groups:
        free = group.start + np.flatnonzero(~clamped[group.slice])
        inner = free[partly[free]]
        for first in [None, *np.unique(sets[inner]).tolist()]:
            some = free[~partly[free]] if first is None else inner[sets[inner] == first]
            if some.size == 0:
                continue
            members = some - group.start
            if first is None and group.over:
                members = members[np.argsort(sets[some], kind="stable")]
                shape: tuple[int, ...] = (members.size // group.shared, group.shared)
            else:
                shape = (members.size,)
            own: MemberGroup = member_group(group, members, start, shape)
            if first is not None:  # a name of its own for each of several
                several = group.size > group.shared
                name = f"{group.name} of {own.label(0)}" if several else group.name
                own = replace(own, name=name, family=_GHOST, parameters=_beta_alone(own))
            groups.append(own)
            order.append(group.start + members)
            start += members.size
    return np.concatenate(order), tuple(groups)


def _beta_alone(group: Group) -> dict[str, Floats]:
    (beta,) = _GHOST.parameters
    return {beta.name: group.fact("steepness")}


# The family of the free neurons: all that is clamped counts as one silent neuron.
_GHOST = next(row for row in TABLE.values() if row.steepness and row.silent == 1)
