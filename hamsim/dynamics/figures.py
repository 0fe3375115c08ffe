"""Figures of a run that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hamsim.kernels.kept import STORE
from hamsim.trace.stats import Stats

if TYPE_CHECKING:
    from hamsim.dynamics.run import Run

__all__ = ["stats_of"]

TOO_EARLY = "the run ended before records were to start: the last state is recorded only"
NOT_KEPT = "compiled code cannot be kept ({}): set NUMBA_CACHE_DIR to a folder that can be written"
TOO_LARGE = "states beyond 3.4e38, the most that float32 holds, are recorded as infinite"


def stats_of(run: Run, seconds: float) -> Stats:
    """Collect the figures of a run that took so many seconds."""
    schedule, residuals, parts = run.schedule, run.ending.residuals, run.parts
    return Stats(
        method=schedule.method.name,
        dt=schedule.dt,
        steps=parts.clock.steps,
        evaluations=run.driver.evaluations,
        **run.driver.figures(),
        time=parts.clock.time,
        seconds=seconds,
        preparation=run.driver.preparation or 0.0,
        threads=run.threads,
        residual=float(residuals.max()),
        residuals=tuple(residuals.tolist()),
        energy=parts.watching.energy_watch(schedule.time, run.header.trials is not None),
        notes=(
            *schedule.notes,
            *run.warnings,
            *run.ending.notes(),
            *((TOO_LARGE,) if parts.recorder.too_large else ()),
            *((TOO_EARLY,) if schedule.is_before_records(parts.clock) else ()),
            *((NOT_KEPT.format(STORE.why_not),) if STORE.why_not else ()),
        ),
        seed=run.seed,
    )
