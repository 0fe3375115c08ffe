"""Arrays in files: npy, npz, csv and mtx, read once for each description."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse

from hamsim.errors import did_you_mean
from hamsim.network import Floats
from hamsim.spec.forms import ANYTHING, Form
from hamsim.spec.labels import arrange
from hamsim.spec.tables import DataFileError, Table, read_table

__all__ = ["SUFFIXES", "TEXT", "DataFileError", "DataFiles", "Table"]

SUFFIXES = (".npy", ".npz", ".csv", ".tsv", ".mtx")
# Of files of text, with cells.
TEXT = (".csv", ".tsv")


class DataFiles:
    """Reads arrays of numbers and keeps what it has read.

    Arrays come as float64 and read-only; sparse ones (mtx in coordinate format) as `csr_array`.
    """

    def __init__(self) -> None:
        self._kept: dict[Any, Floats | csr_array] = {}
        self._tables: dict[str, Table] = {}

    def read(
        self,
        file: str,
        key: str | None = None,
        form: Form = ANYTHING,
        header: bool | None = None,
        index: bool | str | None = None,
    ) -> Floats | csr_array:
        """Array in a file.

        Parameters
        ----------
        file : str
            Ends in npy, npz, csv, tsv or mtx.
        key : str or None
            Name of the array (npz) or of a column (csv with a header).
        form : sequence of Layout
            In which forms the numbers of a csv file may stand.
        header, index : bool, str or None
            Whether the first line and the first column of a csv file are labels.

        Raises
        ------
        DataFileError
        """
        place = (file, key, form, header, index)
        if place not in self._kept:
            self._kept[place] = _finite(_read(file, key, form, header, index), file, key)
        return self._kept[place]

    def table(self, file: str) -> Table:
        """Cells of a csv file, as text.

        Raises
        ------
        DataFileError
        """
        if file not in self._tables:
            if Path(file).suffix.lower() not in TEXT:
                raise DataFileError(f"a table must be a csv file, not '{Path(file).name}'")
            self._tables[file] = _opened(file, read_table)
        return self._tables[file]


def _read(
    file: str, key: str | None, form: Form, header: bool | None, index: bool | str | None
) -> Any:
    path = Path(file)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataFileError(
            f"unknown kind of data file '{path.name}'; allowed: {', '.join(SUFFIXES)}"
        )
    if suffix in TEXT:
        return _opened(file, lambda path: arrange(read_table(path), form, key, header, index))
    readers = {".npy": _npy, ".npz": _npz, ".mtx": _mtx}

    def reader(path: Path) -> Any:
        if key is not None and suffix in (".npy", ".mtx"):
            raise DataFileError(f"a {suffix} file holds one array; leave out key: {key}")
        if header is not None or index is not None:
            raise DataFileError(f"a {suffix} file has no labels; header: and index: are for csv")
        return readers[suffix](path, key)

    return _opened(file, reader)


def _opened(file: str, reader: Callable[[Path], Any]) -> Any:
    """What a reader makes of a file; whatever goes wrong becomes one line."""
    path = Path(file)
    try:
        if not path.is_file():
            raise DataFileError(f"no file '{_shown(path)}'{_near(path)}")
    except OSError as error:
        raise DataFileError(f"cannot read '{_shown(path)}': {error.strerror}") from None
    try:
        return reader(path)
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
        if sparse := _sparse_parts(names, key):
            return _sparse(archive, sparse)
        if key is None:
            if "format" in names and "shape" in names:
                raise ValueError("its sparse matrix is not in csr format; save it by tocsr()")
            if len(names) != 1:
                raise DataFileError(
                    f"'{path.name}' holds several arrays; say key: one of {', '.join(names)}"
                )
            key = names[0]
        if key not in names:
            raise DataFileError(f"no array '{key}' in '{path.name}'; {did_you_mean(key, names)}")
        return archive[key]


_CSR_PARTS = ("data", "indices", "indptr", "shape")


def _sparse_parts(names: list[str], key: str | None) -> dict[str, str]:
    """Names of the arrays that make up a sparse matrix: of scipy's save_npz, or key.data, ..."""
    prefix = "" if key is None else f"{key}."
    parts = {part: prefix + part for part in _CSR_PARTS}
    return parts if key not in names and all(name in names for name in parts.values()) else {}


def _sparse(archive: Any, parts: dict[str, str]) -> csr_array:
    if "format" in archive.files and archive["format"].item() not in (b"csr", "csr"):
        raise ValueError(f"its matrix is {archive['format'].item()!r}; save it in csr format")
    data, indices, indptr, shape = (archive[parts[part]] for part in _CSR_PARTS)
    matrix = csr_array((data, indices, indptr), shape=tuple(int(side) for side in shape))
    matrix.check_format(full_check=True)
    return matrix


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
