"""Arrays in files: npy, npz, csv and mtx, read once for each description."""

from __future__ import annotations

import csv
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse

from hamsim.errors import did_you_mean, printable
from hamsim.network import Floats

__all__ = ["SUFFIXES", "DataFileError", "DataFiles"]

_STARTS_NUMBER = tuple("+-.0123456789")
SUFFIXES = (".npy", ".npz", ".csv", ".mtx")


class DataFileError(Exception):
    """A data file is missing or holds something else than finite numbers; one line."""


class DataFiles:
    """Reads arrays of numbers and keeps what it has read.

    Arrays come as float64 and read-only; sparse ones (mtx in coordinate format) as `csr_array`.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str | None], Floats | csr_array] = {}

    def read(self, file: str, key: str | None = None) -> Floats | csr_array:
        """Array in a file.

        Parameters
        ----------
        file : str
            Ends in npy, npz, csv or mtx.
        key : str or None
            Name of the array (npz) or of a column (csv with a header).

        Raises
        ------
        DataFileError
        """
        place = (file, key)
        if place not in self._kept:
            self._kept[place] = _finite(_read(file, key), file, key)
        return self._kept[place]


def _read(file: str, key: str | None) -> Any:
    path = Path(file)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataFileError(
            f"unknown kind of data file '{path.name}'; allowed: {', '.join(SUFFIXES)}"
        )
    try:
        if not path.is_file():
            raise DataFileError(f"no file '{_shown(path)}'{_near(path)}")
    except OSError as error:
        raise DataFileError(f"cannot read '{_shown(path)}': {error.strerror}") from None
    if key is not None and suffix in (".npy", ".mtx"):
        raise DataFileError(f"a {suffix} file holds one array; leave out key: {key}")
    readers = {".npy": _npy, ".npz": _npz, ".csv": _csv, ".mtx": _mtx}
    try:
        return readers[suffix](path, key)
    except DataFileError:
        raise
    except MemoryError:
        why = "the array does not fit into memory"
    except UnicodeDecodeError:
        raise DataFileError(f"'{path.name}' is not UTF-8 text") from None
    except (OSError, ValueError, OverflowError, zipfile.BadZipFile) as error:
        why = " ".join(str(error).split())[:200]
        if "allow_pickle" in why:
            raise DataFileError(f"'{path.name}' holds Python objects, not real numbers") from None
    except Exception:  # readers of damaged files raise almost anything
        why = "the file is damaged"
    raise DataFileError(f"cannot read '{path.name}': {why}")


def _shown(path: Path) -> str:
    try:
        shown = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return str(path) if shown.startswith("..") else shown


def _near(path: Path) -> str:
    if not path.parent.is_dir():
        return f"; there is no folder '{_shown(path.parent)}'"
    names = [entry.name for entry in path.parent.iterdir() if entry.suffix.lower() in SUFFIXES]
    return f"; {did_you_mean(path.name, sorted(names), 'there are')}"


def _npy(path: Path, key: str | None) -> Any:
    return np.load(path, allow_pickle=False)


def _npz(path: Path, key: str | None) -> Any:
    # Opened here, because numpy leaves a damaged file open.
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
        names = archive.files
        if key is None:
            if len(names) != 1:
                raise DataFileError(
                    f"'{path.name}' holds several arrays; say key: one of {', '.join(names)}"
                )
            key = names[0]
        if key not in names:
            raise DataFileError(f"no array '{key}' in '{path.name}'; {did_you_mean(key, names)}")
        return archive[key]


def _csv(path: Path, key: str | None) -> Any:
    rows: list[tuple[int, list[str]]] = []
    with path.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.reader(stream, skipinitialspace=True)
        for row in reader:
            if row:
                rows.append((reader.line_num, row))
    if not rows:
        raise DataFileError(f"'{path.name}' is empty")
    header = None
    if all(_is_name(cell) for cell in rows[0][1]):
        header = [cell.strip() for cell in rows.pop(0)[1]]
        if not rows:
            raise DataFileError(f"'{path.name}' holds no numbers")
    if key is not None:
        if header is None:
            raise DataFileError(f"no column '{key}' in '{path.name}'; the file has no header")
        if key not in header:
            hint = did_you_mean(key, header, "columns")
            raise DataFileError(f"no column '{key}' in '{path.name}'; {hint}")
        column = header.index(key)
        rows = [(line, row[column : column + 1]) for line, row in rows]
    width = len(rows[0][1])
    for line, row in rows:
        if len(row) != width:
            raise DataFileError(f"'{path.name}' line {line} has {len(row)} columns, not {width}")
        for cell in row:
            if not _is_number(cell):
                raise DataFileError(
                    f"'{path.name}' line {line}: '{printable(cell[:40])}' is not a number"
                )
    table = np.array([row for _, row in rows], dtype=np.float64)
    return table[:, 0] if table.shape[1] == 1 else table


def _is_name(cell: str) -> bool:
    """Whether a cell of the first row can head a column; `1.O` is rather a number gone wrong."""
    return not _is_number(cell) and cell.lstrip()[:1] not in _STARTS_NUMBER


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _mtx(path: Path, key: str | None) -> Any:
    from hamsim.spec.matrixmarket import read_matrix_market  # scipy.io is slow to import

    return read_matrix_market(path)


def _finite(array: Any, file: str, key: str | None) -> Any:
    shown = f"'{Path(file).name}'" + (f" key '{key}'" if key else "")
    sparse = issparse(array)
    data = array.data if sparse else np.asarray(array)
    if data.dtype.kind not in "buif":
        kind = {"U": "text", "S": "text", "c": "complex numbers", "O": "Python objects"}
        held = kind.get(data.dtype.kind, str(data.dtype))
        raise DataFileError(f"{shown} holds {held}, not real numbers")
    if not np.all(np.isfinite(data)):
        if sparse:
            raise DataFileError(f"{shown} holds numbers that are not finite")
        place = np.unravel_index(int(np.argmin(np.isfinite(data))), data.shape)
        where = ", ".join(str(int(i)) for i in place)
        raise DataFileError(f"{shown} is not finite at [{where}]")
    if sparse:
        result = array.astype(np.float64).tocsr()
        result.sum_duplicates()
        result.data.flags.writeable = False
        return result
    result = np.array(data, dtype=np.float64, order="C")
    result.flags.writeable = False
    return result
