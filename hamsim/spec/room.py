"""Whether what a data file claims to hold has room in memory."""

from __future__ import annotations

from hamsim.ram import require_memory
from hamsim.spec.forms import Shapes
from hamsim.spec.tables import DataFileError

__all__ = ["MAX_ROWS", "MAX_ROWS_PER_ENTRY", "require_entries", "require_room"]

# Rows that a sparse matrix may have where nothing else says how many: at most, and for each entry.
MAX_ROWS, MAX_ROWS_PER_ENTRY = 1_000_000, 100


def require_room(size: float, name: str) -> None:
    """Refuse so many bytes if the machine has no room for them; `name` is the file in messages.

    Raises
    ------
    DataFileError
    """
    require_memory(
        size,
        lambda said: DataFileError(f"{name} would take {said} of memory, more than there is"),
    )


def require_entries(rows: int, entries: int, shapes: Shapes | None, name: str) -> None:
    """Refuse a sparse matrix that may have any number of rows, and has far more than entries.

    Each row takes memory, however empty it is.

    Raises
    ------
    DataFileError
    """
    is_open = any(shape[0] is None for shape in shapes or () if shape)
    if is_open and rows > max(MAX_ROWS, MAX_ROWS_PER_ENTRY * entries):
        raise DataFileError(
            f"{name} claims {rows:,} rows, but its number of entries is {entries:,}"
        )
