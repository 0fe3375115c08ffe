"""What each panel of a trace's picture shows: a group, or some of its neurons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import TraceError, did_you_mean
from hamsim.network import Group
from hamsim.observables import group_activation
from hamsim.trace.trace import Header, Trace

__all__ = ["Part", "is_image", "panels", "read_besides", "recorded_in_order"]


@dataclass(frozen=True, eq=False)
class Part(Group):
    """Some neurons of a group, with their full labels in place of names.

    Parameters
    ----------
    shows : {"activation", "state"}
        What is drawn of them: without all neurons that share a Lagrangian nobody knows their
        activations, unless these were recorded.
    """

    shows: str = "activation"

    def label(self, k: int) -> str:
        """The label of its neuron k."""
        return self.neuron_names[k]


def panels(
    trace: Trace, groups: Iterable[str] | None, neurons: Any = None, most: int | None = None
) -> list[tuple[Group, Floats]]:
    """Groups, or parts of them, with values of shape (trials or 1, T, neurons or group shape).

    Parameters
    ----------
    trace : Trace
    groups : iterable of str or None
        All that were recorded, also in part, if nothing is said of groups and neurons.
    neurons : str, int, or iterable of these, or None
    most : int, optional
        So many of the groups, if nobody names any.
    """
    if not {"x", "g"} & set(trace.arrays):
        return []
    header = trace.header
    names = [group.name for group in header.groups]
    whole = recorded_in_order(trace)
    chosen: dict[str, Ints | None] = {}
    if neurons is not None:
        kept = header.recorded.choose(None, neurons)
        if isinstance(kept, str):
            raise TraceError(kept)
        for k, name in enumerate(names):
            numbers = header.columns[kept] - header.groups[k].start
            here = numbers[(numbers >= 0) & (numbers < header.groups[k].size)]
            if here.size:
                chosen[name] = here
    for name in groups if groups is not None else () if chosen else whole[:most]:
        if name not in whole:
            raise TraceError(
                f"group '{name}' was not recorded; {did_you_mean(name, whole, 'recorded')}"
            )
        chosen[name] = None
    found = [_panel(trace, names.index(name), places) for name, places in chosen.items()]
    return sorted(found, key=lambda panel: not is_image(panel[0]))


def read_besides(header: Header, neurons: Any) -> list[str]:
    """Groups that must be read whole to draw some neurons' activations, which others share."""
    if "g" in header.what or "x" not in header.what:
        return []
    kept = header.recorded.choose(None, neurons)
    if isinstance(kept, str):
        raise TraceError(kept)
    numbers = header.columns[kept]
    return [
        group.name
        for group in header.recorded_groups
        if group.shared > 1 and np.any((group.start <= numbers) & (numbers < group.stop))
    ]


def recorded_in_order(trace: Trace) -> tuple[str, ...]:
    """Names of groups of which any neuron was recorded, images first."""
    recorded = trace.header.recorded
    some = [(k, group) for k, group in enumerate(trace.header.groups) if recorded.count(k)]
    some.sort(key=lambda item: not is_image(item[1]) or item[0] not in recorded.whole)
    return tuple(group.name for _, group in some)


def is_image(group: Group) -> bool:
    """Whether the neurons stand in rows and columns, with one channel at most."""
    return len(group.shape) == 2 or (len(group.shape) == 3 and group.shape[2] == 1)


def _panel(trace: Trace, k: int, places: Ints | None) -> tuple[Group, Floats]:
    """Some recorded neurons of group k, or all of those for None."""
    group, recorded = trace.header.groups[k], trace.header.recorded
    held = recorded.places(k)
    places = held if places is None else places
    whole = held.size == group.size
    where = np.searchsorted(held, places)
    states = "g" if "g" in trace.arrays else "x"
    values = np.moveaxis(trace.arrays[states][..., recorded.of_group(k)], 0, 1)
    shows = "activation"
    if states == "x" and whole:
        values = group_activation(group, values)
    elif states == "x" and group.shared == 1:
        values = group_activation(_part(group, held), values)
    elif states == "x":
        shows = "state"
    if whole and places.size == group.size:
        return group, values.reshape(*values.shape[:-1], *group.shape)
    return _part(group, places, shows), values[..., where]


def _part(group: Group, places: Ints, shows: str = "activation") -> Part:
    kept = replace(
        group,
        start=0,
        stop=places.size,
        shape=(places.size,),
        parameters={name: values[places] for name, values in group.parameters.items()},
        over=(),
        neuron_names=tuple(group.numbered.labels(places)),
    )
    return Part(**vars(kept), shows=shows)
