"""Which cells of a text table are labels and which are numbers, and whose numbers they are.

A first line can be a header and a first column an index. Words there are labels; numbers are too
where the shape that is needed, or the names of the neurons, leave no other reading. Labels that are
names of neurons put the numbers in the neurons' order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import printable
from hamsim.spec.axislabels import (
    NAMES,
    NONE,
    PARTLY,
    PLAIN,
    STRANGE,
    Labels,
    labels_of,
    require_all,
)
from hamsim.spec.cells import is_number, is_word, number_wanted
from hamsim.spec.forms import ANYTHING, Axis, Form, Layout
from hamsim.spec.frames import FRAME
from hamsim.spec.tablecolumn import column_of, index_first, numbers_of, require_counting
from hamsim.spec.tables import DataFileError, Table, may_have_decimal_commas, with_corner

if TYPE_CHECKING:
    pass

__all__ = ["arrange"]


class _Reading(NamedTuple):
    """One way to read a table: with or without a header and an index, as one layout."""

    has_header: bool
    has_index: bool
    layout: Layout
    columns: Labels
    rows: Labels

    @property
    def score(self) -> int:
        """How well the labels agree with it."""
        return min(
            self.columns.kind if self.has_header else NAMES,
            self.rows.kind if self.has_index else NAMES,
        )


def arrange(
    table: Table,
    form: Form,
    key: str | None = None,
    header: bool | None = None,
    index: bool | str | None = None,
) -> Floats:
    """Numbers of a table, in the order of the neurons that its labels name.

    Parameters
    ----------
    table : Table
    form : sequence of Layout
        In which forms they may stand. What fits none comes as it stands.
    key : str or None
        Name of the one column to read.
    header, index : bool or None
        Whether the first line and the first column are labels; `index` may name the column of
        the rows' labels. None finds out.

    Raises
    ------
    DataFileError
        Cells are no numbers, labels are unknown, missing or doubled, or there are two readings.
    """
    if key is not None:
        return column_of(table, form, key, header, index)
    told = header is True, index is True  # what is only named is not passed over
    if isinstance(index, str):
        table, header, index = index_first(table, index, header), True, True
    table = with_corner(table)
    table.require_width(0, len(table.rows[0]))
    if index is True and all(layout.rows.end and not layout.rows.end.named for layout in form[:1]):
        cells = [row[0] for row in table.rows]
        require_counting(table, cells if is_number(cells[0]) else cells[1:], "rows")
    reading = _chosen(table, form, header, index, told)
    counted = reading[:2] == (False, True) and len(table.rows[0]) == 2 and index is None
    if counted and may_have_decimal_commas(table, 0):
        few = ",".join(table.rows[0])
        raise DataFileError(
            f"'{table.name}' line {table.lines[0]}: {few} can be a place and its number, or one "
            f"number; say index: true, or write {few.replace(',', '.')}"
        )
    return _read(table, reading)


# --- which reading -------------------------------------------------------------------------------


def _chosen(
    table: Table, form: Form, header: bool | None, index: bool | None, told: tuple[bool, bool]
) -> _Reading:
    first, height, width = table.rows[0], len(table.rows), len(table.rows[0])
    numbers_across = all(map(is_number, first[1:]))
    numbers_down = all(is_number(row[0]) for row in table.rows[1:])
    corner = is_number(first[0])
    possible = []
    for h in (False, True) if header is None else (header,):
        for i in (False, True) if index is None else (index,):
            if (h and height == 1) or (i and width == 1):
                continue
            if h and i and corner and header is None and index is None:
                continue  # above an index stands no number
            data_across = h or (numbers_across and (i or corner))
            data_down = i or (numbers_down and (h or corner))
            if data_across and data_down:
                possible.append((h, i))
    fitting = [
        _reading(table, h, i, layout, *told)
        for h, i in possible
        for layout in form
        if layout.rows.size in (None, height - h) and layout.columns.size in (None, width - i)
    ]
    fitting = [
        reading
        for reading in fitting
        if not reading.layout.labelled or (reading.has_header and reading.columns.kind == NAMES)
    ]
    if not fitting:
        return _without_fit(table, form, possible, header, index)
    best = max(fitting, key=lambda each: (each.score, each.columns.kind + each.rows.kind))
    if best.score < STRANGE:
        _refuse_labels(table, best)
        return _without_fit(table, form, possible, header, index)
    others = [r for r in fitting if r.score >= PLAIN and (r.has_header, r.has_index) != best[:2]]
    if others and best.score >= PLAIN and form is not ANYTHING:
        raise DataFileError(_two_ways(table, best, others[0]))
    return best


def _reading(table: Table, header: bool, index: bool, layout: Layout, *told: bool) -> _Reading:
    """A reading; `told` are whether the file itself says that there is a header, and an index."""
    above = beside = Labels(NONE)
    if header:
        above = labels_of(table.rows[0][index:], layout.columns, told[0])
    if index:
        beside = labels_of([row[0] for row in table.rows[header:]], layout.rows, told[1])
    return _Reading(header, index, layout, above, beside)


def _without_fit(
    table: Table,
    form: Form,
    possible: list[tuple[bool, bool]],
    header: bool | None,
    index: bool | None,
) -> _Reading:
    """The reading of a table that has not the shape it should: whoever asked will say so."""
    first = table.rows[0]
    above = bool(header) or (header is None and all(map(is_word, first)))
    if above and len(table.rows) == 1:
        raise DataFileError(f"'{table.name}' holds no numbers")
    words = all(is_word(row[0]) for row in table.rows[above:])
    beside = len(first) > 1 and (bool(index) or (index is None and words))
    for layout in form if above or beside else ():
        if layout.labelled or (above, beside) not in possible:
            continue
        reading = _reading(table, above, beside, layout, False, False)
        for axis, labels in ((layout.columns, reading.columns), (layout.rows, reading.rows)):
            if labels.kind == NAMES and labels.order is not None:
                require_all(table, axis, labels.order, labels is reading.columns, above)
            if labels.kind == PARTLY:
                _refuse_labels(table, reading)
    plain = Layout(Axis(), Axis(), flat=form[0].flat)
    return _Reading(above, beside, plain, Labels(PLAIN), Labels(PLAIN))


def _refuse_labels(table: Table, reading: _Reading) -> None:
    """Say what is wrong with cells that should be labels, because of their place.

    Numbers that do not count, and name no neurons, are rather numbers of too large a table.
    """
    across = reading.has_header and (
        not reading.has_index or reading.columns.kind <= reading.rows.kind
    )
    labels = reading.columns if across else reading.rows
    where = 0 if across else int(reading.has_header)
    if labels.kind == PARTLY and labels.unknown is not None:
        place, message = labels.unknown
        line = table.lines[0 if across else place + where]
        raise DataFileError(f"'{table.name}' line {line}: {message}")
    cells = table.rows[0][reading.has_index :] if across else [row[0] for row in table.rows[where:]]
    for k, cell in enumerate(cells):
        if not is_number(cell):
            line = table.lines[0 if across else k + where]
            raise DataFileError(f"'{table.name}' line {line}: {number_wanted(cell)}")


def _two_ways(table: Table, one: _Reading, other: _Reading) -> str:
    key = "header" if one.has_header != other.has_header else "index"
    cells = table.rows[0] if key == "header" else [row[0] for row in table.rows]
    few = ", ".join(cell.strip() for cell in cells[:4]) + (", ..." if len(cells) > 4 else "")
    what = f"line {table.lines[0]}" if key == "header" else "the first column"
    return (
        f"'{table.name}': {what} ({printable(few[:60])}) can be labels or numbers; "
        f"say {key}: true or {key}: false"
    )


# --- numbers in order ----------------------------------------------------------------------------


def _read(table: Table, reading: _Reading) -> Floats:
    h, i, layout = reading.has_header, reading.has_index, reading.layout
    across = _order(table, reading, True) if h else None
    down = _order(table, reading, False) if i else None
    _require_one_order(table, reading, across, down)
    rows = table.rows[int(h) :]
    array = numbers_of(table, rows.changed(_without_first) if i else rows, int(h))
    if across is not None and np.any(across != np.arange(across.size)):
        array[:, across] = array.copy()
    if down is not None and np.any(down != np.arange(down.size)):
        array[down] = array.copy()
    flat = layout.flat and (array.shape[1] == 1 or layout.labelled)
    return array.reshape(-1) if flat else array


def _without_first(row: list[str]) -> list[str]:
    return row[1:]


def _order(table: Table, reading: _Reading, across: bool) -> Ints | None:
    """Neuron of each labelled row or column; None where labels are passed over."""
    labels = reading.columns if across else reading.rows
    axis = reading.layout.columns if across else reading.layout.rows
    if labels.kind == NAMES and labels.order is not None:
        require_all(table, axis, labels.order, across, reading.has_header)
        return labels.order
    if labels.kind == STRANGE and labels.unknown is not None:
        place, message = labels.unknown
        line = table.lines[0 if across else place + reading.has_header]
        hint = f"{'header' if across else 'index'}: true passes over these labels"
        raise DataFileError(f"'{table.name}' line {line}: {message} ({hint})")
    if axis.end is not None and (not axis.end.named or FRAME.match(f"{table.name}.csv")):
        cells = table.rows[0][reading.has_index :]
        if not across:
            cells = [row[0] for row in table.rows[reading.has_header :]]
        require_counting(table, cells, "columns" if across else "rows", axis.end.named)
    return None


def _require_one_order(
    table: Table, reading: _Reading, across: Ints | None, down: Ints | None
) -> None:
    """Refuse a matrix among the same neurons whose rows and columns may be in two orders."""
    rows, columns = reading.layout.rows, reading.layout.columns
    if not set(rows.groups) & set(columns.groups):
        return
    for order, other, what, others in (
        (across, down, "columns", "rows"),
        (down, across, "rows", "columns"),
    ):
        if order is not None and other is None and np.any(order != np.arange(order.size)):
            raise DataFileError(
                f"'{table.name}': its {what} have names in another order than the network, and "
                f"its {others} have none; label both"
            )
    if across is None and down is None and reading.has_header and reading.has_index:
        above = [cell.strip() for cell in table.rows[0][1:]]
        beside = [row[0].strip() for row in table.rows[1:]]
        place = {label: k for k, label in enumerate(above)}
        for k, label in enumerate(beside):
            if place.get(label, k) != k and rows.groups == columns.groups:
                raise DataFileError(
                    f"'{table.name}' line {table.lines[k + 1]}: '{printable(label[:40])}' is "
                    f"row {k + 1}, but column {place[label] + 1}"
                )
