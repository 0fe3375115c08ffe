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
    "Shapes",
    "Unread",
    "block_form",
    "edges_form",
    "fits",
    "kernel_form",
    "labels_form",
    "memories_form",
    "neuron_form",
    "pairs_form",
    "patterns_form",
    "shapes_of",
    "triples_form",
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


# Shapes of arrays that are allowed; None is a side of any length.
Shape = tuple[int | None, ...]
Shapes = tuple[Shape, ...]


class Unread(NamedTuple):
    """What a file claims to hold, where that has none of the shapes that are needed.

    Its numbers are not read, so that a file of any size is refused by its shape alone.

    Parameters
    ----------
    shape : tuple of int
    sparse : bool
        Whether it is a sparse matrix.
    entries : int
        How many of it are written down.
    """

    shape: tuple[int, ...]
    sparse: bool = False
    entries: int = 0

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def words(self) -> str:
        """The shape in words."""
        return str(list(self.shape))


class Layout(NamedTuple):
    """One way in which numbers may be arranged.

    Parameters
    ----------
    rows, columns : Axis
    flat : bool
        Whether the numbers are wanted without the axis of length 1.
    labelled : bool
        Whether this is meant only if the columns bear the names of neurons.
    shapes : tuple of shapes
        Of arrays in files that have no labels; None for any.
    """

    rows: Axis
    columns: Axis
    flat: bool = False
    labelled: bool = False
    shapes: Shapes | None = None


Form = tuple[Layout, ...]
_ONE = Axis(1)
_ANY = Axis()
# Nothing is known of what the numbers are for.
ANYTHING: Form = (Layout(_ANY, _ANY, flat=True),)


def shapes_of(form: Form) -> Shapes | None:
    """Shapes of arrays that a form allows; None for any."""
    if any(layout.shapes is None for layout in form):
        return None
    return tuple(shape for layout in form for shape in layout.shapes or ())


def fits(shape: tuple[int, ...], shapes: Shapes | None) -> bool:
    """Whether an array has one of the shapes that are allowed."""
    return shapes is None or any(
        len(shape) == len(allowed)
        and all(want in (None, side) for side, want in zip(shape, allowed, strict=True))
        for allowed in shapes
    )


def _axis(end: End) -> Axis:
    return Axis(end.n, end.names, end)


def neuron_form(end: End, trials: bool = False) -> Form:
    """One number a neuron: in a column, in a row below names, or in the group's shape.

    With `trials` also rows of numbers, one a trial.
    """
    axis = _axis(end)
    alone: Shapes = ((), (end.n,), end.shape)
    shapes = (*alone, *((None, *shape) for shape in alone if shape)) if trials else alone
    form = [Layout(axis, _ONE, flat=True, shapes=shapes)]
    if len(end.shape) == 2:
        form.append(Layout(Axis(end.shape[0]), Axis(end.shape[1]), shapes=()))
    if trials and end.n > 1:
        form.append(Layout(_ANY, axis, shapes=()))
    elif end.n > 1:
        form.append(Layout(_ONE, axis, flat=True, labelled=True, shapes=()))
    return tuple(form)


def labels_form() -> Form:
    """One number a row, whatever the rows are."""
    return (Layout(_ANY, _ONE, flat=True, shapes=((None,), (None, 1))),)


def pairs_form(ends: Sequence[End]) -> Form:
    """One number for each neuron of several ends, the first with the first and so on."""
    distinct = {end.names: end for end in ends}.values()
    return tuple(layout for end in distinct for layout in neuron_form(end))


def block_form(rows: End, columns: End) -> Form:
    """Weights: rows receive, columns send."""
    return (Layout(_axis(rows), _axis(columns), shapes=_blocks(rows, columns)),)


def triples_form(ends: Sequence[End]) -> Form:
    """Weights of three neurons each, which no text table holds."""
    return (Layout(_ANY, _ANY, flat=True, shapes=_blocks(*ends)),)


def _blocks(*ends: End) -> Shapes:
    """Shapes of an array with a number for each pair or triple."""
    flat = tuple(end.n for end in ends)
    return (), flat, tuple(side for end in ends for side in end.shape)


def edges_form(n_ends: int) -> Form:
    """Edges by numbers, one a row."""
    return (Layout(_ANY, _ANY, flat=True, shapes=((None, n_ends + 1),)),)


def patterns_form(end: End) -> Form:
    """Patterns of an end's neurons, one a row."""
    shapes = ((None, end.n), (None, *end.shape))
    return (Layout(_ANY, _axis(end), shapes=shapes),)


def memories_form(first: End, second: End) -> Form:
    """Patterns of one end, one a row for each neuron of the other."""
    one, two = _axis(first), _axis(second)
    pairs = ((one.size, second), (two.size, first))
    shapes = tuple(shape for n, end in pairs for shape in ((n, end.n), (n, *end.shape)))
    return (Layout(two, one, shapes=shapes), Layout(one, two, shapes=()))


def kernel_form(window: Sequence[int] | None) -> Form:
    """A kernel for one channel, of a window that may be known."""
    down, across = (None, None) if window is None else window
    # The window's sides are compared by whoever asks, who says more of them.
    shapes: Shapes = ((None, None), (None, None, None, None))
    return (Layout(Axis(down), Axis(across), shapes=shapes),)
