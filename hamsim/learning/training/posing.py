"""Examples as trials: what a batch poses to a method of gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.counted import counted
from hamsim.dynamics.resting.lasting import lasting
from hamsim.errors import HamsimError
from hamsim.learning.posed import Posed
from hamsim.learning.training.task import Task
from hamsim.network import Network
from hamsim.network.replaced import sharing

__all__ = ["Posing"]


class Posing:
    """Makes what is posed of some examples.

    Stimuli of the network do not act: they are of runs, and examples are what acts in training.
    Trials begin at its initial states, where it has several at the first.

    Parameters
    ----------
    task : Task
    over_time : bool
        Whether the method follows the network through time; else inputs are what they become.

    Raises
    ------
    HamsimError
        Numbers of examples differ, an input changes for ever, or cues are in
        initial states alone and are not seen at rest.
    """

    def __init__(self, task: Task, over_time: bool) -> None:
        self.task = task
        inputs = tuple(each for each in task.network.over_time if each.after is None)
        bare = sharing(task.network, {}, stimuli=(), over_time=inputs)
        self.network = bare if over_time else lasting(bare)[0]
        n = self.network.n_neurons
        self.held = np.zeros(n, dtype=bool)
        self._state = np.array(np.atleast_2d(self.network.initial)[0])
        if not over_time and all(cue.mode == "initial" for cue in task.cues):
            raise HamsimError(
                f"method '{task.settings.method}' is a gradient at rest states, which do not see a "
                "cue that is only in initial: mode clamp or input, or method through_time"
            )
        self._has_current = any(cue.mode == "input" for cue in task.cues)
        for cue in task.cues:
            if cue.values.shape != (task.examples, cue.neurons.size):
                raise HamsimError(
                    f"an input has values of shape {cue.values.shape} for "
                    f"{counted(task.examples, 'example')} "
                    f"and {counted(cue.neurons.size, 'neuron')}"
                )
            if cue.mode == "clamp":
                self.held[cue.neurons] = True
        self._require_one_state()

    def _require_one_state(self) -> None:
        """Refuse neurons that two inputs give a state, of which the last would silently win."""
        states = [cue.neurons for cue in self.task.cues if cue.mode != "input"]
        times = np.bincount(np.concatenate([*states, np.zeros(0, dtype=np.int64)]))
        if times.max(initial=0) > 1:
            raise HamsimError(
                f"two inputs give a state to {self.network.label(int(np.argmax(times > 1)))}; one "
                "of them may be a current, with mode input"
            )

    def batch(self, network: Network, rows: Ints, tolerance: float) -> Posed:
        """What some examples pose.

        Parameters
        ----------
        network : Network
            With what was learned so far.
        rows : ndarray of int
        tolerance : float
        """
        starts = np.tile(self._state, (rows.size, 1))
        current: Any = np.zeros(starts.shape) if self._has_current else None
        for cue in self.task.cues:
            if cue.mode == "input":
                current[:, cue.neurons] += cue.values[rows]
            else:
                starts[:, cue.neurons] = cue.values[rows]
        assert self.task.loss is not None
        loss = self.task.loss.rows(rows)
        if network.groups is not self.network.groups:
            loss = loss.seen_in(network)
        return Posed(network, starts, self.held, current, loss, tolerance)
