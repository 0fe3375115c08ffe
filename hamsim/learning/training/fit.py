"""Training: epochs of batches, each a step that lowers the loss of its examples."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.kernels.jit import first_call
from hamsim.kernels.optimizers import sum_of_squares
from hamsim.learning.found import Found
from hamsim.learning.gradient import THROUGH_TIME, method_of, require_slopes
from hamsim.learning.posed import Wanted
from hamsim.learning.rest.engine import Engine
from hamsim.learning.training import checkpoint as files
from hamsim.learning.training.checkpoint import Kept
from hamsim.learning.training.epoch import Epoch
from hamsim.learning.training.examples import batches_of, split
from hamsim.learning.training.history import History, Progress
from hamsim.learning.training.learned import Learned
from hamsim.learning.training.optimizers import optimizer_of
from hamsim.learning.training.posing import Posing
from hamsim.learning.training.scores import Scoring
from hamsim.learning.training.task import Task
from hamsim.learning.training.trained import Trained

__all__ = ["fit"]

# Examples of which the loss of validation is taken at once.
AT_ONCE = 256
# What of adjoint equations is left in training, where nobody says: a part of their right side.
TOLERANCE = 1e-3
_NOTHING = Wanted(weights=False, input=False, initial=False, tau=False, lagrangian=False)


def fit(
    task: Task,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
) -> Trained:
    """Train a network.

    Parameters
    ----------
    task : Task
    checkpoint : path, optional
        Where training is kept after every epoch; that of `resume` if nobody says.
    resume : path, optional
        A checkpoint of the same task, to go on from.
    progress : callable, optional
        Called with a `Progress` after every batch.
    threads : int, optional

    Returns
    -------
    Trained
        After Ctrl-C it is as after the last whole epoch.

    Raises
    ------
    HamsimError
        What is asked for does not fit, cannot be right, or cannot be read or written.
    """
    digests = files.digests_of(task)
    fitting = _Fitting(task, threads)
    if resume is not None:
        fitting.restore(files.read(Path(resume), digests))
    place = resume if checkpoint is None else checkpoint
    interrupted = stopped = False
    with deferred_interrupt() as pressed:
        while fitting.kept.epoch < task.settings.epochs and not interrupted:
            if stopped := fitting.is_over():
                break
            interrupted = not fitting.go_on(progress, pressed.is_set)
            if place is not None and not interrupted:
                files.write(Path(place), fitting.kept, digests)
    return fitting.trained(interrupted, stopped)


class _Fitting:
    """Training of one task, as it stands."""

    def __init__(self, task: Task, threads: int | None) -> None:
        settings = task.settings
        self.task, self.settings = task, settings
        _, self.method, options = method_of(settings.method, settings.options)
        if "tol" in options._fields and "tol" not in settings.options:
            options = options._replace(tol=TOLERANCE)
        self.options, over_time = options, settings.method == THROUGH_TIME
        self.posing = Posing(task, over_time)
        self.learned = Learned(self.posing.network, settings.learn)
        self.optimizer = optimizer_of(settings.optimizer, settings.optimizer_options)
        self.rates = self._rates()
        self.split = split(task.examples, settings.validation, settings.seed)
        self.scoring = Scoring(task.loss, task.targets)
        self.network, self.engine = self.learned.network(), None
        if not over_time:
            how = (self.posing.held, settings.residual, settings.batch)
            self.engine = Engine(self.network, *how)
        self.steps = 0
        self.memories = {
            part.key: tuple(np.zeros_like(part.values) for _ in range(self.optimizer.memories))
            for part in self.learned.parts
        }
        first = self.posing.batch(self.network, self.split.training[:1], settings.residual)
        require_slopes(first)
        self.method.require(first, self.options)
        values = self._values()
        self.kept = Kept(0, 0, values, self._memories(), 0, values, History(), 0, 0.0)

    def _rates(self) -> dict[str, float]:
        """The rate of each part."""
        given_rates, found, used = self.settings.rates, {}, set()
        for part in self.learned.parts:
            kind, name = part.key.split("/", 1)
            name = name if kind == "connections" else kind
            found[part.key] = given_rates.get(name, self.optimizer.rate)
            used.add(name)
        for name in given_rates:
            if name not in used:
                raise HamsimError(
                    f"rates: {given(name)} is not learned; {did_you_mean(str(name), sorted(used))}"
                )
        return found

    # --- what is kept --------------------------------------------------------------------------

    def _values(self) -> dict[str, Floats]:
        return {part.key: part.values.copy() for part in self.learned.parts}

    def _memories(self) -> dict[str, tuple[Floats, ...]]:
        return {key: tuple(one.copy() for one in some) for key, some in self.memories.items()}

    def restore(self, kept: Kept) -> None:
        """Go on from there."""
        self.kept, self.steps = kept, kept.steps
        for key, some in self.memories.items():
            for one, other in zip(some, kept.memories[key], strict=True):
                one[:] = other
        self._take(kept.values)

    def _take(self, values: Any) -> None:
        for part in self.learned.parts:
            part.values[:] = values[part.key]
        self._changed()

    def _changed(self) -> None:
        """Put the values as they are now into the network."""
        self.network = self.learned.network()
        if self.engine is not None:
            self.engine.weights_changed(self.network)

    # --- epochs --------------------------------------------------------------------------------

    def is_over(self) -> bool:
        """Whether the best epoch was so long ago that training stops."""
        patience = self.settings.patience
        return patience is not None and self.kept.epoch - self.kept.best >= patience

    def go_on(
        self, progress: Callable[[Progress], None] | None, pressed: Callable[[], bool]
    ) -> bool:
        """Train for one epoch; False, and as before it, where Ctrl-C came."""
        began, before = time.perf_counter(), self.kept
        settings, number = self.settings, before.epoch + 1
        epoch = Epoch(self.scoring.begin(self.network))
        batches = batches_of(self.split.training, settings.batch, number, settings.seed)
        for k, rows in enumerate(batches):
            found = self._found(rows, self.learned.wanted)
            epoch.add(rows, found, self._step(found))
            if progress is not None:
                progress(epoch.progress(number, settings.epochs, k + 1, len(batches)))
            if pressed():
                self.restore(before)
                return False
        validation = self._validated()
        row = {
            **epoch.row(),
            "epoch": number,
            "validation_loss": validation.loss,
            "validation_score": validation.score,
            "seconds": time.perf_counter() - began,
        }
        history = before.history.with_row(**row)
        values = self._values()
        best = _best(history, bool(self.split.validation.size), settings.by)
        self.kept = Kept(
            epoch=number,
            steps=self.steps,
            values=values,
            memories=self._memories(),
            best=best,
            best_values=values if best == number else before.best_values,
            history=history,
            unstable=before.unstable + epoch.unstable,
            seconds=before.seconds + row["seconds"],
        )
        return True

    def _found(self, rows: Ints, wanted: Wanted) -> Found:
        posed = self.posing.batch(self.network, rows, self.settings.residual)
        found: Found = self.method.gradient_of(posed, wanted, self.options, self.engine)
        return found

    def _step(self, found: Found) -> float:
        """Change what is learned; the norm of the gradient, NaN where there is none."""
        if not found.counts.any():
            return math.nan
        gradient = self.learned.gradient(found)
        with first_call("sum of squares"):
            norm = math.sqrt(sum(sum_of_squares(each) for each in gradient.values()))
        if not math.isfinite(norm):
            return math.nan
        clip = self.settings.clip
        scale = 1.0 if clip is None or norm <= clip else clip / norm
        self.steps += 1
        for part in self.learned.parts:
            how = (self.memories[part.key], scale, self.rates[part.key], self.steps)
            self.optimizer.step(part.values, gradient[part.key], *how)
        self.learned.project()
        self._changed()
        return norm

    def _validated(self) -> Epoch:
        """Loss and score of what is kept for validation."""
        epoch, kept = Epoch(self.scoring.begin(self.network)), self.split.validation
        for k in range(0, kept.size, AT_ONCE):
            rows = kept[k : k + AT_ONCE]
            epoch.add(rows, self._found(rows, _NOTHING), 0.0)
        return epoch

    def trained(self, interrupted: bool, stopped: bool) -> Trained:
        """What it has become."""
        if self.settings.patience is not None and self.kept.best:
            self._take(self.kept.best_values)
        return Trained(
            network=self.learned.network(self.task.network),
            table=self.kept.history,
            best=self.kept.best,
            unstable=self.kept.unstable,
            seconds=self.kept.seconds,
            interrupted=interrupted,
            stopped=stopped,
        )


def _best(history: History, validated: bool, by: str) -> int:
    """Number of the best epoch; the first of those that are alike, and where none is known."""
    column = history[f"validation_{by}" if validated else by]
    badness = np.where(np.isnan(column), np.inf, column if by == "loss" else -column)
    return int(history["epoch"][np.argmin(badness)])
