"""Traces on disk: netCDF-4 (HDF5) files that grow block by block and outlive a killed process.

Written in HDF5's single-writer mode with a flush after every block: whatever has been flushed can
be read while the run goes on, and after ``kill -9``. Such a file is marked as open, which other
readers refuse; `repair` makes a clean copy of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

from hamsim.errors import TraceError, did_you_mean
from hamsim.memory import exceeds_memory
from hamsim.network import Floats, Group
from hamsim.trace import Header, Outcome, Stats, Trace, group_names

__all__ = ["FileSink", "TraceReader", "load_trace", "repair", "save_trace"]

FORMAT = "hamsim-trace/1"
CHUNK_BYTES = 2**17
MAX_CHUNK_ROWS = 2048
SPARE_BYTES = 4 * 2**20
COPY_BYTES = 64 * 2**20

# What h5py raises for files that are open elsewhere, damaged, or something else.
_BROKEN = (OSError, RuntimeError, ValueError)

_UNITS = {
    "x": "state",
    "g": "activation",
    "energy": "energy",
    "residual": "max |W g + I - x| over neurons that are free to move",
}


class FileSink:
    """Writes the records of a simulation to a file.

    Parameters
    ----------
    path : path
        An existing file is replaced if it is a trace; anything else is left alone.

    Raises
    ------
    TraceError
        The file cannot be written, or is there and is not a trace.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        folder = self.path.resolve().parent
        if not folder.is_dir():
            raise TraceError(f"cannot write '{self.path}': there is no folder '{folder.name}'")
        if not os.access(folder, os.W_OK):
            raise TraceError(f"cannot write '{self.path}': the folder cannot be written")
        if self.path.exists() and not _is_trace(self.path):
            raise TraceError(
                f"'{self.path}' is there already and is not a trace; choose another name"
            )

    def open(self, header: Header) -> None:
        """Create the file with everything that is known before the first record."""
        if is_being_written(self.path):
            raise TraceError(f"'{self.path}' is being written by another run; choose another name")
        try:
            self._file = h5py.File(self.path, "w", libver="latest")
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else " ".join(str(error).split())
            raise TraceError(f"cannot write '{self.path}': {why}") from None
        self._guard = _hold(self.path)
        self._header = header
        _write_attributes(self._file, header, Outcome("unfinished", "the run did not end"), Stats())
        self._time = _unlimited(self._file, "time", (), np.float64)
        self._time.make_scale("time")
        scales = {"neuron": header.columns}
        if header.trials is not None:
            scales["trial"] = np.arange(header.trials)
        for name, values in scales.items():
            self._file.create_dataset(name, data=values).make_scale(name)
        by_neuron = {"group": group_names(header).astype(object), "tau": header.tau[header.columns]}
        for name, values in by_neuron.items():
            kind = h5py.string_dtype() if values.dtype == object else np.float64
            written = self._file.create_dataset(name, data=values, dtype=kind)
            written.dims[0].attach_scale(self._file["neuron"])
        self._data = {}
        for what in header.what:
            self._data[what] = self._variable(what)
        self._file.swmr_mode = True

    def _variable(self, what: str) -> Any:
        names = ["time"]
        if self._header.trials is not None:
            names.append("trial")
        if what in ("x", "g"):
            names.append("neuron")
        shape = tuple(self._file[name].shape[0] for name in names[1:])
        made = _unlimited(self._file, what, shape, np.float64)
        made.attrs["long_name"] = _UNITS[what]
        if what in ("x", "g"):
            made.attrs["coordinates"] = "group tau"
        for axis, name in enumerate(names):
            made.dims[axis].attach_scale(self._file[name])
        return made

    def append(self, t: Floats, blocks: Mapping[str, NDArray[Any]]) -> None:
        """Write some records and flush them; time last, so that what it counts is there."""
        self._require_space(sum(block.nbytes for block in blocks.values()))
        try:
            first, last = self._time.shape[0], self._time.shape[0] + t.size
            for what, block in blocks.items():
                data = self._data[what]
                data.resize(last, axis=0)
                data[first:last] = block.reshape(t.size, *data.shape[1:])
                data.flush()
            self._time.resize(last, axis=0)
            self._time[first:last] = t
            self._time.flush()
        except _BROKEN as error:
            why = " ".join(str(error).split())
            raise TraceError(f"cannot write '{self.path}': {why}", broken=True) from None

    def _require_space(self, wanted: int) -> None:
        """Stop while the file is whole: HDF5 does not survive a full disk."""
        free = shutil.disk_usage(self.path.resolve().parent).free
        if free < wanted + SPARE_BYTES:
            raise TraceError(
                f"cannot write '{self.path}': {free / 1e6:.0f} MB are left on the disk; "
                "the records until here are kept"
            )

    def close(self, outcome: Outcome, stats: Stats) -> None:
        """Close the file and note how the run ended."""
        self._file.close()
        self._guard.close()
        try:
            # Without a lock, because somebody may be looking at the file.
            with h5py.File(self.path, "r+", libver="latest", locking=False) as file:
                _write_end(file, outcome, stats)
        except _BROKEN as error:
            why = " ".join(str(error).split())
            raise TraceError(f"cannot write the end of '{self.path}': {why}") from None

    def abandon(self) -> None:
        """Close the file as it is."""
        file = getattr(self, "_file", None)
        if file is not None:
            with contextlib.suppress(*_BROKEN):
                file.close()
            self._guard.close()


