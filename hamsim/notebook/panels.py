"""What a live view shows of groups: curves of few neurons, a map of many, images of grids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError, did_you_mean
from hamsim.html.charts import curves, heat_map, images
from hamsim.html.markup import Html
from hamsim.names import as_list
from hamsim.network import Group
from hamsim.notebook.thinned import Thinned
from hamsim.numbering import Numbering
from hamsim.operator import Neurons

__all__ = ["Panel", "panels_of"]

MOST_PANELS = 4  # if nobody names groups
MOST_LINES = 12  # neurons that have a curve each
MOST_ROWS = 80  # of a map
MOST_SHARING = 10_000  # neurons that are activated together for the sake of a picture
MOST_IMAGES = 6  # trials side by side
MOST_PIXELS = 20_000  # of an image; of a larger one every other row and column is left out
COLUMNS = 240  # of a map


class Panel:
    """Some neurons of one group while a run lasts.

    Parameters
    ----------
    group : Group
    places : ndarray of int, shape (k,)
        Which neurons of the group.
    whole : bool
        Whether these are all of its neurons, in its own shape.
    trial : int
        Of which curves and maps are; images are of the first trials.
    """

    def __init__(self, group: Group, places: Ints, whole: bool, trial: int) -> None:
        self._trial = trial
        image = whole and (len(group.shape) == 2 or (len(group.shape) == 3 and group.shape[2] == 1))
        self._shape = group.shape[:2] if image else ()
        self._pixels: tuple[Ints, Ints] | None = None
        self._note = ""
        if image:
            places = self._image_places(group)
        elif places.size > MOST_LINES:
            every = -(-places.size // MOST_ROWS)
            if every > 1:
                self._note = f", every {_ordinal(every)} neuron of {places.size:,}"
            places = places[::every]
        self._is_map = not image and places.size > MOST_LINES
        together = group.shared > 1
        self._activated = not together or group.size <= MOST_SHARING
        read = np.arange(group.size) if together and self._activated else places
        self._picked = places if read is not places else None
        self.neurons = group.start + read
        self._neurons = Neurons([_part(group, read)]) if self._activated else None
        self.title = f"{'activation' if self._activated else 'state'} of {group.name}"
        self._labels = [_short(label, group) for label in group.numbered.labels(places[:MOST_ROWS])]
        self._kept = None if image else Thinned(places.size, COLUMNS)
        self._last: Floats = np.empty((0, places.size))

    def _image_places(self, group: Group) -> Ints:
        """Pixels that are shown of an image."""
        step = 1
        while (-(-self._shape[0] // step)) * (-(-self._shape[1] // step)) > MOST_PIXELS:
            step += 1
        grid = np.arange(group.size).reshape(self._shape)[::step, ::step]
        if step > 1:
            self._note = f", every {_ordinal(step)} row and column"
        self._shape = grid.shape
        return grid.reshape(-1)

    def take(self, t: float, states: Floats) -> None:
        """Take the states of `neurons`, shape (trials, k)."""
        rows = states[:MOST_IMAGES] if self._shape else states[[self._trial]]
        if self._neurons is not None:
            rows = self._neurons.activate(np.ascontiguousarray(rows))
        self._last = rows if self._picked is None else rows[:, self._picked]
        if self._kept is not None:
            self._kept.add(t, self._last[0])

    def html(self, span: tuple[float, float], axis: str, has_trials: bool) -> Html | None:
        """The panel; None where nothing has been taken yet."""
        if not len(self._last):
            return None
        if self._shape:
            pictures = {
                f"trial {k}" if has_trials else "now": row.reshape(self._shape)
                for k, row in enumerate(self._last)
            }
            return images(pictures, self.title + self._note)
        assert self._kept is not None
        if not span[1] > span[0]:
            return None
        title = self.title + (f", trial {self._trial}" if has_trials else "") + self._note
        if self._is_map:
            times = np.linspace(*span, min(COLUMNS, 2 * len(self._kept)))
            last = len(self._labels) - 1
            rows = [((k + 0.5) / (last + 1), self._labels[k]) for k in (0, last)]
            return heat_map(self._kept.at(times).T, title, span, rows, axis=axis)
        lines = dict(zip(self._labels, self._kept.rows.T, strict=True))
        return curves(self._kept.t, lines, title, span, axis=axis)


def _part(group: Group, places: Ints) -> Group:
    """Some neurons of a group as a group of their own."""
    if places.size == group.size:
        return group
    parameters = {name: values[places] for name, values in group.parameters.items()}
    names = tuple(group.numbered.labels(places))
    alone = {"start": 0, "stop": places.size, "shape": (places.size,), "neuron_names": names}
    return replace(group, **alone, parameters=parameters, over=())  # type: ignore[arg-type]


def _short(label: str, group: Group) -> str:
    """A neuron's name without that of its group."""
    return label.removeprefix(group.name).removeprefix(".") or label


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 // 10 != 1 else 0, "th")
    return f"{number:,}{ending}"


def panels_of(
    groups: tuple[Group, ...], chosen: Iterable[str] | None, neurons: Any, trial: int
) -> list[Panel]:
    """The panels of a run: of groups by name, then of single neurons and ranges.

    Parameters
    ----------
    groups : tuple of Group
        Of the network.
    chosen : iterable of str or None
        The first four, those on grids first, if nobody names any, nor neurons.
    neurons : str, int, iterable of these, or None
    trial : int

    Raises
    ------
    HamsimError
        There is no such group or neuron.
    """
    if chosen is None and neurons is None:
        first = sorted(groups, key=lambda group: len(group.shape) < 2)[:MOST_PANELS]
        return [_whole(group, trial) for group in first]
    names = [group.name for group in groups]
    found = []
    for name in as_list(chosen) if chosen is not None else ():
        if name not in names:
            raise HamsimError(f"no group '{name}'; {did_you_mean(str(name), names)}")
        found.append(_whole(groups[names.index(name)], trial))
    numbering = Numbering([group.numbered for group in groups], where="the network")
    parts = [np.zeros(0, dtype=np.int64)]
    for written in as_list(neurons) if neurons is not None else ():
        some = numbering.select(written)
        if isinstance(some, str):
            raise HamsimError(some)
        parts.append(some.reshape(-1))
    numbers = np.unique(np.concatenate(parts))
    for group in groups:
        here = numbers[(group.start <= numbers) & (numbers < group.stop)] - group.start
        if here.size:
            found.append(Panel(group, here, False, trial))
    return found


def _whole(group: Group, trial: int) -> Panel:
    return Panel(group, np.arange(group.size), True, trial)
