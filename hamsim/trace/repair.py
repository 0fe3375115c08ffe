"""A clean copy of a trace whose run was killed, or which is damaged."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hamsim.errors import TraceError, printable
from hamsim.trace.file import FileSink, is_being_written
from hamsim.trace.reader import TraceReader

__all__ = ["Repaired", "repair"]


@dataclass(frozen=True)
class Repaired:
    """What a repair has done.

    Parameters
    ----------
    records : int
        In the copy.
    damaged : tuple of int
        Records of the file that were not what had been written, and are left out.
    flaw : str
        What else was wrong; empty if nothing was.
    """

    records: int
    damaged: tuple[int, ...] = ()
    flaw: str = ""


def repair(path: str | os.PathLike[str], output: str | os.PathLike[str] | None = None) -> Repaired:
    """Copy all good records of a trace to a clean file.

    Parameters
    ----------
    path : path
    output : path, optional
        Where the copy goes; it takes the place of the file itself if nothing is said.

    Returns
    -------
    Repaired

    Raises
    ------
    TraceError
        Not a trace, one that is being written, or one whose head is damaged.
    """
    source = Path(path)
    if is_being_written(source):
        raise TraceError(
            f"'{printable(str(source))}' is being written; it needs no repair while its run goes on"
        )
    with TraceReader(source, flawed=True) as reader:
        target = Path(output) if output is not None else source.resolve()
        beside = target.with_name(f"{target.name}.repaired") if output is None else target
        try:
            records, damaged = _copy(reader, FileSink(beside))
        except BaseException:
            if beside != target:
                beside.unlink(missing_ok=True)
            raise
    if beside != target:
        try:
            os.replace(beside, target)
        except OSError as error:
            name = printable(str(target))
            raise TraceError(f"cannot write '{name}': {error.strerror}") from None
    return Repaired(records, damaged, reader.flaw)


def _copy(reader: TraceReader, sink: FileSink) -> tuple[int, tuple[int, ...]]:
    """Copy all good records; how many there are, and which others."""
    damaged: list[int] = []
    records = 0
    try:
        sink.open(reader.header)
        for piece in reader.pieces(damaged=True):
            good = piece.good
            damaged += piece.numbers[~good].tolist()
            if np.any(good):
                arrays = {what: values[good] for what, values in piece.arrays.items()}
                sink.append(piece.t[good], arrays)
            records += int(np.count_nonzero(good))
        if reader.state is not None:
            sink.keep(reader.state)
        sink.close(reader.outcome, reader.stats)
    except BaseException:
        sink.abandon()
        raise
    return records, tuple(damaged)
