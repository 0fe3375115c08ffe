"""Whether there is room for the records of a run, said before it starts.

What cannot fit is refused. A run that may end earlier, because its residual becomes small, is only
warned of.
"""

from __future__ import annotations

import shutil
from math import prod
from pathlib import Path

import numpy as np

from hamsim.dynamics.run import Run
from hamsim.dynamics.sweep_run import SweepRun
from hamsim.errors import SimulationError
from hamsim.ram import exceeds_memory, free_memory, in_words

__all__ = ["record_bytes", "require_disk", "require_memory"]

HELP = "record less often (every), or fewer groups or quantities"
# Bytes for which nobody looks how many are free: that takes as long as a short run.
LITTLE = 2**20


def record_bytes(run: Run | SweepRun) -> int:
    """Bytes of all records of a run that takes all its steps."""
    header = run.header
    sizes = {what: np.dtype(header.dtype_of(what)).itemsize for what in header.what}
    row = 8 + sum(size * prod(header.shape_of(what)) for what, size in sizes.items())
    return row * run.schedule.records


def require_memory(run: Run | SweepRun) -> None:
    """Refuse, or warn of, records that do not fit into memory.

    Raises
    ------
    SimulationError
    """
    if run.record is None:
        return
    wanted = record_bytes(run)
    text = f"the records would take {in_words(wanted)} of memory"
    if exceeds_memory(wanted) and run.schedule.tolerance <= 0:
        raise SimulationError(f"{text}; {HELP}, or stream them to a file with `hamsim run`")
    free = free_memory() if wanted > LITTLE else None
    if free is not None and wanted > free:
        run.warnings.append(
            f"{text}, and {in_words(free)} are free; {HELP}, or stream them to a file with "
            "`hamsim run`"
        )


def require_disk(run: Run | SweepRun, path: Path, before: Path | None = None) -> None:
    """Refuse, or warn of, records that do not fit onto the disk of a file.

    Parameters
    ----------
    run : Run or SweepRun
    path : Path
    before : Path, optional
        File of records that are copied first.

    Raises
    ------
    SimulationError
    """
    free = shutil.disk_usage(path.resolve().parent).free
    wanted = record_bytes(run)
    if before is not None:  # until the copy is whole, both are there
        wanted += before.stat().st_size
    elif path.is_file():  # it will be replaced
        free += path.stat().st_size
    if wanted <= free:
        return
    text = (
        f"the records would take {in_words(wanted)}, and {in_words(free)} are free on the disk of "
        f"'{path}'; {HELP}"
    )
    if run.schedule.tolerance <= 0:
        raise SimulationError(text)
    run.warnings.append(text)
