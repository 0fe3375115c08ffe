"""A pack as it is read: what is small at once and checked, values when they are asked for."""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hamsim.errors import HamsimError
from hamsim.scale.store.packfile import FORMAT, Part, Table
from hamsim.scale.store.row import STATUSES, Row

__all__ = ["DamagedPackError", "Held", "Pack"]

_LOCAL_HEADER = 30  # bytes before the name of a member of a zip
_BLOCK = 2**22  # bytes that are checked at a time


class DamagedPackError(HamsimError):
    """A pack is not what was written."""


@dataclass(frozen=True, eq=False)
class Held:
    """Values of one name and one type in a pack, as they lie in the file.

    Parameters
    ----------
    pack : Pack
    name, file : str
    dims : tuple of str
    rows : ndarray of int, shape (m,)
        Which rows of the pack have it.
    dtype : dtype
    stored : tuple of int
        Shape of the array in the file.
    shapes : ndarray of int, shape (m, axes), or None
        Where entries differ in shape.
    at : int
        Where the array begins in the file.
    """

    pack: Pack
    name: str
    file: str
    dims: tuple[str, ...]
    rows: NDArray[np.int64]
    dtype: np.dtype[Any]
    stored: tuple[int, ...]
    shapes: NDArray[np.int64] | None
    at: int

    def mapped(self) -> NDArray[Any]:
        """The array, read where it is looked at; checked as a whole before the first look.

        Raises
        ------
        DamagedPackError
        """
        self.pack.check(self.file)
        if 0 in self.stored:
            return np.empty(self.stored, self.dtype)
        return np.memmap(self.pack.path, self.dtype, "r", self.at, self.stored)

    @cached_property
    def begins(self) -> NDArray[np.int64]:
        """Where each entry begins in the file's array, and where the last one ends."""
        if self.shapes is None:
            return np.arange(len(self.rows) + 1)
        return np.concatenate([[0], np.cumsum(self.shapes.prod(axis=1))])

    def entry(self, mapped: NDArray[Any], number: int) -> NDArray[Any]:
        """One entry, of the array that `mapped` gave."""
        if self.shapes is None:
            return np.array(mapped[number])
        first, last = self.begins[number : number + 2]
        return np.array(mapped[first:last]).reshape(self.shapes[number])


class Pack:
    """One pack.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DamagedPackError
        It, or what is small in it, is not whole.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._checked: set[str] = set()
        try:
            with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
                self.bytes = os.fstat(stream.fileno()).st_size
                self._members = {info.filename: info for info in archive.infolist()}
                meta = self._meta(archive)
                words = meta["words"]
                self.rows: int = meta["rows"]
                self.keys = [row.tobytes().hex() for row in _array(archive, "key")]
                self.status = _array(archive, "status")
                self.outcome = [words[k] for k in _array(archive, "outcome")]
                self.reason = [words[k] for k in _array(archive, "reason")]
                self.seconds = _array(archive, "seconds")
                self.held = [self._held(archive, stream, each) for each in meta["columns"]]
        except FileNotFoundError:
            raise
        except DamagedPackError:
            raise
        except Exception as error:  # a damaged zip raises almost anything
            raise DamagedPackError(f"{path}: {type(error).__name__}, it is damaged") from None

    def _meta(self, archive: zipfile.ZipFile) -> dict[str, Any]:
        meta = cast(dict[str, Any], json.loads(archive.read("meta.json")))
        if meta["format"] != FORMAT:
            what = meta["format"]
            raise DamagedPackError(f"{self.path}: its format is {what}, this hamsim reads {FORMAT}")
        return meta

    def _held(self, archive: zipfile.ZipFile, stream: BinaryIO, entry: dict[str, Any]) -> Held:
        info = archive.getinfo(f"{entry['file']}.npy")
        stream.seek(info.header_offset)
        head = stream.read(_LOCAL_HEADER)
        stream.seek(int.from_bytes(head[26:28], "little"), 1)
        stream.seek(int.from_bytes(head[28:30], "little"), 1)
        npy.read_magic(stream)
        stored, _, dtype = npy.read_array_header_1_0(stream)
        at = stream.tell()
        rows = _array(archive, entry["rows"]) if entry["rows"] else np.arange(self.rows)
        shapes = _array(archive, entry["shapes"]) if entry["shapes"] else None
        name, file, dims = entry["name"], entry["file"], tuple(entry["dims"])
        return Held(self, name, file, dims, rows, dtype, stored, shapes, at)

    def check(self, file: str | None = None) -> None:
        """Compare values with their checksums: of one file, or all.

        Raises
        ------
        DamagedPackError
        """
        for name in [held.file for held in self.held] if file is None else [file]:
            if name in self._checked:
                continue
            info = self._members[f"{name}.npy"]
            if self._checksum(info) != info.CRC:
                raise DamagedPackError(f"{self.path}: the numbers of {name} are damaged")
            self._checked.add(name)

    def _checksum(self, info: zipfile.ZipInfo) -> int:
        found, left = 0, info.file_size
        with self.path.open("rb") as stream:
            stream.seek(info.header_offset + 26)
            name, extra = stream.read(2), stream.read(2)
            stream.seek(int.from_bytes(name, "little") + int.from_bytes(extra, "little"), 1)
            while left and (block := stream.read(min(left, _BLOCK))):
                found = zlib.crc32(block, found)
                left -= len(block)
        return found if not left else -1

    def read(self, numbers: Sequence[int]) -> list[Row]:
        """Rows with all their values.

        Raises
        ------
        DamagedPackError
        """
        values: dict[int, dict[str, Any]] = {number: {} for number in numbers}
        dims: dict[int, dict[str, tuple[str, ...]]] = {number: {} for number in numbers}
        for held in self.held:
            mapped = held.mapped()
            place = {int(row): k for k, row in enumerate(held.rows)}
            for number in values.keys() & place.keys():
                values[number][held.name] = held.entry(mapped, place[number])
                if held.dims:
                    dims[number][held.name] = held.dims
        return [
            Row(
                self.keys[k],
                STATUSES[self.status[k]],
                self.outcome[k],
                self.reason[k],
                values[k],
                dims[k],
                float(self.seconds[k]),
            )
            for k in numbers
        ]

    def table(self) -> Table:
        """All that it holds, for a pack that takes its place.

        Raises
        ------
        DamagedPackError
        """
        keys = np.frombuffer(bytes.fromhex("".join(self.keys)), np.uint8).reshape(self.rows, -1)
        parts = [
            Part(held.name, held.dims, held.rows, np.array(held.mapped()), held.shapes)
            for held in self.held
        ]
        return Table(keys, self.status, self.outcome, self.reason, self.seconds, parts)


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    found: NDArray[Any] = npy.read_array(io.BytesIO(archive.read(f"{name}.npy")))
    return found
