"""In which forms numbers may stand in a text table, and whose names may label them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hamsim.spec.ends import End

__all__ = [
    "ANYTHING",
    "Axis",
    "Form",
    "Layout",
    "block_form",
    "kernel_form",
    "memories_form",
    "neuron_form",
    "pairs_form",
    "patterns_form",
]


@dataclass(frozen=True)
class Axis:
    """One axis of a table.

    Parameters
    ----------
    size : int or None
        How many there are; None for any number.
    groups : tuple of str
        Groups whose neurons these are, one after another; empty where they are no neurons.
    end : End or None
        The same groups, by which labels are looked up.
    """

    size: int | None = None
    groups: tuple[str, ...] = ()
    end: End | None = field(default=None, compare=False, repr=False)


class Layout(NamedTuple):
    """One way in which numbers may be arranged.

    Parameters
    ----------
    rows, columns : Axis
    flat : bool
        Whether the numbers are wanted without the axis of length 1.
    labelled : bool
        Whether this is meant only if the columns bear the names of neurons.
    """

    rows: Axis
    columns: Axis
    flat: bool = False
    labelled: bool = False


Form = tuple[Layout, ...]
_ONE = Axis(1)
_ANY = Axis()
# Nothing is known of what the numbers are for.
ANYTHING: Form = (Layout(_ANY, _ANY, flat=True),)


def _axis(end: End) -> Axis:
    return Axis(end.n, end.names, end)


def neuron_form(end: End, trials: bool = False) -> Form:
    """One number a neuron: in a column, in a row below names, or in the group's shape.

    With `trials` also rows of numbers, one a trial.
    """
    axis = _axis(end)
    form = [Layout(axis, _ONE, flat=True)]
    if len(end.shape) == 2:
        form.append(Layout(Axis(end.shape[0]), Axis(end.shape[1])))
    if trials and end.n > 1:
        form.append(Layout(_ANY, axis))
    elif end.n > 1:
        form.append(Layout(_ONE, axis, flat=True, labelled=True))
    return tuple(form)


def pairs_form(ends: Sequence[End]) -> Form:
    """One number for each neuron of several ends, the first with the first and so on."""
    distinct = {end.names: end for end in ends}.values()
    return tuple(layout for end in distinct for layout in neuron_form(end))


def block_form(rows: End, columns: End) -> Form:
    """Weights: rows receive, columns send."""
    return (Layout(_axis(rows), _axis(columns)),)


def patterns_form(end: End) -> Form:
    """Patterns of an end's neurons, one a row."""
    return (Layout(_ANY, _axis(end)),)


def memories_form(first: End, second: End) -> Form:
    """Patterns of one end, one a row for each neuron of the other."""
    one, two = _axis(first), _axis(second)
    return (Layout(two, one), Layout(one, two))


def kernel_form(window: Sequence[int] | None) -> Form:
    """A kernel for one channel, of a window that may be known."""
    down, across = (None, None) if window is None else window
    return (Layout(Axis(down), Axis(across)),)
