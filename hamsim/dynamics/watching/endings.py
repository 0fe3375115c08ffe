"""How a run ended, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.dynamics.watching.orbits import Cycle
from hamsim.kernels.plan import Buffers
from hamsim.layout.arrange import Layout
from hamsim.network import Network, Until
from hamsim.trace.outcome import WORST_FIRST, Outcome, OutcomeKind

__all__ = ["Divergence", "Ending", "find_divergence"]


@dataclass(frozen=True)
class Divergence:
    """Where numbers of a trial first stopped being finite.

    Parameters
    ----------
    time : float
    trial : int
    group, neuron : str
    what : str
        A sentence without its end: what of which neuron.
    ends : str
        The end of the sentence.
    """

    time: float
    trial: int
    group: str
    neuron: str
    what: str
    ends: str


def find_divergence(
    network: Network, layout: Layout, buffers: Buffers, trial: int, time: float
) -> Divergence:
    """Find the neuron that is to blame: the first of those that nothing else explains.

    A state that is not finite spreads to activations, these to states that follow at once, and all
    of them to drives; so they are asked in this order.
    """
    x, g, u = (
        layout.outside(values[:, [trial]])[0] for values in (buffers.x, buffers.g, buffers.u)
    )
    ill = ~np.isfinite(x)
    asked = (
        ("state", ill & (network.tau > 0)),
        ("activation", ~np.isfinite(g) & ~ill),
        ("state", ill),
        ("drive", ~np.isfinite(u)),
    )
    what, bad = next(pair for pair in asked if pair[1].any() or pair is asked[-1])
    neuron = int(np.argmax(bad))
    label = network.label(neuron)
    group = next(g.name for g in network.groups if g.start <= neuron < g.stop)
    at = f", at a state of {x[neuron]:.6g}" if what == "activation" else ""
    return Divergence(
        time, trial, group, label, f"the {what} of neuron {label} of group {group}", at
    )


@dataclass(frozen=True)
class Ending:
    """What a run has come to.

    Parameters
    ----------
    time : float
    residuals : ndarray, shape (trials,)
    tolerance : float
        Residual asked for; negative if none was.
    converged, interrupted : bool
        Whether it ended because of that residual, or of Ctrl-C.
    met : str or None
        What else it ended because of: "energy", "wall" or "expression".
    own : tuple of str or None
        What trials have met that end each by itself: "energy" or "expression".
    until : Until
        What was asked for.
    rate : ndarray, shape (trials,), or None
        Change of the energy at the last look, per unit of time.
    cycles : mapping of int to Cycle
        Trials that go round.
    basins : mapping of int to str
        Trials that were brought to rest from where their trajectories were left, and what is known
        of whether these lead there.
    go_on, alternate : ndarray of bool, shape (trials,)
        Trials that have not diverged, and those that alternate between two states.
    divergence : Divergence or None
        The first one.
    has_trials : bool
        Whether there is an axis for trials.
    """

    time: float
    residuals: Floats
    tolerance: float
    converged: bool
    interrupted: bool
    met: str | None
    own: tuple[str | None, ...]
    until: Until
    rate: Floats | None
    cycles: Mapping[int, Cycle]
    basins: Mapping[int, str]
    go_on: NDArray[np.bool_]
    alternate: NDArray[np.bool_]
    divergence: Divergence | None
    has_trials: bool

    def outcome(self) -> Outcome:
        """How the whole run ended, which is how its worst trial did."""
        words = tuple(self._word(trial) for trial in range(self.go_on.size))
        kind = min(words, key=WORST_FIRST.index)
        rounds = [self.cycles.get(trial) for trial in range(len(words))] if self.cycles else []
        periods = tuple(None if cycle is None else cycle.period for cycle in rounds)
        amplitudes = tuple(None if cycle is None else cycle.amplitude for cycle in rounds)
        if self.divergence is None:
            message = self._rest(words)
            return Outcome(
                kind,
                message,
                self.time,
                outcomes=words,
                periods=periods,
                amplitudes=amplitudes,
            )
        found = self.divergence
        return Outcome(
            kind,
            self._diverged(found, words),
            found.time,
            found.group,
            found.neuron,
            found.trial if self.has_trials else None,
            words,
            periods,
            amplitudes,
        )

    def notes(self) -> tuple[str, ...]:
        """What is to be said of states that repeat."""
        count = int(np.count_nonzero(self.alternate & self.go_on))
        if count == 0:
            return ()
        which = f"of {count:,} of {counted(self.go_on.size, 'trial')} " if self.has_trials else ""
        return (
            f"the states {which}repeat with a period of two steps, because all neurons step at "
            "once; shorter steps may come to rest",
        )

    def _word(self, trial: int) -> OutcomeKind:
        if not self.go_on[trial]:
            return "diverged"
        if self.own[trial] is not None:
            return "converged" if self.own[trial] == "energy" else "finished"
        if self.interrupted or self.met == "wall":
            return "interrupted"
        if self.met == "energy":
            return "converged"
        if self.converged or self.residuals[trial] <= self.tolerance or trial in self.basins:
            return "converged"
        if trial in self.cycles and self.met is None:
            return "cycle"
        return "alternating" if self.alternate[trial] else "finished"

    def _rest(self, words: tuple[str, ...]) -> str:
        """How those ended that did not diverge."""
        residual = float(self.residuals[self.go_on].max())
        t, of = f"t = {self.time:g}", f"residual {residual:.3g}"
        if self.interrupted:
            return f"interrupted at {t}: {of}"
        if self.met == "wall":
            return f"interrupted at {t}: the {self.until.wall:g} s of the wall clock are over, {of}"
        if self.met == "energy" and self.rate is not None:
            rate = float(self.rate[self.go_on].max())
            return f"converged at {t}: the energy changes by {rate:.3g} a unit of time, {of}"
        if self.met == "expression":
            return f"finished at {t}: {self.until.expression}, {of}"
        if self.basins and len(self.basins) == np.count_nonzero(self.go_on):
            return f"converged at {t}: {self._at_rest()}, {of}"
        if residual <= self.tolerance:
            return f"converged at {t}: {of}"
        asked = f", above the {self.tolerance:g} asked for" if self.tolerance > 0 else ""
        alternating = words.count("alternating")
        between = ""
        if alternating and self.has_trials:
            those = "trial alternates" if alternating == 1 else "trials alternate"
            between = f"{alternating:,} {those} between two states, "
        elif alternating:
            between = "alternates between two states, "
        between += f"{self._at_rest()}, " if self.basins else ""
        between += self._by_itself() + self._round()
        return f"finished at {t}: {between}{of}{asked}"

    def _by_itself(self) -> str:
        """What is told of trials that have ended before others."""
        told = ""
        for what, why in (("energy", "energy rests"), ("expression", self.until.expression)):
            if count := self.own.count(what):
                those = "trial" if count == 1 else "trials"
                told += f"{count:,} {those} where {why}, "
        return told

    def _at_rest(self) -> str:
        """What is told of trials that were brought to rest."""
        words = list(self.basins.values())
        if not self.has_trials:
            return f"at the rest state to which it goes from there, {words[0]}"
        kinds = [f"{words.count(word)} {word}" for word in dict.fromkeys(sorted(words))]
        of = f"{len(words):,} of {counted(self.go_on.size, 'trial')}"
        which = "all trials" if len(words) == self.go_on.size else of
        return f"{which} at the rest states to which they go from there, {', '.join(kinds)}"

    def _round(self) -> str:
        """What is told of cycles."""
        if not self.cycles:
            return ""
        periods = [f"{cycle.period:.6g}" for cycle in self.cycles.values()]
        sizes = [f"{cycle.amplitude:.4g}" for cycle in self.cycles.values()]
        if not self.has_trials:
            return f"goes round with period {periods[0]} and amplitude {sizes[0]}, "
        those = "trial goes" if len(periods) == 1 else "trials go"
        return (
            f"{len(periods):,} {those} round with period {_span(periods)} and amplitude "
            f"{_span(sizes)}, "
        )

    def _diverged(self, found: Divergence, words: tuple[str, ...]) -> str:
        trial = f" in trial {found.trial}" if self.has_trials else ""
        what = f"at t = {found.time:g}: {found.what}{trial} is no longer finite{found.ends}"
        if len(words) == 1:
            return f"diverged {what}"
        count = words.count("diverged")
        message = f"{count:,} of {counted(len(words), 'trial')} diverged, the first {what}"
        return message if count == len(words) else f"{message}; the others {self._rest(words)}"


def _span(numbers: list[str]) -> str:
    """One number, or the smallest and the largest of several."""
    ordered = sorted(set(numbers), key=float)
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]} to {ordered[-1]}"
