"""Labels along one axis of a text table: whether they are names of its neurons, and of which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hamsim.arrays import Ints
from hamsim.errors import printable
from hamsim.spec.cells import is_counter, is_word
from hamsim.spec.forms import Axis
from hamsim.spec.tables import DataFileError, Table

__all__ = ["NAMES", "NONE", "PARTLY", "PLAIN", "STRANGE", "Labels", "labels_of", "require_all"]

# How sure it is that cells are labels; what is less than strange is rather not.
NAMES, PLAIN, STRANGE, PARTLY, NONE = 4, 3, 2, 1, 0


class Labels(NamedTuple):
    """What labels of an axis are.

    Parameters
    ----------
    kind : int
        Names of its neurons, plain ones without a meaning, words beside neurons that have other
        names, partly names, or none that can be labels.
    order : ndarray of int or None
        Of names: the neuron of each.
    unknown : (int, str) or None
        Where the first stands that is no name, and what is wrong with it.
    """

    kind: int
    order: Ints | None = None
    unknown: tuple[int, str] | None = None


def labels_of(cells: Sequence[str], axis: Axis, told: bool = False) -> Labels:
    """What the cells are as labels of an axis; `told` that they are meant to be some."""
    cells = [cell.strip() for cell in cells]
    end = axis.end
    unknown = None
    counter = is_counter(cells)
    if end is not None:
        order, problems = end.find(cells, by="name")
        if not problems:
            return Labels(NAMES, order)
        unknown = _of_time(cells, problems[0])
        if len(problems) < len(cells) and not (told and counter):
            return Labels(PARTLY, None, unknown)
    if counter or told:
        return Labels(PLAIN)
    if end is not None and not end.named:
        for k, cell in enumerate(cells):
            if group := end.elsewhere(cell):
                why = f"no neuron '{printable(cell[:40])}' in [{', '.join(end.names)}]"
                return Labels(STRANGE, None, (k, f"{why}; it is a neuron of '{group}'"))
    if all(map(is_word, cells)):
        named = end is not None and end.named
        return Labels(STRANGE if named else PLAIN, None, unknown)
    return Labels(NONE)


def _of_time(cells: Sequence[str], unknown: tuple[int, str]) -> tuple[int, str]:
    """What is wrong with a cell that is no name: it may be the head of a column of times."""
    place, why = unknown
    if cells[place].lower() not in ("t", "time"):
        return unknown
    told = why.partition(";")[0]
    return place, f"{told}; inputs and stimuli over time are {{table: FILE}}, not {{file: FILE}}"


def require_all(table: Table, axis: Axis, order: Ints, across: bool, header: bool) -> None:
    """Refuse labels that leave a neuron out, or name one twice."""
    end = axis.end
    assert end is not None
    seen: dict[int, int] = {}
    for place, neuron in enumerate(order.tolist()):
        first = seen.setdefault(neuron, place)
        if first != place:
            label = end.label(neuron)
            if across:
                raise DataFileError(f"'{table.name}' line {table.lines[0]}: two columns of {label}")
            line, before = (table.lines[k + header] for k in (place, first))
            raise DataFileError(
                f"'{table.name}' line {line}: {label} is there before, in line {before}"
            )
    if len(seen) < end.n:
        missing = [end.label(k) for k in range(end.n) if k not in seen]
        shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        what = "column" if across else "row"
        raise DataFileError(f"'{table.name}' has no {what} for {printable(shown)}")
