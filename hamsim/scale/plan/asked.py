"""Axes as they are asked for: in Python, in a file's `sweep:` block, or in a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.errors import HamsimError, SpecError, given, shown
from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.sampling import drawn
from hamsim.scale.plan.starting import is_start
from hamsim.scale.store.canonical import token
from hamsim.spec.datafiles import TEXT, DataFileError, DataFiles
from hamsim.spec.frames import frame_kind
from hamsim.spec.python import InPython
from hamsim.spec.samples import MOST, SamplesSpec
from hamsim.spec.sweeping import RangeSpec, SweepSpec, TableSpec, part_of
from hamsim.spec.tables import Table
from hamsim.spec.text import scalar, split_path

__all__ = ["axes_of", "axes_of_block"]

OVER = "over"


def axes_of(over: Any, seeds: Any = None, samples: Any = None) -> tuple[Axis, ...]:
    """Axes of what Python is given; see `hamsim.sweep`.

    Raises
    ------
    HamsimError
        Something of it is no axis, or two of them change the same.
    """
    found: list[Axis] = []
    parts = over if isinstance(over, list | tuple) else [] if over is None else [over]
    for part in parts:
        if isinstance(part, Mapping):
            for names, values in part.items():
                found.append(_axis(names, values))
        elif isinstance(part, str | os.PathLike):
            found.append(_of_table(TableSpec.model_construct(file=os.fspath(part))))
        elif frame_kind(part):
            found.append(_of_frame(part))
        else:
            raise HamsimError(
                f"over is {given(part)}; allowed are a dict of paths and values, a csv file, a "
                "table, and a list of these"
            )
    if samples is not None:
        stated = part_of(("samples",), _plain(samples, "samples"), SamplesSpec)
        found.append(_of_samples(stated))
    if seeds is not None:
        found.append(_of_seeds(seeds))
    return _together(found)


def axes_of_block(block: SweepSpec) -> tuple[Axis, ...]:
    """Axes of the block of a file.

    Raises
    ------
    HamsimError
    """
    found = [_axis(name, values) for name, values in block.over.items()]
    for names in block.zip:
        columns = [v.values if isinstance(v, RangeSpec) else v for v in names.values()]
        found.append(_axis(tuple(names), list(zip(*columns, strict=True))))
    found += map(_of_table, block.tables)
    if block.samples is not None:
        found.append(_of_samples(block.samples))
    if block.seeds is not None:
        found.append(_of_seeds(block.seeds))
    return _together(found)


def _together(axes: list[Axis]) -> tuple[Axis, ...]:
    """Axes of one sweep, of which no two change the same."""
    seen: dict[tuple[Any, ...], str] = {}
    for axis in axes:
        for name in axis.names:
            path = tuple(split_path(name))
            if path in seen:
                raise HamsimError(f"{OVER} {name}: it is changed twice")
            seen[path] = name
    if "initial" in seen.values() and any(path[:1] == ("initial",) for path in seen if path[1:]):
        raise HamsimError(f"{OVER} initial: states of all neurons and of some are both changed")
    dims: dict[str, int] = {}
    for axis in axes:
        dims[axis.dim] = dims.get(axis.dim, 0) + 1
        if dims[axis.dim] > 1:
            raise HamsimError(f"{OVER}: two axes are called {axis.dim}; name the files apart")
    total = 1
    for axis in axes:
        total *= len(axis)
    if total > 10**9:
        raise HamsimError(f"{OVER}: {total:,} runs are more than a sweep can have")
    return tuple(axes)


def _axis(names: Any, values: Any) -> Axis:
    """One dimension, of one name or of a tuple of them."""
    several = isinstance(names, tuple)
    every = tuple(map(_name, names if several else (names,)))
    dim = "+".join(every)
    if isinstance(values, Mapping):
        stated = part_of((OVER, dim), _plain(values, dim), RangeSpec)
        rows: Any = [(value,) * len(every) for value in stated.values]
        if several:
            raise HamsimError(f"{OVER} {dim}: give a list with {len(every)} values a place")
    elif isinstance(values, RangeSpec):
        rows = [(value,) for value in values.values]
    else:
        listed = _items(dim, values)
        rows = [tuple(_items(dim, row)) for row in listed] if several else [(v,) for v in listed]
    for k, row in enumerate(rows):
        if len(row) != len(every):
            raise HamsimError(
                f"{OVER} {dim}: at place {k} it has {counted(len(row), 'value')} for "
                f"{counted(len(every), 'name')}"
            )
    made = tuple(
        tuple(_value(name, value) for name, value in zip(every, row, strict=True)) for row in rows
    )
    _refuse_twice(dim, made)
    return Axis(dim, every, made, _kind(every))


def _kind(names: Iterable[str]) -> Any:
    return "trials" if all(map(is_start, names)) else "runs"


def _name(name: Any) -> str:
    if not isinstance(name, str) or not split_path(name):
        raise HamsimError(f"{OVER}: {given(name)} is no path, such as groups.exc.tau")
    return name.strip()


def _items(dim: str, values: Any) -> list[Any]:
    """Values one after another: of a list, a range, an array along its first axis."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise HamsimError(
            f"{OVER} {dim}: {given(values)} is no list of values; write [{given(values)}] for one"
        )
    listed = list(values)
    if not listed:
        raise HamsimError(f"{OVER} {dim}: the list of values is empty")
    if len(listed) > MOST:
        raise HamsimError(f"{OVER} {dim}: has {len(listed):,} values; at most {MOST:,} are allowed")
    return listed


