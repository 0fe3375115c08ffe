"""Time in one piece: what a run is asked for by a method that chooses its steps itself.

Nothing is counted in steps here. Time is cut where stimuli begin and end, which every such method
must meet exactly; where records are wanted it need not stop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.timeline.changes import Acting, own_breaks, settled, with_limits
from hamsim.dynamics.timeline.clock import Clock
from hamsim.dynamics.timeline.stretches import AT_ZERO, Beginning, never_acts
from hamsim.errors import SimulationError, given
from hamsim.methods import Method
from hamsim.network import Network, OverTime, Record, Stimulus
from hamsim.request import Until, number_of
from hamsim.signals import Breaks
from hamsim.signals.signal import MERGED, merged

__all__ = ["ATOL_OF_RTOL", "RTOL", "Interval", "Span", "accuracy_of", "plan_span"]

RTOL = 1e-4
# Where nobody gives atol it is this part of rtol. Activations feel changes of x on a scale of about
# 1, so that states below 0.01 need no digits of their own; a network of smaller states says so.
ATOL_OF_RTOL = 1e-2
LEAST_RTOL = 1e-14  # below, rounding would be taken for errors of the method
# Records of several trials, whose steps lie apart, where nobody says how often.
RECORDS = 100
# A time of a record this close to the end, in times between records, is the end.
AT_THE_END = 1e-6
MOST_RECORDS = 10**9
STEPS_AT_ONCE = 500  # of records after each step, which are handed on then


@dataclass(frozen=True, eq=False)
class Interval:
    """Time during which the same stimuli act.

    Parameters
    ----------
    begin, end : float
    acting : tuple of Stimulus or OverTime
    jumps : (bool, bool)
        Whether something jumps at its beginning, and at its end.
    settled : bool
        Whether nothing that acts changes any more.
    """

    begin: float
    end: float
    acting: Acting
    jumps: tuple[bool, bool]
    settled: bool

    @property
    def stimuli(self) -> Acting:
        """What acts, with limits from inside at both ends; constant where it does not move."""
        return with_limits(self.acting, self.begin, self.end, self.jumps)


@dataclass(frozen=True, eq=False)
class Span:
    """Everything about time where steps are chosen.

    Parameters
    ----------
    method : Method
    begin, end : float
        The run ends earlier if its residual is small enough.
    rtol, atol : float
        A step may change a state by rtol |x| + atol more or less than it should.
    first_step : float or None
        Length of the first step that is tried; None chooses one.
    until : Until
        What ends the run earlier.
    stretches : tuple of Interval
        From `begin` to `end` without a gap.
    times : ndarray, shape (records,), or None
        When records are wanted besides the last one, rising; None: after each step.
    start : float
        Time of the first record.
    beginning : Beginning
        A run that goes on with another makes all records from then on.
    notes : tuple of str
        What was adjusted.
    warnings : tuple of str
        What must be known before the run starts.
    why : str
        Why the method was chosen; empty if it was asked for.
    switches : int
        How often it goes on with another method where that shows to be better.
    part : float
        Of rtol and atol, the part that steps keep.
    silent : bool
        Whether nothing is recorded at `times`, which are those of looks.
    """

    method: Method
    begin: float
    end: float
    rtol: float
    atol: float
    first_step: float | None
    until: Until
    stretches: tuple[Interval, ...]
    times: Floats | None
    start: float = 0.0
    beginning: Beginning = AT_ZERO
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    why: str = ""
    switches: int = 0
    part: float = 1.0
    silent: bool = False

    def from_here_by(
        self, method: Method, network: Network, beginning: Beginning, why: str, part: float
    ) -> Span:
        """The rest of it by another method.

        Parameters
        ----------
        method : Method
        network : Network
        beginning : Beginning
            Up to which records have been made.
        why : str
        part : float
            Of the tolerance, that its steps are to keep at most.
        """
        begin = beginning.time
        return replace(
            self,
            method=method,
            begin=begin,
            beginning=beginning,
            first_step=None,
            stretches=intervals_of(network.acting, begin, self.end)[0],
            times=None if self.times is None else self.times[self.times > begin],
            why=why,
            switches=self.switches - 1,
            part=min(part, self.part),
        )

    @property
    def dt(self) -> float | None:
        """No step that all others share."""
        return None

    @property
    def steps(self) -> None:
        """Nobody knows how many steps it will take."""
        return

    @property
    def tolerance(self) -> float:
        """The run ends when the residual is at most this; negative never ends it."""
        return -1.0 if self.until.residual is None else self.until.residual

    @property
    def duration(self) -> float:
        """When the run is over, unless it ends earlier."""
        return self.end

    def is_over(self, clock: Clock) -> bool:
        """Whether the end has been reached."""
        return clock.time >= self.end

    def is_before_records(self, clock: Clock) -> bool:
        """Whether no record was to be made so far."""
        return clock.time < min(self.start, self.end)

    def time(self, moment: float) -> float:
        """When something was that has been noted for this moment."""
        return moment

    @property
    def accuracy(self) -> tuple[float, float]:
        """Absolute and relative error that a step may have."""
        return self.part * self.atol, max(min(self.rtol, LEAST_RTOL), self.part * self.rtol)

    @property
    def most_records(self) -> int:
        """So many records after steps are made at a time."""
        return STEPS_AT_ONCE if self.times is None else 1

    @property
    def records(self) -> int:
        """How many records a run has that goes to the end; 1 where only its steps will tell."""
        return 1 if self.times is None else self.times.size + 1


def accuracy_of(rtol: object, atol: object, settings: tuple[float | None, float | None]) -> Floats:
    """Relative and absolute tolerance: as asked for, as the file says, or the default.

    Raises
    ------
    SimulationError
    """
    relative = _positive("rtol", rtol, settings[0])
    absolute = _positive("atol", atol, settings[1])
    relative = RTOL if relative is None else relative
    if relative < LEAST_RTOL:
        raise SimulationError(f"rtol is {relative:g}; it must be at least {LEAST_RTOL:g}")
    return np.array([relative, ATOL_OF_RTOL * relative if absolute is None else absolute])


def _positive(name: str, value: object, default: float | None) -> float | None:
    if value is None or (isinstance(value, str) and value == "auto"):
        return default if value is None else None
    number = number_of(value)
    if not 0 < number < math.inf:
        raise SimulationError(f"{name} is {given(value)}; it must be a finite number above 0")
    return number


def plan_span(
    network: Network,
    method: Method,
    end: float,
    accuracy: Floats,
    first_step: float | None,
    until: Until,
    record: Record | None,
    beginning: Beginning = AT_ZERO,
) -> Span:
    """Decide everything about time of a method that chooses its steps.

    Parameters
    ----------
    network : Network
    method : Method
    end : float
        When the run is over.
    accuracy : ndarray
        rtol and atol.
    first_step : float or None
    until : Until
    record : Record or None
        None records the last state only.
    beginning : Beginning
    """
    begin = beginning.time
    intervals, idle = intervals_of(network.acting, begin, end)
    notes = [never_acts(each, end) for each in idle if begin == 0 or each.stop > begin]
    if first_step is not None:
        notes.append(f"dt = {first_step:g} is the first step; {method.name} chooses the others")
    start = 0.0 if record is None else record.start
    if start > end:
        notes.append(f"records would start at t = {start:g}: the last state is recorded only")
    return Span(
        method=method,
        begin=begin,
        end=end,
        rtol=float(accuracy[0]),
        atol=float(accuracy[1]),
        first_step=first_step,
        until=until,
        stretches=intervals,
        times=np.zeros(0) if record is None else _times(record.every, start, end, begin),
        start=start,
        beginning=beginning,
        notes=tuple(notes),
    )


def for_trials(span: Span, trials: int, silent: bool) -> Span:
    """Let records be at times that trials share, whose steps lie apart, where nobody gave any.

    Parameters
    ----------
    span : Span
    trials : int
    silent : bool
        Whether only the last state is recorded; looks are made at such times all the same.
    """
    looks = silent and span.until.needs_looks
    if trials == 1 or not (looks or span.times is None):
        return span
    begin = 0.0 if silent else span.start
    every = (span.end - begin) / RECORDS
    times = _times(every, begin, span.end, span.begin) if every > 0 else np.zeros(0)
    what = "looks" if silent else "records"
    note = (
        f"{what} are {every:g} apart: {trials:,} trials have steps of their own, and no time "
        "between records was given"
    )
    notes = (*span.notes, note) if every > 0 else span.notes
    return replace(span, times=times, silent=silent, notes=notes)


def _times(every: float | None, start: float, end: float, begin: float) -> Floats | None:
    """Times of records before the end, from `begin` on; None where there is one a step."""
    if every is None:
        return None
    count = (end - start) / every
    if count > MOST_RECORDS:
        raise SimulationError(
            f"records {every:g} apart until t = {end:g} are {count:.2g}: too many"
        )
    numbers: Floats = np.arange(max(0, math.ceil(count - AT_THE_END)), dtype=np.float64)
    times = start + every * numbers
    return times[(times >= begin) & (times < end)]


def intervals_of(
    stimuli: Sequence[Stimulus | OverTime], begin: float, end: float
) -> tuple[tuple[Interval, ...], list[Stimulus | OverTime]]:
    """Cut time wherever a stimulus begins or ends, jumps or bends.

    Returns
    -------
    tuple of Interval
        From `begin` to `end` without a gap.
    list of Stimulus or OverTime
        Those that never act.
    """
    if not stimuli:
        return (Interval(begin, end, (), (False, False), settled=True),), []
    idle = [s for s in stimuli if s.start >= end or s.stop <= begin]
    acting = [s for s in stimuli if not (s.start >= end or s.stop <= begin)]
    switches = np.array([t for s in acting for t in (s.start, s.stop)])
    own = own_breaks(acting, begin, end)
    breaks = merged([Breaks.alike(switches, True), *own], begin, end)
    times = [begin, *breaks.times.tolist(), end]
    jumps = [_is_jump(stimuli, begin, end), *breaks.jumps.tolist(), False]
    made = [
        (a, b, tuple(s for s in acting if s.start <= 0.5 * (a + b) < s.stop), at)
        for (a, b), at in zip(pairwise(times), pairwise(jumps), strict=True)
    ]
    return settled([Interval(*row, settled=False) for row in made]), idle


def _is_jump(stimuli: Sequence[Stimulus | OverTime], begin: float, end: float) -> bool:
    """Whether a run begins where something jumps, as one that goes on with another may."""
    if begin == 0.0:
        return False
    switches = np.array([t for each in stimuli for t in (each.start, each.stop)])
    breaks = merged([Breaks.alike(switches, True), *own_breaks(stimuli, 0.0, end)], 0.0, end)
    return bool(np.any(breaks.jumps & (np.abs(breaks.times - begin) <= 2 * MERGED * begin)))
