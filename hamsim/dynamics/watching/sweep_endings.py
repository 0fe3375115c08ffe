"""How discrete dynamics ended, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hamsim.arrays import Ints
from hamsim.counted import counted
from hamsim.trace.outcome import WORST_FIRST, Outcome, OutcomeKind

__all__ = ["SweepEnding"]

MOST_NAMED = 4  # neurons of a 2-cycle
PERIOD = 2.0  # in sweeps: with symmetric weights no other lasts, mathematically (Goles 1985)


@dataclass(frozen=True)
class SweepEnding:
    """What discrete dynamics has come to.

    Parameters
    ----------
    sweeps, flips : ndarray of int, shape (trials,)
        Sweeps that each trial has made, and how often a neuron took another value.
    wanting : ndarray of int, shape (trials,)
        Neurons that would change if they were set now.
    alternating : sequence of ndarray of int
        Of each trial, the neurons that go back and forth between two values; empty where none do.
    amplitudes : sequence of float
        Half of the way of the one that swings most.
    most : int
        Sweeps that were asked for.
    warm : bool
        Whether the last sweep has a temperature above 0, so that nothing rests.
    interrupted : bool
        By Ctrl-C.
    wall : float or None
        Seconds that were over, if it ended because of them.
    has_trials : bool
        Whether there is an axis for trials.
    label : callable
        Gives a neuron's name by its number.
    """

    sweeps: Ints
    flips: Ints
    wanting: Ints
    alternating: Sequence[Ints]
    amplitudes: Sequence[float]
    most: int
    warm: bool
    interrupted: bool
    wall: float | None
    has_trials: bool
    label: Callable[[int], str]

    def outcome(self) -> Outcome:
        """How the whole run ended, which is how its worst trial did."""
        words = tuple(self._word(trial) for trial in range(len(self.sweeps)))
        cycling = [word == "cycle" for word in words] if "cycle" in words else []
        return Outcome(
            min(words, key=WORST_FIRST.index),
            self._of_trials(words) if self.has_trials else self._alone(words[0]),
            float(self.sweeps.max()),
            outcomes=words,
            periods=tuple(PERIOD if it else None for it in cycling),
            amplitudes=tuple(self.amplitudes[k] if it else None for k, it in enumerate(cycling)),
        )

    def _word(self, trial: int) -> OutcomeKind:
        if len(self.alternating[trial]):
            return "cycle"
        if not self.warm and not self.wanting[trial]:
            return "converged"
        if (self.interrupted or self.wall is not None) and self.sweeps[trial] < self.most:
            return "interrupted"
        return "finished"

    def _alone(self, word: OutcomeKind) -> str:
        """How a single run ended."""
        after, flips = counted(int(self.sweeps[0]), "sweep"), counted(int(self.flips[0]), "flip")
        if word == "cycle":
            who = self._who(self.alternating[0])
            return f"2-cycle of {who}: back and forth between two states, after {after} and {flips}"
        if word == "converged":
            return f"at rest after {after} and {flips}: no neuron wants to change"
        if word == "interrupted":
            why = f"the {self.wall:g} s of the wall clock are over, " if self.wall else ""
            return f"interrupted after {after}: {why}{flips}, {self._want(self.wanting[0])}"
        return f"finished after all {after}: {flips}, {self._want(self.wanting[0])}"

    def _want(self, wanting: int) -> str:
        if self.warm:
            return "at a temperature above 0 to the end"
        return f"{counted(int(wanting), 'neuron')} {'wants' if wanting == 1 else 'want'} to change"

    def _who(self, neurons: Ints) -> str:
        """Some neurons, of which the first are named."""
        named = [self.label(int(neuron)) for neuron in neurons[:MOST_NAMED]]
        more = len(neurons) - len(named)
        told = ", ".join(named) + (f" and {more:,} more" if more else "")
        return f"{counted(len(neurons), 'neuron')}, {told}"

    def _of_trials(self, words: tuple[OutcomeKind, ...]) -> str:
        """How many trials ended in which way."""
        told = [self._some(word, words) for word in WORST_FIRST if word in words]
        return f"{'; '.join(told)}; {counted(int(self.flips.sum()), 'flip')} in all"

    def _some(self, word: OutcomeKind, words: tuple[OutcomeKind, ...]) -> str:
        which = np.flatnonzero([each == word for each in words])
        of = f"{which.size:,} of {counted(len(words), 'trial')}"
        of = f"all {len(words):,} trials" if which.size == len(words) > 1 else of
        sweeps = self.sweeps[which]
        first, last = int(sweeps.min()), int(sweeps.max())
        after = (
            counted(last, "sweep") if first == last else f"{first:,} to {counted(last, 'sweep')}"
        )
        if word == "converged":
            return f"{of} at rest after {after}"
        if word == "cycle":
            most = max((self.alternating[trial] for trial in which.tolist()), key=len)
            return f"{of} in a 2-cycle after {after}, of at most {counted(len(most), 'neuron')}"
        if word == "interrupted":
            why = f": the {self.wall:g} s of the wall clock are over" if self.wall else ""
            return f"{of} interrupted after {after}{why}"
        return f"{of} finished after all {after}"
