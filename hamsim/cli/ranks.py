"""Copies of one command that a launcher of parallel programs has started side by side.

hamsim uses the processors of one machine by threads. Copies that know nothing of one another make
the same run each, and write one file all at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hamsim.cli.output import tell
from hamsim.errors import HamsimError
from hamsim.paths import quoted

__all__ = ["Copy", "copy_of", "require_own_files", "tell_of_copies"]

# What launchers put into the environment of each copy: who they are, how many there are, which one
# it is. A script of SLURM has the number of tasks of its job, which are not started by that: srun
# counts those of its step.
_LAUNCHERS = (
    ("mpiexec", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("mpiexec", "PMI_SIZE", "PMI_RANK"),
    ("mpiexec", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"),
    ("mpiexec", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"),
    ("srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
    ("jsrun", "JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK"),
    ("aprun", "ALPS_APP_SIZE", "ALPS_APP_PE"),
)
# What shares its work between copies, and what looks itself for who writes what.
_KNOWING = ("sweep", "run")
_INSTEAD = "one process uses all processors; for many runs see hamsim sweep, whose copies share"


class Copy(NamedTuple):
    """One of several copies.

    Parameters
    ----------
    launcher : str
    size : int
        How many there are.
    rank : int
        Which one this is, from 0.
    """

    launcher: str
    size: int
    rank: int


def copy_of(environment: Mapping[str, str]) -> Copy | None:
    """Which copy this process is; None where it is the only one."""
    for launcher, size, rank in _LAUNCHERS:
        try:
            found = Copy(launcher, int(environment[size]), int(environment[rank]))
        except (KeyError, ValueError):
            continue
        if found.size > 1:
            return found
    return None


def tell_of_copies(command: str | None) -> None:
    """Let the first of several copies of a command say that all do the same."""
    if command not in _KNOWING:
        _tell(command or "")


def _tell(command: str) -> None:
    copy = copy_of(os.environ)
    if copy is not None and copy.rank == 0:
        tell(
            f"note: {copy.launcher} has started {copy.size} copies of hamsim {command}, which all "
            f"do the same: {_INSTEAD}"
        )


def require_own_files(files: Sequence[Path]) -> None:
    """Refuse a run that writes a file which other copies write too.

    A file whose last number is the rank is the copy's own.

    Raises
    ------
    HamsimError
    """
    copy = copy_of(os.environ)
    if copy is None:
        return
    if not files:
        _tell("run")
    for file in files:
        numbers = re.findall(r"\d+", str(file.with_suffix("")))
        if not numbers or int(numbers[-1]) != copy.rank:
            raise HamsimError(
                f"{copy.launcher} has started {copy.size} copies, each of which would write "
                f"{quoted(file)}: start one, or let the names of files end in the rank, "
                f"{copy.rank} in this copy; {_INSTEAD}"
            )
