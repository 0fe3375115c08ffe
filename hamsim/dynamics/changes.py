"""When what acts on a network changes: times that no step may cross, and what acts between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hamsim.network import Network, OverTime, Stimulus
from hamsim.signals import Breaks
from hamsim.signals.signal import MERGED, merged

__all__ = ["Acting", "acting_during", "breaks_of", "own_breaks", "with_limits"]

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
