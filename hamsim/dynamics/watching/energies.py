"""What the energy comes to in each stretch of time in which the same inputs act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.timeline.changes import Acting
from hamsim.network import OverTime
from hamsim.trace.stats import EnergyStretch

__all__ = ["Energies"]

MOST = 1_000  # stretches that are told
KEY = "energies."
NAMES = ("begins", "ends", "moves", "first", "last", "before", "count", "at")


class _Stretch(Protocol):
    @property
    def begin(self) -> float: ...

    @property
    def end(self) -> float: ...

    @property
    def stimuli(self) -> Acting: ...


class Energies:
    """Energies of trials in the first and the last record of each stretch.

    A record at the time of a change belongs to the stretch that begins.

    Parameters
    ----------
    stretches : iterable
        With `begin`, `end` and `stimuli`; those in which the same acts are put together.
    trials : int
    """

    def __init__(self, stretches: Iterable[_Stretch], trials: int) -> None:
        begins: list[float] = []
        ends: list[float] = []
        moves: list[bool] = []
        before: Any = None
        for stretch in stretches:
            acting = [each.what if isinstance(each, OverTime) else each for each in stretch.stimuli]
            if begins and acting == before:
                ends[-1] = stretch.end
            elif len(begins) > MOST:
                break
            else:
                begins.append(stretch.begin)
                ends.append(stretch.end)
                moves.append(any(isinstance(each, OverTime) for each in stretch.stimuli))
            before = acting
        self._begins, self._ends, self._moves = np.array(begins), np.array(ends), np.array(moves)
        self._first = np.full((len(begins), trials), np.nan)
        self._last, self._before = self._first.copy(), self._first.copy()
        # How many records each has, and the time of the last one.
        self._count = np.zeros(len(begins), dtype=np.int64)
        self._at = np.zeros(len(begins))

    def note(self, times: Floats, energies: Floats) -> None:
        """Take note of records, shape (times,) and (times, trials)."""
        if self._begins.size < 2:
            return
        which = np.searchsorted(self._begins, times, side="right") - 1
        for each in range(max(0, int(which[0])), int(which[-1]) + 1):
            rows = np.flatnonzero(which == each)
            if rows.size:
                if not self._count[each]:
                    self._first[each] = energies[rows[0]]
                self._before[each] = self._last[each] if rows.size == 1 else energies[rows[-2]]
                self._last[each], self._at[each] = energies[rows[-1]], times[rows[-1]]
                self._count[each] += rows.size

    def found(self, mean: Callable[[Floats], float], time: float) -> tuple[EnergyStretch, ...]:
        """What has been seen until a time; nothing where the same acts all the time."""
        if self._begins.size < 2 or self._begins.size > MOST:
            return ()
        return tuple(
            EnergyStretch(
                begin=float(self._begins[each]),
                end=min(float(self._ends[each]), time),
                first=mean(self._first[each]),
                last=mean(self._last[each]),
                moving=bool(self._moves[each]),
            )
            for each in np.flatnonzero(self._count)
        )

    def state(self, time: float) -> dict[str, Any]:
        """What another run needs to go on from a time, whose records of before it has."""
        begun = self._begins < time
        again = begun & (self._at >= time) & (self._count > 0)  # what is recorded then once more
        values = {name: getattr(self, f"_{name}").copy() for name in NAMES}
        values["last"][again] = values["before"][again]
        values["count"][again] -= 1
        return {f"{KEY}{name}": array[begun] for name, array in values.items()}

    def restore(self, state: Mapping[str, Any], goes_on: bool) -> None:
        """Put what another run has seen before.

        Parameters
        ----------
        state : mapping
        goes_on : bool
            Whether its last stretch goes on in the first one here: nothing that acts changes.
        """
        values = {name: np.array(state.get(f"{KEY}{name}", ())) for name in NAMES}
        if not values["begins"].size or values["first"].shape[1:] != self._first.shape[1:]:
            return
        if goes_on and self._begins.size:
            ends = values["ends"]
            ends[-1] = self._ends[0]
            rest = {name: getattr(self, f"_{name}")[1:] for name in NAMES}
        else:
            rest = {name: getattr(self, f"_{name}") for name in NAMES}
        for name, array in values.items():
            setattr(self, f"_{name}", np.concatenate([array, rest[name]]))
