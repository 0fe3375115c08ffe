"""Arrays in npy form, of which the header is read and judged before the numbers.

A header can claim any size: it is compared with what is there and with the shapes that are needed,
so that nothing large is made for a file that is then refused.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from hamsim.spec.forms import Shapes, Unread, fits
from hamsim.spec.room import require_room
from hamsim.spec.tables import DataFileError

__all__ = [
    "Header",
    "array_of",
    "compare_size",
    "header_of",
    "other_kind",
    "read_npy",
    "refuse_kind",
]

# Bytes: longer headers are of records with many fields.
MAX_HEADER = 10_000
# Bytes that are read at once.
AT_ONCE = 2**22
_HELD = {
    "U": "text",
    "S": "text",
    "c": "complex numbers",
    "O": "Python objects",
    "V": "records",
    "M": "dates",
    "m": "times",
}
_MAGIC = b"\x93NUMPY"


class Header(NamedTuple):
    """What an array claims to be."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)


def read_npy(path: Path, shapes: Shapes | None) -> Any:
    """Array of an npy file; `Unread` if it has none of the shapes that are needed.

    Raises
    ------
    DataFileError
    """
    with path.open("rb") as stream:

        def opened() -> Any:
            stream.seek(0)
            return stream

        return array_of(opened, path.stat().st_size, f"'{path.name}'", shapes)


def array_of(
    opened: Callable[[], Any], size: int, name: str, shapes: Shapes | None, text: bool = False
) -> Any:
    """An array of a stream of so many bytes, as float64; `Unread` if it has another shape.

    Parameters
    ----------
    opened : callable
        Gives the stream at its start.
    size : int
    name : str
        For messages.
    shapes : Shapes or None
        Which are needed; None for any.
    text : bool
        Whether it should hold text instead of numbers.

    Raises
    ------
    DataFileError
    """
    stream = opened()
    header = header_of(stream, name)
    refuse_kind(header.dtype, name, text)
    compare_size(header, size - stream.tell(), name)
    if not fits(header.shape, shapes):
        return Unread(header.shape, entries=header.size)
    require_room(8.0 * header.size, name)
    if text:
        return np.frombuffer(stream.read(), dtype=header.dtype).reshape(header.shape)
    if header.dtype.kind == "f" and header.dtype.itemsize < 8:
        # Half as large as what is made of it: whether it is finite is asked before.
        for chunk in _chunks(stream, header):
            _refuse_infinite(chunk, header, 0, name, exact=False)
        stream = opened()
        header_of(stream, name)
    numbers = np.empty(header.size)
    filled = 0
    for chunk in _chunks(stream, header):
        with np.errstate(over="ignore"):  # of numbers beyond all doubles
            numbers[filled : filled + chunk.size] = chunk
        _refuse_infinite(numbers[filled : filled + chunk.size], header, filled, name)
        filled += chunk.size
    if header.fortran:
        return np.ascontiguousarray(numbers.reshape(header.shape[::-1]).T)
    return numbers.reshape(header.shape)


def header_of(stream: Any, name: str) -> Header:
    """What the array at the start of a stream claims to be.

    Raises
    ------
    DataFileError
        It is no array, or the header is damaged.
    """
    start = stream.read(8)
    if start[:6] != _MAGIC:
        raise DataFileError(f"{name} is not an npy array{other_kind(start)}")
    if start[6:] not in (b"\x01\x00", b"\x02\x00", b"\x03\x00"):
        raise DataFileError(f"{name} is an npy array of an unknown version")
    width = 2 if start[6] == 1 else 4
    length = stream.read(width)
    size = int.from_bytes(length, "little")
    if size > MAX_HEADER:
        raise DataFileError(f"{name} is damaged: its header claims {size:,} bytes")
    text = stream.read(size)
    read: Any = np.lib.format.read_array_header_1_0
    if start[6] > 1:
        read = np.lib.format.read_array_header_2_0
        if start[6] == 3:  # text in UTF-8, which only names of fields need
            text = text.decode("utf-8").encode("latin-1", "replace")
            length = len(text).to_bytes(4, "little")
    try:
        shape, fortran, dtype = read(io.BytesIO(length + text))
    except Exception:  # damaged headers raise almost anything
        raise DataFileError(f"{name} is damaged: its header cannot be read") from None
    if any(side < 0 for side in shape):
        raise DataFileError(f"{name} is damaged: its shape is {list(shape)}")
    return Header(dtype, tuple(int(side) for side in shape), bool(fortran))


def other_kind(start: bytes) -> str:
    """Which other kind of file begins like this, for the end of a message."""
    kinds = {
        b"PK\x03\x04": "an npz file (a zip)",
        b"%%Matrix": "a Matrix Market file (mtx)",
        b"\x89HDF\r\n\x1a\n": "an HDF5 file",
        b"\x1f\x8b": "a gzip file; unpack it",
        b"\x93NUMPY": "an npy file",
        b"\x80": "a Python pickle",
        b"MATLAB 5": "a MATLAB file",
    }
    for magic, kind in kinds.items():
        if start.startswith(magic):
            return f"; it looks like {kind}"
    return "" if start else "; it is empty"


def refuse_kind(dtype: np.dtype[Any], name: str, text: bool = False) -> None:
    """Refuse an array of anything but real numbers, or with `text` of anything but text.

    Raises
    ------
    DataFileError
    """
    wanted, what = ("US", "text") if text else ("buif", "real numbers")
    if dtype.kind not in wanted:
        held = _HELD.get(dtype.kind, str(dtype))
        if text and dtype.kind in "buif":
            held = "numbers"
        raise DataFileError(f"{name} holds {held}, not {what}")


def compare_size(header: Header, there: int, name: str) -> None:
    """Refuse an array of more or fewer bytes than its header says.

    Raises
    ------
    DataFileError
    """
    claimed = header.size * header.dtype.itemsize
    if claimed > there:
        shape = list(header.shape)
        raise DataFileError(
            f"{name} is cut short: its shape {shape} of {header.dtype} takes {claimed:,} bytes, "
            f"and {there:,} are there"
        )
    if claimed < there:
        raise DataFileError(f"{name} goes on for {there - claimed:,} bytes after its array")


def _chunks(stream: Any, header: Header) -> Any:
    """The entries as they lie in the file, a piece at a time."""
    left, size = header.size, header.dtype.itemsize
    while left:
        wanted = min(left, max(1, AT_ONCE // size))
        content = stream.read(wanted * size)
        if len(content) < wanted * size:
            raise DataFileError("it is cut short")
        left -= wanted
        yield np.frombuffer(content, dtype=header.dtype)
    stream.read(1)  # so that a zip compares its checksum


def _refuse_infinite(
    numbers: Any, header: Header, before: int, name: str, exact: bool = True
) -> None:
    finite = np.isfinite(numbers)
    if finite.all():
        return
    if not exact:
        raise DataFileError(f"{name} holds numbers that are not finite")
    order: Literal["C", "F"] = "F" if header.fortran else "C"
    place = np.unravel_index(before + int(np.argmin(finite)), header.shape, order)
    where = ", ".join(str(int(k)) for k in place)
    raise DataFileError(f"{name} is not finite at [{where}]")
