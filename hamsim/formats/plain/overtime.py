"""What changes over time, as a description states it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from hamsim.network import Group, Network, OverTime
from hamsim.signals import Sampled, Several, Within

__all__ = ["is_stated_over_time", "own_input", "stimuli_over_time"]


def is_stated_over_time(value: Any) -> bool:
    """Whether a value of a resolved description, as plain data, changes over time."""
    if isinstance(value, list):
        return any(isinstance(item, str) for item in value)
    return isinstance(value, str) or (
        isinstance(value, dict) and not {"table", "times"}.isdisjoint(value)
    )


def own_input(network: Network, group: Group) -> Any:
    """The input of a group that is one function of time and nothing else; None for any other."""
    here = [
        each
        for each in network.over_time
        if each.after is None and np.any(_in(group, each.neurons)) and each.mode == "input"
    ]
    if len(here) != 1 or network.input[group.slice].any():
        return None
    places = here[0].neurons[_in(group, here[0].neurons)] - group.start
    return _value(here[0], group) if places.size == group.size else None


def stimuli_over_time(
    network: Network, each: OverTime, but: AbstractSet[str] = frozenset()
) -> Iterator[dict[str, Any]]:
    """Stimuli of one group after another that together are the same.

    Parameters
    ----------
    network : Network
    each : OverTime
    but : set of str
        Groups of which it is the input, and stated there.
    """
    for group in network.groups:
        here = _in(group, each.neurons)
        if not here.any() or (each.after is None and group.name in but):
            continue
        part = {"group": group.name, "mode": each.mode, "value": _value(each, group)}
        if np.count_nonzero(here) < group.size:
            mask = np.zeros(group.size)
            mask[each.neurons[here] - group.start] = 1.0
            part["mask"] = mask.reshape(group.shape).tolist()
        part["start"] = float(each.start)
        if np.isfinite(each.stop):
            part["stop"] = float(each.stop)
        yield part


def _in(group: Group, neurons: Any) -> Any:
    return (group.start <= neurons) & (neurons < group.stop)


def _value(each: OverTime, group: Group) -> Any:
    """The function for all neurons of a group; 0 for those that it does not drive."""
    signal = each.signal
    if isinstance(signal, Within):
        signal = signal.signal
    here = _in(group, each.neurons)
    if isinstance(signal, Several):
        listed = np.zeros(group.size, dtype=object)
        listed[each.neurons[here] - group.start] = signal.take(np.flatnonzero(here)).plain()
        return listed.tolist()
    if not isinstance(signal, Sampled):
        return signal.plain()
    if signal.width == 1 and signal.trials is None:
        return signal.plain()
    rows, _, trials = signal.values.shape
    values = np.zeros((rows, group.size, trials))
    own = signal.values if signal.width == 1 else signal.values[:, here]
    values[:, each.neurons[here] - group.start] = own
    return Sampled(signal.times, values, signal.between, signal.beyond, signal.trials).plain()