# A byte far behind the end of any trace; holding a lock on it tells others that a run writes.
_GUARD_BYTE = 2**62


def _hold(path: Path) -> Any:
    """Lock a file until what is returned is closed, or the process ends in whatever way."""
    stream = path.open("rb+")
    if fcntl is not None:
        with contextlib.suppress(OSError):  # not every file system has locks
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _GUARD_BYTE)
    return stream


def is_being_written(path: Path) -> bool:
    """Whether a run in another process is writing this trace."""
    if fcntl is None or not path.is_file():
        return False
    try:
        with path.open("rb+") as stream:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _GUARD_BYTE)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _unlimited(file: Any, name: str, shape: tuple[int, ...], kind: Any) -> Any:
    """Make a dataset that grows along its first axis."""
    room = CHUNK_BYTES // 8
    chunk: tuple[int, ...] = ()
    for side in reversed(shape):  # the last axis whole, or cut evenly; then the one before
        pieces = -(-side // max(1, room))
        chunk = (-(-side // pieces), *chunk)
        room //= chunk[0]
    # A few numbers a row: not so many rows that a short run takes a whole chunk.
    chunk = (min(max(1, room), MAX_CHUNK_ROWS), *chunk)
    return file.create_dataset(name, (0, *shape), kind, maxshape=(None, *shape), chunks=chunk)


def _write_attributes(file: Any, header: Header, outcome: Outcome, stats: Stats) -> None:
    groups = [
        {
            "name": group.name,
            "start": group.start,
            "stop": group.stop,
            "shape": list(group.shape),
            "lagrangian": group.lagrangian,
            "parameters": {name: _short(p) for name, p in group.parameters.items()},
            "over": list(group.over),
            "neuron_names": list(group.neuron_names),
        }
        for group in header.groups
    ]
    file.attrs["format"] = FORMAT
    file.attrs["network"] = header.name
    file.attrs["groups"] = json.dumps(groups)
    file.attrs["source"] = header.source
    _write_end(file, outcome, stats)


def _short(values: Floats) -> float | list[float]:
    """One number where all neurons have the same."""
    same = bool(np.all(values == values[0]))
    return float(values[0]) if same else [float(value) for value in values]


def _write_end(file: Any, outcome: Outcome, stats: Stats) -> None:
    file.attrs["outcome"] = json.dumps(asdict(outcome))
    file.attrs["stats"] = json.dumps(stats.to_dict())


def _is_trace(path: Path) -> bool:
    try:
        with TraceReader(path):
            return True
    except TraceError:
        return False


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
        except _BROKEN:
            self.clean = False
            try:
                self._file = h5py.File(self.path, "r", libver="latest", swmr=True)
            except _BROKEN:
                raise TraceError(f"'{self.path}' is not a trace of hamsim") from None
        try:
            self._read_facts()
        except (*_BROKEN, KeyError, TypeError, AttributeError, IndexError):
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
                lagrangian=facts["lagrangian"],
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
        what = tuple(name for name in _UNITS if name in file)
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
        self.outcome = Outcome(**json.loads(file.attrs["outcome"]))
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
        except (*_BROKEN, IndexError) as error:
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
    path: str | os.PathLike[str], groups: Iterable[str] | None = None, every: int = 1
) -> Trace:
    """Read a trace into memory, also one that is still being written or whose run was killed.

    Parameters
    ----------
    path : path
    groups : iterable of str, optional
        Read the states of these groups only.
    every : int
        Read every so many records.

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
    with TraceReader(path) as reader:
        header, kept = _choose(reader.header, groups)
        _refuse_huge(reader, header, every)
        arrays = {}
        for what in header.what:
            if what in ("x", "g"):
                parts = [reader.read(what, every=every, columns=part) for part in kept]
                arrays[what] = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
            else:
                arrays[what] = reader.read(what, every=every)
        return Trace(header, reader.time(every=every), arrays, reader.outcome, reader.stats)


def _choose(header: Header, groups: Iterable[str] | None) -> tuple[Header, list[slice]]:
    """Header of a part of the groups, and where the part is among the recorded columns."""
    if groups is None:
        return header, [slice(None)]
    groups = (groups,) if isinstance(groups, str) else tuple(groups)
    if not groups:
        raise TraceError("groups names no group; leave it out to read all")
    recorded = {group.name: group for group in header.recorded_groups}
    slices, columns = [], []
    for name in groups:
        if name not in recorded:
            raise TraceError(
                f"group '{name}' was not recorded; {did_you_mean(name, recorded, 'recorded')}"
            )
    for name, group in recorded.items():
        if name in groups:
            first = int(np.searchsorted(header.columns, group.start))
            slices.append(slice(first, first + group.size))
            columns.append(header.columns[slices[-1]])
    chosen = Header(
        header.name,
        header.groups,
        np.concatenate(columns),
        header.trials,
        header.what,
        header.tau,
        header.source,
    )
    return chosen, slices


def _refuse_huge(reader: TraceReader, header: Header, every: int) -> None:
    rows = -(-reader.length // every)
    wanted = 8 * rows * sum(int(np.prod(header.shape_of(what))) for what in header.what)
    if exceeds_memory(wanted):
        raise TraceError(
            f"'{reader.path}' would take {wanted / 2**30:.1f} GiB of memory; "
            "read fewer groups or records"
        )


def save_trace(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace that is in memory to a file."""
    sink = FileSink(path)
    sink.open(trace.header)
    sink.append(trace.t, trace.arrays)
    sink.close(trace.outcome, trace.stats)


def repair(path: str | os.PathLike[str], output: str | os.PathLike[str] | None = None) -> int:
    """Copy all complete records of a trace whose run was killed to a clean file.

    Parameters
    ----------
    path : path
    output : path, optional
        Where the copy goes; it takes the place of the file itself if nothing is said.

    Returns
    -------
    int
        Number of records.
    """
    source = Path(path)
    if is_being_written(source):
        raise TraceError(f"'{source}' is being written; it needs no repair while its run goes on")
    target = Path(output) if output is not None else source.with_name(source.name + ".repaired")
    with TraceReader(source) as reader:
        sink = FileSink(target)
        sink.open(reader.header)
        states = sum(int(np.prod(reader.header.shape_of(what))) for what in reader.header.what)
        rows = max(1, COPY_BYTES // max(8, 8 * states))
        for first in range(0, reader.length, rows):
            last = min(first + rows, reader.length)
            blocks = {what: reader.read(what, first, last) for what in reader.header.what}
            sink.append(reader.time(first, last), blocks)
        sink.close(reader.outcome, reader.stats)
        length = int(reader.length)
    if output is None:
        target.replace(source)
    return length
