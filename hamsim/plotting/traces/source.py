"""Where records come from: a trace in memory, or a file that is read piece by piece."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.trace.outcome import Outcome
from hamsim.trace.reader import TraceReader
from hamsim.trace.stats import Stats
from hamsim.trace.trace import Header, Trace

__all__ = ["Part", "Records", "opened"]

PIECE_BYTES = 2 * 2**20


class Part(NamedTuple):
    """Some records in order.

    Parameters
    ----------
    first : int
        Number of the first of them.
    t : ndarray, shape (k,)
    arrays : mapping of str to ndarray
        Records first, then trials, then neurons.
    """

    first: int
    t: Floats
    arrays: Mapping[str, NDArray[Any]]


class Records:
    """Records that are looked at once, from the first to the last.

    Parameters
    ----------
    header : Header
    t : ndarray
        Times of all records.
    outcome : Outcome
    stats : Stats
    held : Trace or TraceReader
    """

    def __init__(
        self, header: Header, t: Floats, outcome: Outcome, stats: Stats, held: Trace | TraceReader
    ) -> None:
        self.header, self.t, self.outcome, self.stats = header, t, outcome, stats
        self._held = held

    @property
    def n_trials(self) -> int:
        """Number of trials, 1 for a single run."""
        return 1 if self.header.trials is None else self.header.trials

    def parts(self, first: int, stop: int) -> Iterator[Part]:
        """Records from one on, and before another."""
        held = self._held
        if isinstance(held, TraceReader):
            for piece in held.pieces(first=first, stop=stop):
                yield Part(int(piece.numbers[0]), piece.t, piece.arrays)
            return
        size = sum(values[:1].nbytes for values in held.arrays.values())
        at_once = max(1, PIECE_BYTES // max(size, 1))
        for begin in range(first, stop, at_once):
            rows = slice(begin, min(stop, begin + at_once))
            yield Part(begin, held.t[rows], {what: a[rows] for what, a in held.arrays.items()})

    def at(self, number: int) -> Part:
        """One record."""
        (part,) = self.parts(number, number + 1)
        return part


@contextmanager
def opened(trace: Trace | str | os.PathLike[str]) -> Iterator[Records]:
    """Records of a trace, or of a file of one.

    Raises
    ------
    TraceError
    """
    if isinstance(trace, Trace):
        t = np.asarray(trace.t, dtype=np.float64)
        yield Records(trace.header, t, trace.outcome, trace.stats, trace)
        return
    with TraceReader(trace) as reader:
        yield Records(reader.header, reader.times(), reader.outcome, reader.stats, reader)