def _value(name: str, value: Any) -> Any:
    """A value as a file would have it; arrays of numbers stay arrays."""
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "iuf":
        if not np.isfinite(value).all():
            raise HamsimError(f"{OVER} {name}: holds numbers that are not finite")
        held = np.array(value, dtype=np.int64 if value.dtype.kind in "iu" else np.float64)
        held.flags.writeable = False
        return held
    return _plain(value, name)


def _plain(value: Any, name: str) -> Any:
    tables: dict[str, Table] = {}
    try:
        plain = InPython(tables).plain(value, (OVER,))
    except SpecError as error:
        raise HamsimError(f"{OVER} {name}: {error.problems[0].message}") from None
    if tables:
        raise HamsimError(
            f"{OVER} {name}: a table cannot be swept over; give arrays of its numbers"
        )
    try:
        token(plain)
    except HamsimError:
        raise HamsimError(f"{OVER} {name}: {given(value)} is no value of a description") from None
    return plain


def _refuse_twice(dim: str, values: tuple[tuple[Any, ...], ...]) -> None:
    seen: dict[bytes, int] = {}
    for k, row in enumerate(values):
        first = seen.setdefault(token(row), k)
        if first != k:
            told = shown(row[0] if len(row) == 1 else list(row))
            raise HamsimError(f"{OVER} {dim}: {told} is at place {first} and again at {k}")


def _of_seeds(seeds: Any) -> Axis:
    """So many seeds from 0 on, or these."""
    if isinstance(seeds, bool) or not isinstance(seeds, int | np.integer | Iterable):
        raise HamsimError(f"seeds is {given(seeds)}; allowed are a whole number and a list of them")
    listed = range(int(seeds)) if isinstance(seeds, int | np.integer) else list(seeds)
    if not len(listed):
        raise HamsimError("seeds: there is none; give at least 1")
    for seed in listed:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise HamsimError(f"seeds: {given(seed)} is no whole number of at least 0")
    return _axis("seed", [int(seed) for seed in listed])


def _of_samples(samples: SamplesSpec) -> Axis:
    names = tuple(map(_name, samples.over))
    return Axis("sample", names, drawn(samples), _kind(names))


def _of_frame(frame: Any) -> Axis:
    """An axis of a table of pandas or the like: a column a name, a row a place."""
    names = tuple(_name(str(name)) for name in frame.columns)
    columns = [np.asarray(frame[name]).tolist() for name in frame.columns]
    rows = list(zip(*columns, strict=True))
    made = _axis(names, rows)
    return Axis("row", made.names, made.values, made.kind)


def _of_table(table: TableSpec) -> Axis:
    """An axis of a csv file."""
    file = Path(table.file)
    said = f"{OVER} {file.name}"
    if file.suffix.lower() not in TEXT:
        raise HamsimError(f"{said}: a table of values is a csv file")
    try:
        read = DataFiles().table(str(file))
        read.require_width(0, len(read.rows[0]))
    except DataFileError as error:
        raise HamsimError(f"{said}: {error}") from None
    head, rows = read.rows[0], read.rows[1:]
    header = [cell.strip() for cell in head]
    columns = table.columns if isinstance(table.columns, Mapping) else None
    wanted = {name: name for name in table.columns or header} if columns is None else columns
    for column in wanted.values():
        if header.count(column) != 1:
            there = "twice" if column in header else f"not; there are {', '.join(header)}"
            raise HamsimError(f"{said}: the column {shown(column)} is there {there}")
    if not rows:
        raise HamsimError(f"{said}: there is no row of values below the header")
    places = [header.index(column) for column in wanted.values()]
    values = []
    for number, row in zip(read.lines[1:], rows, strict=False):
        cells = [row[place].strip() for place in places]
        if not all(cells):
            column = list(wanted.values())[cells.index("")]
            raise HamsimError(f"{said}: line {number} has nothing in the column {column}")
        values.append(tuple(map(scalar, cells)))
    made = _axis(tuple(wanted), values)
    return Axis(file.stem, made.names, made.values, made.kind)
