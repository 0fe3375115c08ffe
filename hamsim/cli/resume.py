"""`hamsim run --resume`: what a trace keeps of its run, and how that goes on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hamsim.errors import HamsimError, printable

if TYPE_CHECKING:
    from hamsim.trace.file import Before
    from hamsim.trace.reader import TraceReader

__all__ = ["Resumed", "resumed"]


class Resumed:
    """A trace whose run goes on.

    Parameters
    ----------
    path : Path
    reader : TraceReader
    """

    def __init__(self, path: Path, reader: TraceReader) -> None:
        self.path, self._reader = path, reader
        if reader.state is None:
            raise HamsimError(
                f"'{printable(str(path))}' keeps no state to go on from: its run was killed before "
                "its first checkpoint (--checkpoint 60s), or it is a trace of before"
            )
        self.state = reader.state

    @property
    def before(self) -> Before:
        """Records that the run goes on behind: what it records itself is not among them."""
        from hamsim.trace.file import Before

        return Before(self._records(), self.state)

    def _records(self) -> Iterator[tuple[Any, Mapping[str, Any]]]:
        for piece in self._reader.pieces():
            kept = piece.t < self.state.t
            yield piece.t[kept], {what: values[kept] for what, values in piece.arrays.items()}
            if not kept.all():
                return

    def network(self, file: str | None) -> str:
        """File of the network: the one that is given, else that of the run before.

        Raises
        ------
        HamsimError
        """
        found = file if file is not None else self.state.request.get("network_file")
        if found is None:
            raise HamsimError("the trace does not say of which file: hamsim run FILE --resume ...")
        return str(found)

    def overrides(self, given: tuple[str, ...]) -> tuple[str, ...]:
        """Values of ``--set``: those that are given, else those of the run before."""
        return given or tuple(self.state.request.get("set", ()))


@contextlib.contextmanager
def resumed(path: str | None, file: str | None, **refused: Any) -> Iterator[Resumed | None]:
    """Open the trace whose run is to go on, if any is.

    Parameters
    ----------
    path : str or None
    file : str or None
        The network's.
    **refused : object
        Options that a run keeps, by their names; None where they are not given.

    Raises
    ------
    HamsimError
    """
    if path is None:
        if file is None:
            raise HamsimError(
                "Missing argument 'FILE', a network, or --resume and a trace; see hamsim run --help"
            )
        yield None
        return
    from hamsim.trace.file import is_being_written
    from hamsim.trace.reader import TraceReader

    for name, value in refused.items():
        if value not in (None, False):
            raise HamsimError(
                f"--{name.replace('_', '-')} does not go with --resume: a run goes on as it was"
            )
    if is_being_written(Path(path)):
        raise HamsimError(f"'{printable(path)}' is being written: its run goes on")
    with TraceReader(path) as reader:
        yield Resumed(Path(os.fspath(path)), reader)
