"""Results of a sweep from its folder: where each run's are, without reading them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Ints
from hamsim.scale.plan.plan import Plan
from hamsim.scale.plan.source import Description, Source
from hamsim.scale.results.columns import columns_of
from hamsim.scale.results.labels import coordinates_of
from hamsim.scale.results.results import KNOWN, MISSING, Single, SweepResults
from hamsim.scale.store.row import STATUSES
from hamsim.scale.store.store import Store

if TYPE_CHECKING:
    from hamsim.scale.store.pack import Pack

__all__ = ["ended", "read_results"]


def read_results(folder: str | os.PathLike[str]) -> SweepResults:
    """Results in a folder.

    Raises
    ------
    HamsimError
        There is no sweep, or it is damaged.
    """
    path = Path(folder)
    plan = Plan.read(path)
    packs, pack, row = Store(path).places(plan.keys())
    columns = ended(packs, pack, row)
    for name, column in columns_of(packs, pack, row).items():
        columns[name if name not in KNOWN else f"{name}_"] = column
    return SweepResults(
        _name_of(plan.source),
        tuple(axis.dim for axis in plan.axes),
        plan.shape,
        coordinates_of(plan.axes),
        columns,
    )


def _name_of(source: Source) -> str:
    """Name of the network."""
    if isinstance(source, Description):
        return str(source.fixed.get("name", source.raw.get("name", "")))
    return source.network.name


def ended(packs: Sequence[Pack], pack: Ints, row: Ints) -> dict[str, Any]:
    """How each run ended."""
    n = pack.size
    words = np.array([*STATUSES, MISSING])
    status = np.full(n, len(STATUSES))
    outcome: NDArray[Any] = np.full(n, "", dtype=object)
    reason: NDArray[Any] = np.full(n, "", dtype=object)
    seconds = np.full(n, np.nan)
    for number, each in enumerate(packs):
        where = np.flatnonzero(pack == number)
        rows = row[where]
        status[where] = each.status[rows]
        outcome[where] = np.array(each.outcome, dtype=object)[rows]
        reason[where] = np.array(each.reason, dtype=object)[rows]
        seconds[where] = each.seconds[rows]
    told = words[status]
    ended = np.where(status == 0, outcome, told).astype(np.str_)
    return {
        "status": Single(told),
        "outcome": Single(ended),
        "reason": Single(reason),
        "seconds": Single(seconds),
    }
