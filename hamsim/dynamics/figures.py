"""Figures of a run that is over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hamsim.kernels.kept import STORE
from hamsim.network import OverTime
from hamsim.trace.stats import Stats

if TYPE_CHECKING:
    from hamsim.dynamics.run import Run

__all__ = ["COUNTED", "stats_of"]

TOO_EARLY = "the run ended before records were to start: the last state is recorded only"
# Figures of who takes the steps that are counted over all runs of a trace.
COUNTED = ("products", "rejected")
NOT_KEPT = "compiled code cannot be kept ({}): set NUMBA_CACHE_DIR to a folder that can be written"
TOO_LARGE = "states beyond 3.4e38, the most that float32 holds, are recorded as infinite"


def stats_of(run: Run, seconds: float) -> Stats:
    """Collect the figures of a run that took so many seconds."""
    schedule, residuals, parts = run.schedule, run.ending.residuals, run.parts
    watch = parts.watching.energy_watch(
        schedule.time, run.header.trials is not None, getattr(schedule, "rtol", 0.0)
    )
    if watch is not None and run.network.over_time:
        watch = replace(watch, moving=_moving_time(run))
    if watch is not None and parts.recorder.energies is not None:
        told = parts.recorder.energies.found(parts.trials.mean, parts.clock.time)
        watch = replace(watch, stretches=told)
    counts = run.counts(seconds)
    return Stats(
        method=schedule.method.name,
        dt=schedule.dt,
        steps=counts["steps"],
        evaluations=counts["evaluations"],
        **run.figures() | {name: counts[name] for name in COUNTED if name in counts},
        time=parts.clock.time,
        seconds=counts["seconds"],
        preparation=run.preparation,
        threads=run.threads,
        residual=float(residuals.max()),
        residuals=tuple(residuals.tolist()),
        energy=watch,
        notes=(
            *run.notes,
            *run.warnings,
            *run.ending.notes(),
            *(() if run.arrival is None else run.arrival.notes),
            *((TOO_LARGE,) if parts.recorder.too_large else ()),
            *((TOO_EARLY,) if schedule.is_before_records(parts.clock) else ()),
            *((NOT_KEPT.format(STORE.why_not),) if STORE.why_not else ()),
        ),
        seed=run.seed,
        why=schedule.why,
        basin=None if run.arrival is None else run.arrival.told(run.header.trials),
    )


def _moving_time(run: Run) -> float:
    """How long something that acts changed from one step to the next."""
    time = run.parts.clock.time
    return sum(
        min(stretch.end, time) - stretch.begin
        for stretch in run.schedule.stretches
        if stretch.begin < time and any(isinstance(each, OverTime) for each in stretch.stimuli)
    )
