"""Whether what a data file claims to hold has room in memory."""

from __future__ import annotations

from hamsim.memory import exceeds_memory, in_words
from hamsim.spec.tables import DataFileError

__all__ = ["require_room"]


def require_room(size: float, name: str) -> None:
    """Refuse so many bytes if the machine has no room for them; `name` is the file in messages.

    Raises
    ------
    DataFileError
    """
    if exceeds_memory(size):
        raise DataFileError(f"{name} would take {in_words(size)} of memory, more than there is")
