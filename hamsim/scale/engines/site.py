"""Where processes meet that make the runs of one sweep: a folder that is there while they work.

    OUT/work/SWEEP/
      size        how many runs a chunk has
      members/    see `members`
      claims/     see `claims`; one file a chunk
      probes/     the same, for single jobs by which the size of chunks is found
      deaths/     see `deaths`
      errors/     what ended a member that was not killed

SWEEP is a digest of the keys of all runs: whoever wants the same runs meets there, another sweep
into the same OUT has a folder of its own. There is no server. Whoever comes claims a chunk, makes
what is not in the store, and puts it there; whoever comes last clears up.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from hamsim.scale.engines.claims import Claims
from hamsim.scale.engines.deaths import Deaths
from hamsim.scale.engines.members import Members

__all__ = ["LEASE", "Site"]

LEASE = 30.0  # seconds after which a process that says nothing is taken for dead
CHUNK_SECONDS = 0.25  # that a chunk of runs should take
MOST = 256  # runs of a chunk


class Site:
    """The meeting place of a sweep.

    Parameters
    ----------
    out : Path
        The folder of the sweep.
    keys : sequence of str
        Of all its runs.
    shared : int
        So many runs belong together.
    lease : float
    """

    def __init__(self, out: Path, keys: Sequence[str], shared: int, lease: float = LEASE) -> None:
        digest = hashlib.sha256("".join(keys).encode()).hexdigest()[:16]
        self.folder = out / "work" / digest
        self._count, self._shared = len(keys), max(1, shared)
        self.members = Members(self.folder / "members", lease)
        self.claims = Claims(self.folder / "claims", self.members)
        self.probes = Claims(self.folder / "probes", self.members)
        self.deaths = Deaths(self.folder / "deaths")

    def open(self) -> None:
        """Make the folder."""
        for name in ("members", "claims", "probes"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def is_open(self) -> bool:
        """Whether the sweep has not been cleared up."""
        return (self.folder / "claims").is_dir()

    # --- chunks ---

    def size(self) -> int | None:
        """How many runs a chunk has; None if nobody knows yet."""
        path = self.folder / "size"
        for _ in range(20):
            try:
                text = path.read_text()
            except FileNotFoundError:
                return None
            if text.endswith("\n"):
                return int(text)
            time.sleep(0.01)  # it is just being written
        path.unlink(missing_ok=True)  # by somebody who was killed
        return None

    def agree(self, seconds: float) -> int:
        """Settle how many runs a chunk has, of such as take so long; what was settled."""
        wanted = max(1, min(MOST, int(CHUNK_SECONDS / max(seconds, 1e-6))))
        grain = min(self._shared, MOST)
        wanted = max(grain, wanted // grain * grain)
        while True:
            known = self.size()
            if known is not None:
                return known
            with suppress(FileExistsError):
                handle = os.open(self.folder / "size", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
                os.write(handle, b"%d\n" % wanted)
                os.close(handle)

    def chunks(self, size: int) -> Iterator[tuple[int, range]]:
        """All chunks, with the numbers of their runs."""
        for chunk, first in enumerate(range(0, self._count, size)):
            yield chunk, range(first, min(first + size, self._count))

    # --- members ---

    def bury_dead(self, keys: Sequence[str]) -> None:
        """Note what members died of that have died."""
        for token in self.members.tokens():
            if not self.members.is_alive(token):
                self.bury(token, keys)

    def bury(self, token: str, keys: Sequence[str]) -> list[int] | None:
        """The same of one member; what it was doing, None if others were quicker."""
        return self.members.bury(
            token, lambda running: self.deaths.note(keys[number] for number in running)
        )

    def alive(self, but: str = "") -> list[str]:
        """Members that are not known to be dead, without one."""
        return [t for t in self.members.tokens() if t != but and self.members.is_alive(t)]

    def close(self, own: str) -> bool:
        """Remove the folder if nobody else is here.

        Parameters
        ----------
        own : str
            This process, which may have left already.

        Returns
        -------
        bool
            Whether this process has done it, of several that leave at the same time only one.
        """
        if self.alive(own):
            return False
        aside = self.folder.with_name(f"{self.folder.name}.{own}")
        try:
            os.rename(self.folder, aside)
        except OSError:
            return False
        for over in self.folder.parent.glob("*.*"):  # and of who was killed while doing so
            shutil.rmtree(over, ignore_errors=True)
        with suppress(OSError):  # of another sweep something is left
            self.folder.parent.rmdir()
        return True

    # --- errors ---

    def report(self, text: str) -> None:
        """Say why this process ends."""
        folder = self.folder / "errors"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / str(os.getpid())).write_text(text)

    def reported(self, pid: int) -> str:
        """What a process said; empty if it said nothing."""
        try:
            return (self.folder / "errors" / str(pid)).read_text()
        except FileNotFoundError:
            return ""
