"""Figures of a run that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hamsim.kernels import step as kernel
from hamsim.kernels.kept import STORE
from hamsim.trace.stats import EnergyWatch, Stats

if TYPE_CHECKING:
    from hamsim.dynamics.run import Run

__all__ = ["stats_of"]

TOO_EARLY = "the run ended before records were to start: the last state is recorded only"
NOT_KEPT = "compiled code cannot be kept ({}): set NUMBA_CACHE_DIR to a folder that can be written"
TOO_LARGE = "states beyond 3.4e38, the most that float32 holds, are recorded as infinite"


def stats_of(run: Run, seconds: float) -> Stats:
    """Collect the figures of a run that took so many seconds."""
    schedule, residuals = run.schedule, run.ending.residuals
    stages = schedule.method.stages
    return Stats(
        method=schedule.method.name,
        dt=schedule.dt,
        steps=run.step,
        evaluations=(run.step + run.again) * stages + len(schedule.stretches),
        time=run.time,
        seconds=seconds,
        preparation=run.preparation or 0.0,
        threads=run.threads if run.parallel else 1,
        residual=float(residuals.max()),
        residuals=tuple(residuals.tolist()),
        energy=_energy_watch(run) if run.records.energy.size else None,
        notes=(
            *schedule.notes,
            *run.warnings,
            *run.ending.notes(),
            *((TOO_LARGE,) if run.too_large else ()),
            *((TOO_EARLY,) if run.step < min(schedule.record_first, schedule.steps) else ()),
            *((NOT_KEPT.format(STORE.why_not),) if STORE.why_not else ()),
        ),
    )


def _energy_watch(run: Run) -> EnergyWatch:
    watch, time = run.buffers.watch.tolist(), run.schedule.time
    rise, size = watch[kernel.RISE], watch[kernel.RISE_SIZE]
    rises = int(watch[kernel.RISES])
    start = end = float("nan")
    if run.first_energy is not None:
        start, end = run.trials.mean(run.first_energy), run.trials.mean(run.buffers.previous)
    return EnergyWatch(
        start=start,
        end=end,
        rises=rises,
        largest_rise=rise,
        relative_rise=rise / size if size > 0 else 0.0,
        time=time(watch[kernel.RISE_STEP]) if rise > 0 else None,
        first_time=time(watch[kernel.FIRST_RISE]) if rises else None,
        trial=int(watch[kernel.RISE_TRIAL]) if rise > 0 and run.header.trials else None,
    )
