"""Arrays in npz files, each judged by its header before it is unpacked."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from hamsim.errors import did_you_mean, printable
from hamsim.spec.forms import Shapes
from hamsim.spec.npyfiles import Header, array_of, compare_size, header_of, other_kind, refuse_kind
from hamsim.spec.npzsparse import sparse_of, sparse_parts
from hamsim.spec.tables import DataFileError

__all__ = ["Archive", "read_npz"]

# Bytes of the list of a zip's members.
MAX_DIRECTORY = 4_000_000
MAX_MEMBERS = 20_000
# Bytes of text that are read in any case, and how much more a packed one may take.
LONG_TEXT, MAX_RATIO = 2**24, 64
_END_OF_ZIP = b"PK\x05\x06"


class Archive:
    """The arrays of an npz file, by their names.

    Parameters
    ----------
    stream : binary file
    path : Path
        Names it in messages.

    Raises
    ------
    DataFileError
        It is no zip, or has two arrays of one name.
    """

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self.name = path.name
        _refuse_long_directory(stream, self.name)
        try:
            self.zip = zipfile.ZipFile(stream)
        except zipfile.BadZipFile:
            stream.seek(0)
            start = stream.read(8)
            hint = "; it is damaged" if start[:2] == b"PK" else other_kind(start)
            raise DataFileError(f"'{self.name}' is not an npz file (a zip){hint}") from None
        self.members: dict[str, zipfile.ZipInfo] = {}
        for member in self.zip.infolist():
            key = member.filename.removesuffix(".npy")
            if key in self.members:
                raise DataFileError(f"'{self.name}' holds two arrays '{printable(key[:40])}'")
            self.members[key] = member

    @property
    def names(self) -> list[str]:
        """Names of the arrays."""
        return list(self.members)

    def shown(self, key: str) -> str:
        """An array, for messages."""
        return f"'{self.name}' key '{printable(key[:40])}'"

    def header(self, key: str) -> Header:
        """What an array claims to be."""
        with self.zip.open(self.members[key]) as stream:
            header = header_of(stream, self.shown(key))
            refuse_kind(header.dtype, self.shown(key))
            compare_size(header, self.members[key].file_size - stream.tell(), self.shown(key))
            return header

    def read(self, key: str, shapes: Shapes | None = None, text: bool = False) -> Any:
        """An array, or `Unread`; with `text` one of text instead of numbers."""
        member = self.members[key]
        if text and member.file_size > max(LONG_TEXT, MAX_RATIO * member.compress_size):
            raise DataFileError(f"{self.shown(key)} expands to {member.file_size:,} bytes of text")
        opened: list[Any] = []

        def again() -> Any:
            opened.append(self.zip.open(member))
            return opened[-1]

        try:
            return array_of(again, member.file_size, self.shown(key), shapes, text)
        finally:
            for stream in opened:
                stream.close()


def _refuse_long_directory(stream: BinaryIO, name: str) -> None:
    """Look at how many members a zip says that it has, before all of them are listed."""
    stream.seek(0, io.SEEK_END)
    size = stream.tell()
    stream.seek(max(0, size - 2**16 - 22))
    tail = stream.read()
    at = tail.rfind(_END_OF_ZIP)
    directory = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    # All bits set say that the true number stands elsewhere; of that many nobody has any.
    if directory > MAX_DIRECTORY and not (directory == 2**32 - 1 and size < MAX_DIRECTORY):
        raise DataFileError(f"'{name}' lists more members than {MAX_MEMBERS:,} arrays would need")
    stream.seek(0)


def read_npz(path: Path, key: str | None, shapes: Shapes | None) -> Any:
    """An array, or a sparse matrix as scipy saves it; `Unread` if it has not the shape needed.

    Raises
    ------
    DataFileError
    """
    with path.open("rb") as stream:
        archive = Archive(stream, path)
        names = archive.names
        if parts := sparse_parts(names, key):
            return sparse_of(archive, parts, shapes)
        if key is None:
            if len(names) != 1:
                listed = printable(", ".join(names[:20]))
                raise DataFileError(
                    f"'{path.name}' holds several arrays; say key: one of {listed}"
                    if names
                    else f"'{path.name}' holds no array"
                )
            key = names[0]
        if key not in names:
            hint = did_you_mean(key, names)
            raise DataFileError(f"no array '{printable(key[:40])}' in '{path.name}'; {hint}")
        return archive.read(key, shapes)
