"""What acted in a run, as a trace keeps it: on whom, how and when."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.network import Group, Network, OverTime
from hamsim.trace import expected as forms
from hamsim.trace.course import Course, Driving, course_of, decode_course, encode_course

__all__ = ["Acting", "acting_of", "decode_acting", "decode_courses", "encode_acting"]

MOST = 2000  # that are kept: a table may have any number of pulses
MOST_COURSES = 20


@dataclass(frozen=True)
class Acting:
    """A stimulus, or a group's own input that moves, on neurons of one group.

    Parameters
    ----------
    group : str
    who : str
        The group, one neuron as people write it, or how many of the group's neurons.
    mode : {"clamp", "clamp_g", "input"}
        Whether x or g is held, or something is added to the input.
    start, stop : float
        `stop` may be infinite.
    moving : bool
        Whether it changes over time.
    own : bool
        Whether it is the input of the neurons' own, which is no stimulus.
    course : Course or None
        How it changes; None of what does not, of all but the first few, and in traces of before.
    """

    group: str
    who: str
    mode: str
    start: float
    stop: float
    moving: bool = False
    own: bool = False
    course: Course | None = None


def acting_of(network: Network, end: float | None = None) -> tuple[Acting, ...]:
    """What acts on a network, in the order of the file; inputs that do not move are left out.

    Parameters
    ----------
    network : Network
    end : float, optional
        Until when the courses of what moves are kept; none are without it.
    """
    found: list[Acting] = []
    own: dict[int, list[Driving]] = {}
    room = 0 if end is None else MOST_COURSES
    for each in network.acting:
        moving = isinstance(each, OverTime)
        for k, places in _by_group(network, each.neurons):
            neurons = each.neurons[places]
            driving = [Driving(each, places, neurons)] if isinstance(each, OverTime) else []
            if driving and each.after is None:  # type: ignore[union-attr]
                own.setdefault(k, []).extend(driving)
                continue
            group, course = network.groups[k], None
            if driving and room and end is not None:
                course, room = course_of(group, driving, end), room - 1
            who = _who(group, np.unique(neurons))
            found.append(
                Acting(group.name, who, each.mode, each.start, each.stop, moving, False, course)
            )
            if len(found) == MOST:
                return (*_own(network, own, end), *found)
    return (*_own(network, own, end), *found)


def _by_group(network: Network, neurons: Ints) -> list[tuple[int, Ints]]:
    """Numbers of groups, and which of some neurons are theirs."""
    starts = np.array([group.start for group in network.groups])
    groups = np.searchsorted(starts, neurons, side="right") - 1
    return [(k, np.flatnonzero(groups == k)) for k in np.unique(groups).tolist()]


def _own(
    network: Network, driving: Mapping[int, Sequence[Driving]], end: float | None
) -> list[Acting]:
    """Inputs of the groups' own that move."""
    found = []
    for number, (k, parts) in enumerate(sorted(driving.items())):
        group = network.groups[k]
        kept = end is not None and number < MOST_COURSES
        course = course_of(group, parts, end) if kept and end is not None else None
        who = _who(group, np.unique(np.concatenate([part.neurons for part in parts])))
        found.append(Acting(group.name, who, "input", 0.0, math.inf, True, True, course))
    return found


def _who(group: Group, neurons: Ints) -> str:
    """Some neurons of a group, as people write them."""
    if neurons.size == group.size:
        return group.name
    if neurons.size == 1:
        return group.label(int(neurons[0]) - group.start)
    return f"{neurons.size:,} neurons of {group.name}"


def encode_acting(
    stimuli: tuple[Acting, ...], keep: Callable[[Floats], Any]
) -> list[dict[str, Any]]:
    """For JSON; `keep` takes numbers of courses."""
    return [
        {**vars(each), "course": each.course and encode_course(each.course, keep)}
        for each in stimuli
    ]


def decode_acting(value: Any, where: str) -> tuple[Acting, ...]:
    """Inverse of `encode_acting`, with courses as they are written: see `decode_courses`."""
    return tuple(
        Acting(**forms.fields({**_LATER, **each}, where, _ACTING)) for each in _listed(value, where)
    )


def decode_courses(
    stimuli: tuple[Acting, ...], where: str, take: Callable[[int], Floats]
) -> tuple[Acting, ...]:
    """Courses of what `decode_acting` gave; `take` gives the next so many numbers."""
    return tuple(
        each
        if each.course is None
        else replace(each, course=decode_course(each.course, where, take))
        for each in stimuli
    )


_listed = forms.list_of(forms.table)
_ACTING: dict[str, forms.Check] = {
    "group": forms.text,
    "who": forms.text,
    "mode": forms.text,
    "start": forms.number,
    "stop": forms.number,
    "moving": forms.truth,
    "own": forms.truth,
    "course": forms.optional(forms.table),
}
_LATER: dict[str, Any] = {"own": False, "course": None}  # what traces of before do not say
