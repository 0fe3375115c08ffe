"""Reading traces: whole ones, parts of them, and those of runs that go on or were killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np

from hamsim.errors import TraceError
from hamsim.lagrangians.families import formula_family
from hamsim.lagrangians.table import TABLE, Lagrangian
from hamsim.memory import exceeds_memory
from hamsim.names import as_list
from hamsim.network import Floats, Group
from hamsim.trace import Header, Outcome, Stats, Trace

__all__ = ["FILE_ERRORS", "FORMAT", "UNITS", "TraceReader", "load_trace"]

FORMAT = "hamsim-trace/1"
# What h5py raises for files that are open elsewhere, damaged, or something else.
FILE_ERRORS = (OSError, RuntimeError, ValueError)

UNITS = {
    "x": "state",
    "g": "activation",
    "energy": "energy",
    "residual": "max |W g + I - x| over neurons that are free to move",
}


def _family(facts: dict[str, Any]) -> Lagrangian:
    formula = facts.get("formula", "")
    return formula_family(formula) if formula else TABLE[facts["lagrangian"]]


class TraceReader:
    """An open trace file; reads parts of it.

    Parameters
    ----------
    path : path

    Attributes
    ----------
    header : Header
    length : int
        Number of complete records.
    outcome : Outcome
    stats : Stats
    clean : bool
        False if the file was never closed: the run goes on, or was killed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise TraceError(f"no file '{self.path}'")
        self.clean = True
        _refuse_cut_off(self.path)
        try:
            self._file = h5py.File(self.path, "r")
        except FILE_ERRORS:
            self.clean = False
            try:
                self._file = h5py.File(self.path, "r", libver="latest", swmr=True)
            except FILE_ERRORS:
                raise TraceError(f"'{self.path}' is not a trace of hamsim") from None
        try:
            self._read_facts()
        except (*FILE_ERRORS, KeyError, TypeError, AttributeError, IndexError):
            self._file.close()
            raise TraceError(f"'{self.path}' is not a trace of hamsim") from None

    def _read_facts(self) -> None:
        file = self._file
        if file.attrs["format"] != FORMAT:
            raise KeyError("format")
        groups = tuple(
            Group(
                name=facts["name"],
                start=facts["start"],
                stop=facts["stop"],
                shape=tuple(facts["shape"]),
                family=_family(facts),
                parameters={
                    name: np.broadcast_to(
                        np.array(value, dtype=np.float64), facts["stop"] - facts["start"]
                    )
                    for name, value in facts["parameters"].items()
                },
                over=tuple(facts["over"]),
                neuron_names=tuple(facts["neuron_names"]),
            )
            for facts in json.loads(file.attrs["groups"])
        )
        what = tuple(name for name in UNITS if name in file)
        columns = file["neuron"][:].astype(np.int64)
        tau = np.full(groups[-1].stop, np.nan)
        tau[columns] = file["tau"][:]
        trials = file["trial"].shape[0] if "trial" in file else None
        self.header = Header(
            str(file.attrs["network"]),
            groups,
            columns,
            trials,
            what,
            tau,
            str(file.attrs["source"]),
        )
        self.length = min(file[name].shape[0] for name in ("time", *what))
        self.outcome = Outcome.from_dict(json.loads(file.attrs["outcome"]))
        self.stats = Stats.from_dict(json.loads(file.attrs["stats"]))

    def __enter__(self) -> TraceReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def time(self, start: int = 0, stop: int | None = None, every: int = 1) -> Floats:
        """Times of some records."""
        times: Floats = self._file["time"][start : self.length if stop is None else stop : every]
        return times

    def read(
        self,
        what: str,
        start: int = 0,
        stop: int | None = None,
        every: int = 1,
        columns: slice = slice(None),
    ) -> Floats:
        """Some records of a quantity: records first, then trials, then neurons."""
        stop = self.length if stop is None else stop
        trials = self.header.trials or 1
        try:
            data = self._file[what]
            if what in ("x", "g"):
                rows = data[start:stop:every, ..., columns]
                return np.asarray(rows.reshape(rows.shape[0], trials, rows.shape[-1]))
            rows = data[start:stop:every]
            return np.asarray(rows.reshape(rows.shape[0], trials))
        except (*FILE_ERRORS, IndexError) as error:
            why = " ".join(str(error).split())[:200]
            raise TraceError(f"'{self.path}' is damaged: {why}") from None


