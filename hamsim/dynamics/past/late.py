"""What delayed synapses drive: D_i(t) = sum_j W_ij g_j(t - d_ij), from the states of the past.

For any step that is not longer than the shortest delay it is known before the step is taken, like
an input. Each pair of a sending neuron and a delay is a neuron of its own here, whose state is that
of the sender so long ago; where neurons share a Lagrangian all of them are there. So few delays of
many synapses cost little, and each synapse may have its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import DTypeLike
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.past.history import CLOSE, History
from hamsim.dynamics.timeline.breaks import distinct
from hamsim.errors import SimulationError
from hamsim.field.sharing import shared_sets
from hamsim.network import Delays, Group, Network
from hamsim.operator import Neurons
from hamsim.ram import require_memory

__all__ = ["Late"]

# Numbers of states that are there at once while a call's rows are made.
AT_ONCE = 2**22


class _Pairs(NamedTuple):
    """Pairs of a neuron and a delay, group by group, each with rising delays."""

    neurons: Ints
    times: Floats
    groups: tuple[Group, ...]
    of_synapses: Ints  # pair of each synapse


class Late:
    """Delayed synapses of a network, and the past of the neurons that send.

    Parameters
    ----------
    network : Network
        With `delays`.
    start : ndarray, shape (trials, n)
        States before t = 0, in file order.
    dtype : {float64, float32}
        Of the weights.
    degree : int
        Of the polynomials of the past.

    Attributes
    ----------
    neurons : ndarray of int
        Receivers, sorted, in file order.
    senders : ndarray of int
        Neurons of whose past something is asked, sorted.
    horizon : float
        So far beyond the past that is known it is known what the synapses drive.
    """

    mode: Literal["clamp", "input"] = "input"

    def __init__(
        self, network: Network, start: Floats, dtype: DTypeLike = np.float64, degree: int = 3
    ) -> None:
        assert network.delays is not None
        delays = network.delays
        _require_room(network, delays, start.shape[0])
        self.neurons, receivers = np.unique(delays.receivers, return_inverse=True)
        pairs = _pairs_of(network, delays)
        self.senders, self._from = np.unique(pairs.neurons, return_inverse=True)
        self._times, self._activation = pairs.times, Neurons(pairs.groups)
        weights = delays.weights.astype(dtype).astype(np.float64)
        places = (receivers.reshape(-1), pairs.of_synapses)
        shape = (self.neurons.size, pairs.neurons.size)
        self._V = csr_array((weights, places), shape=shape)
        self.now = csr_array(
            (weights, (receivers.reshape(-1), delays.senders)),
            shape=(self.neurons.size, network.n_neurons),
        )
        self.horizon, self.longest = float(delays.times.min()), float(delays.times.max())
        self.history = History(start[:, self.senders].T, self.longest, degree)
        self.trials = start.shape[0]
        self.rows: Floats = np.empty((0, self.neurons.size, self.trials))  # what was asked last
        self._end = np.inf

    def state(self) -> dict[str, Any]:
        """What is known of the past."""
        begins, lengths, polynomials = self.history.steps()
        return {
            "delays.begins": begins,
            "delays.lengths": lengths,
            "delays.polynomials": polynomials,
            "delays.before": self.history.before.copy(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Have the past of a state, if it has one."""
        if "delays.begins" in state:
            self.history.before[:] = state["delays.before"]
            steps = (state[f"delays.{name}"] for name in ("begins", "lengths", "polynomials"))
            self.history.put_back(*steps)

    def enter(self, end: float) -> None:
        """Say when the stretch ends in which times lie from now on: jumps just then come later."""
        self._end = end - CLOSE * abs(end)

    def at(self, times: Floats) -> Floats:
        """What the synapses drive, shape (times, receivers, trials).

        Parameters
        ----------
        times : ndarray, shape (times,)
            At most `horizon` after the last step of the past.
        """
        trials = self.trials
        out = np.empty((times.size, self.neurons.size, trials))
        most = max(1, AT_ONCE // (self._times.size * trials))
        for first in range(0, times.size, most):
            some = times[first : first + most]
            states = [
                self.history.states(float(t), t >= self._end, self._from, self._times) for t in some
            ]
            g = self._activation.activate(np.concatenate(states))
            driven = (self._V @ g.T).reshape(-1, some.size, trials)
            out[first : first + most] = driven.transpose(1, 0, 2)
        self.rows = out
        return out


def _pairs_of(network: Network, delays: Delays) -> _Pairs:
    """Pairs that are asked for; of neurons that share a Lagrangian all together."""
    sets, n = shared_sets(network), np.int64(network.n_neurons)
    lasting = distinct(delays.times)
    rank = np.searchsorted(lasting, delays.times) if lasting.size > 1 else 0
    of_synapses = np.empty(delays.senders.size, dtype=np.int64)
    neurons, times, groups, start = [], [], [], 0
    keys = rank * n + sets[delays.senders]
    for group in network.groups:
        own = np.flatnonzero((group.start <= delays.senders) & (delays.senders < group.stop))
        if not own.size:
            continue
        # Distinct pairs of a delay and the first of those that share a Lagrangian, by delay.
        order = np.argsort(keys[own], kind="stable")
        ordered = keys[own[order]]
        first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        heads, number = ordered[first], np.empty(own.size, dtype=np.int64)
        number[order] = np.cumsum(first) - 1
        members = np.argsort(sets[group.slice], kind="stable").reshape(-1, group.shared)
        of_set, within = np.empty((2, group.size), dtype=np.int64)
        of_set[members], within[members] = np.arange(len(members))[:, None], np.arange(group.shared)
        which = members[of_set[heads % n - group.start]]
        sender = delays.senders[own] - group.start
        of_synapses[own] = start + number * group.shared + within[sender]
        neurons.append(group.start + which.reshape(-1))
        times.append(np.repeat(lasting[heads // n], group.shared))
        groups.append(_virtual(group, which, start))
        start += which.size
    return _Pairs(np.concatenate(neurons), np.concatenate(times), tuple(groups), of_synapses)


def _virtual(group: Group, members: Ints, start: int) -> Group:
    """Copies of neurons of a group; the rows of `members` share a Lagrangian."""
    flat = members.reshape(-1)
    return Group(
        name=group.name,
        start=start,
        stop=start + flat.size,
        shape=members.shape if group.over else flat.shape,
        family=group.family,
        parameters={name: values[flat] for name, values in group.parameters.items()},
        over=(1,) if group.over else (),
    )


def _require_room(network: Network, delays: Delays, trials: int) -> None:
    """Refuse delays that need too many states at once."""
    shared = np.repeat([g.shared for g in network.groups], [g.size for g in network.groups])
    pairs = float(shared[delays.senders].sum())
    if pairs == delays.senders.size:
        return
    require_memory(
        8.0 * 8 * pairs * trials,
        lambda wanted: SimulationError(
            f"delays of {delays.senders.size:,} synapses from neurons that share a Lagrangian need "
            f"{wanted} of memory: give fewer different delays"
        ),
    )
