"""Writing traces: records are added block by block and outlive whatever ends the run.

What has been written is never written again, and HDF5's library has no part in it: see
`hamsim.trace.format`. A trace of an older run is replaced only once the new one has its head.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

from hamsim.arrays import Floats
from hamsim.errors import TraceError, printable
from hamsim.paths import why_unwritable
from hamsim.trace.checksum import DIGEST, digest
from hamsim.trace.expected import FormError
from hamsim.trace.format import (
    ALIGNMENT,
    COPY,
    END,
    FRAME,
    FRONT,
    HEAD,
    MAX_CHUNK_BYTES,
    OPEN,
    Layout,
    aligned,
    frame,
    head_bytes,
    records_of_block,
    salt_of,
    state_frame,
    state_head,
)
from hamsim.trace.hdf5 import SIGNATURE, SUPERBLOCK, describe
from hamsim.trace.head import encode_ending, encode_head
from hamsim.trace.outcome import Outcome
from hamsim.trace.state import State, encode_state
from hamsim.trace.stats import Stats
from hamsim.trace.trace import Header, Trace
from hamsim.trace.variables import notes_of, variables_of

# Bytes by which a state may become longer in its place: numbers in words differ in length.
SLACK = 256

__all__ = ["Before", "FileSink", "is_being_written", "save_trace"]


class Before(NamedTuple):
    """What a run that goes on in the same file has left there.

    Parameters
    ----------
    records : iterable of (times, arrays)
    state : State
    """

    records: Iterable[tuple[Floats, Mapping[str, NDArray[Any]]]]
    state: State


class FileSink:
    """Writes the records of a simulation to a file.

    Parameters
    ----------
    path : path
        An existing file is replaced if it is a trace; anything else is left alone.
    before : Before, optional
        What the file begins with. It is there, in whole, before it takes the place of another.

    Raises
    ------
    TraceError
        The file cannot be written, or is there and is not a trace.
    """

    def __init__(self, path: str | os.PathLike[str], before: Before | None = None) -> None:
        self.path = Path(path)
        self._name = printable(str(self.path))
        self._file: int | None = None
        self._beside: Path | None = None
        self._before = before
        self._length = 0
        self._blocks: list[int] = []  # where they begin
        self._rooms: list[tuple[int, int]] = []  # places for states, and how much fits there
        self._states = 0  # that have been written
        self._has_name = False  # the file, in the place of an older trace
        try:
            # A trace behind a link is replaced where it is.
            self._target = self.path.resolve()
            if why := why_unwritable(self.path):
                raise TraceError(f"cannot write '{self._name}': {why}")
            folder = self._target.parent
            if not os.access(folder, os.W_OK):
                raise TraceError(f"cannot write '{self._name}': the folder cannot be written")
            if os.path.lexists(self._target) and not _is_trace(self._target):
                raise TraceError(
                    f"'{self._name}' is there already and is not a trace; choose another name"
                )
        except (OSError, RuntimeError, ValueError) as error:
            if isinstance(error, TraceError):
                raise
            raise self._failed(error) from None

    def open(self, header: Header) -> None:
        """Create the file with everything that is known before the first record."""
        self._describe(header)
        try:
            self._file = self._claim()
            self._write(0, OPEN + self._head)
            if self._before is not None:
                for times, blocks in self._before.records:
                    self.append(times, blocks)
                self.keep(self._before.state)
            self._rename()
        except BaseException as error:
            self._let_go(remove=True)
            if isinstance(error, OSError):
                raise self._failed(error) from None
            raise
        self._has_name = True

    def _describe(self, header: Header) -> None:
        records = records_of_block(header)
        largest = max(
            header.columns.size * np.dtype(header.dtype_of(what)).itemsize for what in header.what
        )
        if largest > MAX_CHUNK_BYTES:
            raise TraceError(
                f"cannot write '{self._name}': one state takes {largest / 2**30:.1f} GiB, and a "
                "trace has room for 4 GiB; record fewer groups"
            )
        self._head = head_bytes(*encode_head(header, records))
        self._next = aligned(FRONT + len(self._head), ALIGNMENT)
        self.layout = Layout(header, records, self._next, salt_of(self._head[:FRAME]))

    def _claim(self) -> int:
        """Open a file beside the one to be, which no other run may have; left ones are taken."""
        mark = hashlib.blake2b(os.fsencode(self._target.name), digest_size=6).hexdigest()
        self._beside = self._target.with_name(f".hamsim-{mark}.new")
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        while True:
            file = os.open(self._beside, flags, 0o666)
            try:
                if not _lock(file) or is_being_written(self._target):
                    self._beside = None  # it is another's
                    raise TraceError(
                        f"'{self._name}' is being written by another run; choose another name"
                    )
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(file), os.stat(self._beside)):
                        os.ftruncate(file, 0)
                        return file
            except BaseException:
                os.close(file)
                raise
            os.close(file)  # another run has just given it its name

    def _rename(self) -> None:
        """Put the file in the place of an older trace."""
        beside = self._beside
        assert beside is not None
        assert self._file is not None
        try:
            os.replace(beside, self._target)
        except PermissionError:
            if os.name != "nt":
                raise
            os.close(self._file)  # Windows renames no open files
            self._file = None
            os.replace(beside, self._target)
            self._file = os.open(self._target, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._beside = None

    def append(self, t: Floats, blocks: Mapping[str, NDArray[Any]]) -> None:
        """Write some records; their checksums last, which say that they are there."""
        layout = self.layout
        header = layout.header
        arrays = {
            what: np.ascontiguousarray(blocks[what], dtype=layout.kind_of(what))
            for what in header.what
        }
        times = np.ascontiguousarray(t, dtype="<f8")
        numbers = np.arange(self._length, self._length + t.size, dtype=np.int64)
        checksums = layout.checksums(numbers, times, arrays)
        done = 0
        try:
            while done < t.size:
                number, first = divmod(self._length, layout.records)
                count = min(layout.records - first, t.size - done)
                part = slice(done, done + count)
                if first == 0:
                    self._write(self._next, layout.block_begin(number))
                    self._blocks.append(self._next)
                    self._next += layout.places[""]
                place = self._blocks[number]
                for name, values in {"time": times, **arrays}.items():
                    rows = values[part]
                    offset = layout.places[name] + first * (rows.nbytes // count)
                    self._write(place + offset, rows)
                try:
                    self._write(place + FRAME + 8 * first, checksums[part])
                finally:  # as many are there as have their checksum
                    self._length += self._written // 8
                done += count
        except OSError as error:
            raise self._failed(error) from None

    def keep(self, state: State) -> None:
        """Write a state from which the run can go on, in the place of the last but one."""
        content = encode_state(state)
        salt, turn = self.layout.salt, self._states % 2
        try:
            if turn >= len(self._rooms) or self._rooms[turn][1] < len(content):
                room = aligned(len(content) + len(content) // 16 + SLACK, 8)
                self._write(self._next, state_frame(room, salt))
                self._rooms[turn : turn + 1] = [(self._next + FRAME, room)]
                self._next += 2 * FRAME + room
            place = self._rooms[turn][0]
            self._write(place + FRAME, content)
            self._write(place, state_head(self._states + 1, content, salt))
            self._states += 1
        except OSError as error:
            raise self._failed(error) from None

    def close(self, outcome: Outcome, stats: Stats) -> None:
        """Write how the run ended, and what other programs need to read the file."""
        place = self._next
        facts = {
            "records": self._length,
            "state": self._states,
            **encode_ending(outcome, stats),
            # Of the right length, for the place of what follows.
            "superblock": "0" * 2 * SUPERBLOCK,
            "digest": digest().hex(),
        }
        behind = aligned(place + FRAME + len(json.dumps(facts)), 8)
        copy = self._head + len(self._head).to_bytes(8, "little") + COPY
        superblock, rest = describe(
            behind,
            variables_of(self.layout, self._length, self._blocks),
            notes_of(self.layout.header, outcome, stats),
            copy,
        )
        facts |= {"superblock": superblock.hex(), "digest": digest(rest).hex()}
        text = json.dumps(facts).encode()
        try:
            self._write(
                place, frame(END, text, len(rest), self._head[FRAME - DIGEST : FRAME]) + text
            )
            self._write(behind, rest)
            self._write(0, superblock + bytes(FRONT - SUPERBLOCK))
            file, self._file = self._file, None
            if file is not None:
                os.close(file)
        except OSError as error:
            raise self._failed(error, "the end of ") from None

    def abandon(self) -> None:
        """Close the file as it is."""
        self._let_go(remove=False)

    def _let_go(self, remove: bool) -> None:
        with contextlib.suppress(OSError):
            if self._file is not None:
                file, self._file = self._file, None
                os.close(file)
        with contextlib.suppress(OSError):
            if remove and self._beside is not None:
                self._beside.unlink()

    def _write(self, place: int, content: Any) -> None:
        assert self._file is not None
        view = memoryview(content).cast("B")
        self._written = 0
        while view:
            written = _pwrite(self._file, view, place)
            if written == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            view, place = view[written:], place + written
            self._written += written

    def _failed(self, error: Exception, what: str = "") -> TraceError:
        """What to say of an error of the system."""
        why = getattr(error, "strerror", None) or " ".join(str(error).split())
        kept = ""
        if self._has_name:
            kept = (
                f"; {self._length:,} record" + (" is" if self._length == 1 else "s are") + " kept"
            )
        return TraceError(f"cannot write {what}'{self._name}': {why}{kept}")


def _seek_and_write(file: int, content: memoryview, place: int) -> int:
    os.lseek(file, place, os.SEEK_SET)
    return os.write(file, content)


_pwrite: Callable[[int, memoryview, int], int] = getattr(os, "pwrite", _seek_and_write)


def _lock(file: int) -> bool:
    """Mark a file as being written until it is closed, or the process ends in whatever way."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # not every file system has locks
        pass
    return True


def is_being_written(path: Path) -> bool:
    """Whether a run is writing this trace."""
    if fcntl is None:
        return False
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _is_trace(path: Path) -> bool:
    """Whether a file is a trace, which may be replaced: also a damaged one."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        begin = stream.read(FRONT + FRAME)
    if begin.startswith(OPEN) or begin[FRONT:].startswith(HEAD):
        return True
    if not begin.startswith(SIGNATURE):
        return False
    from hamsim.trace.oldformat import OldTrace

    try:
        OldTrace(path, records=False).close()
    except FormError:
        return False
    return True


def save_trace(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace that is in memory to a file."""
    sink = FileSink(path)
    try:
        sink.open(trace.header)
        sink.append(trace.t, trace.arrays)
        if trace.state is not None:
            sink.keep(trace.state)
        sink.close(trace.outcome, trace.stats)
    except BaseException:
        sink.abandon()
        raise
