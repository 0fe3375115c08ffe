"""Results of a sweep from its folder: where each run's are, without reading them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Ints
from hamsim.names import Members
from hamsim.scale.plan.plan import Plan
from hamsim.scale.results.columns import columns_of
from hamsim.scale.results.labels import coordinates_of
from hamsim.scale.results.results import KNOWN, MISSING, Single, SweepResults
from hamsim.scale.store.row import STATUSES
from hamsim.scale.store.store import Store

if TYPE_CHECKING:
    import xarray

    from hamsim.scale.store.pack import Pack

__all__ = ["ended", "load_sweep", "read_results"]

# What may be changed without a change of time constants.
_NOT_TAU = ("seed", "initial", "stimuli")


def load_sweep(folder: str | os.PathLike[str]) -> xarray.Dataset:
    """Results of a sweep as one `xarray.Dataset`.

    Each axis is a dimension, with its values as coordinates: numbers or text, and for states their
    places along the axis. What was changed together has one dimension and a coordinate for each.
    The variables are `status` ("done", "failed", "set aside" or "missing"), `outcome` (how a run
    ended, or the status of one that did not), `reason`, `seconds`, and what was kept, of which
    large values are read when they are looked at. What a run lacks is NaN, or an empty text.
    ``dataset.drop_dims("neuron").to_dataframe()`` is a table with a row a run, and
    ``dataset.hamsim.plot()`` a picture; see `hamsim.scale.results.accessor`.

    Parameters
    ----------
    folder : path
        As it was given to `hamsim.sweep`; it may have been moved.

    Raises
    ------
    HamsimError
        There is no sweep, it is damaged, or xarray is not installed.
    """
    return read_results(folder).to_xarray()


def read_results(folder: str | os.PathLike[str]) -> SweepResults:
    """Results in a folder.

    Raises
    ------
    HamsimError
        There is no sweep, or it is damaged.
    """
    path = Path(folder)
    plan = Plan.read(path)
    store = Store(path)
    packs, pack, row = store.places(plan.keys())
    columns = ended(packs, pack, row)
    for name, column in columns_of(packs, pack, row).items():
        columns[name if name not in KNOWN else f"{name}_"] = column
    for each in plan.keep:  # of which no run has anything
        if each.dims == ():
            columns.setdefault(each.name, Single(np.full(pack.size, np.nan)))
    return SweepResults(
        str((plan.labels or {}).get("network", "")),
        tuple(axis.dim for axis in plan.axes),
        plan.shape,
        coordinates_of(plan.axes),
        columns,
        {"damaged": [*store.damaged.values()]} if store.damaged else {},
        _of_neurons(plan),
    )


def _of_neurons(plan: Plan) -> dict[str, tuple[str, NDArray[Any]]]:
    """What is known of neurons, as far as it is the same in all runs."""
    labels = plan.labels
    if labels is None:
        return {}
    groups = [Members(g["name"], tuple(g["shape"]), g["neurons"]) for g in labels["groups"]]
    found = {
        "group": [group.name for group in groups for _ in range(group.size)],
        "label": [label for group in groups for label in group.labels(range(group.size))],
    }
    kept = {name: ("neuron", np.array(texts, dtype=np.str_)) for name, texts in found.items()}
    names = [name.partition(".")[0] for axis in plan.axes for name in axis.names]
    if all(name in _NOT_TAU for name in names):
        kept["tau"] = ("neuron", np.array(labels["tau"], dtype=np.float64))
    return kept


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
