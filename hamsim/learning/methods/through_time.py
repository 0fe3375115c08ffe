"""Back through time: the exact gradient of the steps that Euler's method takes.

The map is x <- x + (dt / tau)(W g + I - x) of all neurons at once, as `hamsim.simulate` makes it
with ``method="euler"``; neurons of tau = 0 follow at each evaluation, and what acts over time does
so here too. No state has to rest, W may be any, and cues may be initial states.

Source: Rumelhart, Hinton and Williams 1986; Werbos 1990; keeping some states and taking the steps
between once more: Griewank 1992; Chen et al. 2016, arXiv:1604.06174.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import HamsimError, given
from hamsim.learning.found import Found
from hamsim.learning.losses import BoundLoss
from hamsim.learning.posed import Posed, Wanted
from hamsim.learning.unrolled.backward import NOTHING, Backward, Passed, Read
from hamsim.learning.unrolled.plan import require_steps, unroll
from hamsim.learning.unrolled.sums import Sums
from hamsim.learning.unrolled.tape import Phases, Tape
from hamsim.operator import neurons_of
from hamsim.request import count_of

__all__ = ["Options", "gradient_of", "require"]


class Options(NamedTuple):
    """What can be said of the method.

    Parameters
    ----------
    steps : int, optional
        How many; those that the file's `t_end` asks for if nobody says.
    dt : float, optional
        As of `hamsim.simulate`.
    keep : int, optional
        A state is kept every so many steps, and the steps from there taken once more; it changes no
        bit. The first state alone if nobody says and all others have room.
    at : sequence of int, optional
        Numbers of steps after which the loss is taken, of which the mean counts; after the last one
        if nobody says.
    """

    steps: Any = None
    dt: Any = None
    keep: Any = None
    at: Any = None


def require(posed: Posed, options: Options) -> None:
    """Refuse what cannot be right before anything runs.

    Raises
    ------
    HamsimError
    """
    require_steps(posed.network, options.steps, options.dt)
    if options.keep is not None:
        count_of("keep", options.keep, 1)
    if options.at is not None:
        _moments(options.at, None)


def gradient_of(posed: Posed, wanted: Wanted, options: Options, engine: Any = None) -> Found:
    """Go through the steps, and back.

    Parameters
    ----------
    posed : Posed
    wanted : Wanted
        If nothing is, only the states and the loss are found.
    options : Options
    engine : object, optional
        Not needed: what is prepared of a network is kept with its pattern.
    """
    require(posed, options)
    unrolled = unroll(posed, options.steps, options.dt)
    moments = _moments(unrolled.steps if options.at is None else options.at, unrolled.steps)
    with closing(Tape(unrolled, options.keep)) as tape:
        tape.run()
        return _Run(posed.loss, moments, tape).found(wanted)


def _moments(at: Any, steps: int | None) -> frozenset[int]:
    """Numbers of steps after which the loss is taken."""
    given_steps = np.atleast_1d(np.asarray(at, dtype=object)).tolist()
    moments = frozenset(count_of("at", step, 0) for step in given_steps)
    late = [step for step in moments if steps is not None and step > steps]
    if not moments or late:
        raise HamsimError(
            f"at is {given(at)}; allowed are numbers of steps from 0 to {steps}, after which the "
            "loss is taken"
        )
    return moments


class _Run:
    """A run that is on tape, and the loss of it."""

    def __init__(self, loss: BoundLoss, moments: frozenset[int], tape: Tape) -> None:
        self._moments, self._tape, self._network = moments, tape, tape.unrolled.network
        # The same loss where nothing is lost to rounding, and the one that knows of parameters.
        self._loss, self._original = loss.in_states() or loss, loss
        self.loss = np.zeros(tape.trials)
        self.counts = tape.finite

    def found(self, wanted: Wanted) -> Found:
        """Go back as far as something is wanted."""
        tape, backward = self._tape, Backward(self._network)
        forward = tape.products
        more: dict[str, Any] = {}
        if self.counts.any():
            self._measure()
        if wanted.anything:
            more = self._go_back(wanted, backward) if self.counts.any() else self._nothing(wanted)
        again = tape.products - forward + backward.products
        return Found(
            loss=np.where(self.counts, self.loss, np.nan),
            counts=self.counts,
            stable=np.ones(tape.trials, dtype=bool),
            residual=tape.residual,
            products_forward=np.full(tape.trials, float(forward)),
            products_backward=np.full(tape.trials, float(again)),
            x=tape.states,
            **more,
        )

    def _measure(self) -> None:
        """Find the loss; trials of which it, or its slope, is not finite do not count."""
        tape, network = self._tape, self._network
        if self._moments == {tape.steps}:
            states = self._standing_in(tape.states)
            read = iter([(states, neurons_of(network).activate(states))])
        else:  # one at a time: the next segment is written where this one is
            read = ((x, g) for step, _, x, g, _ in self._evaluations() if step in self._moments)
        finite = np.array(tape.finite)
        for x, g in read:
            self.loss += self._loss.value(x if self._loss.of == "x" else g) / len(self._moments)
            finite &= np.isfinite(self._slope(self._loss, x, g)).all(axis=1)
        self.counts = finite & np.isfinite(self.loss)

    def _slope(self, loss: BoundLoss, x: Floats, g: Floats) -> Floats:
        """What a loss says of the states or activations that it reads, of trials that count."""
        slope = loss.slope(x if loss.of == "x" else g) / len(self._moments)
        slope[~self.counts] = 0.0
        return slope

    def _read(self, step: int, x: Floats, g: Floats) -> Read:
        """What the loss says of an evaluation."""
        if step not in self._moments:
            return NOTHING
        slope = self._slope(self._loss, x, g)
        if self._loss.of == "g":
            return Read(of_activations=slope)
        if self._original.of == "x":
            return Read(of_states=slope)
        return Read(of_states=slope, of_parameters=self._slope(self._original, x, g))

    def _standing_in(self, rows: Floats) -> Floats:
        """Rows with one that is finite in the places of trials that have diverged."""
        counts = self._tape.finite
        if counts.all():
            return rows
        return np.where(counts[:, None], rows, rows[int(np.argmax(counts))])

    def _evaluations(self) -> Iterator[tuple[int, Phases, Floats, Floats, Floats | None]]:
        """Steps that have been taken, what neurons do, x, g, and x of the next step; backwards."""
        tape = self._tape
        for segment, x, g in tape.back():
            phases = tape.phases(segment)
            if segment.last == tape.steps:
                yield segment.last, phases, x[-1], g[-1], None
            for row in range(segment.last - segment.first - 1, -1, -1):
                yield segment.first + row, phases, x[row], g[row], x[row + 1]

    def _go_back(self, wanted: Wanted, backward: Backward) -> dict[str, Any]:
        """Take the adjoint back to the first state."""
        tape, network = self._tape, self._network
        share = self.counts / np.count_nonzero(self.counts)
        sums = Sums(network, share, wanted, tape.steps + 1)
        current, held = np.zeros_like(tape.states), np.zeros_like(tape.states)
        tau = np.zeros(tape.n)
        before: Floats | None = None
        for step, phases, x, g, following in self._evaluations():
            if following is not None and wanted.tau:
                assert before is not None
                # dt u / tau is what the step adds.
                moved = np.where(phases.moving, before * (following - x), 0.0)
                tau -= share @ moved
            after = before if following is not None else None
            passed = backward.through(phases, x, g, after, self._read(step, x, g))
            sums.add(x, g, passed)
            current += passed.drive
            held += passed.held
            before = passed.before
        sums.finish()
        with np.errstate(divide="ignore", invalid="ignore"):
            tau = np.where(network.tau > 0, tau / network.tau, 0.0)
        return {
            "weights": sums.weights,
            "lagrangian": sums.lagrangian,
            "input": current if wanted.input else None,
            "clamp": held if wanted.input and wanted.clamp else None,
            "initial": before if wanted.initial else None,
            "tau": tau if wanted.tau else None,
        }

    def _nothing(self, wanted: Wanted) -> dict[str, Any]:
        """What is found where every trial has diverged: 0."""
        tape, network = self._tape, self._network
        zero = np.zeros_like(tape.states)
        sums = Sums(network, np.zeros(tape.trials), wanted, 1)
        sums.add(zero, zero, Passed(zero, zero, zero, zero))
        return {
            "weights": sums.weights,
            "lagrangian": sums.lagrangian,
            "input": zero if wanted.input else None,
            "clamp": zero if wanted.input and wanted.clamp else None,
            "initial": zero if wanted.initial else None,
            "tau": np.zeros(tape.n) if wanted.tau else None,
        }
