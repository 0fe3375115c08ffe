"""`recall_basins`: from how far off a network still finds its patterns."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.errors import HamsimError, given
from hamsim.memory.curve import Curve, curve_of
from hamsim.memory.experiment import How, asked_of, measured, memories_of, seeds_of
from hamsim.memory.recall import THRESHOLD, require_threshold
from hamsim.scale.engines.progress import Progress

__all__ = ["recall_basins"]


def recall_basins(
    source: Any,
    flips: ArrayLike | None = None,
    seeds: int | ArrayLike = 10,
    *,
    connection: str | None = None,
    threshold: float = THRESHOLD,
    method: str | None = None,
    order: str | None = None,
    sweeps: int | None = None,
    temperature: float | None = None,
    dt: float | None = None,
    t_end: float | None = None,
    until: float | str | Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] | None = None,
    engine: Any = "processes",
    workers: int | None = None,
    progress: Callable[[Progress], None] | bool | None = None,
) -> Curve:
    """Measure from how many wrong neurons a network still finds its patterns.

    For each part of flips and each seed every pattern is a cue, in which so many neurons are turned
    over, and it is told how much of the pattern is there in the end.

    Parameters
    ----------
    source : Network, Spec, path or dict
        A network with a connection that stores patterns, or has them for memories; they have two
        values. Where they are drawn, other seeds draw others.
    flips : array_like, optional
        Parts of the neurons, from 0 to 1; from 0 to 0.5 in steps of 0.05 if nothing is given.
    seeds, connection, threshold, method, order, sweeps, temperature, dt, t_end, until, \
overrides, out, engine, workers, progress
        As of `hamsim.capacity`.

    Returns
    -------
    Curve
        One row a part of flips; see there. After Ctrl-C of what was made, with `interrupted`.

    Raises
    ------
    HamsimError
    """
    require_threshold(threshold)
    memories = memories_of(source, connection, overrides)
    parts = _parts(flips)
    starts = [memories.initial(part) for part in parts.tolist()]
    values = [tuple(start.values()) for start in starts]
    arguments = asked_of(
        method=method,
        order=order,
        sweeps=sweeps,
        temperature=temperature,
        dt=dt,
        t_end=t_end,
        until=until,
    )
    how = How(out, engine, workers, progress, arguments)
    found = measured(memories, tuple(starts[0]), values, seeds_of(seeds), {}, how)
    return curve_of("flips", memories.spec.name, {"flips": parts}, found, threshold, None)


def _parts(flips: Any) -> Floats:
    if flips is None:
        return np.arange(11) / 20.0
    try:
        parts = np.atleast_1d(np.asarray(flips, dtype=np.float64))
    except (TypeError, ValueError):
        parts = np.full(1, np.nan)
    if parts.ndim != 1 or not parts.size or not np.all((parts >= 0) & (parts <= 1)):
        raise HamsimError(f"flips is {given(flips)}; give parts of the neurons, from 0 to 1")
    return np.array(list(dict.fromkeys(parts.tolist())))
