"""Results of a sweep as a flat table in a file, written some runs at a time."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import HamsimError
from hamsim.paths import quoted, replacing
from hamsim.scale.results.flat import Flat, flat_columns, wide
from hamsim.scale.results.results import SweepResults, Values

__all__ = ["TABLES", "require_table", "write_table"]

TABLES = (".csv", ".parquet")
MOST = 20  # numbers of an array that become columns of a csv
RUNS = 4096  # that are in memory at a time, or fewer
BYTES = 2**26  # of the values of those runs


def require_table(path: str | os.PathLike[str]) -> None:
    """Refuse a name of a table that could not be written.

    Raises
    ------
    HamsimError
        Another ending, or pyarrow is not installed.
    """
    ending = os.path.splitext(path)[1].lower()
    if ending not in TABLES:
        raise HamsimError(
            f"cannot write {quoted(Path(path))}; allowed endings are {', '.join(TABLES)}"
        )
    if ending == ".parquet":
        _arrow()


def write_table(results: SweepResults, path: str | os.PathLike[str]) -> dict[str, int]:
    """Write a row a run: coordinates, how it ended, and what was kept.

    In a csv, what lacks is empty, and each place of an array is a column, where it has at most
    twenty; larger arrays are left out. In parquet, arrays are lists, and none is left out.

    Parameters
    ----------
    results : SweepResults
    path : path
        Its ending says which: ``.csv`` or ``.parquet``.

    Returns
    -------
    dict of str to int
        Arrays that were left out, with how many numbers they have.

    Raises
    ------
    HamsimError
        Another ending, pyarrow is not installed, or the file cannot be written.
    """
    require_table(path)
    target = Path(path)
    with replacing(target) as stream:
        if target.suffix.lower() == ".csv":
            return _write_csv(results, stream)
        _write_parquet(results, stream)
    return {}


def _write_csv(results: SweepResults, stream: BinaryIO) -> dict[str, int]:
    flats = flat_columns(results, MOST)
    text = io.TextIOWrapper(stream, "utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for flat in flats for name in flat.names])
    for some in _blocks(results, [flat.source for flat in flats]):
        columns = [column for flat in flats for column in _columns(flat, some)]
        writer.writerows(zip(*columns, strict=True))
    text.flush()
    text.detach()
    return wide(results, MOST)


def _columns(flat: Flat, some: slice) -> Iterator[list[Any]]:
    """Columns as the cells of a csv: numbers in as many digits as they need."""
    for column in flat.take(some).T:
        cells = column.tolist()
        if column.dtype.kind in "fc":
            lacking = np.isnan(column)
            if lacking.any():
                cells = ["" if empty else cell for cell, empty in zip(cells, lacking, strict=True)]
        elif column.dtype.kind == "b":
            cells = [str(cell).lower() for cell in cells]
        yield cells


def _blocks(results: SweepResults, sources: list[Any]) -> Iterator[slice]:
    """Runs that are in memory at a time."""
    sizes = [int(np.prod(getattr(each, "shape", ()), dtype=np.int64)) for each in sources]
    step = int(np.clip(BYTES // (8 * max(sum(sizes), 1)), 1, RUNS))
    for first in range(0, len(results), step):
        yield slice(first, min(first + step, len(results)))


def _write_parquet(results: SweepResults, stream: BinaryIO) -> None:
    arrow = _arrow()
    from pyarrow import parquet

    flats = {flat.names[0]: flat for flat in flat_columns(results, 1)}
    lists = {name: results.columns[name] for name in wide(results, 1)}
    writer = None
    try:
        for some in _blocks(results, [*(flat.source for flat in flats.values()), *lists.values()]):
            columns = {name: arrow.array(_plain(flat.take(some))) for name, flat in flats.items()}
            for name, values in lists.items():
                columns[name] = _nested(arrow, values, some)
            table = arrow.table(columns)
            writer = writer or parquet.ParquetWriter(stream, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _plain(values: NDArray[Any]) -> Any:
    """One column; text as Python has it, because arrow has none of fixed length."""
    column = values[:, 0]
    return column.tolist() if column.dtype.kind in "UO" else np.ascontiguousarray(column)


def _nested(arrow: Any, values: Values, some: slice) -> Any:
    """Arrays as lists of fixed length, of lists where they have several axes."""
    block = np.ascontiguousarray(values.take(some))
    flat = block.reshape(-1)
    found = arrow.array(flat.tolist() if flat.dtype.kind == "U" else flat)
    for size in reversed(values.shape):
        found = arrow.FixedSizeListArray.from_arrays(found, size)
    return found


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise HamsimError("a table in parquet needs pyarrow: pip install pyarrow") from None
    return pyarrow
