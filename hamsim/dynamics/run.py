"""One run: who takes part in it, from its beginning to its end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from hamsim.arrays import Floats
from hamsim.dynamics.drivers import Driver, make_driver
from hamsim.dynamics.figures import stats_of
from hamsim.dynamics.head import header_of
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.dynamics.noise import arrays_of
from hamsim.dynamics.parts import make_parts
from hamsim.dynamics.progress import Progress
from hamsim.dynamics.schedule import Schedule
from hamsim.dynamics.span import Span, for_trials
from hamsim.dynamics.starts import require_room
from hamsim.network import Network, Record
from hamsim.operator import operator_of
from hamsim.operator.team import PARALLEL_WORK, Team, thread_count, work_of
from hamsim.trace.outcome import Outcome
from hamsim.trace.stats import Stats
from hamsim.trace.trace import Sink

__all__ = ["Progress", "Run"]


class Run:
    """The state of one run while it lasts.

    Parameters
    ----------
    network : Network
    schedule : Schedule or Span
    record : Record or None
        None keeps the last state and energy only.
    start : ndarray, shape (trials, n)
    trials : int or None
        None for a single run without an axis for trials.
    threads : int or None
    scale : ndarray, shape (n,), or None
        Factors of the neurons' parts of the energy.
    layout : str
        How the weights are stored; see `hamsim.layout.choose`.
    dtype : {float64, float32}
        Of the weights and of the records.
    seed : int
        Of the network's noise.
    """

    def __init__(
        self,
        network: Network,
        schedule: Schedule | Span,
        record: Record | None,
        start: Floats,
        trials: int | None,
        threads: int | None,
        scale: Floats | None = None,
        layout: str = "auto",
        dtype: DTypeLike = np.float64,
        seed: int = 0,
    ) -> None:
        if isinstance(schedule, Span):
            schedule = for_trials(schedule, start.shape[0])
        self.network, self.schedule, self.record = network, schedule, record
        self.seed = None if network.noise is None else seed
        rows, method = start.shape[0], schedule.method
        require_room(rows, network.n_neurons, method.stages + arrays_of(network))
        self.layout = operator_of(network.undelayed, layout, dtype).layout(rows)
        if scale is not None:
            self.layout = self.layout.scaled(scale)
        most = thread_count(threads)
        self.threads = most if work_of(network, rows) >= PARALLEL_WORK else 1
        self.header = header_of(
            network, record, trials, dtype, self.threads, method.name, schedule.dt
        )
        self.parts = make_parts(
            network,
            self.layout,
            start,
            method,
            self.header,
            schedule.tolerance,
            schedule.most_records,
            last_only=record is None,
            accuracy=schedule.accuracy,
            seed=seed,
        )
        self.driver: Driver = make_driver(self.parts, schedule)
        self.warnings = list(schedule.warnings)
        self.interrupted = False  # also where it came too late to end anything

    def go(self, sink: Sink, progress: Callable[[Progress], None] | None = None) -> Outcome:
        """Take all steps, handing records to an open `sink`."""
        clock, stopping, watching = self.parts.clock, self.parts.stopping, self.parts.watching
        self.parts.recorder.open(sink)

        def tell() -> None:
            if progress is not None:
                progress(self._progress())

        team = Team(self.threads)
        with deferred_interrupt() as interrupt, contextlib.closing(team):
            self.driver.go(team, interrupt, tell)
            self.interrupted = interrupt.is_set()
            early = stopping.running and not self.schedule.is_over(clock)
            stopping.interrupted = self.interrupted and early
            if self.record is not None and stopping.interrupted:
                self.driver.record_here()
            if self.record is None and not stopping.diverged:
                self.driver.record_last()
        moving = self.parts.engine.is_driven
        alike = self.schedule.dt is not None and not moving  # so that states can repeat with steps
        alternate = watching.alternating() if stopping.running and alike else None
        self.ending = stopping.end(clock.time, watching.residuals, alternate, moving)
        return self.ending.outcome()

    def _progress(self) -> Progress:
        clock, watching = self.parts.clock, self.parts.watching
        return Progress(
            clock.steps,
            self.schedule.steps,
            clock.time,
            watching.residual,
            watching.energy,
            self.schedule.duration,
        )

    def final_state(self) -> Floats:
        """State reached, the last finite one of what diverged, (n,) or (trials, n), file order."""
        rows = self.layout.outside(self.parts.engine.buffers.x)
        state = self.parts.trials.restore(rows)
        return state[0] if self.header.trials is None else state

    def stats(self, seconds: float) -> Stats:
        """Collect the figures of the run."""
        return stats_of(self, seconds)
