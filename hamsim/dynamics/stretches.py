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
from hamsim.dynamics.changes import Acting, own_breaks, settled, with_limits
from hamsim.network import OverTime, Stimulus

__all__ = ["Stretch", "cut_steps", "never_acts", "step_from", "stretches"]

# A time this close to a step, relative to itself, is on it: that much is rounding.
ON_A_STEP = 1e-12


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

    @property
    def stimuli(self) -> Acting:
        """What acts, with limits from inside at both ends; constant where it does not move."""
        return with_limits(self.acting, self.begin, self.end, self.jumps)

    def times(self, steps: Any) -> Floats:
        """Times of steps of this stretch, k dt to the last bit on the grid."""
        steps = np.asarray(steps)
        if self.grid is None or self.last - self.first == 1:
            return np.where(steps == self.last, self.end, self.begin)
        on_grid: Floats = (steps + (self.grid - self.first)) * self.dt
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
    def of(cls, time: float, dt: float) -> _Moment:
        step = round(time / dt)
        if abs(step * dt - time) <= ON_A_STEP * time:
            return cls(step * dt, step)
        return cls(time, None)


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
    acting: Sequence[Stimulus | OverTime], dt: float, steps: int
) -> tuple[tuple[Stretch, ...], list[Stimulus | OverTime]]:
    """Cut `steps` steps of `dt` wherever a stimulus begins or ends, jumps or bends.

    Returns
    -------
    tuple of Stretch
        From 0 to the end without a gap.
    list of Stimulus or OverTime
        Those that never act.
    """
    end = steps * dt
    spans: list[tuple[float, float, Stimulus | OverTime]] = []
    idle: list[Stimulus | OverTime] = []
    moments = {0.0: _Moment(0.0, 0), end: _Moment(end, steps)}
    jumps: set[float] = set()
    for stimulus in acting:
        # Later than the end is all the same, and may be infinite.
        begins, ends = (
            _Moment.of(min(time, end + dt), dt) for time in (stimulus.start, stimulus.stop)
        )
        if begins.time >= ends.time or begins.time > end or (begins.time == end and steps > 0):
            idle.append(stimulus)
            continue
        spans.append((begins.time, ends.time, stimulus))
        moments |= {m.time: m for m in (begins, ends) if 0.0 < m.time < end}
        jumps |= {begins.time, ends.time} - {0.0}
    for breaks in own_breaks([span[2] for span in spans], 0.0, end):
        for time, jump, rests in zip(*(each.tolist() for each in breaks), strict=True):
            moment = _Moment.of(time, dt)
            # A step may end at a bend as anywhere, unless what moved is constant from there on.
            if jump or rests or moment.grid is None:
                moments.setdefault(moment.time, moment)
            jumps |= {moment.time} if jump else set()
    for moment in tuple(moments.values()):
        if moment.grid is None:  # the step around it
            before = math.floor(moment.time / dt)
            moments |= {k * dt: _Moment(k * dt, k) for k in (before, before + 1)}
    made = []
    first = 0
    # A run without steps has one moment only.
    ordered = sorted(moments.values(), key=lambda moment: moment.time)
    for a, b in pairwise(ordered if steps > 0 else [*ordered, *ordered]):
        present = tuple(s for begins, ends, s in spans if begins <= a.time < ends)
        whole = a.grid is not None and b.grid is not None
        length = dt if whole else b.time - a.time
        count = (b.grid or 0) - (a.grid or 0) if whole else 1
        at = (a.time in jumps, b.time in jumps)
        made.append((first, first + count, a.time, b.time, length, a.grid, present, at))
        first += count
    return settled([Stretch(*row, settled=False) for row in made]), idle