def _refuse_cut_off(path: Path) -> None:
    """Refuse a file that is shorter than it says: HDF5 would look for the rest without end.

    The superblock of the file's format (version 2 and 3) holds the address of the end of the file
    in bytes 28 to 35.
    """
    with path.open("rb") as stream:
        begin = stream.read(36)
    if len(begin) < 36 or begin[:8] != b"\x89HDF\r\n\x1a\n":
        raise TraceError(f"'{path}' is not a trace of hamsim")
    end = int.from_bytes(begin[28:36], "little")
    size = path.stat().st_size
    if begin[8] in (2, 3) and size < end:
        raise TraceError(f"'{path}' is cut off: it has {size:,} of {end:,} bytes")


def load_trace(
    path: str | os.PathLike[str],
    groups: Iterable[str] | None = None,
    every: int = 1,
    neurons: Any = None,
) -> Trace:
    """Read a trace into memory, also one that is still being written or whose run was killed.

    Parameters
    ----------
    path : path
    groups : iterable of str, optional
        Read the states of these groups only.
    every : int
        Read every so many records.
    neurons : str, int or iterable of these, optional
        Read the states of these neurons only, as ``["AVAL", "exc[10:20]"]``, besides those of
        `groups`.

    Returns
    -------
    Trace

    Raises
    ------
    TraceError
        Not a trace, an unknown group, or more than fits into memory.
    """
    if every != int(every) or every < 1:
        raise TraceError(f"every is {every}; it must be a whole number of at least 1")
    with TraceReader(os.fsdecode(path)) as reader:
        header, kept = _choose(reader.header, groups, neurons)
        _refuse_huge(reader, header, every)
        arrays = {}
        for what in header.what:
            if what in ("x", "g"):
                parts = [reader.read(what, every=every, columns=part) for part in kept]
                arrays[what] = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
            else:
                arrays[what] = reader.read(what, every=every)
        return Trace(header, reader.time(every=every), arrays, reader.outcome, reader.stats)


def _choose(
    header: Header, groups: Iterable[str] | None, neurons: Any
) -> tuple[Header, list[slice]]:
    """Header of a part of the neurons, and where the part is among the recorded columns."""
    if groups is None and neurons is None:
        return header, [slice(None)]
    groups = (groups,) if isinstance(groups, str) else tuple(groups or ())
    if not groups and (neurons is None or not as_list(neurons)):
        name, what = ("groups", "group") if neurons is None else ("neurons", "neuron")
        raise TraceError(f"{name} names no {what}; leave it out to read all")
    kept = header.recorded.choose(groups, neurons)
    if isinstance(kept, str):
        raise TraceError(kept)
    bounds = [0, *(np.flatnonzero(np.diff(kept) != 1) + 1).tolist(), kept.size]
    slices = [slice(int(kept[a]), int(kept[b - 1]) + 1) for a, b in pairwise(bounds)]
    return replace(header, columns=header.columns[kept]), slices


def _refuse_huge(reader: TraceReader, header: Header, every: int) -> None:
    rows = -(-reader.length // every)
    wanted = 8 * rows * sum(int(np.prod(header.shape_of(what))) for what in header.what)
    if exceeds_memory(wanted):
        raise TraceError(
            f"'{reader.path}' would take {wanted / 2**30:.1f} GiB of memory; "
            "read fewer groups or records"
        )
