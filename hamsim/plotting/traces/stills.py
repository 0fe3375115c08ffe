"""What a panel without an axis of time holds of a trace: states at some moments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.methods import DISCRETE
from hamsim.plotting.traces.chosen import Chosen
from hamsim.plotting.traces.reduce import Sieve
from hamsim.plotting.traces.source import Part
from hamsim.plotting.traces.views import counted

__all__ = ["Ends", "Images", "Still"]

MAX_COLUMNS = 10  # images side by side
MAX_DOTS = 2000  # rows and columns of a map
MAX_PIXELS = 400  # along a side of an image


class Still:
    """A panel of some records.

    Attributes
    ----------
    numbers : tuple of int
        The records.
    """

    timed = False
    title = ""
    quantity = ""
    name = ""

    def __init__(self, chosen: Chosen, numbers: tuple[int, ...], trials: Ints, total: int) -> None:
        self.chosen, self.numbers, self.trials, self.total = chosen, numbers, trials, total
        self.title = self.name = chosen.group.name
        self.quantity = chosen.quantity
        self.t: list[float] = []
        self.sieve = Sieve()

    @property
    def counts_sweeps(self) -> bool:
        """Whether its times are numbers of sweeps."""
        return self.chosen.header.made.method in DISCRETE

    def take(self, parts: Mapping[int, Part]) -> None:
        """Take in the records."""
        self.t = [float(parts[number].t[0]) for number in self.numbers]
        found = [self.chosen.values(parts[number].arrays)[0] for number in self.numbers]
        self.values = self.sieve(np.stack([each[self.trials] for each in found]))

    def limits(self) -> Floats:
        """The values, shape (moments, trials, neurons)."""
        return self.values

    def said(self) -> str:
        """What it shows, for those who cannot see it."""
        raise NotImplementedError

    def left_out(self) -> list[str]:
        """What it does not show, as sentences that follow its name and a colon."""
        found = self.sieve.said()
        if self.trials.size < self.total:
            found.append(f"{self.trials.size} of {self.total:,} trials")
        return found


class Images(Still):
    """A group of rows and columns at some moments, of some trials."""

    def __init__(self, chosen: Chosen, numbers: tuple[int, ...], trials: Ints, total: int) -> None:
        super().__init__(chosen, numbers[:MAX_COLUMNS], trials[:MAX_COLUMNS], total)
        self.not_shown = len(numbers) - len(self.numbers)

    @property
    def single(self) -> bool:
        """Whether moments stand side by side, as of one trial."""
        return self.trials.size == 1

    @property
    def grid(self) -> tuple[int, int]:
        """Images in a column and in a row."""
        moments = len(self.numbers)
        return (1, moments) if self.single else (moments, self.trials.size)

    @property
    def sides(self) -> tuple[int, int]:
        """Rows and columns of one image."""
        rows, columns = self.chosen.group.shape[:2]
        return rows, columns

    @property
    def mosaic_shape(self) -> tuple[int, int]:
        """Rows and columns of all images in one."""
        found: tuple[int, ...] = self.mosaic()[0].shape
        return found[0], found[1]

    def mosaic(self) -> tuple[Floats, Ints, Ints]:
        """All images in one, and where each begins; NaN between them.

        Returns
        -------
        values : ndarray, shape (height, width)
        tops, lefts : ndarray of int
        """
        (down, across), (rows, columns) = self.grid, self.sides
        step = 1 + max(rows, columns) // MAX_PIXELS
        shown = self.values.reshape(*self.values.shape[:2], rows, columns)[..., ::step, ::step]
        rows, columns = shown.shape[2:]
        gap = max(1, round(max(rows, columns) / 14))
        tops, lefts = np.arange(down) * (rows + gap), np.arange(across) * (columns + gap)
        found = np.full((tops[-1] + rows, lefts[-1] + columns), np.nan)
        for row, top in enumerate(tops.tolist()):
            for column, left in enumerate(lefts.tolist()):
                image = shown[column, 0] if self.single else shown[row, column]
                found[top : top + rows, left : left + columns] = image
        return found, tops, lefts

    def said(self) -> str:
        """In words."""
        sides = " x ".join(map(str, self.sides))
        when = counted(len(self.numbers), "moment")
        trials = f" of {counted(self.trials.size, 'trial')}" if self.total > 1 else ""
        return f"{self.quantity} of {self.name}, {sides} images{trials} at {when}"

    def left_out(self) -> list[str]:
        """In words."""
        found = super().left_out()
        if self.not_shown:
            verb = "does" if self.not_shown == 1 else "do"
            found.append(f"{counted(self.not_shown, 'moment')} {verb} not fit")
        step = 1 + max(self.sides) // MAX_PIXELS
        if step > 1:
            found.append(f"one of {step} rows and columns of each image")
        return found


class Ends(Still):
    """Neuron against trial at one moment."""

    @property
    def step(self) -> tuple[int, int]:
        """One of so many neurons and trials is drawn."""
        return 1 + (self.chosen.size - 1) // MAX_DOTS, 1 + (self.trials.size - 1) // MAX_DOTS

    def map(self) -> Floats:
        """Colours, shape (neurons, trials)."""
        neurons, trials = self.step
        found: Floats = self.values[0, ::trials, ::neurons].T
        return found

    def said(self) -> str:
        """In words."""
        neurons, trials = counted(self.chosen.size, "neuron"), counted(self.trials.size, "trial")
        return f"{self.quantity} of {self.name} as colours, {neurons} against {trials}"

    def left_out(self) -> list[str]:
        """In words."""
        neurons, trials = self.step
        found = super().left_out()
        if neurons > 1 or trials > 1:
            found.append(f"one of {neurons} neurons and of {trials} trials")
        return found
