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
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

from hamsim.errors import TraceError
from hamsim.io.tracereader import FILE_ERRORS, FORMAT, UNITS, TraceReader
from hamsim.network import Floats
from hamsim.trace import Header, Outcome, Stats, Trace, group_names, neuron_labels

__all__ = ["FileSink", "is_being_written", "repair", "save_trace"]

CHUNK_BYTES = 2**17
MAX_CHUNK_ROWS = 2048
SPARE_BYTES = 4 * 2**20
COPY_BYTES = 64 * 2**20


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
        if labels := neuron_labels(header):
            by_neuron["label"] = np.array(labels, dtype=object)
        self._by_neuron = tuple(by_neuron)
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
        made = _unlimited(self._file, what, shape, np.dtype(self._header.dtype_of(what)))
        made.attrs["long_name"] = UNITS[what]
        if what in ("x", "g"):
            made.attrs["coordinates"] = " ".join(self._by_neuron)
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
        except FILE_ERRORS as error:
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
        except FILE_ERRORS as error:
            why = " ".join(str(error).split())
            raise TraceError(f"cannot write the end of '{self.path}': {why}") from None

    def abandon(self) -> None:
        """Close the file as it is."""
        file = getattr(self, "_file", None)
        if file is not None:
            with contextlib.suppress(*FILE_ERRORS):
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
            "formula": group.family.formula,
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
