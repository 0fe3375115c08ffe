"""Which neurons each panel of a trace's picture shows: a group, or some neurons of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import PlotError, TraceError, did_you_mean
from hamsim.network import Group
from hamsim.plotting.traces.activations import activation_of
from hamsim.trace.trace import Header

__all__ = ["Chosen", "Part", "choose", "is_image", "recorded_in_order"]

MAX_GROUPS = 6  # that are drawn if nobody names any
MAX_CHOSEN = 100  # that are drawn where somebody names them


@dataclass(frozen=True, eq=False)
class Part(Group):
    """Some neurons of a group, with their full labels in place of names."""

    def label(self, k: int) -> str:
        """The label of its neuron k."""
        return self.neuron_names[k]


class Chosen:
    """Recorded neurons of one group that are drawn together.

    Parameters
    ----------
    header : Header
    k : int
        Number of the group.
    places : ndarray of int or None
        Which of its neurons, all that were recorded for None.
    """

    def __init__(self, header: Header, k: int, places: Ints | None) -> None:
        self.header = header
        whole_group, recorded = header.groups[k], header.recorded
        held = recorded.places(k)
        places = held if places is None else places
        self._columns = recorded.of_group(k)
        whole = held.size == whole_group.size
        self._array = "g" if "g" in header.what else "x"
        self.shows = "activation"
        self._activated: Group | None = None
        if self._array == "x" and (whole or whole_group.shared == 1):
            self._activated = whole_group if whole else _part(whole_group, held)
        elif self._array == "x":
            # Without all neurons that share a Lagrangian nobody knows their activations.
            self.shows = "state"
        self._where = None if places.size == held.size else np.searchsorted(held, places)
        all_of_it = whole and places.size == whole_group.size
        self.group = whole_group if all_of_it else _part(whole_group, places)
        self.is_image = all_of_it and is_image(whole_group)

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.group.size

    @property
    def quantity(self) -> str:
        """What an axis says of it."""
        return "state x" if self.shows == "state" else "activation g"

    def values(self, arrays: Mapping[str, Any]) -> Floats:
        """Activations or states of some records, shape (records, trials, neurons)."""
        found: Floats = arrays[self._array][..., self._columns]
        if self._activated is not None:
            found = self._activate(found)
        return found if self._where is None else found[..., self._where]

    def _activate(self, x: Floats) -> Floats:
        rows = np.asarray(x, dtype=np.float64).reshape(-1, x.shape[-1])
        return self._function(rows).reshape(x.shape)

    @cached_property
    def _function(self) -> Callable[[Floats], Floats]:
        assert self._activated is not None
        return activation_of(self._activated)


def choose(header: Header, groups: Iterable[str] | None, neurons: Any = None) -> list[Chosen]:
    """What is drawn of a trace, groups of images first.

    Parameters
    ----------
    header : Header
    groups : iterable of str or None
        The first six that were recorded, also in part, if nothing is said of groups and neurons.
    neurons : str, int, or iterable of these, or None

    Raises
    ------
    TraceError
        Something of it was not recorded.
    PlotError
        There are more than can be drawn.
    """
    if not {"x", "g"} & set(header.what):
        return []
    names = [group.name for group in header.groups]
    whole = recorded_in_order(header)
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
    for name in groups if groups is not None else () if chosen else whole[:MAX_GROUPS]:
        if name not in whole:
            raise TraceError(
                f"group '{name}' was not recorded; {did_you_mean(name, whole, 'recorded')}"
            )
        chosen[name] = None
    if len(chosen) > MAX_CHOSEN:
        raise PlotError(f"{len(chosen)} groups do not fit; at most {MAX_CHOSEN} are drawn")
    found = [Chosen(header, names.index(name), places) for name, places in chosen.items()]
    return sorted(found, key=lambda each: not each.is_image)


def recorded_in_order(header: Header) -> tuple[str, ...]:
    """Names of groups of which any neuron was recorded, images first."""
    recorded = header.recorded
    some = [(k, group) for k, group in enumerate(header.groups) if recorded.count(k)]
    some.sort(key=lambda item: not is_image(item[1]) or item[0] not in recorded.whole)
    return tuple(group.name for _, group in some)


def is_image(group: Group) -> bool:
    """Whether the neurons stand in rows and columns, with one channel at most."""
    return len(group.shape) == 2 or (len(group.shape) == 3 and group.shape[2] == 1)


def _part(group: Group, places: Ints) -> Part:
    kept = replace(
        group,
        start=0,
        stop=places.size,
        shape=(places.size,),
        parameters={name: values[places] for name, values in group.parameters.items()},
        over=(),
        neuron_names=tuple(group.numbered.labels(places)),
    )
    return Part(**vars(kept))
