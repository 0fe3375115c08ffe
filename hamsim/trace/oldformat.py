"""Reading traces of the format ``hamsim-trace/1``, which HDF5's library has written.

Those have no checksums. The library may crash, hang or take any memory where its structures are
damaged, so that another process reads such a file first, and nothing is read before it is known to
be what hamsim has written.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.trace import expected as forms
from hamsim.trace.expected import FormError
from hamsim.trace.hdf5 import SIGNATURE
from hamsim.trace.head import UNITS, check_columns, decode_ending, decode_groups
from hamsim.trace.records import Piece
from hamsim.trace.state import State
from hamsim.trace.trace import Header

__all__ = ["FORMAT", "OldTrace", "vet"]

FORMAT = "hamsim-trace/1"
# What h5py raises for files that are open elsewhere, damaged, or something else.
FILE_ERRORS = (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, MemoryError)
STRANGE = "is not a trace of hamsim"
BROKEN = "is damaged: HDF5 cannot read it"

PIECE_BYTES = 4 * 2**20
MAX_CHUNK_BYTES = 2**24
VET_SECONDS = 7.0
VET_BYTES_A_SECOND = 5e7
VET_MEMORY = 56 * 2**20
_REFUSED = 3


class OldTrace:
    """An open trace.

    Parameters
    ----------
    path : Path
    vetted : bool
        Whether another process has read it, or this is that process.
    records : bool
        Whether its records will be read, so that the other process must read them first.
    """

    flaw = ""
    state: State | None = None

    def __init__(self, path: Path, vetted: bool = False, records: bool = True) -> None:
        self._size = _whole_size(path)
        if not vetted:
            _have_vetted(path, self._size if records else 0)
        self.clean = True
        try:
            self._file = h5py.File(path, "r")
        except FILE_ERRORS:
            self.clean = False
            try:
                self._file = h5py.File(path, "r", libver="latest", swmr=True)
            except FILE_ERRORS:
                raise FormError(STRANGE) from None
        try:
            self._read_facts()
        except FormError as error:
            self._file.close()
            raise FormError(f"{STRANGE}: {error}") from None
        except FILE_ERRORS:
            self._file.close()
            raise FormError(STRANGE) from None

    def _read_facts(self) -> None:
        if self._text("format") != FORMAT:
            raise FormError("it is of another format, or a copy of a trace by another program")

        def values_of(value: Any, size: int, where: str) -> Floats:
            if isinstance(value, list):
                values = np.array([forms.number(item, where) for item in value])
                if values.size != size:
                    raise FormError(f"{where} is not one number a neuron")
                return values
            return np.broadcast_to(np.float64(forms.number(value, where)), size)

        facts = forms.parse_json(self._text("groups"), "groups")
        groups = decode_groups(facts if isinstance(facts, list) else [], values_of)
        self._data = {"time": self._dataset("time", "f8", 1)}
        columns = self._dataset("neuron", "i8", 1)[:]
        if not groups:
            raise FormError("it has no groups")
        check_columns(columns, groups)
        own = self._dataset("tau", "f8", 1)
        trials = self._dataset("trial", "i8", 1).shape[0] if "trial" in self._file else None
        if own.shape != columns.shape or trials == 0:
            raise FormError("tau and trials are not those of its neurons")
        what = tuple(name for name in UNITS if name in self._file)
        dtype = "float64"
        for name in what:
            shape = () if trials is None else (trials,)
            kinds: tuple[str, ...] = ("f8",)
            if name in ("x", "g"):
                shape, kinds = (*shape, columns.size), ("f8", "f4")
            data = self._dataset(name, kinds, 1 + len(shape))
            if data.shape[1:] != shape:
                raise FormError(f"{name} has another shape than its neurons and trials")
            self._data[name] = data
            if name in ("x", "g"):
                dtype = data.dtype.name
        if not what:
            raise FormError("it has no records")
        # Another may have become longer while these were opened, or before the run was killed.
        self.length = min(data.shape[0] for data in self._data.values())
        # As many neurons as the groups say may be more than the file could have.
        if groups[-1].stop > 2**31:
            raise FormError("it has more neurons than can be")
        if groups[-1].stop * 8 > 64 * 2**20 + 8 * self._size:
            raise FormError("it has more neurons than it could tell of")
        tau = np.full(groups[-1].stop, np.nan)
        tau[columns] = own[:]
        self.header = Header(
            self._text("network"), groups, columns, trials, what, tau, self._text("source"), dtype
        )
        ending = {name: forms.parse_json(self._text(name), name) for name in ("outcome", "stats")}
        self.outcome, self.stats = decode_ending(ending, trials)

    def _text(self, name: str) -> str:
        """An attribute that is one text."""
        if name not in self._file.attrs:
            raise FormError(f"it does not say its {name}")
        attribute = self._file.attrs.get_id(name)
        if attribute.shape != () or attribute.get_type().get_class() != h5py.h5t.STRING:
            raise FormError(f"its {name} is not text")
        value = self._file.attrs[name]
        if isinstance(value, bytes):
            value = value.decode("utf-8")
        return forms.text(value, f"its {name}")

    def _dataset(self, name: str, kinds: str | tuple[str, ...], rank: int) -> Any:
        """An array, of which nothing is read unless it is as hamsim writes it."""
        names = name.encode()
        if name not in self._file:
            raise FormError(f"it has no {name}")
        if self._file.id.links.get_info(names).type != h5py.h5l.TYPE_HARD:
            raise FormError(f"{name} is a link")
        data = self._file[name]
        if not isinstance(data, h5py.Dataset):
            raise FormError(f"{name} is not an array")
        made = data.id.get_create_plist()
        layout = made.get_layout()
        if layout not in (h5py.h5d.CHUNKED, h5py.h5d.CONTIGUOUS):
            raise FormError(f"{name} is not stored in this file")
        if made.get_external_count() or made.get_nfilters():
            raise FormError(f"{name} is not stored as hamsim stores it")
        allowed = (kinds,) if isinstance(kinds, str) else kinds
        types = {"f8": "IEEE_F64LE", "f4": "IEEE_F32LE", "i8": "STD_I64LE"}
        if not any(data.id.get_type() == getattr(h5py.h5t, types[kind]) for kind in allowed):
            raise FormError(f"{name} holds numbers of another type")
        if data.id.get_space().get_simple_extent_type() != h5py.h5s.SIMPLE:
            raise FormError(f"{name} is not an array")
        if len(data.shape) != rank:
            raise FormError(f"{name} has {counted(len(data.shape), 'axis', 'axes')}, not {rank}")
        item = data.dtype.itemsize
        wanted = item
        for side in data.shape:
            wanted *= side
        if layout == h5py.h5d.CHUNKED:
            chunk = item
            for side in data.chunks:
                chunk *= side
            if chunk > MAX_CHUNK_BYTES:
                raise FormError(f"{name} has larger pieces than hamsim writes")
        stored = data.id.get_storage_size()
        if stored > self._size or wanted > stored:
            raise FormError(f"{name} claims more numbers than are stored")
        return data

    def times(self) -> Floats:
        """Times of all records."""
        try:
            found: Floats = self._data["time"][: self.length]
        except FILE_ERRORS:
            raise FormError(BROKEN) from None
        return found

    def pieces(self, every: int, first: int = 0, stop: int | None = None) -> Iterator[Piece]:
        """Every so many records of some, piece by piece."""
        header = self.header
        size = 8
        for what in header.what:
            size += 8 * int(np.prod(header.shape_of(what), dtype=np.int64))
        at_once = max(1, PIECE_BYTES // size)
        last = self.length if stop is None else min(stop, self.length)
        for begin in range(first, last, at_once * every):
            numbers = np.arange(begin, min(last, begin + at_once * every), every)
            rows = slice(begin, int(numbers[-1]) + 1, every)
            try:
                t = self._data["time"][rows]
                arrays: dict[str, NDArray[Any]] = {
                    what: self._data[what][rows].reshape(numbers.size, *header.shape_of(what))
                    for what in header.what
                }
            except FILE_ERRORS:
                raise FormError(BROKEN) from None
            yield Piece(numbers, t, arrays, np.ones(numbers.size, dtype=bool))

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(*FILE_ERRORS):
            self._file.close()


def _whole_size(path: Path) -> int:
    """Size of a file; one that is shorter than it says is refused.

    HDF5 would look for the rest without end. The superblock, which is of version 3 in all that
    hamsim has written, holds the address of the end of the file in bytes 28 to 35.
    """
    with path.open("rb") as stream:
        begin = stream.read(36)
    size = path.stat().st_size
    if len(begin) < 36 or begin[:8] != SIGNATURE or begin[8] != 3:
        raise FormError(STRANGE)
    end = int.from_bytes(begin[28:36], "little")
    if size < end:
        raise FormError(f"is cut off: it has {size:,} of {end:,} bytes")
    return size


def _have_vetted(path: Path, size: int) -> None:
    """Let another process read so much of a file, or only its head, in limited time and memory."""
    places = [str(Path(__file__).resolve().parents[2]), *(entry for entry in sys.path if entry)]
    code = (
        f"import sys; sys.path[:0] = {places!r}; "
        f"from hamsim.trace.oldformat import vet; vet(sys.argv[1], {size > 0})"
    )
    seconds = VET_SECONDS + size / VET_BYTES_A_SECOND
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FormError(f"is damaged: HDF5 has not read it in {seconds:.0f} s") from None
    if done.returncode == _REFUSED:
        raise FormError(done.stdout.decode("utf-8", "replace"))
    if done.returncode != 0:
        raise FormError(BROKEN)


def vet(path: str, records: bool) -> None:
    """Read a file, or only its head; ends the process, with a message if it is refused."""
    try:
        import resource
    except ImportError:  # not on Windows
        pass
    else:
        with contextlib.suppress(OSError, ValueError, IndexError):
            status = Path("/proc/self/status").read_text()
            used = 1024 * int(status.split("VmData:")[1].split()[0])
            most = used + VET_MEMORY + Path(path).stat().st_size
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    status_code = 0
    try:
        trace = OldTrace(Path(path), vetted=True)
        for _ in trace.pieces(1) if records else ():
            pass
        trace.close()
    except (FormError, MemoryError) as error:
        text = str(error) if isinstance(error, FormError) else BROKEN
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
        status_code = _REFUSED
    os._exit(status_code)  # what is left of a damaged file might crash the library
