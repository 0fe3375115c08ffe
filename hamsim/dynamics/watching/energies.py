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
        self._begins, self._ends, self._moves = np.array(begins), np.array(ends), moves
        self._first = np.full((len(begins), trials), np.nan)
        self._last = self._first.copy()
        self._seen = np.zeros(len(begins), dtype=bool)

    def note(self, times: Floats, energies: Floats) -> None:
        """Take note of records, shape (times,) and (times, trials)."""
        if self._begins.size < 2:
            return
        which = np.searchsorted(self._begins, times, side="right") - 1
        for each in range(max(0, int(which[0])), int(which[-1]) + 1):
            rows = np.flatnonzero(which == each)
            if rows.size:
                if not self._seen[each]:
                    self._first[each] = energies[rows[0]]
                self._last[each], self._seen[each] = energies[rows[-1]], True

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
                moving=self._moves[each],
            )
            for each in np.flatnonzero(self._seen)
        )

    def state(self) -> dict[str, Any]:
        """What another run needs to go on."""
        names = ("begins", "ends", "first", "last")
        found = {f"{KEY}{name}": getattr(self, f"_{name}")[self._seen] for name in names}
        found[f"{KEY}moves"] = np.array(self._moves, dtype=bool)[self._seen]
        return found if self._seen.any() else {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put what another run has seen before; its last stretch may go on in the first here."""
        if f"{KEY}begins" not in state or self._begins.size == 0:
            return
        values = {name: np.asarray(state[f"{KEY}{name}"]) for name in _NAMES}
        if values["first"].shape[1:] != self._first.shape[1:]:
            return
        if values["ends"][-1] > self._begins[0]:
            self._begins[0] = values["begins"][-1]
            self._first[0], self._last[0] = values["first"][-1], values["last"][-1]
            self._seen[0] = True
            values = {name: array[:-1] for name, array in values.items()}
        count = len(values["begins"])
        self._begins = np.concatenate([values["begins"], self._begins])
        self._ends = np.concatenate([values["ends"], self._ends])
        self._moves = [*values["moves"].tolist(), *self._moves]
        self._first = np.concatenate([values["first"], self._first])
        self._last = np.concatenate([values["last"], self._last])
        self._seen = np.concatenate([np.ones(count, dtype=bool), self._seen])


_NAMES = ("begins", "ends", "first", "last", "moves")
