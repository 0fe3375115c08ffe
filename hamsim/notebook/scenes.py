"""What a live view shows: of a run, or of training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from hamsim.errors import HamsimError
from hamsim.html.charts import curves
from hamsim.html.markup import Html
from hamsim.notebook.pace import Pace
from hamsim.notebook.panels import Panel, panels_of
from hamsim.notebook.thinned import Thinned
from hamsim.notebook.told import sweeps_of
from hamsim.request import count_of

__all__ = ["RunScene", "TrainingScene"]


class RunScene:
    """Energy, residual and states of a run.

    Parameters
    ----------
    groups : iterable of str or None
    neurons : object
    trial : int
    pace : Pace
        Of taking states.
    """

    def __init__(self, groups: Iterable[str] | None, neurons: Any, trial: int, pace: Pace) -> None:
        self._asked, self._trial, self._pace = (groups, neurons), trial, pace
        self._numbers = Thinned(2)  # energy, residual
        self._panels: list[Panel] = []
        self._last: Any = None

    def hear(self, progress: Any) -> None:
        """Take what there is, states only where there is time for it."""
        if self._last is None:
            with self._pace.spending():
                self._begin(progress)
        self._last = progress
        energy = math.nan if progress.energy is None else progress.energy
        self._numbers.add(progress.time, (energy, progress.residual))
        if self._panels and self._pace.due():
            self._take(progress)

    def _begin(self, progress: Any) -> None:
        header = progress.header
        trials = header.trials or 1
        if not count_of("trial", self._trial, 0) < trials:
            raise HamsimError(f"trial is {self._trial}; the run has {trials}, counted from 0")
        self._panels = panels_of(header.groups, *self._asked, self._trial)

    def _take(self, progress: Any) -> None:
        states: Callable[[Any], Any] = progress.states
        with self._pace.spending():
            for panel in self._panels:
                panel.take(progress.time, states(panel.neurons))

    def end(self) -> None:
        """Take the states at the end."""
        if self._last is not None:
            self._take(self._last)

    def parts(self) -> Iterator[Html]:
        """Everything that is shown now."""
        t, (energy, residual) = self._numbers.t, self._numbers.rows.T
        if self._last is None:
            return
        span = (float(t[0]), float(t[-1]))
        sweeps = sweeps_of(self._last)
        axis = "sweep" if sweeps else "time"
        has_trials = self._last.header.trials is not None
        mean = ", mean of trials" if has_trials else ""
        moved = span[1] > span[0]
        if moved and np.isfinite(energy).any():
            yield curves(t, {"energy": energy}, f"energy E{mean}", span, axis=axis)
        name = "neurons that want to change" if sweeps else "residual max |W g + I - x|"
        if moved:
            yield curves(t, {"": residual}, name, span, axis=axis, logarithmic=not sweeps)
        for panel in self._panels:
            if (shown := panel.html(span, axis, has_trials)) is not None:
                yield shown


class TrainingScene:
    """Loss and score of training."""

    def __init__(self) -> None:
        self._numbers = Thinned(3)  # loss, score, examples that were left out

    def hear(self, progress: Any) -> None:
        """Take what there is."""
        at = progress.epoch - 1 + progress.batch / progress.batches
        row = (progress.loss, progress.score, float(progress.unstable))
        self._numbers.add(at, row)

    def end(self) -> None:
        """All is there."""

    def parts(self) -> Iterator[Html]:
        """Everything that is shown now."""
        t, rows = self._numbers.t, self._numbers.rows.T
        if t.size < 2:
            return
        span = (0.0, float(t[-1]))
        titles = ("loss of the epoch so far", "score of the epoch so far", "examples left out")
        for title, values in zip(titles, rows, strict=True):
            known = values[np.isfinite(values)]
            if known.size and (title != titles[-1] or known.any()):
                yield curves(t, {title: values}, title, span, axis="epoch")
