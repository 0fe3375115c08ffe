"""Matrix Market files (mtx), read strictly: nothing is accepted that the format does not allow.

What the head of a file claims is compared with the size of the file and with the shapes that are
needed before anything is made for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.errors import printable
from hamsim.spec.forms import Shapes, Unread, fits
from hamsim.spec.npyfiles import other_kind
from hamsim.spec.room import require_entries, require_room

__all__ = ["MAX_LINE", "read_matrix_market"]

_BANNER = "%%matrixmarket"
_SIGNS = {"general": 0.0, "symmetric": 1.0, "skew-symmetric": -1.0}
_LAYOUTS = ("coordinate", "array")
_FIELDS = ("real", "double", "integer", "unsigned-integer", "pattern")
# Characters of a line, of which the format allows 1,024; some programs write longer comments.
MAX_LINE = 2**20
MAX_DATA_LINE = 4096
LINES_AT_ONCE = 100_000
_TOLD = 40


class _Head(NamedTuple):
    """What a file says of itself before its numbers."""

    layout: str
    field: str
    symmetry: str
    rows: int
    columns: int
    entries: int  # that are written; of an array all numbers that are
    line: int  # of the sizes

    @property
    def width(self) -> int:
        """Numbers in a line."""
        if self.layout == "array":
            return 1
        return 2 if self.field == "pattern" else 3


def read_matrix_market(path: Path, shapes: Shapes | None = None) -> Any:
    """Matrix in a file: `csr_array` for coordinates, ndarray for an array.

    Parameters
    ----------
    path : Path
    shapes : Shapes or None
        Which are needed; of another one `Unread` is given. None for any.

    Raises
    ------
    ValueError
        Whatever is wrong with the file, in one line.
    DataFileError
        The matrix has no room in memory.
    """
    with path.open("rb") as stream:
        head = _head(stream)
        shape = head.rows, head.columns
        if not fits(shape, shapes):
            return Unread(shape, head.layout == "coordinate", head.entries)
        there = path.stat().st_size - stream.tell()
        if head.entries * 2 * head.width > there + 1:  # a digit and a blank each
            raise ValueError(
                f"it announces {_announced(head)}, more than its {there:,} bytes can hold"
            )
        if head.layout == "array":
            require_room(8.0 * head.rows * head.columns, f"'{path.name}'")
            return _dense(stream, head)
        require_entries(head.rows, head.entries, shapes, f"'{path.name}'")
        require_room(8.0 * (head.rows + head.columns), f"'{path.name}'")
        return _sparse(stream, head)


# --- the head ------------------------------------------------------------------------------------


def _head(stream: BinaryIO) -> _Head:
    first = stream.readline(MAX_DATA_LINE)
    words = first.decode("utf-8", "replace").lower().split()
    if words[:1] != [_BANNER]:
        raise ValueError(f"it does not begin with %%MatrixMarket{other_kind(first[:8])}")
    if len(words) != 5 or words[1] != "matrix":
        raise ValueError("its first line is not %%MatrixMarket matrix LAYOUT FIELD SYMMETRY")
    layout, field, symmetry = words[2:]
    if field == "complex":
        raise ValueError("it holds complex numbers, not real numbers")
    for word, allowed, what in (
        (layout, _LAYOUTS, "layout"),
        (field, _FIELDS, "field"),
        (symmetry, _SIGNS, "symmetry"),
    ):
        if word not in allowed:
            shown = printable(word[:_TOLD])
            raise ValueError(f"its {what} is {shown}; allowed: {', '.join(allowed)}")
    if field == "pattern" and layout == "array":
        raise ValueError("a pattern has no numbers, so that it cannot be an array")
    if field == "pattern" and symmetry == "skew-symmetric":
        raise ValueError("a pattern has no signs, so that it cannot be skew-symmetric")
    number, line = 1, first
    while True:
        number, line = number + 1, stream.readline(MAX_LINE)
        if not line:
            raise ValueError("it has no line of sizes")
        line.decode("utf-8")  # a comment may hold a description
        if line.strip() and not line.startswith(b"%"):
            break
    sizes = line.split(b"%")[0].split()
    wanted = 3 if layout == "coordinate" else 2
    if len(sizes) != wanted or not all(size.isdigit() and len(size) < 19 for size in sizes):
        names = "rows, columns and entries" if wanted == 3 else "rows and columns"
        shown = printable(line[:_TOLD].decode("utf-8", "replace").strip())
        raise ValueError(f"line {number}: the sizes are whole numbers, {names}, not '{shown}'")
    rows, columns = int(sizes[0]), int(sizes[1])
    if symmetry != "general" and rows != columns:
        raise ValueError(
            f"it is {symmetry}, but has {counted(rows, 'row')} and {counted(columns, 'column')}"
        )
    if layout == "coordinate":
        entries = int(sizes[2])
        below = {"symmetric": rows * (rows + 1) // 2, "skew-symmetric": rows * (rows - 1) // 2}
        most = below.get(symmetry, rows * columns)
        if entries > most:
            raise ValueError(
                f"it announces {counted(entries, 'entry')}; there is room for {most:,}"
            )
    else:
        entries = rows * columns
        if symmetry != "general":
            entries = rows * (rows + (1 if symmetry == "symmetric" else -1)) // 2
    return _Head(layout, field, symmetry, rows, columns, entries, number)


def _announced(head: _Head) -> str:
    what = "numbers" if head.layout == "array" else "entries"
    if head.entries == 1:
        what = "number" if head.layout == "array" else "entry"
    return f"{head.entries:,} {what}"


# --- the numbers ---------------------------------------------------------------------------------


def _rows(stream: BinaryIO, head: _Head) -> Iterator[tuple[int, Floats]]:
    """Numbers of the lines, some lines at a time, and how many came before."""
    number = head.line
    done = 0
    while True:
        lines: list[str] = []
        numbers: list[int] = []
        for line in islice(iter(lambda: stream.readline(MAX_DATA_LINE), b""), LINES_AT_ONCE):
            number += 1
            if len(line) == MAX_DATA_LINE:
                raise ValueError(f"line {number} has more than {MAX_DATA_LINE:,} characters")
            if line.strip() and not line.startswith(b"%"):
                lines.append(line.decode("utf-8"))
                numbers.append(number)
        if not lines:
            if done != head.entries:
                raise ValueError(f"it announces {_announced(head)}, and holds {done:,}")
            if not stream.read(1):
                return
            stream.seek(-1, 1)
            continue
        try:
            body = np.loadtxt(lines, comments="%", ndmin=2)
        except ValueError as error:
            raise ValueError(_first_mistake(lines, numbers) or str(error)) from None
        if head.layout == "array":
            body = body.reshape(-1, 1)
        if body.shape[1] != head.width:
            raise ValueError(
                f"it announces {_announced(head)} of {counted(head.width, 'number')}, and holds "
                f"lines of {body.shape[1]}"
            )
        done += len(body)
        if done > head.entries:
            raise ValueError(f"it announces {_announced(head)}, and holds more")
        if head.field in ("integer", "unsigned-integer"):
            _refuse_other_numbers(body[:, -1], head.field, numbers)
        yield done - len(body), body


def _first_mistake(lines: list[str], numbers: list[int]) -> str:
    """Where something else than a number stands, or other numbers of them than before."""
    width = 0
    for number, line in zip(numbers, lines, strict=True):
        words = line.split("%")[0].split()
        for word in words:
            try:
                float(word)
            except ValueError:
                return f"line {number}: '{printable(word[:_TOLD])}' is not a number"
        if words and width and len(words) != width:
            return (
                f"line {number} holds {counted(len(words), 'number')}, the lines before it {width}"
            )
        width = width or len(words)
    return ""


def _refuse_other_numbers(values: Any, field: str, numbers: list[int]) -> None:
    bad = values != np.floor(values)
    if field == "unsigned-integer":
        bad |= values < 0
    if np.any(bad):
        k = int(np.argmax(bad))
        # Of an array with several numbers a line the line is not known.
        where = f"line {numbers[k]}: " if len(numbers) == len(values) else ""
        raise ValueError(f"{where}its field is {field}, but it holds {values[k]:g}")


def _sparse(stream: BinaryIO, head: _Head) -> csr_array:
    index: Any = np.int32 if max(head.rows, head.columns) < 2**31 else np.int64
    i, j = np.empty(head.entries, dtype=index), np.empty(head.entries, dtype=index)
    values = np.ones(head.entries)
    for done, body in _rows(stream, head):
        part = slice(done, done + len(body))
        for places, k, side in ((i, 0, head.rows), (j, 1, head.columns)):
            bad = (body[:, k] != np.floor(body[:, k])) | (body[:, k] < 1) | (body[:, k] > side)
            if np.any(bad):
                number = body[int(np.argmax(bad)), k]
                what = "row" if k == 0 else "column"
                raise ValueError(
                    f"entry {done + int(np.argmax(bad)) + 1:,} is in {what} {number:.17g}, which "
                    f"is not a whole number from 1 to {side}"
                )
            places[part] = body[:, k] - 1
        if head.width == 3:
            values[part] = body[:, 2]
        _refuse_above(i[part], j[part], head.symmetry)
    shape = head.rows, head.columns
    made = csr_array(coo_array((values, (i, j)), shape=shape))
    if made.nnz != head.entries:  # entries of one place have been added up
        raise ValueError(_first_repeated(i, j))
    if head.symmetry == "general":
        return made
    off = i != j
    values = np.concatenate([values, _SIGNS[head.symmetry] * values[off]])
    both = np.concatenate([i, j[off]]), np.concatenate([j, i[off]])
    return csr_array(coo_array((values, both), shape=shape))


def _refuse_above(i: Any, j: Any, symmetry: str) -> None:
    """Refuse entries that a symmetric matrix has by those of its lower triangle."""
    if symmetry == "general":
        return
    above = j > i if symmetry == "symmetric" else j >= i
    if np.any(above):
        row, column = int(i[above][0]) + 1, int(j[above][0]) + 1
        what = "on the diagonal, which is 0" if row == column else "above the diagonal"
        raise ValueError(
            f"it is {symmetry}, but holds the entry [{row}, {column}] {what}; only entries below "
            f"{'or on the diagonal' if symmetry == 'symmetric' else 'it'} stand in such a file: "
            "leave it out, or call it general"
        )


def _first_repeated(i: Any, j: Any) -> str:
    order = np.lexsort((j, i))
    same = (np.diff(i[order]) == 0) & (np.diff(j[order]) == 0)
    k = int(order[int(np.argmax(same)) + 1])
    return f"entry {k + 1:,}, [{int(i[k]) + 1}, {int(j[k]) + 1}], is there before; add them up"


def _dense(stream: BinaryIO, head: _Head) -> Floats:
    """Columns one after another; only the lower triangle where the matrix is symmetric."""
    numbers = np.empty(head.entries)
    for done, body in _rows(stream, head):
        numbers[done : done + len(body)] = body[:, 0]
    if head.symmetry == "general":
        return numbers.reshape((head.columns, head.rows)).T
    below = 0 if head.symmetry == "symmetric" else 1
    matrix = np.zeros((head.rows, head.columns))
    first = 0
    for k in range(head.columns):
        part = numbers[first : first + head.rows - k - below]
        matrix[k, k + below :] = _SIGNS[head.symmetry] * part
        matrix[k + below :, k] = part
        first += part.size
    return matrix
