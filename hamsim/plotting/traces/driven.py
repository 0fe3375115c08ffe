"""What a panel against time holds of an input, or a stimulus, that moves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.plotting.traces.reduce import drawable
from hamsim.plotting.traces.source import Records
from hamsim.trace.acting import Acting
from hamsim.trace.course import Course

__all__ = ["Driven", "Line", "driven_of"]

MAX_PANELS = 4
# What a panel is called, and what its axis says.
INPUT = ("input of {}", "input I")
WORDS = {
    "input": ("input added to {}", "input I"),
    "clamp": ("x at which {} is held", "state x"),
    "clamp_g": ("g at which {} is held", "activation g"),
}


class Line(NamedTuple):
    """A line, or a band, with a line inside or without.

    Parameters
    ----------
    t, values : ndarray, shape (m,)
        NaN where there is a band alone.
    name : str
        Of a neuron; empty where all have the same.
    low, high : ndarray, shape (m,), or None
        The band's.
    """

    t: Floats
    values: Floats
    name: str = ""
    low: Floats | None = None
    high: Floats | None = None


class Driven:
    """The courses of what acts on the same neurons in the same way.

    Attributes
    ----------
    title, name : str
        The first with the trial that it is of.
    quantity : str
        What the axis says.
    lines : list of Line
    """

    timed = True

    def __init__(self, name: str, quantity: str, acting: list[Acting], ends: tuple[float, float]):
        self.name, self.quantity = name, quantity
        self.courses = [each.course for each in acting if each.course is not None]
        self.start, self.stop = ends
        self.lasts = max(min(each.stop, self.stop) for each in acting)
        group = acting[0].group  # the panel's name says it
        self.lines = [line for course in self.courses for line in _lines(course, group)]
        trial = next((c.trial for c in self.courses if c.trial is not None), None)
        self.title = name if trial is None else f"{name}, trial {trial}"
        if any(course.spread for course in self.courses):
            self.title += ": mean and range of neurons"

    @property
    def names(self) -> list[str]:
        """Of lines that have any, each once."""
        return list(dict.fromkeys(line.name for line in self.lines if line.name))

    @property
    def moves(self) -> bool:
        """Whether anything is to be seen of it between both ends."""
        values = self.limits()
        return len(self.courses) > 1 or bool(values.size and np.ptp(values) > 0)

    def limits(self) -> Floats:
        """The values between both ends."""
        found = []
        for line in self.lines:
            inside = _inside(line.t, self.start, self.stop)
            bands = (line.values, line.low, line.high)
            found += [each[inside] for each in bands if each is not None]
        values = np.concatenate(found) if found else np.zeros(0)
        return values[np.isfinite(values)]

    def said(self) -> str:
        """What it shows, for those who cannot see it."""
        values = self.limits()
        if not values.size:
            return f"{self.title}, never finite"
        return f"{self.title} against time, from {values.min():.4g} to {values.max():.4g}"

    def left_out(self) -> list[str]:
        """What it does not show, as sentences that follow its name and a colon."""
        found = []
        if (together := max(course.together for course in self.courses)) > 1:
            found.append(
                f"it is too fast for a line; a band goes from the least to the greatest of up to "
                f"{together:,} values"
            )
        if hidden := max(course.hidden for course in self.courses):
            found.append(f"those of {hidden:,} more neurons are not drawn")
        if any(course.trial is not None for course in self.courses):
            found.append("that of the first trial is drawn, others differ")
        ends = max(float(course.t[-1]) for course in self.courses)
        if ends < self.lasts * (1 - 1e-9):
            found.append(f"its course is known until t = {ends:.4g}")
        return found


def _lines(course: Course, group: str) -> list[Line]:
    values = drawable(course.values)
    # Of what falls together the least comes first and the greatest next.
    fall = course.together > 1
    low, high = (np.repeat(values[k::2], 2, axis=0) if fall else values for k in (0, 1))
    if course.spread:
        return [Line(course.t, values[:, 0], "", low[:, 1], high[:, 2])]
    names = [name.removeprefix(f"{group}.") for name in course.names] or [""]
    if fall:
        nothing = np.full(course.t.size, np.nan)
        return [Line(course.t, nothing, n, low[:, k], high[:, k]) for k, n in enumerate(names)]
    return [Line(course.t, values[:, k], name) for k, name in enumerate(names)]


def _inside(t: Floats, start: float, stop: float) -> slice:
    """Points between two times, and those next to them."""
    first = max(int(np.searchsorted(t, start, side="right")) - 1, 0)
    return slice(first, int(np.searchsorted(t, stop, side="left")) + 1)


def driven_of(records: Records, start: float, stop: float) -> tuple[list[Driven], list[str]]:
    """Panels of what moves between two times, and what is not drawn, as sentences."""
    found: dict[tuple[str, str], list[Acting]] = {}
    notes: list[str] = []
    for each in records.header.stimuli:
        if not each.moving or not (each.start < stop and each.stop > start):
            continue
        words = INPUT if each.own else WORDS.get(each.mode, INPUT)
        name = words[0].format(each.who)
        if each.course is not None:
            found.setdefault((name, words[1]), []).append(each)
    panels = [Driven(*key, acting, (start, stop)) for key, acting in found.items()]
    panels = [panel for panel in panels if panel.moves]
    for panel in panels[MAX_PANELS:]:
        notes.append(f"{panel.name}: not drawn, as more panels of what moves would be too many")
    return panels[:MAX_PANELS], notes
