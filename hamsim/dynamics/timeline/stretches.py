"""A run cut into stretches, in each of which the same stimuli act and all steps are equally long.

Steps of dt lie on a grid, k dt. A stimulus that begins, ends or jumps within one of them cuts it
into shorter ones that end there, so that no method ever steps over a change, and the times on the
grid stay what was asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.timeline.changes import Acting, own_breaks, settled, with_limits
from hamsim.network import OverTime, Stimulus

__all__ = [
    "AT_ZERO",
    "Beginning",
    "Stretch",
    "cut_steps",
    "never_acts",
    "step_from",
    "stretches",
]

# A time this close to a step, relative to itself, is on it: that much is rounding.
ON_A_STEP = 1e-12


@dataclass(frozen=True)
class Beginning:
    """Where a run begins, which may go on with another.

    Parameters
    ----------
    time : float
    steps : int
        Taken before, shorter ones included.
    origin : float or None
        Time of the grid's step 0; None if nobody has chosen it: 0 if the run begins on that grid,
        else where it begins.
    """

    time: float = 0.0
    steps: int = 0
    origin: float | None = None

    @property
    def past(self) -> float:
        """When the past ended, before which states were always the same."""
        return self.time if self.steps == 0 else 0.0

    def origin_for(self, dt: float) -> float:
        """Time of step 0 of a grid of dt."""
        if self.origin is not None:
            return self.origin
        return 0.0 if _Moment.of(self.time, dt).grid is not None else self.time

    def grid(self, dt: float) -> int:
        """The last step of that grid at which the run has begun already."""
        origin = self.origin_for(dt)
        moment = _Moment.of(self.time, dt, origin)
        return math.floor((self.time - origin) / dt) if moment.grid is None else moment.grid


AT_ZERO = Beginning()


@dataclass(frozen=True, eq=False)
class Stretch:
    """Steps first, ..., last - 1, during which the same stimuli act.

    Parameters
    ----------
    first, last : int
        Counted in steps taken, shorter ones included.
    begin, end : float
        Times of both.
    dt : float
        Length of these steps.
    grid : int or None
        Number of the first step on the grid of dt; None where a shorter step begins off it.
    acting : tuple of Stimulus or OverTime
    jumps : (bool, bool)
        Whether something jumps at its beginning, and at its end.
    settled : bool
        Whether nothing that acts changes any more.
    zero : float
        Time of the grid's step 0.
    """

    first: int
    last: int
    begin: float
    end: float
    dt: float
    grid: int | None
    acting: Acting
    jumps: tuple[bool, bool]
    settled: bool
    zero: float = 0.0

    @property
    def stimuli(self) -> Acting:
        """What acts, with limits from inside at both ends; constant where it does not move."""
        return with_limits(self.acting, self.begin, self.end, self.jumps)

    def times(self, steps: Any) -> Floats:
        """Times of steps of this stretch, k dt to the last bit on the grid from 0."""
        steps = np.asarray(steps)
        if self.grid is None or self.last - self.first == 1:
            return np.where(steps == self.last, self.end, self.begin)
        on_grid: Floats = self.zero + (steps + (self.grid - self.first)) * self.dt
        return on_grid

    @property
    def origin(self) -> int:
        """Step that would be the grid's step 0; one beside the grid where this begins off it."""
        return self.first + 1 if self.grid is None else self.first - self.grid


@dataclass(frozen=True)
class _Moment:
    """A time, and which step of the grid it is on, if any."""

    time: float
    grid: int | None

    @classmethod
    def of(cls, time: float, dt: float, origin: float = 0.0) -> _Moment:
        step = round((time - origin) / dt)
        at = origin + step * dt
        return cls(at, step) if abs(at - time) <= ON_A_STEP * abs(time) else cls(time, None)


def cut_steps(stretched: Iterable[Stretch], dt: float) -> int:
    """How many steps of dt a stimulus cuts into shorter ones."""
    return sum(s.grid is not None and s.dt != dt and s.last > s.first for s in stretched)


