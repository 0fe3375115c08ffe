"""Training: epochs of batches, each a step that lowers the loss of its examples."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.errors import HamsimError
from hamsim.learning.gradient import THROUGH_TIME
from hamsim.learning.training import checkpoint as files
from hamsim.learning.training.checkpoint import Kept
from hamsim.learning.training.competing import Competing
from hamsim.learning.training.descent import Descent
from hamsim.learning.training.epoch import Epoch
from hamsim.learning.training.examples import batches_of, split
from hamsim.learning.training.history import History, Progress
from hamsim.learning.training.learned import Learned
from hamsim.learning.training.posing import Posing
from hamsim.learning.training.rule import Rule
from hamsim.learning.training.scores import Scoring
from hamsim.learning.training.task import Task
from hamsim.learning.training.trained import Trained
from hamsim.operator.team import at_most
from hamsim.paths import quoted, why_unwritable

__all__ = ["fit"]

# Examples of which the loss of validation is taken at once.
AT_ONCE = 256


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
        How many are used at most; it changes no bit.

    Returns
    -------
    Trained
        After Ctrl-C it is as after the last whole epoch.

    Raises
    ------
    HamsimError
        What is asked for does not fit, cannot be right, or cannot be read or written.
    """
    with at_most(threads):
        return _fitted(task, checkpoint, resume, progress)


def _fitted(
    task: Task,
    checkpoint: str | os.PathLike[str] | None,
    resume: str | os.PathLike[str] | None,
    progress: Callable[[Progress], None] | None,
) -> Trained:
    fitting = _Fitting(task)
    place = resume if checkpoint is None else checkpoint
    digests = {}
    if place is not None:
        if why := why_unwritable(place):  # said now, not after an epoch
            raise HamsimError(f"cannot write {quoted(Path(place))}: {why}")
        digests = files.digests_of(task)
    if resume is not None:
        fitting.restore(files.read(Path(resume), digests))
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

    def __init__(self, task: Task) -> None:
        settings = task.settings
        self.task, self.settings = task, settings
        self.split = split(task.examples, settings.validation, settings.seed)
        posing = Posing(task, settings.method == THROUGH_TIME)
        self.learned = Learned(posing.network, settings.learn, settings.constraints)
        self.learned.settle()
        self.descent, self.scoring = None, None
        if task.loss is not None:
            self.descent = Descent(task, posing, self.learned)
        if task.loss is not None and task.targets is not None:
            self.scoring = Scoring(task.loss, task.targets)
        self.rule: Rule = self.descent or Competing(task, posing.network, self.learned)
        values = self._values()
        self.kept = Kept(0, 0, values, self._memories(), 0, values, History(), 0, 0.0)

    # --- what is kept --------------------------------------------------------------------------

    def _values(self) -> dict[str, Floats]:
        return {part.key: part.values.copy() for part in self.learned.parts}

    def _memories(self) -> dict[str, tuple[Floats, ...]]:
        kept = self.rule.memories
        return {key: tuple(one.copy() for one in some) for key, some in kept.items()}

    def restore(self, kept: Kept) -> None:
        """Go on from there."""
        self.kept, self.rule.steps = kept, kept.steps
        for key, some in self.rule.memories.items():
            for one, other in zip(some, kept.memories[key], strict=True):
                one[:] = other
        self._take(kept.values)

    def _take(self, values: Mapping[str, Floats]) -> None:
        for part in self.learned.parts:
            part.values[:] = values[part.key]
        self.learned.begin()
        self.rule.changed()

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
        epoch = self._epoch()
        batches = batches_of(self.split.training, settings.batch, number, settings.seed)
        for k, rows in enumerate(batches):
            led_by = None if self.descent is None else self.descent.network
            epoch.add(rows, *self.rule.learn(rows, number), led_by)
            if progress is not None:
                progress(epoch.progress(number, settings.epochs, k + 1, len(batches)))
            if pressed():
                self.restore(before)
                return False
        self._require_finite(number)
        self.learned.settle()
        self.rule.changed()
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
            steps=self.rule.steps,
            values=values,
            memories=self._memories(),
            best=best,
            best_values=values if best == number else before.best_values,
            history=history,
            unstable=before.unstable + epoch.unstable,
            seconds=before.seconds + row["seconds"],
        )
        return True

    def _require_finite(self, number: int) -> None:
        """Refuse to go on with what no network can have any more.

        Raises
        ------
        HamsimError
        """
        if lost := self.learned.lost():
            raise HamsimError(
                f"training diverged in epoch {number}: {lost}; lower the rate, or clip gradients"
            )

    def _epoch(self) -> Epoch:
        return Epoch(None if self.scoring is None else self.scoring.begin())

    def _validated(self) -> Epoch:
        """Loss and score of what is kept for validation."""
        epoch, kept = self._epoch(), self.split.validation
        if self.descent is not None:
            for k in range(0, kept.size, AT_ONCE):
                rows = kept[k : k + AT_ONCE]
                epoch.add(rows, self.descent.seen(rows), 0.0, self.descent.network)
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
    """Number of the best epoch: the first of those that are alike; the last where none is known."""
    column = history[f"validation_{by}" if validated else by]
    if np.isnan(column).all():
        return int(history["epoch"][-1])
    badness = np.where(np.isnan(column), np.inf, column if by == "loss" else -column)
    return int(history["epoch"][np.argmin(badness)])
