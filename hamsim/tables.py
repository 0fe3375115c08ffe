"""Tables as dicts of arrays, one array a column."""

from __future__ import annotations

import csv
import io
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.counted import counted
from hamsim.errors import HamsimError
from hamsim.paths import quoted, replacing
from hamsim.shown import Shown

__all__ = ["TABLES", "Table", "require_table"]

TABLES = (".csv", ".tsv")


def require_table(path: str | os.PathLike[str]) -> None:
    """Refuse a name of a table that could not be written.

    Raises
    ------
    HamsimError
    """
    if os.path.splitext(path)[1].lower() not in TABLES:
        raise HamsimError(
            f"cannot write {quoted(Path(path))}; allowed endings are {', '.join(TABLES)}"
        )


class Table(Shown, dict[str, NDArray[Any]]):
    """A table: columns by their names, each an array with one entry a row."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.values()), ()))

    def __repr__(self) -> str:
        return f"<Table: {counted(self.rows, 'row')} of {', '.join(self)}>"

    def to_dataframe(self) -> Any:
        """The same as a `pandas.DataFrame`.

        Raises
        ------
        HamsimError
            pandas is not installed.
        """
        try:
            pandas = import_module("pandas")
        except ImportError:
            raise HamsimError("to_dataframe needs pandas: pip install pandas") from None
        return pandas.DataFrame(dict(self))

    def to_dict(self) -> dict[str, Any]:
        """Columns as lists of plain numbers and text."""
        return {name: column.tolist() for name, column in self.items()}

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write it as text with a line a row; what is not a number is empty.

        Parameters
        ----------
        path : path
            Ends in csv or tsv.

        Raises
        ------
        HamsimError
            Another ending, or the file cannot be written.
        """
        require_table(path)
        target = Path(path)
        with replacing(target) as stream:
            text = io.TextIOWrapper(stream, "utf-8", newline="")
            between = "\t" if target.suffix.lower() == ".tsv" else ","
            writer = csv.writer(text, delimiter=between, lineterminator="\n")
            writer.writerow(self)
            writer.writerows(zip(*map(_cells, self.values()), strict=True))
            text.flush()
            text.detach()


def _cells(column: NDArray[Any]) -> list[Any]:
    """Cells of a column: numbers in as many digits as they need."""
    if column.dtype.kind == "f":
        return ["" if np.isnan(value) else value for value in column.tolist()]
    return list(column.tolist())
