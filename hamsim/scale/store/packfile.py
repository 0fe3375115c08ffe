"""One file with the results of some runs: a pack.

A pack is an uncompressed zip of npy arrays, so that ``numpy.load`` reads it, and each part has the
CRC-32 that zips have. Its arrays begin at multiples of 64 bytes and can be mapped into memory.

=================== =========== =================================================================
``meta.json``                   `format`: "hamsim/pack/1"; `hamsim`: the version that wrote it;
                                `rows`: how many; `words`: all texts, each once; `columns`: below
``key.npy``         (rows, 32)  uint8; what made the run, see `hamsim.scale.store.keys`
``status.npy``      (rows,)     uint8; 0 done, 1 failed, 2 set aside
``outcome.npy``     (rows,)     uint32; a number of `words`
``reason.npy``      (rows,)     the same
``seconds.npy``     (rows,)     float64
``values/NAME.npy`` (m, ...)    what was kept under a name, one entry a run that has it
=================== =========== =================================================================

`columns` has an entry for each file of values: `name`; `file`; `dims`, names of axes; `rows`, the
file that holds which runs have it, or null if all have; and `shapes`, null or the file that holds
the shape of each entry, (m, axes), where these differ: then the entries stand one after another in
an array with one axis, each in C order. Values of one name whose types differ are several columns.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hamsim.paths import replacing
from hamsim.scale.store.row import STATUSES, Row, kept_array

__all__ = ["FORMAT", "Part", "Table", "table_of", "write_table"]

FORMAT = "hamsim/pack/1"
ALIGNED = 64  # bytes
_FILLING = 0xD935  # number of the field of a zip that only fills
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can say: equal rows are equal bytes


@dataclass(frozen=True)
class Part:
    """Values of one name and one type.

    Parameters
    ----------
    name : str
    dims : tuple of str
    rows : ndarray of int, shape (m,)
        Which rows have it.
    values : ndarray, shape (m, ...) or (total,)
    shapes : ndarray of int, shape (m, axes), or None
        Where the shapes differ; `values` has then one axis.
    """

    name: str
    dims: tuple[str, ...]
    rows: NDArray[np.int64]
    values: NDArray[Any]
    shapes: NDArray[np.int64] | None


@dataclass(frozen=True)
class Table:
    """Rows of a pack, column by column."""

    keys: NDArray[np.uint8]
    status: NDArray[np.uint8]
    outcome: Sequence[str]
    reason: Sequence[str]
    seconds: NDArray[np.float64]
    parts: Sequence[Part]


def table_of(rows: Sequence[Row]) -> Table:
    """Rows turned into columns.

    Raises
    ------
    HamsimError
        A value cannot be kept.
    """
    found: dict[tuple[Any, ...], tuple[list[int], list[NDArray[Any]]]] = {}
    for number, row in enumerate(rows):
        for name, value in row.values.items():
            array = kept_array(name, value)
            dims = tuple(row.dims.get(name, ()))
            text = array.dtype.kind == "U"  # of any length
            dtype = np.dtype(np.str_) if text else array.dtype.newbyteorder("<")
            kind = (name, dtype, array.ndim, dims)
            numbers, arrays = found.setdefault(kind, ([], []))
            numbers.append(number)
            arrays.append(array)
    digits = "".join(row.key for row in rows)
    return Table(
        np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(len(rows), -1),
        np.array([STATUSES.index(row.status) for row in rows], np.uint8),
        [row.outcome for row in rows],
        [row.reason for row in rows],
        np.array([row.seconds for row in rows], np.float64),
        [_part(name, dtype, dims, *have) for (name, dtype, _, dims), have in found.items()],
    )


def _part(
    name: str,
    dtype: np.dtype[Any],
    dims: tuple[str, ...],
    rows: list[int],
    arrays: list[NDArray[Any]],
) -> Part:
    shapes = {array.shape for array in arrays}
    numbers = np.array(rows, np.int64)
    if len(shapes) == 1:
        return Part(name, dims, numbers, np.array(arrays, dtype), None)
    flat = np.concatenate([array.reshape(-1) for array in arrays]).astype(dtype, copy=False)
    sides = np.array([array.shape for array in arrays], np.int64)
    return Part(name, dims, numbers, flat, sides)


def write_table(path: Path, table: Table, version: str) -> None:
    """Write a pack; it stands there whole, on the disk, or not at all.

    Raises
    ------
    HamsimError
    """
    words = list(dict.fromkeys([*table.outcome, *table.reason]))
    place = {word: number for number, word in enumerate(words)}
    arrays: dict[str, NDArray[Any]] = {
        "key": table.keys,
        "status": table.status,
        "outcome": np.array([place[word] for word in table.outcome], np.uint32),
        "reason": np.array([place[word] for word in table.reason], np.uint32),
        "seconds": table.seconds,
    }
    columns = []
    for part in table.parts:
        file = _free(f"values/{quote(part.name, safe=' ()[],=.')}", arrays)
        arrays[file] = part.values
        rows = part.rows if len(part.rows) < len(table.keys) else None
        beside: dict[str, str | None] = {}
        for what, numbers in (("rows", rows), ("shapes", part.shapes)):
            beside[what] = None
            if numbers is not None:
                beside[what] = name = f"{what}/{file.removeprefix('values/')}"
                arrays[name] = numbers
        columns.append({"name": part.name, "file": file, "dims": part.dims, **beside})
    meta = {
        "format": FORMAT,
        "hamsim": version,
        "rows": len(table.keys),
        "words": words,
        "columns": columns,
    }
    with replacing(path) as stream:
        _write_zip(stream, json.dumps(meta).encode(), arrays)


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """A name that no other file of the pack has."""
    number, made = 1, name
    while made in taken:
        number, made = number + 1, f"{name}#{number + 1}"
    return made


def _write_zip(stream: BinaryIO, meta: bytes, arrays: Mapping[str, NDArray[Any]]) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("meta.json", _EPOCH), meta)
        for name, array in arrays.items():
            plain = np.ascontiguousarray(array)
            head = io.BytesIO()
            npy.write_array_header_1_0(head, npy.header_data_from_array_1_0(plain))
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            info.file_size = head.tell() + plain.nbytes
            info.extra = _filling(stream.tell() + 30 + len(info.filename.encode()))
            with archive.open(info, "w", force_zip64=False) as member:
                member.write(head.getvalue())
                if plain.size:
                    member.write(plain.reshape(-1).view(np.uint8).data)


def _filling(at: int) -> bytes:
    """A field so long that what follows it begins at a multiple of `ALIGNED`."""
    lacking = -(at + 4) % ALIGNED
    return struct.pack("<HH", _FILLING, lacking) + bytes(lacking)
