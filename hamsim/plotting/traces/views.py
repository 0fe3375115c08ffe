"""What a panel against time holds of a trace, reduced while records go by."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.plotting.traces.chosen import Chosen
from hamsim.plotting.traces.reduce import Averages, Bins, Extremes, Sieve
from hamsim.plotting.traces.source import Part

__all__ = ["Against", "Lines", "Map", "Raster", "Series", "counted"]

MAX_LINES = 12  # neurons that are drawn as single lines
MAX_TRIAL_LINES = 50
LONG_LABEL = 20  # letters
SERIES = {"energy": "energy E", "residual": "max |W g + I - x|"}


def counted(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


class Path(NamedTuple):
    """Lines through some points.

    Parameters
    ----------
    t : ndarray, shape (m,)
    values : ndarray, shape (m, lines)
    """

    t: Floats
    values: Floats


class Against:
    """A panel with an axis of time.

    Attributes
    ----------
    title : str
    quantity : str
        What an axis, or a bar of colours, says.
    bins : Bins
    """

    timed = True
    title = ""
    quantity = ""

    def __init__(self, bins: Bins) -> None:
        self.bins = bins
        self.sieve = Sieve()

    def add(self, part: Part) -> None:
        """Take in some records."""
        raise NotImplementedError

    def limits(self) -> Floats:
        """All numbers that decide on the range of its axis, or of its colours."""
        raise NotImplementedError

    def said(self) -> str:
        """What it shows, for those who cannot see it."""
        raise NotImplementedError

    def left_out(self) -> list[str]:
        """What it does not show, as sentences that follow its name and a colon."""
        found = self.sieve.said()
        if self.bins.largest > 1:
            found.append(f"{self.how} of up to {counted(self.bins.largest, 'record')}")
        return found

    name = ""
    how = "lines go through the least and the greatest"


class Series(Against):
    """Energy or residual of each trial, and the mean over trials."""

    def __init__(self, bins: Bins, what: str, trials: Ints, going_on: Ints, total: int) -> None:
        super().__init__(bins)
        self.what, self.quantity, self.name = what, SERIES[what], what
        self.trials, self.shown, self.total = trials, trials[:MAX_TRIAL_LINES], total
        self._counted = np.intersect1d(trials, going_on)
        self.all_go_on = self._counted.size in (0, trials.size)
        if not self._counted.size:
            self._counted = trials
        self._each = Extremes(bins, self.shown.size)
        self._mean = Extremes(bins, 1)
        self.means = np.empty(bins.ids.size)  # of each record

    def add(self, part: Part) -> None:
        """Take in some records."""
        values = self.sieve(part.arrays[self.what])
        first = part.first
        self._each.add(first, values[:, self.shown])
        counted_ = values[:, self._counted]
        # A run ends when the worst trial is at rest, so that is the one to look at.
        mean = counted_.max(axis=1) if self.what == "residual" else counted_.mean(axis=1)
        self.means[first : first + mean.size] = mean
        self._mean.add(first, mean[:, None])

    @property
    def each(self) -> Path:
        """A line a trial."""
        return Path(*self._each.path())

    @property
    def mean(self) -> Path | None:
        """Their mean, or of residuals the largest; None of a single one."""
        return Path(*self._mean.path()) if self.trials.size > 1 else None

    @property
    def label(self) -> str:
        """What the line of the mean is called."""
        name = "largest" if self.what == "residual" else "mean"
        return f"{name} of {'trials' if self.all_go_on else 'trials that do not diverge'}"

    def limits(self) -> Floats:
        """The values."""
        return self.each.values

    def said(self) -> str:
        """In words."""
        shown = self.means[np.isfinite(self.means)]
        if not shown.size:
            return f"{self.what}, never finite"
        which = f" ({self.label})" if self.trials.size > 1 else ""
        return f"{self.what}{which} from {shown[0]:.4g} to {shown[-1]:.4g}"

    def left_out(self) -> list[str]:
        """In words."""
        found = super().left_out()
        if self.trials.size > self.shown.size:
            found.append(
                f"lines of the first {self.shown.size} trials, the {self.label} "
                f"is of all {self.trials.size:,}"
            )
        return found


class Lines(Against):
    """A line a neuron; with trials one for each of few, else the mean and its spread.

    Parameters
    ----------
    bins : Bins
    chosen : Chosen
    trials : ndarray of int
    every_trial : bool
        Whether trials were named, so that each is a line.
    """

    def __init__(self, bins: Bins, chosen: Chosen, trials: Ints, every_trial: bool) -> None:
        super().__init__(bins)
        self.chosen, self.trials = chosen, trials
        self.title = self.name = chosen.group.name
        self.quantity = chosen.quantity
        self.many = chosen.size > MAX_LINES
        n = 1 if self.many else chosen.size
        self.single = not self.many and (
            trials.size == 1 or every_trial or trials.size * n <= MAX_TRIAL_LINES
        )
        self.n_lines = n
        if self.single:
            self.shown = trials[: max(1, MAX_TRIAL_LINES // n)]
            self._lines = Extremes(bins, n * self.shown.size)
        else:
            self._lines, self._low, self._high = (Extremes(bins, n) for _ in range(3))

    def add(self, part: Part) -> None:
        """Take in some records."""
        first = part.first
        if self.single:
            values = self.sieve(self.chosen.values(part.arrays)[:, self.shown])
            self._lines.add(first, values.reshape(values.shape[0], -1))
            return
        values = self.sieve(self.chosen.values(part.arrays)[:, self.trials])
        axes = (1, 2) if self.many else (1,)
        mean, spread = values.mean(axis=axes), values.std(axis=axes)
        mean, spread = (each.reshape(mean.shape[0], -1) for each in (mean, spread))
        self._lines.add(first, mean)
        self._low.add(first, mean - spread)
        self._high.add(first, mean + spread)

    @property
    def paths(self) -> list[Path]:
        """Of each trial, or of the mean alone, a line a neuron."""
        t, values = self._lines.path()
        return [Path(t, part) for part in np.split(values, values.shape[1] // self.n_lines, 1)]

    @property
    def band(self) -> tuple[Path, Path] | None:
        """A standard deviation below and above the mean."""
        if self.single:
            return None
        low, high = self._low, self._high
        t, lower = low.path()
        _, upper = high.path()
        if self.bins.largest > 1:  # the least of the lower, the greatest of the upper
            lower, upper = np.repeat(low.low, 2, axis=0), np.repeat(high.high, 2, axis=0)
        return Path(t, lower), Path(t, upper)

    @property
    def labels(self) -> list[str]:
        """What the lines are called."""
        group = self.chosen.group
        if self.many:
            return [f"mean of {counted(group.size, 'neuron')}"]
        # The group stands above the panel.
        found = [group.label(k).removeprefix(f"{group.name}.") for k in range(group.size)]
        if max(map(len, found)) > LONG_LABEL:
            found = [label.removeprefix(group.name) for label in found]
        return found

    @property
    def of_what(self) -> str:
        """What lines are the means of; empty where they are none."""
        over = [counted(self.chosen.size, "neuron")] if self.many else []
        over += [counted(self.trials.size, "trial")] if self.trials.size > 1 else []
        return "" if self.single else " and ".join(over)

    def limits(self) -> Floats:
        """The values."""
        paths = [*self.paths, *(self.band or ())]
        return np.concatenate([path.values.reshape(-1) for path in paths])

    def said(self) -> str:
        """In words."""
        name = f"{self.quantity} of {self.name} against time"
        if self.of_what:
            return f"{name}: the mean of {self.of_what}, and one standard deviation around it"
        trials = f" and of {counted(self.shown.size, 'trial')}" if self.shown.size > 1 else ""
        return f"{name}: lines of {counted(self.chosen.size, 'neuron')}{trials}"

    def left_out(self) -> list[str]:
        """In words."""
        found = super().left_out()
        if self.single and self.shown.size < self.trials.size:
            found.append(f"lines of {self.shown.size} of {self.trials.size:,} trials")
        if self.of_what:
            found.append(f"the line is the mean of {self.of_what}, the band one standard deviation")
        return found


class Coloured(Against):
    """Rows against time as colours."""

    how = "a dot is the mean"
    _averages: Averages

    @property
    def values(self) -> Floats:
        """Colours of rows and bins of time, the first row first."""
        return self._averages.means().T

    def limits(self) -> Floats:
        """The values."""
        return self.values

    def left_out(self) -> list[str]:
        """In words."""
        parts = []
        if (together := self._averages.together) > 1:
            parts.append(f"up to {counted(together, self.rows)}")
        if self.bins.largest > 1:
            parts.append(f"up to {counted(self.bins.largest, 'record')}")
        found = self.sieve.said()
        if parts:
            found.append(f"a dot is the mean of {' and '.join(parts)}")
        return found

    rows = "neuron"

    @property
    def n_rows(self) -> int:
        """How many there are, before any are averaged."""
        raise NotImplementedError


class Map(Coloured):
    """Neuron against time; the mean over trials, or one of them."""

    def __init__(self, bins: Bins, chosen: Chosen, trials: Ints, total: int, dots: int) -> None:
        super().__init__(bins)
        self.chosen, self.trials, self.total = chosen, trials, total
        self.title = self.name = chosen.group.name
        if total > 1 and trials.size == 1:
            self.title += f", trial {trials[0]}"
        self.quantity = chosen.quantity
        self._averages = Averages(bins, chosen.size, dots)

    @property
    def n_rows(self) -> int:
        """The neurons."""
        return self.chosen.size

    def add(self, part: Part) -> None:
        """Take in some records."""
        values = self.chosen.values(part.arrays)
        if values.shape[1] > 1:
            values = self.sieve(values[:, self.trials]).mean(axis=1)
        else:
            values = self.sieve(values[:, 0])
        self._averages.add(part.first, values)

    def said(self) -> str:
        """In words."""
        of = counted(self.chosen.size, "neuron")
        return f"{self.quantity} of {self.title} as colours, {of} against time"

    def left_out(self) -> list[str]:
        """In words."""
        found = super().left_out()
        if self.trials.size > 1:
            found.append(f"colours are the mean of {self.trials.size:,} trials")
        return found


class Raster(Coloured):
    """Trial against time: one neuron, or the mean of a group."""

    rows = "trial"

    def __init__(
        self, bins: Bins, chosen: Chosen, neuron: int | None, trials: Ints, dots: int
    ) -> None:
        super().__init__(bins)
        self.chosen, self.neuron, self.trials = chosen, neuron, trials
        group = chosen.group
        self.name = group.name if neuron is None else group.label(neuron)
        self.title = f"mean of {self.name}" if neuron is None and group.size > 1 else self.name
        self.quantity = chosen.quantity
        self._averages = Averages(bins, trials.size, dots)

    @property
    def n_rows(self) -> int:
        """The trials."""
        return int(self.trials.size)

    def add(self, part: Part) -> None:
        """Take in some records."""
        values = self.chosen.values(part.arrays)[:, self.trials]
        one: Any = values.mean(axis=2) if self.neuron is None else values[..., self.neuron]
        self._averages.add(part.first, self.sieve(one))

    def said(self) -> str:
        """In words."""
        of = counted(self.trials.size, "trial")
        return f"{self.quantity} of {self.title} as colours, {of} against time"

    def left_out(self) -> list[str]:
        """In words."""
        found = super().left_out()
        if self.neuron is None and self.chosen.size > 1:
            found.append(f"colours are the mean of {self.chosen.size:,} neurons")
        return found
