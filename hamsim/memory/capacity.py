"""`capacity`: how well networks recall their patterns, the more they store."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Ints
from hamsim.errors import HamsimError, given
from hamsim.memory.curve import Curve, curve_of
from hamsim.memory.experiment import How, Memories, asked_of, measured, memories_of, seeds_of
from hamsim.memory.line import line_of
from hamsim.memory.recall import THRESHOLD, require_threshold
from hamsim.scale.engines.progress import Progress
from hamsim.spec.patterns import DrawnPatterns

__all__ = ["capacity"]


def capacity(
    source: Any,
    loads: ArrayLike | None = None,
    seeds: int | ArrayLike = 10,
    *,
    patterns: ArrayLike | None = None,
    flips: float = 0.0,
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
    """Measure how well networks recall what they store, for several loads.

    For each load and seed a network with so many patterns is made, all of them are cues, and it is
    told how much of each is left in the end. Other seeds give other patterns.

    Parameters
    ----------
    source : Network, Spec, path or dict
        A network with a connection that stores patterns, or has them for memories. Patterns that
        are not drawn there are drawn here: -1 and 1, or 0 and 1 where they are coded so. Where they
        are memories, there are as many memory neurons as patterns.
    loads : array_like, optional
        Patterns a visible neuron, each rounded to a whole number of patterns, 1 at least.
    seeds : int or sequence of int
        So many seeds from 0 on, or these: one a repetition.
    patterns : array_like of int, optional
        Numbers of patterns, instead of loads.
    flips : float
        Part of each cue's neurons that is turned over.
    connection : str, optional
        Which connection has the patterns, where several do.
    threshold : float
        From which overlap with its pattern on a cue counts as recalled.
    method, order, sweeps, temperature, dt, t_end, until
        As of `hamsim.recall`.
    overrides : mapping of str to value, optional
        Values to put in place of the source's.
    out : path, optional
        A folder that keeps the runs: none that is there is made again, so that the same call goes
        on, and one with more loads or seeds adds to it. As of `hamsim.sweep`.
    engine, workers, progress
        As of `hamsim.sweep`.

    Returns
    -------
    Curve
        One row a load; see there. After Ctrl-C of what was made, with `interrupted`.

    Raises
    ------
    HamsimError

    Notes
    -----
    95 % intervals are over repetitions, see `hamsim.memory.intervals`. `theory` is what mean-field
    theory says of the overlap for infinitely many neurons, where it does; see `hamsim.memory.line`.
    """
    require_threshold(threshold)
    memories = memories_of(source, connection, overrides)
    counts = _counts(memories, loads, patterns)
    repetitions = seeds_of(seeds)
    paths = _paths(memories)
    values = [tuple(_value(memories, path, int(count)) for path in paths) for count in counts]
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
    found = measured(memories, paths, values, repetitions, memories.initial(flips), how)
    line = line_of(memories, how.arguments)
    head = {"load": counts / memories.visible.n, "patterns": counts}
    return curve_of("load", memories.spec.name, head, found, threshold, line)


def _counts(memories: Memories, loads: Any, patterns: Any) -> Ints:
    """Numbers of patterns, in the order in which they were asked for."""
    if (loads is None) == (patterns is None):
        raise HamsimError("give loads, or patterns: one of the two")
    what, stated = ("loads", loads) if patterns is None else ("patterns", patterns)
    try:
        values = np.atleast_1d(np.asarray(stated, dtype=np.float64))
    except (TypeError, ValueError):
        values = np.zeros(0)
    if values.ndim != 1 or not values.size or not np.all((values > 0) & np.isfinite(values)):
        raise HamsimError(f"{what} is {given(stated)}; give numbers above 0")
    n = memories.visible.n if patterns is None else 1
    counts = np.maximum(np.rint(values * n), 1).astype(np.int64)
    return np.array(list(dict.fromkeys(counts.tolist())))


def _paths(memories: Memories) -> tuple[str, ...]:
    """What must change together for another number of patterns."""
    spec, rule = memories.spec, f"connections[{memories.number}].weights.{memories.rule}"
    stated = rule if memories.settings is None or memories.in_parts else f"{rule}.patterns"
    hidden = dict.fromkeys(name for end in memories.ends for name in end.names)
    names = [name for name in hidden if name not in memories.visible.names]
    if not names:
        return (stated,)
    if len(names) > 1 or spec.groups[names[0]].neurons is not None:
        raise HamsimError(
            f"the memory neurons of '{memories.name}' cannot be as many as patterns are: they "
            "must be one group with a size or a shape, and no names"
        )
    if memories.rule == "store" and not memories.jumps:
        raise HamsimError(
            f"'{memories.name}' stores by way of memory neurons, which couple graded neurons to "
            "themselves, by as much as there are patterns; store within the group instead"
        )
    shape = "shape" if spec.groups[names[0]].shape is not None else "size"
    return (stated, f"groups.{names[0]}.{shape}")


def _value(memories: Memories, path: str, count: int) -> Any:
    """What stands there for so many patterns."""
    if path.endswith(".size"):
        return count
    if path.endswith(".shape"):
        return [count]
    drawn = {**_drawn(memories), "count": count}
    if path.endswith(".patterns") or memories.settings is None:
        return drawn
    settings = memories.settings.model_dump(exclude_none=True, exclude={"first", "second"})
    return {**settings, "patterns": drawn}


def _drawn(memories: Memories) -> dict[str, Any]:
    """How patterns are drawn, also in place of those that are listed."""
    stated = memories.patterns
    if isinstance(stated, DrawnPatterns):
        return stated.model_dump(exclude_none=True)
    coding = getattr(memories.settings, "coding", "")
    return {"bernoulli": {}} if coding == "binary" else {"signs": {}}
