"""How discrete dynamics ended, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hamsim.arrays import Ints, Mask
from hamsim.trace.outcome import WORST_FIRST, Outcome, OutcomeKind

__all__ = ["Facts", "outcome_of"]

PERIOD = 2.0  # sweeps in which synchronous updates come back
MOST_NAMES = 3  # of neurons that alternate


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known of trials when their sweeps are over.

    Parameters
    ----------
    flips, sweeps, wanting : ndarray of int, shape (trials,)
        Neurons that took another value, sweeps that were made, and neurons that want to change.
    cycling : ndarray of bool, shape (trials,)
        Whether a trial goes back and forth between two states.
    alternating : sequence of str
        Neurons that do, of the first trial of these.
    warm : bool
        Whether a temperature keeps neurons from resting.
    interrupted : bool
    wall : float or None
        Seconds of the wall clock that are over, if that ended the run.
    has_trials : bool
    """

    flips: Ints
    sweeps: Ints
    wanting: Ints
    cycling: Mask
    alternating: Sequence[str]
    warm: bool
    interrupted: bool
    wall: float | None
    has_trials: bool


def outcome_of(facts: Facts) -> Outcome:
    """How a run ended, which is how its worst trial did."""
    words = tuple(_word(facts, trial) for trial in range(facts.flips.size))
    periods = tuple(PERIOD if cycles else None for cycles in facts.cycling.tolist())
    return Outcome(
        min(words, key=WORST_FIRST.index),
        _message(facts, words),
        float(facts.sweeps.max(initial=0)),
        outcomes=words,
        periods=periods if facts.cycling.any() else (),
    )


def _word(facts: Facts, trial: int) -> OutcomeKind:
    if facts.cycling[trial]:
        return "cycle"
    if facts.wanting[trial] == 0 and not facts.warm:
        return "converged"
    stopped = facts.interrupted or facts.wall is not None
    return "interrupted" if stopped else "finished"


def _message(facts: Facts, words: tuple[OutcomeKind, ...]) -> str:
    sweeps, flips = int(facts.sweeps.max(initial=0)), int(facts.flips.sum())
    after = f"after {_count(sweeps, 'sweep')} and {_count(flips, 'flip')}"
    if facts.interrupted:
        return f"interrupted {after}: {_wanting(facts)}"
    if facts.wall is not None:
        return f"interrupted {after}: the {facts.wall:g} s of the wall clock are over"
    if set(words) == {"converged"}:
        return f"at rest {after}: no neuron wants to change"
    told = [_cycles(facts)] if facts.cycling.any() else []
    told += [_wanting(facts)] if "finished" in words else []
    return f"finished {after}: {', '.join(told)}"


def _cycles(facts: Facts) -> str:
    count = int(np.count_nonzero(facts.cycling))
    names = ", ".join(facts.alternating[:MOST_NAMES])
    more = len(facts.alternating) - MOST_NAMES
    names += f" and {more:,} more" if more > 0 else ""
    if not facts.has_trials:
        return f"2-cycle of {_count(len(facts.alternating), 'neuron')}, {names}"
    those = "1 trial is" if count == 1 else f"{count:,} trials are"
    return f"{those} in a 2-cycle, the first of {names}"


def _wanting(facts: Facts) -> str:
    most = int(facts.wanting.max(initial=0))
    of = " of a trial" if facts.has_trials else ""
    return f"{_count(most, 'neuron')}{of} would change" if most else "no neuron would change"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
