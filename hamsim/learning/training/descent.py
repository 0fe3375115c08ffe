"""Steps down the gradient of a loss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.kernels.jit import first_call
from hamsim.kernels.optimizers import sum_of_squares
from hamsim.learning.found import Found
from hamsim.learning.gradient import THROUGH_TIME, method_of
from hamsim.learning.posed import Wanted
from hamsim.learning.rest.engine import Engine
from hamsim.learning.slopes import require_slopes
from hamsim.learning.training.learned import Learned
from hamsim.learning.training.optimizers import optimizer_of
from hamsim.learning.training.posing import Posing
from hamsim.learning.training.task import Task
from hamsim.learning.unrolled.plan import unroll

__all__ = ["Descent"]

# What of adjoint equations is left in training, where nobody says: a part of their right side.
TOLERANCE = 1e-3
_NOTHING = Wanted(weights=False, input=False, lagrangian=False, clamp=False)


class Descent:
    """Learns by gradients; see `Rule`.

    Parameters
    ----------
    task : Task
    posing : Posing
    learned : Learned

    Raises
    ------
    HamsimError
        A setting does not fit, or gradients cannot be right.
    """

    memories: dict[str, tuple[Floats, ...]]

    def __init__(self, task: Task, posing: Posing, learned: Learned) -> None:
        self.settings, self.posing, self.learned = task.settings, posing, learned
        settings = task.settings
        _, self.method, options = method_of(settings.method, settings.options)
        if "tol" in options._fields and "tol" not in settings.options:
            options = options._replace(tol=TOLERANCE)
        self.options: Any = options
        self.optimizer = optimizer_of(settings.optimizer, settings.optimizer_options)
        self.rates = self._rates()
        self.network, self.engine = learned.network(), None
        first = posing.batch(self.network, np.arange(1), settings.residual)
        require_slopes(first.network, first.held)
        self.method.require(first, options)
        if settings.method == THROUGH_TIME:  # one dt for all steps, whatever weights become
            self.options = options._replace(dt=unroll(first, options.steps, options.dt).dt)
        else:
            how = (posing.held, settings.residual, settings.batch)
            self.engine = Engine(self.network, *how, follows=False, weights=learned.weights)
        self.steps = 0
        self.memories = {
            part.key: tuple(np.zeros_like(part.values) for _ in range(self.optimizer.memories))
            for part in learned.parts
        }

    def _rates(self) -> dict[str, float]:
        """The rate of each part."""
        given_rates, found, used = self.settings.rates, {}, set()
        for key in self.learned.keys:
            kind, name = key.split("/", 1)
            name = name if kind == "connections" else kind
            found[key] = given_rates.get(name, self.optimizer.rate)
            used.add(name)
        for name in given_rates:
            if name not in used:
                raise HamsimError(
                    f"rates: {given(name)} is not learned; {did_you_mean(str(name), sorted(used))}"
                )
        return found

    def changed(self) -> None:
        """Take the values that are learned as they are now.

        Where the engine reads weights from where they are learned, the network that methods get
        has their old values: all products are the engine's.
        """
        self.learned.weights.changed()
        reads = self.engine is not None and self.engine.reads_weights
        self.network = self.learned.network(weights=not reads)
        if self.engine is not None:
            self.engine.weights_changed(self.network)

    def learn(self, rows: Ints, epoch: int) -> tuple[Found | None, float]:
        """See `Rule.learn`."""
        with np.errstate(over="ignore", invalid="ignore"):  # of weights that diverge
            found = self._found(rows, self.learned.wanted)
            return found, self._step(found)

    def seen(self, rows: Ints) -> Found:
        """Where some examples go, and their loss; nothing is learned."""
        return self._found(rows, _NOTHING)

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
        self.changed()
        return norm
