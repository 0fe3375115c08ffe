"""Trials that have ended by themselves while others go on: what the buffers held of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.engine.engine import Engine
from hamsim.layout.arrange import Layout

__all__ = ["Ended", "Held", "held_of"]

# What belongs to a state: of each neuron, and of the whole.
OF_NEURONS = ("x", "g", "u")
HELD = (*OF_NEURONS, "residual", "energy", "previous")
KEY = "ended."

Held = dict[str, Floats]


class Ended:
    """The states in which trials have ended, and when, by their numbers."""

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}
        self.times: dict[int, float] = {}

    def hold(self, number: int, time: float, held: Held) -> None:
        """Note what a trial has come to."""
        self._held[number], self.times[number] = held, time

    def state(self, layout: Layout) -> dict[str, Any]:
        """The same for a run that goes on with this one; neurons in file order."""
        if not self._held:
            return {}
        found: dict[str, Any] = {
            f"{KEY}numbers": np.array(list(self._held)),
            f"{KEY}times": np.array([self.times[number] for number in self._held]),
        }
        for name in HELD:
            values = np.stack([held[name] for held in self._held.values()])
            found[f"{KEY}{name}"] = layout.outside(values.T) if name in OF_NEURONS else values
        return found

    def restore(self, state: Mapping[str, Any], layout: Layout, stays: Sequence[bool]) -> None:
        """Take over what another run has noted of trials that stay where they are."""
        for row, number in enumerate(np.asarray(state.get(f"{KEY}numbers", ())).tolist()):
            if number >= len(stays) or not stays[number]:
                continue
            held = {name: np.asarray(state[f"{KEY}{name}"])[row] for name in HELD}
            for name in OF_NEURONS:
                held[name] = layout.inside(held[name][None])[:, 0]
            self.hold(number, float(state[f"{KEY}times"][row]), held)

    def begin_anew(self, times: Floats, ends: Sequence[float]) -> bool:
        """Whether all others have come to the end of a stretch, from where steps begin anew."""
        others = np.delete(times, list(self._held))
        return bool(others.size and others[0] in ends and np.all(others == others[0]))

    def put_back(self, engine: Engine, numbers: Sequence[int]) -> None:
        """Put it where others look for it, in an engine with trials of these numbers."""
        if self._held:
            for column, number in enumerate(numbers):
                for name, values in self._held.get(number, {}).items():
                    getattr(engine.buffers, name)[..., column] = values


def held_of(engine: Engine, column: int) -> Held:
    """What an engine's buffers hold of a trial, which has been evaluated there."""
    engine.measure()
    held = {name: getattr(engine.buffers, name)[..., column].copy() for name in HELD}
    held["previous"] = held["energy"][0].copy()
    return held
