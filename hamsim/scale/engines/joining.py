"""Work on a sweep whose plan lies in a folder: on another machine, or as a task of a job array.

``python -m hamsim.scale.engines.joining FOLDER TOKEN PARENT`` is a child of a process that cannot
be forked: the member of that name, and its parent's number.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hamsim.errors import HamsimError
from hamsim.scale.engines.children import child_status
from hamsim.scale.engines.engine import run
from hamsim.scale.engines.progress import Progress
from hamsim.scale.engines.site import LEASE, Site
from hamsim.scale.engines.working import work_as_child
from hamsim.scale.plan.plan import Plan
from hamsim.scale.store.store import Store
from hamsim.scale.work import Work

__all__ = ["command", "join"]


def join(
    folder: str | os.PathLike[str],
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    lease: float = LEASE,
) -> Plan:
    """Help with the sweep in a folder until none of its runs is missing.

    Any number of processes may do so at the same time, on all machines that see the folder; none
    has to be the first or the last, and any may be killed.

    Parameters
    ----------
    folder : path
    workers, progress, lease
        As for `run`.

    Returns
    -------
    Plan

    Raises
    ------
    HamsimError
        There is no sweep in the folder, or its results cannot be stored.
    KeyboardInterrupt
        Ctrl-C; what was made is stored.
    """
    plan = Plan.read(Path(folder))
    run(Work(plan), Store(folder), workers, progress, command(folder), lease)
    return plan


def command(folder: str | os.PathLike[str]) -> list[str]:
    """Arguments of Python for a child that works on the sweep in a folder."""
    return ["-m", "hamsim.scale.engines.joining", os.path.abspath(folder)]


def _be_child(folder: str, token: str, parent: str) -> int:
    try:
        task, store = Work(Plan.read(Path(folder))), Store(folder)
    except HamsimError as error:
        sys.exit(str(error))
    site = Site(store.folder, task.keys, task.shared)
    return child_status(partial(work_as_child, site, task, store, token, int(parent)), site)


if __name__ == "__main__":
    sys.exit(_be_child(*sys.argv[1:]))
