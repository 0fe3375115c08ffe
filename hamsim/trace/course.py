"""The course over time of what moves, as a trace keeps it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError
from hamsim.network import Group, OverTime
from hamsim.signals import Sampled
from hamsim.signals.course import points_of
from hamsim.trace import expected as forms
from hamsim.trace.expected import FormError

__all__ = ["Course", "Driving", "course_of", "decode_course", "encode_course"]

FEW = 6  # courses that are kept one by one
MANY = 64  # expressions, of which the mean and the range would take long
SPREAD = ("mean", "least", "greatest")


@dataclass(frozen=True, eq=False)
class Course:
    """Values that are added, or at which something is held.

    Parameters
    ----------
    t : ndarray, shape (points,)
        Not falling; a jump has two points of one time.
    values : ndarray, shape (points, lines)
    names : tuple of str
        Neurons of the lines; empty where all neurons have the same.
    spread : bool
        Whether the lines are the mean, the least and the greatest of all neurons.
    trial : int or None
        Whose it is, where trials differ.
    hidden : int
        Neurons that have others, which are not kept.
    together : int
        So many values fall together at most, of which the least and the greatest are kept; 1 where
        each is a point.
    """

    t: Floats
    values: Floats
    names: tuple[str, ...] = ()
    spread: bool = False
    trial: int | None = None
    hidden: int = 0
    together: int = 1

    @property
    def jumps(self) -> Floats:
        """Times at which it jumps; none where values fall together."""
        at_once = (np.diff(self.t) == 0) & np.any(np.diff(self.values, axis=0) != 0, axis=1)
        times: Floats = self.t[1:][at_once if self.together == 1 else slice(0)]
        return times

    @property
    def moving(self) -> list[tuple[float, float]]:
        """From when to when it changes without a jump."""
        if self.together > 1:
            return [(float(self.t[0]), float(self.t[-1]))]
        moves = (np.diff(self.t) > 0) & np.any(np.diff(self.values, axis=0) != 0, axis=1)
        ends = np.flatnonzero(np.diff(moves, prepend=False, append=False))
        return [(float(self.t[a]), float(self.t[b])) for a, b in ends.reshape(-1, 2)]


class Driving(NamedTuple):
    """What moves, on neurons of one group.

    Parameters
    ----------
    each : OverTime
    places : ndarray of int
        Its values for these neurons.
    neurons : ndarray of int
        The neurons, counted in the network.
    """

    each: OverTime
    places: Ints
    neurons: Ints


def course_of(group: Group, driving: Sequence[Driving], end: float) -> Course | None:
    """The course of what acts on a group, from the beginning of time to an end.

    None where it does not act before, or its values are not known: the run says so itself.
    """
    begin = min(each.start for each, _, _ in driving)
    end = min(end, max(each.stop for each, _, _ in driving))
    if not (begin < end and math.isfinite(begin) and math.isfinite(end)):
        return None
    signals = [each.signal.take(places) for each, places, _ in driving]
    neurons = [each.neurons for each in driving]
    columns = sum(signal.width for signal in signals)
    written = sum(signal.width for signal in signals if not isinstance(signal, Sampled))
    hidden, reduce = 0, None
    if columns > FEW and written > MANY:
        total = sum(each.size for each in neurons)
        signals, neurons = _first(signals, neurons)
        hidden = total - sum(each.size for each in neurons)
    elif columns > FEW:
        shares = np.concatenate(
            [
                np.full(s.width, n.size if s.width == 1 else 1)
                for s, n in zip(signals, neurons, strict=True)
            ]
        )
        reduce = _spread(shares / shares.sum())
    try:
        points = points_of(signals, begin, end, reduce)
    except SimulationError:
        return None
    values, names = points.values, _names(group, signals, neurons)
    if reduce is None and not hidden and np.all(values == values[:, :1]):
        values, names = values[:, :1], ()
    trials = next((signal.trials for signal in signals if signal.trials is not None), 1)
    return Course(
        points.t,
        values,
        names if reduce is None else (),
        reduce is not None,
        0 if trials > 1 else None,
        hidden,
        points.together,
    )


def _spread(shares: Floats) -> Callable[[Floats], Floats]:
    def reduce(values: Floats) -> Floats:
        low, high = values.min(axis=1), values.max(axis=1)
        # Neither in another order for each row, nor beyond both: what stands still must not move.
        mean = np.clip((values * shares).sum(axis=1), low, high)
        return np.stack([mean, low, high], axis=1)

    return reduce


def _first(signals: Sequence[Any], neurons: Sequence[Ints]) -> tuple[list[Any], list[Ints]]:
    """Those of the first neurons."""
    kept: tuple[list[Any], list[Ints]] = ([], [])
    room = FEW
    for signal, of in zip(signals, neurons, strict=True):
        if room and signal.width > room:
            signal, of = signal.take(np.arange(room)), of[:room]
        if room:
            kept[0].append(signal)
            kept[1].append(of)
            room -= signal.width
    return kept


def _names(group: Group, signals: Sequence[Any], neurons: Sequence[Ints]) -> tuple[str, ...]:
    """A name a column."""
    found = []
    for signal, of in zip(signals, neurons, strict=True):
        if signal.width == 1 and of.size > 1:
            found.append(f"{of.size:,} neurons")
        else:
            found += [group.label(int(k) - group.start) for k in of[:FEW]]
    return tuple(found)


# --- in files ----------------------------------------------------------------------------------

_COURSE: dict[str, forms.Check] = {
    "points": lambda value, where: forms.whole(value, where, 1),
    "lines": lambda value, where: forms.whole(value, where, 1),
    "names": forms.list_of(forms.text),
    "spread": forms.truth,
    "trial": forms.optional(forms.whole),
    "hidden": forms.whole,
    "together": lambda value, where: forms.whole(value, where, 1),
}


def encode_course(course: Course, keep: Callable[[Floats], Any]) -> dict[str, Any]:
    """For JSON; `keep` takes the numbers."""
    keep(course.t)
    keep(course.values.reshape(-1))
    points, lines = course.values.shape
    return {
        "points": points,
        "lines": lines,
        "names": list(course.names),
        "spread": course.spread,
        "trial": course.trial,
        "hidden": course.hidden,
        "together": course.together,
    }


def decode_course(value: Any, where: str, take: Callable[[int], Floats]) -> Course:
    """Inverse of `encode_course`; `take` gives the next so many numbers."""
    found = forms.fields(value, where, _COURSE)
    points, lines = found["points"], found["lines"]
    named = len(found["names"]) == lines or (lines == 1 and not found["names"])
    if not (lines == len(SPREAD) and not found["names"] if found["spread"] else named):
        raise FormError(f"{where} has names for some of its lines")
    t = take(points)
    values = take(points * lines).reshape(points, lines)
    if not np.all(np.isfinite(t)) or np.any(np.diff(t) < 0):
        raise FormError(f"{where} has times that do not rise")
    for array in (t, values):
        array.flags.writeable = False
    return Course(
        t,
        values,
        found["names"],
        found["spread"],
        found["trial"],
        found["hidden"],
        found["together"],
    )
