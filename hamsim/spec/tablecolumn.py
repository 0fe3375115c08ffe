"""One column of a text table: found by its name, as numbers, in the order of neurons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import did_you_mean, printable
from hamsim.spec.axislabels import NAMES, PARTLY, STRANGE, Labels, labels_of, require_all
from hamsim.spec.cells import is_number, is_word, number_wanted
from hamsim.spec.forms import Axis, Form
from hamsim.spec.room import require_room
from hamsim.spec.rows import Rows
from hamsim.spec.tables import DataFileError, Table, with_corner

if TYPE_CHECKING:
    from hamsim.spec.ends import End

__all__ = ["column_of", "index_first", "numbers_of", "require_counting"]


def numbers_of(table: Table, rows: Rows, skipped: int) -> Floats:
    """Cells as numbers."""
    if not rows:
        raise DataFileError(f"'{table.name}' holds no numbers")
    array = np.empty((len(rows), len(rows[0])))
    require_room(8.0 * array.size, f"'{table.name}'")
    for k, row in enumerate(rows):
        try:
            array[k] = np.array(row, dtype=np.float64)
        except ValueError:
            cell = next((cell for cell in row if not is_number(cell)), None)
            if cell is None:
                raise
            line = table.lines[skipped + k]
            raise DataFileError(f"'{table.name}' line {line}: {number_wanted(cell)}") from None
    return array


def require_counting(table: Table, cells: Sequence[str], what: str, named: bool = False) -> None:
    """Refuse numbers, of neurons that are not called so, in another order than the neurons'."""
    try:
        numbers = [int(cell) for cell in cells]
    except ValueError:
        return
    counted = sorted(numbers)
    if numbers != counted and counted == list(range(counted[0], counted[0] + len(counted))):
        few = ", ".join(map(str, numbers[:4])) + (", ..." if len(numbers) > 4 else "")
        raise DataFileError(
            f"'{table.name}': its {what} are numbered {few}, in another order than the neurons, "
            f"which have {'other' if named else 'no'} names; sort the {what}"
        )


def _named_place(table: Table, name: str, header: bool | None) -> int:
    """Where a column is that is meant by its name in the first line."""
    names = [cell.strip() for cell in table.rows[0]]
    if name in names and header is not False:
        if names.count(name) > 1:
            raise DataFileError(
                f"'{table.name}' has {names.count(name)} columns '{printable(name[:40])}'"
            )
        return names.index(name)
    if header is False or (header is None and not all(map(is_word, names))):
        raise DataFileError(f"no column '{name}' in '{table.name}'; the file has no header")
    raise DataFileError(
        f"no column '{name}' in '{table.name}'; {did_you_mean(name, names, 'columns')}"
    )


def index_first(table: Table, name: str, header: bool | None) -> Table:
    """The table with the column of labels in front."""
    table = with_corner(table)
    place = _named_place(table, name, header)
    table.require_width(1, len(table.rows[0]))
    rows = table.rows.changed(lambda row: [row[place], *row[:place], *row[place + 1 :]])
    return table._replace(rows=rows)


def column_of(
    table: Table, form: Form, key: str, header: bool | None, index: bool | str | None
) -> Floats:
    """One column, in the order of the neurons that another one names."""
    table = with_corner(table, number_last=True)
    place = _named_place(table, key, header)
    width = len(table.rows[0])
    table.require_width(1, width)
    rows = table.rows[1:].changed(lambda row: row[place : place + 1])
    values = numbers_of(table, rows, 1).reshape(-1)
    axis = next((layout.rows for layout in form if layout.columns.size == 1), Axis())
    end = axis.end
    if end is None or index is False:
        return values
    if not end.named:
        k = _named_place(table, index, header) if isinstance(index, str) else 0
        if k != place:
            require_counting(table, [row[k].strip() for row in table.rows[1:]], "rows")
        return values
    if isinstance(index, str):
        chosen = [_named_place(table, index, header)]
    else:
        chosen = [0] if index else [k for k in range(width) if k != place]
    order = _index_of(table, end, axis, chosen, told=bool(index))
    if order is not None and order.size == values.size:
        values[order] = values.copy()
    return values


def _index_of(
    table: Table, end: End, axis: Axis, columns: Sequence[int], told: bool
) -> Ints | None:
    """Neuron of each row, by the column that holds their names; None without one."""
    found: dict[int, Labels] = {}
    for k in columns:
        cells = [row[k].strip() for row in table.rows[1:]]
        found[k] = labels_of(cells, axis)
    orders = [labels.order for labels in found.values() if labels.kind == NAMES]
    if any(np.any(order != orders[0]) for order in orders[1:] if order is not None):
        raise DataFileError(
            f"'{table.name}': several columns hold names of neurons; say which labels the rows by "
            "index: NAME"
        )
    if orders:
        order: Any = orders[0]
        require_all(table, axis, order, False, True)
        return order  # type: ignore[no-any-return]
    for k, labels in found.items():
        cells = [row[k].strip() for row in table.rows[1:]]
        first = k == 0 and labels.kind == STRANGE and len(set(cells)) == len(cells)
        partly = labels.kind == PARTLY and (k == 0 or not all(map(is_number, cells)))
        if labels.unknown is not None and (told or partly or first):
            row, message = labels.unknown
            hint = "" if told else " (index: false passes over these labels)"
            raise DataFileError(f"'{table.name}' line {table.lines[row + 1]}: {message}{hint}")
    return None
