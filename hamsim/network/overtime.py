"""What acts on neurons and changes over time: inputs and stimuli that are functions of t."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError
from hamsim.network.parts import Stimulus
from hamsim.signals import Breaks, Signal, Within

__all__ = ["OverTime", "in_order"]


@dataclass(frozen=True, eq=False)
class OverTime:
    """A function of time that is added to the input of some neurons, or that holds their states.

    Parameters
    ----------
    mode : {"clamp", "clamp_g", "input"}
        Hold x or g at the value, or add the value to the input current.
    neurons : ndarray of int, shape (k,)
    signal : Signal
        The function, with one value for all of them or one for each. Its time is that of the run,
        whenever it starts.
    start, stop : float
        Times between which it acts; `stop` may be infinite.
    after : int or None
        So many of the network's constant stimuli stand before it in the file, of which later ones
        clamp what earlier ones did. None of a neuron's own input, which is no stimulus.
    what : str
        Names it in messages, as ``groups.exc.input``.
    """

    mode: Literal["clamp", "clamp_g", "input"]
    neurons: Ints
    signal: Signal
    start: float = 0.0
    stop: float = math.inf
    after: int | None = None
    what: str = "input"

    # How far beyond the time that a run has reached its values are known.
    horizon = math.inf

    @property
    def trials(self) -> int | None:
        """For how many trials it has values; None is the same in all."""
        return self.signal.trials

    def at(self, times: Floats) -> Floats:
        """Values at times.

        Parameters
        ----------
        times : ndarray, shape (rows,) or (rows, trials)
            The same for all trials, or one for each.

        Returns
        -------
        ndarray, shape (rows, k or 1, trials or 1)

        Raises
        ------
        SimulationError
            One is not finite, or not known.
        """
        return self._of(self.signal.at, times)

    def slope(self, times: Floats) -> Floats:
        """Derivative at times; as `at`."""
        return self._of(self.signal.slope, times)

    def _of(self, function: Callable[[Floats], Floats], times: Floats) -> Floats:
        try:
            if times.ndim == 1:
                return function(times)
            values = function(times.reshape(-1))
        except SimulationError as error:
            raise SimulationError(f"{self.what}: {error}") from None
        rows, trials = times.shape
        by_row = values.reshape(rows, trials, values.shape[1], values.shape[2])
        if self.trials is None:
            return np.ascontiguousarray(by_row[..., 0].transpose(0, 2, 1))
        own = np.arange(trials)
        return np.ascontiguousarray(by_row[:, own, :, own].transpose(1, 2, 0))

    def breaks(self, begin: float, end: float) -> Breaks:
        """Where it or its derivative jumps while it acts, between two times; not where it starts.

        Raises
        ------
        SimulationError
            There are too many, or not all of its values are known.
        """
        begin, end = max(begin, self.start), min(end, self.stop)
        try:
            self.signal.require(begin, end)
            return self.signal.breaks(begin, end)
        except SimulationError as error:
            raise SimulationError(f"{self.what}: {error}") from None

    def during(self, begin: float, end: float, jumps: tuple[bool, bool]) -> OverTime | Stimulus:
        """What it is between two times, between which it does not jump.

        Parameters
        ----------
        begin, end : float
        jumps : (bool, bool)
            Whether it may jump at either end.

        Returns
        -------
        OverTime or Stimulus
            A constant one where nothing moves.
        """
        inside = Within(self.signal, begin, end, jumps)
        if end > begin and self.signal.moves(begin, end):
            return replace(self, signal=inside)
        value = replace(self, signal=inside).at(np.array([0.5 * (begin + end)]))[0]
        rows = np.broadcast_to(value, (self.neurons.size, value.shape[1])).T
        rows = np.ascontiguousarray(rows if self.trials is not None else rows[0])
        return Stimulus(self.mode, self.neurons, rows, begin, end)


def in_order(
    stimuli: Sequence[Stimulus], over_time: Sequence[OverTime]
) -> tuple[Stimulus | OverTime, ...]:
    """Both in the order of the file, the neurons' own inputs first."""
    result: list[Stimulus | OverTime] = [each for each in over_time if each.after is None]
    for k in range(len(stimuli) + 1):
        result += [each for each in over_time if each.after == k]
        result += stimuli[k : k + 1]
    return tuple(result)