def step_from(stretched: Sequence[Stretch], time: float, close: float) -> int:
    """Steps that have been taken, shorter ones included, as soon as a time is reached.

    Parameters
    ----------
    stretched : sequence of Stretch
    time : float
    close : float
        So much earlier, in steps, counts as reached; later than the end is all steps.
    """
    for s in stretched:
        if time <= s.end + close * s.dt and s.last > s.first:
            return s.first + max(math.ceil((time - s.begin) / s.dt - close), 0)
    return stretched[-1].last


def never_acts(stimulus: Stimulus | OverTime, end: float) -> str:
    """What is to be said of a stimulus that comes too late."""
    until = "" if stimulus.stop == math.inf else f" until {stimulus.stop:g}"
    return (
        f"the stimulus from t = {stimulus.start:g}{until} never acts: the run lasts until "
        f"t = {end:g}"
    )


def stretches(
    acting: Sequence[Stimulus | OverTime],
    dt: float,
    steps: int,
    others: Sequence[float] = (),
    beginning: Beginning = AT_ZERO,
) -> tuple[tuple[Stretch, ...], list[Stimulus | OverTime]]:
    """Cut steps of `dt` wherever a stimulus begins or ends, jumps or bends.

    Parameters
    ----------
    acting : sequence of Stimulus or OverTime
    dt : float
    steps : int
        Step of the grid of dt with which the run ends.
    others : sequence of float
        Further times at which steps are to end.
    beginning : Beginning

    Returns
    -------
    tuple of Stretch
        From the beginning to the end without a gap.
    list of Stimulus or OverTime
        Those that never act, and are not over when the run begins.
    """
    zero = beginning.origin_for(dt)
    begin, end = _Moment.of(beginning.time, dt, zero), _Moment(zero + steps * dt, steps)
    runs = end.time > begin.time
    spans: list[tuple[float, float, Stimulus | OverTime]] = []
    idle: list[Stimulus | OverTime] = []
    moments = {begin.time: begin, end.time: end}
    jumps: set[float] = set()
    for stimulus in acting:
        # Later than the end is all the same, and may be infinite.
        begins, ends = (
            _Moment.of(min(time, end.time + dt), dt, zero)
            for time in (stimulus.start, stimulus.stop)
        )
        if begin.time > 0 and ends.time <= begin.time:
            jumps |= {begins.time, ends.time}
            continue
        late = begins.time > end.time or (begins.time == end.time and runs)
        if begins.time >= ends.time or late:
            idle.append(stimulus)
            continue
        spans.append((begins.time, ends.time, stimulus))
        moments |= {m.time: m for m in (begins, ends) if begin.time < m.time < end.time}
        jumps |= {begins.time, ends.time} - {0.0}
    for breaks in own_breaks([span[2] for span in spans], 0.0, end.time):
        for time, jump, rests in zip(*(each.tolist() for each in breaks), strict=True):
            moment = _Moment.of(time, dt, zero)
            jumps |= {moment.time} if jump else set()
            if moment.time <= begin.time:
                continue
            # A step may end at a bend as anywhere, unless what moved is constant from there on.
            if jump or rests or moment.grid is None:
                moments.setdefault(moment.time, moment)
    for moment in (_Moment.of(time, dt, zero) for time in others):
        if begin.time < moment.time < end.time:
            moments.setdefault(moment.time, moment)
    for moment in tuple(moments.values()):
        if moment.grid is None:  # the step around it
            before = math.floor((moment.time - zero) / dt)
            around = {zero + k * dt: _Moment(zero + k * dt, k) for k in (before, before + 1)}
            moments |= {time: m for time, m in around.items() if time > begin.time}
    made = []
    first = beginning.steps
    # A run without steps has one moment only.
    ordered = sorted(moments.values(), key=lambda moment: moment.time)
    for a, b in pairwise(ordered if runs else [begin, begin]):
        present = tuple(s for begins, ends, s in spans if begins <= a.time < ends)
        whole = a.grid is not None and b.grid is not None
        length = dt if whole else b.time - a.time
        count = (b.grid or 0) - (a.grid or 0) if whole else int(runs)
        at = (a.time in jumps, b.time in jumps)
        length = length if runs else dt
        made.append((first, first + count, a.time, b.time, length, a.grid, present, at))
        first += count
    return settled([Stretch(*row, False, zero) for row in made]), idle
