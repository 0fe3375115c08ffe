"""Values with times, as arrays: read from tables or lists, in the order of neurons."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse

from hamsim.arrays import Floats
from hamsim.counted import counted, there_are
from hamsim.errors import did_you_mean, printable
from hamsim.spec.datafiles import TEXT, DataFileError, DataFiles
from hamsim.spec.ends import End
from hamsim.spec.misfit import Misfit
from hamsim.spec.overtime import SamplesOverTime, TableOverTime
from hamsim.spec.tablecolumn import numbers_of
from hamsim.spec.tables import Table, with_corner

__all__ = ["Samples", "flaws_of", "samples_of"]


class Samples(NamedTuple):
    """Values with their times.

    Parameters
    ----------
    times : ndarray, shape (rows,)
    values : ndarray, shape (rows, n or 1, trials or 1)
    trials : int or None
    """

    times: Floats
    values: Floats
    trials: int | None


def samples_of(
    value: TableOverTime | SamplesOverTime, end: End, files: DataFiles, trials: bool
) -> Samples:
    """Values with times of the neurons of an end.

    Parameters
    ----------
    value : TableOverTime or SamplesOverTime
    end : End
    files : DataFiles
    trials : bool
        Whether there may be an axis for trials.

    Raises
    ------
    Misfit
        With the place below the value's.
    """
    if isinstance(value, SamplesOverTime):
        times, values = (np.asarray(each, dtype=np.float64) for each in (value.times, value.values))
        at: tuple[Any, ...] = ("values",)
    else:
        times, values = _read(value, end, files)
        at = ()
    if value.beyond == "repeat" and times.size < 2:
        raise Misfit(("beyond",), "one time alone cannot be repeated")
    return _arranged(times, values, end, trials, at)


def flaws_of(
    value: Any, end: End, files: DataFiles, trials: bool
) -> tuple[list[tuple[tuple[Any, ...], str]], int | None]:
    """What does not fit of values over time, with its places, and how many trials they have.

    Expressions in t have been checked where they were read.
    """
    if isinstance(value, tuple) and len(value) != end.n:
        told = f"{there_are(len(value), 'value')} for {counted(end.n, 'neuron')}"
        return [((), told)], None
    if isinstance(value, str | tuple):
        return [], None
    try:
        return [], samples_of(value, end, files, trials).trials
    except Misfit as misfit:
        return list(misfit.problems), None


def _arranged(
    times: Floats, values: Floats, end: End, trials: bool, at: tuple[Any, ...]
) -> Samples:
    """Values as (rows, neurons, trials)."""
    if values.ndim == 0 or values.shape[0] != times.size:
        rows = values.shape[0] if values.ndim else 0
        raise Misfit(
            at,
            f"{there_are(rows, 'row')} of values for {counted(times.size, 'time')}",
        )
    forms: set[tuple[int, ...]] = {(), (end.n,), end.shape}
    own = values.shape[1:]
    if own in forms:
        flat = values.reshape(times.size, -1, 1)
        return Samples(times, np.ascontiguousarray(flat), None)
    if trials and len(own) > 1 and own[1:] in forms - {()} and own[0]:
        by_trial = values.reshape(times.size, own[0], -1)
        return Samples(times, np.ascontiguousarray(by_trial.transpose(0, 2, 1)), own[0])
    wanted = " or ".join(str([times.size, *form]) for form in sorted(forms, key=len))
    extra = ", with one more axis behind the times for trials" if trials else ""
    raise Misfit(at, f"shape {list(values.shape)} does not fit; allowed are {wanted}{extra}")


def _read(value: TableOverTime, end: End, files: DataFiles) -> tuple[Floats, Floats]:
    suffix = Path(value.table).suffix.lower()
    try:
        if suffix in TEXT:
            return _from_text(value, end, files.table(value.table))
        if suffix != ".npz":
            name = printable(Path(value.table).name[:60])
            raise DataFileError(f"a table with times is a csv or npz file, not '{name}'")
        if value.columns is not None:
            raise Misfit(("columns",), "an npz file has arrays, not columns; name one by key:")
        if value.key is None:
            raise Misfit((), "an npz file needs key:, the array of values")
        arrays = [files.read(value.table, key) for key in (value.time, value.key)]
    except DataFileError as error:
        raise Misfit((), str(error)) from None
    if any(issparse(array) for array in arrays):
        raise Misfit((), "must be plain arrays; this file holds a sparse matrix")
    times, values = arrays
    if times.ndim != 1 or not times.size:
        raise Misfit(("time",), f"must be a list of times, not an array of shape {times.shape}")
    for k in np.flatnonzero(np.diff(times) <= 0)[:1].tolist():
        where = f"'{Path(value.table).name}' key '{value.time}' at [{k + 1}]"
        raise Misfit(("time",), f"{where}: times rise, but {times[k + 1]:g} follows {times[k]:g}")
    return times, values


def _from_text(value: TableOverTime, end: End, table: Table) -> tuple[Floats, Floats]:
    """Times and values of a table with a header."""
    table = with_corner(table)
    names = [cell.strip() for cell in table.rows[0]]
    time = _place(table, names, value.time)
    if value.key is not None:
        places = [_place(table, names, value.key)]
    elif value.columns is not None:
        places = [_place(table, names, name) for name in value.columns]
    else:
        places = _others(table, names, time, end)
    table.require_width(1, len(names))
    rows = table.rows[1:].changed(lambda row: [row[k] for k in (time, *places)])
    numbers = numbers_of(table, rows, 1)
    bad = np.argwhere(~np.isfinite(numbers))
    if bad.size:
        row, column = bad[0].tolist()
        name = names[(time, *places)[column]]
        raise DataFileError(
            f"'{table.name}' line {table.lines[row + 1]}: column '{printable(name[:40])}' is not "
            "finite"
        )
    times = numbers[:, 0]
    for k in np.flatnonzero(np.diff(times) <= 0)[:1].tolist():
        raise DataFileError(
            f"'{table.name}' line {table.lines[k + 2]}: times rise, but {times[k + 1]:g} follows "
            f"{times[k]:g}"
        )
    values = numbers[:, 1:]
    if len(places) == 1:
        return np.ascontiguousarray(times), np.ascontiguousarray(values[:, 0])
    if len(places) != end.n:
        raise DataFileError(
            f"'{table.name}' has {counted(len(places), 'column')} of values for "
            f"{counted(end.n, 'neuron')}"
        )
    return np.ascontiguousarray(times), np.ascontiguousarray(values)


def _place(table: Table, names: list[str], name: str) -> int:
    """Where the column of this name is."""
    if name not in names:
        raise DataFileError(
            f"no column '{printable(name[:40])}' in '{table.name}'; "
            f"{did_you_mean(name, names, 'columns')}"
        )
    if names.count(name) > 1:
        raise DataFileError(f"'{table.name}' has {names.count(name)} columns '{name}'")
    return names.index(name)


def _others(table: Table, names: list[str], time: int, end: End) -> list[int]:
    """All columns but that of times; by the names of neurons where they have these."""
    others = [k for k in range(len(names)) if k != time]
    if not others:
        raise DataFileError(f"'{table.name}' has no column besides '{names[time]}'")
    if len(others) != end.n or len(others) < 2:
        return others
    order, problems = end.find([names[k] for k in others], by="name")
    if problems or len(set(order.tolist())) < len(others):
        return others
    return [others[k] for k in np.argsort(order).tolist()]
