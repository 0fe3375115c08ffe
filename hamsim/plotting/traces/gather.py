"""The panels of a picture of a trace, filled by going through its records once."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import PlotError, TraceError
from hamsim.plotting.traces.asked import Asked
from hamsim.plotting.traces.chosen import Chosen, choose, recorded_in_order
from hamsim.plotting.traces.driven import Driven, driven_of
from hamsim.plotting.traces.reduce import Bins
from hamsim.plotting.traces.source import Part, Records
from hamsim.plotting.traces.stills import MAX_COLUMNS, Ends, Images, Still
from hamsim.plotting.traces.views import (
    MAX_LINES,
    MAX_TRIAL_LINES,
    SERIES,
    Against,
    Lines,
    Map,
    Raster,
    Series,
)

__all__ = ["Gathered", "View", "gather"]

View = Against | Still | Driven
# Moments of a run that images are shown at: this part of the energy's fall is behind them.
FALLEN = (0.0, 0.5, 0.9, 1.0)
MAX_POINTS = 4000  # of a line
MAX_MAPS = 6  # of single trials, of one group
FEW_MEANS = 3  # whose spreads over trials can be told apart
MAX_RASTERS = 12  # of single neurons


class Gathered(NamedTuple):
    """What is drawn of one trace.

    Parameters
    ----------
    records : Records
    views : list of Against, Still or Driven
    start, stop : float
        From when to when.
    not_drawn : tuple of str
        Names of groups that would be too many.
    notes : list of str
        What else is left out, as sentences.
    """

    records: Records
    views: list[View]
    start: float
    stop: float
    not_drawn: tuple[str, ...]
    notes: list[str]


class _Gathering:
    """One trace, and what is asked of it."""

    def __init__(self, records: Records, asked: Asked, dots: tuple[int, int], images: int) -> None:
        self.records, self.asked, self.images = records, asked, images
        self.across, self.down = dots
        header = records.header
        self.first, self.stop = asked.records_of(records.t)
        self.t = records.t[self.first : self.stop]
        chosen = asked.trials_of(records.n_trials, header.trials is None)
        self.named_trials = chosen is not None
        self.trials: Ints = np.arange(records.n_trials) if chosen is None else chosen
        self.notes: list[str] = []

    @cached_property
    def bins(self) -> Bins:
        """Dots of time, in a map."""
        return Bins(self.t, self.across)

    @cached_property
    def points(self) -> Bins:
        """The same of a line, which shows more than a dot does."""
        return Bins(self.t, MAX_POINTS)

    def series(self) -> list[Series]:
        """Energy and residual, where they are asked for and mean something."""
        header, kind = self.records.header, self.asked.kind
        if kind not in (None, "energy"):
            return []
        found = [what for what in SERIES if what in header.what]
        if kind == "energy" and not found:
            raise PlotError(
                "neither the energy nor the residual was recorded; record: {what: [x, energy]} "
                "keeps the energy"
            )
        others = {"x", "g", "residual"} & set(header.what)
        if kind is None and header.symmetric is False and "energy" in found and others:
            found.remove("energy")
            self.notes.append(
                "the recorded energy is not drawn: W is not symmetric, so that it is none which "
                "has to fall (kind energy draws it)"
            )
        return [self.one_series(what) for what in found]

    def one_series(self, what: str) -> Series:
        """Energy or residual."""
        outcomes = self.records.outcome.outcomes or (self.records.outcome.kind,)
        going_on = np.array([k for k, how in enumerate(outcomes) if how != "diverged"], dtype=int)
        if len(outcomes) != self.records.n_trials:
            going_on = np.arange(self.records.n_trials)
        return Series(self.points, what, self.trials, going_on, self.records.n_trials)

    def against(self, chosen: Chosen) -> list[Against]:
        """Panels against time of some neurons; none where they are drawn otherwise."""
        kind, trials = self.asked.kind, self.trials
        if kind is None:
            many = chosen.size > FEW_MEANS and chosen.size * trials.size > MAX_TRIAL_LINES
            if chosen.is_image or (trials.size > 1 and many):
                return []
            kind = "lines" if chosen.size <= MAX_LINES else "map"
        if kind == "lines":
            return [Lines(self.points, chosen, trials, self.named_trials)]
        if kind == "map":
            each = self.named_trials and trials.size <= MAX_MAPS
            parts = [trials[k : k + 1] for k in range(trials.size)] if each else [trials]
            n = self.records.n_trials
            return [Map(self.bins, chosen, part, n, self.down) for part in parts]
        if kind == "raster":
            return self._rasters(chosen)
        return []

    def _rasters(self, chosen: Chosen) -> list[Against]:
        if self.records.n_trials < 2:
            raise PlotError(
                "a raster needs trials, and the trace is of a single run, which kind map draws"
            )
        if self.asked.neurons is None:
            return [Raster(self.bins, chosen, None, self.trials, self.down)]
        count = min(chosen.size, MAX_RASTERS)
        if count < chosen.size:
            self.notes.append(
                f"{chosen.group.name}: rasters of the first {count} of {chosen.size:,} neurons"
            )
        return [Raster(self.bins, chosen, k, self.trials, self.down) for k in range(count)]

    def still(self, chosen: Chosen, energy: Floats | None) -> Still:
        """The panel of some moments of some neurons."""
        kind, trials, n = self.asked.kind, self.trials, self.records.n_trials
        if kind is None and not chosen.is_image:
            return Ends(chosen, self._moments(energy)[-1:], trials, n)
        if not chosen.is_image:
            shape = "x".join(map(str, chosen.group.shape))
            raise PlotError(
                f"group '{chosen.group.name}' is of shape {shape}, not rows and columns; kinds for "
                f"it are {'lines and map' if n < 2 else 'lines, map and raster'}"
            )
        moments = self._moments(energy)
        if kind == "image":
            named = self.asked.moments is not None
            return Images(chosen, moments[:1] if named else moments[-1:], trials, n)
        if trials.size == 1 and self.asked.moments is None:
            last = self.t.size - 1
            evenly = {self.first + round(last * k / 3) for k in range(4)}
            moments = _some(sorted({*moments, *evenly}), min(self.images, MAX_COLUMNS))
        return Images(chosen, moments, trials, n)

    def _moments(self, energy: Floats | None) -> tuple[int, ...]:
        """Records to show: those asked for, or where the energy has fallen by parts of its fall."""
        if self.asked.moments is not None:
            near = [int(np.abs(self.t - moment).argmin()) for moment in self.asked.moments]
            return tuple(dict.fromkeys(self.first + k for k in near))
        last = self.t.size - 1
        if energy is not None:
            fall = energy[0] - energy[-1]
            if np.isfinite(fall) and fall > 0:
                behind = (energy[0] - energy) / fall
                found = [int(np.argmax(behind >= part - 1e-9)) for part in FALLEN[:-1]]
                return tuple(self.first + k for k in sorted({*found, last}))
        return tuple(self.first + round(last * k / 3) for k in range(4) if k in (0, 3) or last > 2)


def _some(numbers: list[int], most: int) -> tuple[int, ...]:
    """So many of some numbers at most, the first and the last among them."""
    if len(numbers) <= most:
        return tuple(numbers)
    chosen = np.linspace(0, len(numbers) - 1, max(most, 2)).round().astype(int)
    return tuple(numbers[k] for k in chosen.tolist())


def gather(
    records: Records, asked: Asked, dots: tuple[int, int], images: int = MAX_COLUMNS
) -> Gathered:
    """Fill the panels of one trace.

    Parameters
    ----------
    records : Records
    asked : Asked
    dots : (int, int)
        Of a panel, across and down.
    images : int, optional
        How many fit side by side, where nobody says which.

    Raises
    ------
    TraceError
        There are no records, or a group was not recorded.
    PlotError
        What is asked for cannot be drawn.
    """
    if records.t.size == 0:
        raise TraceError("the trace holds no records, so there is nothing to draw")
    gathering = _Gathering(records, asked, dots, images)
    series = gathering.series()
    header = records.header
    groups = [] if asked.kind == "energy" else choose(header, asked.groups, asked.neurons)
    if not groups and not series:
        raise TraceError("neither x nor g was recorded, so there is nothing to draw of its neurons")
    timed = {k: gathering.against(chosen) for k, chosen in enumerate(groups)}
    energy = next((each for each in series if each.what == "energy"), None)
    stills = any(not each for each in timed.values())
    hidden = []
    if stills and energy is None and "energy" in header.what and asked.moments is None:
        energy = gathering.one_series("energy")
        hidden = [energy]
    flowing = [*hidden, *series, *(each for views in timed.values() for each in views)]
    if flowing:
        for part in records.parts(gathering.first, gathering.stop):
            relative = part._replace(first=part.first - gathering.first)
            for view in flowing:
                view.add(relative)
    means = None if energy is None else energy.means
    views: list[View] = []
    for k, chosen in enumerate(groups):
        views += timed[k] or [gathering.still(chosen, means)]
    _take(records, [view for view in views if isinstance(view, Still)])
    drawn = {chosen.group.name for chosen in groups}
    whole = recorded_in_order(header) if {"x", "g"} & set(header.what) else ()
    nobody = asked.groups is None and asked.neurons is None and asked.kind != "energy"
    start, stop = float(gathering.t[0]), float(gathering.t[-1])
    timed_views = [*series, *(v for v in views if v.timed)]
    driven, more = driven_of(records, start, stop) if timed_views else ([], [])
    return Gathered(
        records,
        [*(v for v in views if not v.timed), *driven, *timed_views],
        start,
        stop,
        tuple(name for name in whole if name not in drawn) if nobody else (),
        gathering.notes + more,
    )


def _take(records: Records, stills: list[Still]) -> None:
    """Read the records that are shown as they are."""
    parts: dict[int, Part] = {}
    for number in sorted({number for still in stills for number in still.numbers}):
        part = records.at(number)
        parts[number] = part._replace(arrays={w: a.copy() for w, a in part.arrays.items()})
    for still in stills:
        still.take(parts)
