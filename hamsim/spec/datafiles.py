"""Arrays in files: npy, npz, csv and mtx, read once for each description."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse

from hamsim.arrays import Floats
from hamsim.errors import did_you_mean, printable
from hamsim.paths import kind_of_file
from hamsim.spec.forms import ANYTHING, Form, Unread, shapes_of
from hamsim.spec.labels import arrange
from hamsim.spec.npyfiles import other_kind, read_npy
from hamsim.spec.npzfiles import read_npz
from hamsim.spec.tables import ANY, DataFileError, Limits, Table, read_table

__all__ = ["SUFFIXES", "TEXT", "DataFileError", "DataFiles", "Table"]

SUFFIXES = (".npy", ".npz", ".csv", ".tsv", ".mtx")
# Of files of text, with cells.
TEXT = (".csv", ".tsv")


class DataFiles:
    """Reads arrays of numbers and keeps what it has read.

    Arrays come as float64 and read-only; sparse ones (mtx in coordinate format) as `csr_array`.
    """

    def __init__(self, tables: dict[str, Table] | None = None) -> None:
        # Of Python, under the names that stand for them in a description.
        self._given = {} if tables is None else tables
        self._noted: dict[int, tuple[Any, Any]] = {}
        self._kept: dict[Any, Floats | csr_array | Unread] = {}
        self._tables: dict[str, Table] = {}
        self._found: dict[int, tuple[Any, Any]] = {}

    def read(
        self,
        file: str,
        key: str | None = None,
        form: Form = ANYTHING,
        header: bool | None = None,
        index: bool | str | None = None,
    ) -> Any:
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

        Notes
        -----
        Of a binary file whose array has none of the form's shapes, only that shape is given, as
        `Unread`.
        """
        place = (file, key, form, header, index)
        if place not in self._kept:
            if file in self._given:
                read = arrange(self._given[file], form, key, header, index)
            else:
                read = _read(file, key, form, header, index)
            self._kept[place] = _finite(read, file, key)
        return self._kept[place]

    @property
    def has_tables(self) -> bool:
        """Whether the description was given with tables of Python."""
        return bool(self._given)

    def is_given(self, file: str) -> bool:
        """Whether a name stands for a table of Python."""
        return file in self._given

    def note(self, part: Any, numbers: Any) -> None:
        """Note what a part of the description that names a table of Python would hold itself."""
        self._noted[id(part)] = part, numbers

    def noted(self, part: Any) -> Any:
        """What was noted of a part; None if nothing was."""
        return self._noted.get(id(part), (None, None))[1]

    def keep(self, part: Any, found: Any) -> None:
        """Keep what was found for a part of a description, for whoever asks next."""
        self._found[id(part)] = part, found  # with the part, so that no other gets its number

    def take(self, part: Any) -> Any:
        """What was kept for this part, once; None if nothing was."""
        return self._found.pop(id(part), (None, None))[1]

    def table(
        self,
        file: str,
        limits: Limits = ANY,
        check: Callable[[Table], None] | None = None,
    ) -> Table:
        """Cells of a csv file, as text; a long one may be refused by its first rows.

        Raises
        ------
        DataFileError
        """
        if file in self._given:
            return self._given[file]
        if file not in self._tables:
            if Path(file).suffix.lower() not in TEXT:
                raise DataFileError(f"a table must be a csv file, not '{Path(file).name}'")
            _refuse_binary(file)
            self._tables[file] = _opened(file, lambda path: read_table(path, limits, check))
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
        _refuse_binary(file)
        limits = _limits(form, key, index)
        return _opened(
            file, lambda path: arrange(read_table(path, limits), form, key, header, index)
        )
    readers = {".npy": _npy, ".npz": _npz, ".mtx": _mtx}

    def reader(path: Path) -> Any:
        if key is not None and suffix in (".npy", ".mtx"):
            raise DataFileError(f"a {suffix} file holds one array; leave out key: {key}")
        if header is not None or index is not None:
            raise DataFileError(f"a {suffix} file has no labels; header: and index: are for csv")
        return readers[suffix](path, key, form)

    return _opened(file, reader)


def _opened(file: str, reader: Callable[[Path], Any]) -> Any:
    """What a reader makes of a file; whatever goes wrong becomes one line."""
    path = Path(file)
    try:
        if kind := kind_of_file(path):
            raise DataFileError(f"'{_shown(path)}' is {kind}, not a file")
    except (FileNotFoundError, NotADirectoryError):
        raise DataFileError(f"no file '{_shown(path)}'{_near(path)}") from None
    except OSError as error:
        raise DataFileError(f"cannot read '{_shown(path)}': {error.strerror}") from None
    try:
        return reader(path)
    except DataFileError:
        raise
    except MemoryError:
        why = "what it holds has no room in memory"
    except UnicodeDecodeError:
        raise DataFileError(f"'{path.name}' is not UTF-8 text") from None
    except (OSError, ValueError, OverflowError, zipfile.BadZipFile) as error:
        why = printable(" ".join(str(error).split())[:200])
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


def _npy(path: Path, key: str | None, form: Form) -> Any:
    return read_npy(path, shapes_of(form))


def _npz(path: Path, key: str | None, form: Form) -> Any:
    return read_npz(path, key, shapes_of(form))


def _mtx(path: Path, key: str | None, form: Form) -> Any:
    from hamsim.spec.matrixmarket import read_matrix_market

    return read_matrix_market(path, shapes_of(form))


def _refuse_binary(file: str) -> None:
    """Say what a file is that is no text."""
    try:
        if kind_of_file(file):
            return  # told by whoever opens it
        with open(file, "rb") as stream:
            kind = other_kind(stream.read(8) or b" ")
    except OSError:
        return
    if kind:
        raise DataFileError(f"'{Path(file).name}' is no text with cells{kind}")


def _limits(form: Form, key: str | None, index: bool | str | None) -> Limits:
    """How much of a text table is looked at."""
    if key is not None or isinstance(index, str):  # beside columns that are not read
        return Limits(tuple((layout.rows.size, None) for layout in form))
    return Limits(tuple((layout.rows.size, layout.columns.size) for layout in form))


def _finite(array: Any, file: str, key: str | None) -> Any:
    shown = f"'{Path(file).name}'" + (f" key '{key}'" if key else "")
    if isinstance(array, Unread):
        return array
    sparse = issparse(array)
    data = array.data if sparse else np.asarray(array)
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
    result = np.asarray(data, dtype=np.float64, order="C")
    result.flags.writeable = False
    return result
