"""Activations that are held: the states that have them.

A stimulus may say which activation neurons are to have. Where each has a Lagrangian of its own and
g rises from state to state, one state has it; it is found by halving between numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.counted import counted
from hamsim.errors import SimulationError
from hamsim.network import Group, Network
from hamsim.operator import Neurons
from hamsim.signals import Breaks, Signal

__all__ = ["with_states"]

LARGEST = 1e300  # of states that are looked at
# How far g at the state that is found may be from what is asked, and how far two states apart that
# have it, as parts of their sizes or of 1: rounding, and how flat g may be.
CLOSE, APART = 1e-9, 0.01
HALVINGS = 64  # between any two numbers


def with_states(network: Network) -> Network:
    """The network with states held where activations are to be; itself if there are none.

    Raises
    ------
    SimulationError
        The activation of a neuron does not rise everywhere, or does not take the value.
    """
    if all(each.mode != "clamp_g" for each in network.acting):
        return network
    stimuli = tuple(
        replace(s, mode="clamp", value=_States(network, s.neurons).of(s.value))
        if s.mode == "clamp_g"
        else s
        for s in network.stimuli
    )
    over_time = tuple(
        replace(o, mode="clamp", signal=_Inverse(o.signal, _States(network, o.neurons)))
        if o.mode == "clamp_g"
        else o
        for o in network.over_time
    )
    return replace(network, stimuli=stimuli, over_time=over_time)


class _States:
    """States of some neurons by their activations."""

    def __init__(self, network: Network, neurons: Ints) -> None:
        self._network, self.neurons = network, neurons
        parts: list[tuple[Group, Ints, Ints]] = []
        for group in network.groups:
            here = np.flatnonzero((group.start <= neurons) & (neurons < group.stop))
            if here.size:
                self._require_rising(group)
                parts.append((group, here, neurons[here] - group.start))
        self._parts = [(group, Neurons([group]), here, at) for group, here, at in parts]

    def __repr__(self) -> str:
        return f"<states of {counted(self.neurons.size, 'neuron')} by their activations>"

    def _require_rising(self, group: Group) -> None:
        family = group.family
        if family.additive and family.convex:
            return
        why = "neurons share it" if not family.additive else "its activation does not always rise"
        raise SimulationError(
            f"mode: clamp_g needs the state that has an activation, which the {group.lagrangian} "
            f"of group {group.name} does not tell: {why}; hold x by mode: clamp"
        )

    def of(self, values: Floats) -> Floats:
        """States that have these activations, shape (k,) or (rows, k)."""
        rows = np.atleast_2d(values)
        result = np.empty(rows.shape)
        for group, neurons, here, at in self._parts:
            result[:, here] = self._of_group(group, neurons, here, at, rows[:, here])
        return result.reshape(values.shape)

    def steepness(self, states: Floats) -> Floats:
        """How fast activations rise with states, shape (rows, k)."""
        result = np.empty(states.shape)
        for group, neurons, here, at in self._parts:
            whole = np.zeros((states.shape[0], group.size))
            whole[:, at] = states[:, here]
            result[:, here] = neurons.hessian(whole, np.ones(whole.shape))[:, at]
        return result

    def _of_group(
        self, group: Group, neurons: Neurons, here: Ints, at: Ints, wanted: Floats
    ) -> Floats:
        def activation(states: Floats) -> Floats:
            whole = np.zeros((states.shape[0], group.size))
            whole[:, at] = states
            with np.errstate(all="ignore"):
                return neurons.activate(whole)[:, at]

        # The first state at which g is not below, and the last one at which it is not above.
        first = _border(lambda x: activation(x) >= wanted, wanted.shape)
        last = -_border(lambda x: activation(-x) <= wanted, wanted.shape)
        result: Floats = 0.5 * first + 0.5 * last
        size = np.maximum(np.abs(result), 1.0)
        off = np.abs(activation(result) - wanted) > CLOSE * np.maximum(np.abs(wanted), 1.0)
        bad = off | (np.abs(last - first) > APART * size) | (np.abs(result) >= LARGEST)
        if bad.any():
            row, k = np.argwhere(bad)[0].tolist()
            label = self._network.label(int(self.neurons[here[k]]))
            raise SimulationError(
                f"no single state of neuron {label} has the activation {wanted[row, k]:g}, at "
                f"which mode: clamp_g is to hold it ({group.lagrangian})"
            )
        return result


def _border(holds: Any, shape: tuple[int, ...]) -> Floats:
    """Least numbers at which something holds that holds from some number on."""
    low, high = np.full(shape, -LARGEST), np.full(shape, LARGEST)
    for _ in range(HALVINGS):
        middle = _between(low, high)
        yes = holds(middle)
        low, high = np.where(yes, low, middle), np.where(yes, middle, high)
    return high


def _between(low: Floats, high: Floats) -> Floats:
    """The number in the middle of all numbers between two others, as a computer counts them."""
    ends = [_counted(each) for each in (low, high)]
    middle = ends[0] // 2 + ends[1] // 2
    bits = np.where(middle >= 0, middle, np.iinfo(np.int64).min - middle)
    return bits.view(np.float64)


def _counted(values: Floats) -> Ints:
    """Numbers by their places among all numbers; 0 is 0."""
    bits = np.ascontiguousarray(values).view(np.int64)
    return cast(Ints, np.where(bits >= 0, bits, np.iinfo(np.int64).min - bits))


@dataclass(frozen=True, eq=False)
class _Inverse:
    """The states that have activations which change over time; see `Signal`."""

    signal: Signal
    states: _States

    @property
    def width(self) -> int:
        """One state a neuron: each may have parameters of its own."""
        return int(self.states.neurons.size)

    @property
    def trials(self) -> int | None:
        """For how many trials it has values."""
        return self.signal.trials

    def at(self, times: Floats) -> Floats:
        """States at times, shape (rows, width, trials or 1)."""
        values = self.signal.at(times)
        shape = (values.shape[0], self.width, values.shape[2])
        rows = np.broadcast_to(values, shape).transpose(0, 2, 1)
        found = self.states.of(np.ascontiguousarray(rows).reshape(-1, self.width))
        states = found.reshape(shape[0], shape[2], self.width).transpose(0, 2, 1)
        return np.ascontiguousarray(states)

    def slope(self, times: Floats) -> Floats:
        """Derivatives of the states, that of the activation over h = dg/dx of each."""
        states, slopes = self.at(times), self.signal.slope(times)
        rows = np.ascontiguousarray(states.transpose(0, 2, 1)).reshape(-1, self.width)
        h = self.states.steepness(rows).reshape(states.shape[0], -1, self.width)
        with np.errstate(all="ignore"):
            found: Floats = np.where(slopes == 0.0, 0.0, slopes / h.transpose(0, 2, 1))
        if not np.isfinite(found).all():
            raise SimulationError("an activation that is held rises where its slope is 0")
        return found

    def breaks(self, begin: float, end: float) -> Breaks:
        """Where the activation or its derivative jumps."""
        return self.signal.breaks(begin, end)

    def moves(self, begin: float, end: float) -> bool:
        """Whether the activation changes."""
        return self.signal.moves(begin, end)

    def rate(self, begin: float, end: float) -> float:
        """Rate of the activation's fastest change."""
        return self.signal.rate(begin, end)

    def require(self, begin: float, end: float) -> None:
        """Refuse a span of which not all is known."""
        self.signal.require(begin, end)

    def take(self, places: Ints) -> _Inverse:
        """The same for some of its neurons."""
        states = _States(self.states._network, self.states.neurons[places])
        return _Inverse(self.signal.take(places), states)

    def plain(self) -> Any:
        """What a file says of the activation."""
        return self.signal.plain()
