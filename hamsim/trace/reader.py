"""Reading traces: whole ones, parts of them, and those of runs that go on or were killed.

Nothing is believed: what is said once has a digest, each record its checksum, and claims are
compared with what is there before memory is taken for them.
"""

from __future__ import annotations

import operator
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import TraceError, given, printable
from hamsim.names import as_list
from hamsim.paths import why_unreadable
from hamsim.ram import require_memory
from hamsim.trace.expected import FormError
from hamsim.trace.format import FRAME, FRONT, HEAD, OPEN
from hamsim.trace.hdf5 import SIGNATURE
from hamsim.trace.outcome import Outcome
from hamsim.trace.records import Piece, Records
from hamsim.trace.state import State
from hamsim.trace.stats import Stats
from hamsim.trace.trace import Header, Trace

__all__ = ["TraceReader", "load_trace"]

CLEAN_COPY = "hamsim repair makes a clean copy of what is good"


class _Source(Protocol):
    """A trace of one format."""

    header: Header
    length: int
    outcome: Outcome
    stats: Stats
    clean: bool
    flaw: str
    state: State | None

    def times(self) -> Floats:
        """Times of all records."""

    def pieces(self, every: int, first: int = 0, stop: int | None = None) -> Iterator[Piece]:
        """Every so many records of some, piece by piece."""

    def close(self) -> None:
        """Let go of the file."""


class TraceReader:
    """An open trace file; reads its records piece by piece.

    Parameters
    ----------
    path : path
    flawed : bool
        Whether to open a file also where only what other programs read of it is damaged.

    Attributes
    ----------
    header : Header
    length : int
        Number of finished records.
    outcome : Outcome
    stats : Stats
    clean : bool
        False if the file was never closed: the run goes on, or was killed.
    flaw : str
        What is wrong with the file though all records can be read; empty if nothing is.
    state : State or None
        The last one that is whole.

    Raises
    ------
    TraceError
    """

    def __init__(self, path: str | os.PathLike[str], flawed: bool = False) -> None:
        self.path = Path(path)
        name = printable(str(self.path))
        try:
            self._source: _Source = _open(self.path)
        except TraceError:  # which is a ValueError too, and says where
            raise
        except FormError as error:
            raise TraceError(f"'{name}' {error}") from None
        except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
            why = getattr(error, "strerror", None) or error
            raise TraceError(f"cannot read '{name}': {why}") from None
        self.header, self.length = self._source.header, self._source.length
        self.outcome, self.stats = self._source.outcome, self._source.stats
        self.clean, self.flaw = self._source.clean, self._source.flaw
        self.state = self._source.state
        if self.flaw and not flawed:
            self._source.close()
            raise TraceError(f"'{name}' is damaged: {self.flaw}; {CLEAN_COPY}")

    def __enter__(self) -> TraceReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._source.close()

    def times(self) -> Floats:
        """Times of all records, shape (length,), which nothing is compared with here.

        Raises
        ------
        TraceError
        """
        with self._told():
            return self._source.times()

    def pieces(
        self,
        every: int = 1,
        damaged: bool = False,
        first: int = 0,
        stop: int | None = None,
    ) -> Iterator[Piece]:
        """Every so many records, piece by piece, each checked.

        Parameters
        ----------
        every : int
        damaged : bool
            Whether to hand on records too that are damaged, instead of stopping there.
        first, stop : int
            Records from the one on, and before the other; all if nothing is said.

        Raises
        ------
        TraceError
        """
        with self._told():
            for piece in self._source.pieces(every, first, stop):
                if not damaged and not np.all(piece.good):
                    number = int(piece.numbers[np.flatnonzero(~piece.good)[0]])
                    raise TraceError(
                        f"'{self.path}' is damaged: record {number} of {self.length:,} is not what "
                        f"was written; {CLEAN_COPY}"
                    )
                yield piece

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FormError as error:
            raise TraceError(f"'{self.path}' {error}") from None
        except OSError as error:
            raise TraceError(f"cannot read '{self.path}': {error.strerror}") from None


def _open(path: Path) -> _Source:
    """Open a file of either format."""
    why = why_unreadable(path)
    if why == "no such file":
        raise TraceError(f"no file '{printable(str(path))}'")
    if why:
        raise TraceError(f"cannot read '{printable(str(path))}': {why}")
    if not stat.S_ISREG(path.stat().st_mode):
        raise FormError("is not a trace of hamsim: it is not a file")
    stream = path.open("rb", buffering=0)
    begin = stream.read(FRONT + FRAME)
    if begin[FRONT:].startswith(HEAD) or begin.startswith((OPEN, SIGNATURE + b"\2")):
        try:
            return Records(stream)
        except BaseException:
            stream.close()
            raise
    stream.close()
    if begin.startswith(SIGNATURE):
        from hamsim.trace.oldformat import OldTrace

        return OldTrace(path)
    raise FormError("is not a trace of hamsim")


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
        Not a trace, an unknown group, more than fits into memory, or a record that is not what
        was written.
    """
    every = _whole(every)
    if not isinstance(path, str | bytes | os.PathLike):
        raise TraceError(f"path must be the name of a trace, not {given(path)}")
    with TraceReader(os.fsdecode(path)) as reader:
        header, kept = _choose(reader.header, groups, neurons)
        _refuse_huge(reader, header, every)
        rows = -(-reader.length // every)
        t = np.empty(rows)
        arrays = {
            what: np.empty((rows, *header.shape_of(what)), header.dtype_of(what))
            for what in header.what
        }
        done = 0
        for piece in reader.pieces(every):
            into = slice(done, done + piece.t.size)
            t[into] = piece.t
            for what, values in piece.arrays.items():
                if what not in ("x", "g"):
                    arrays[what][into] = values
                    continue
                column = 0
                for part in kept:
                    chosen = values[..., part]
                    arrays[what][into, ..., column : column + chosen.shape[-1]] = chosen
                    column += chosen.shape[-1]
            done += piece.t.size
        return Trace(header, t, arrays, reader.outcome, reader.stats, reader.state)


def _whole(every: Any) -> int:
    try:
        number = operator.index(every) if not isinstance(every, float) else int(every)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if number < 1 or number != every:
        raise TraceError(f"every is {given(every)}; it must be a whole number of at least 1")
    return number


def _choose(
    header: Header, groups: Iterable[str] | None, neurons: Any
) -> tuple[Header, list[slice]]:
    """Header of a part of the neurons, and where the part is among the recorded columns."""
    if groups is None and neurons is None:
        return header, [slice(None)]
    try:
        groups = (groups,) if isinstance(groups, str) else tuple(groups or ())
    except TypeError:
        raise TraceError(f"groups is {groups!r}; it must be names of groups") from None
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
    wanted = sum(
        rows * int(np.prod(header.shape_of(what))) * np.dtype(header.dtype_of(what)).itemsize
        for what in header.what
    )
    require_memory(
        wanted,
        lambda said: TraceError(
            f"'{reader.path}' would take {said} of memory; read fewer groups or records"
        ),
    )
