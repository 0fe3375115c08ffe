"""When what acts on a network changes: times that no step may cross, and what acts between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import numpy as np

from hamsim.network import Network, OverTime, Stimulus
from hamsim.signals import Breaks
from hamsim.signals.signal import MERGED, merged

__all__ = [
    "Acting",
    "acting_during",
    "breaks_of",
    "fastest_change",
    "own_breaks",
    "settled",
    "with_limits",
]

Acting = tuple[Stimulus | OverTime, ...]


def breaks_of(network: Network, begin: float, end: float) -> Breaks:
    """Times between two others that no step may cross.

    Parameters
    ----------
    network : Network
    begin, end : float

    Returns
    -------
    Breaks
        Where a stimulus starts or stops, or a function of time or its derivative jumps.

    Raises
    ------
    SimulationError
        A table does not last so long.
    """
    acting = network.acting
    times = np.array([time for each in acting for time in (each.start, each.stop)])
    switches = Breaks.alike(times, True)
    return merged([switches, *own_breaks(acting, begin, end)], begin, end)


def own_breaks(acting: Sequence[Stimulus | OverTime], begin: float, end: float) -> list[Breaks]:
    """Breaks of functions of time while they act, between two times."""
    return [
        each.breaks(begin, end)
        for each in acting
        if isinstance(each, OverTime) and each.start < end and each.stop > begin
    ]


def fastest_change(network: Network, begin: float, end: float) -> float:
    """Rate of the fastest change of what acts between two times; 0 where nothing bends.

    It is w of a sine of angular frequency w: steps much longer than 1 / w do not see it.
    """
    spans = ((max(begin, o.start), min(end, o.stop), o) for o in network.over_time)
    return max((o.signal.rate(a, b) for a, b, o in spans if a < b), default=0.0)


def acting_during(network: Network, begin: float, end: float, breaks: Breaks) -> Acting:
    """What acts between two times, between which nothing breaks.

    Parameters
    ----------
    network : Network
    begin, end : float
    breaks : Breaks
        Of the whole run: where one of the two times is a jump, the limit from inside counts.

    Returns
    -------
    tuple of Stimulus or OverTime
        In the order of the file. What does not move is a constant stimulus.
    """
    middle = 0.5 * (begin + end)
    acting = tuple(s for s in network.acting if s.start <= middle < s.stop)
    at_jump = [_is_jump(breaks, begin), _is_jump(breaks, end)]
    return with_limits(acting, begin, end, (at_jump[0], at_jump[1]))


def with_limits(acting: Acting, begin: float, end: float, jumps: tuple[bool, bool]) -> Acting:
    """Functions of time as they are between two times, at which they may jump or not."""
    return tuple(
        each.during(begin, end, jumps) if isinstance(each, OverTime) else each for each in acting
    )


def _is_jump(breaks: Breaks, time: float) -> bool:
    close = np.abs(breaks.times - time) <= 2 * MERGED * abs(time)
    return bool(np.any(breaks.jumps & close))


class Part(Protocol):
    """A part of a run; it is a dataclass."""

    @property
    def stimuli(self) -> Acting:
        """What acts during it."""

    @property
    def settled(self) -> bool:
        """Whether nothing that acts changes any more."""


P = TypeVar("P", bound=Part)


def settled(parts: list[P]) -> tuple[P, ...]:
    """Parts of a run, of which the last ones know that what acts stays the same from then on."""
    last = parts[-1].stimuli
    for k in range(len(parts) - 1, -1, -1):
        if not _same(parts[k].stimuli, last):
            break
        parts[k] = replace(parts[k], settled=True)  # type: ignore[type-var]
    return tuple(parts)


def _same(one: Acting, other: Acting) -> bool:
    """Whether the same constant stimuli act."""
    return len(one) == len(other) and all(
        isinstance(a, Stimulus)
        and isinstance(b, Stimulus)
        and (a is b or (a.neurons is b.neurons and np.array_equal(a.value, b.value)))
        for a, b in zip(one, other, strict=True)
    )
