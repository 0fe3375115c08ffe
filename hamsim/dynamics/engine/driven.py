"""Values over time as the kernels take them: a row for each evaluation that is to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError
from hamsim.kernels.plan import ADDS, DRIVES, HOLDS, Driven, Forces
from hamsim.layout.arrange import Layout
from hamsim.network import OverTime, Stimulus
from hamsim.ram import require_memory
from hamsim.signals import Within

__all__ = ["DrivenValues", "Source"]

# Bytes of the values that are there at once: they stay in the cache, and filling them is little
# work beside the steps that they are for.
BYTES = 2**20
MOST_ROWS = 4096
# Angle of a sine in one step in which its stages still see that it is one.
SEEN = 2.0


class Source(Protocol):
    """Something that drives neurons and changes over time; `OverTime` is one."""

    @property
    def mode(self) -> Literal["clamp", "clamp_g", "input"]:
        """Whether it holds states, or is added to currents; activations are states by then."""

    @property
    def neurons(self) -> Ints:
        """Whom, in file order."""

    @property
    def trials(self) -> int | None:
        """For how many trials it has values; None is the same in all."""

    @property
    def horizon(self) -> float:
        """How far beyond the time that a run has reached its values are known."""

    def at(self, times: Floats) -> Floats:
        """Values at times (rows,) or (rows, trials), shape (rows, neurons or 1, trials or 1)."""


class _Entries:
    """What is done to which neurons, as it is collected."""

    def __init__(self) -> None:
        none = np.zeros(0, dtype=np.int64)
        self.neurons, self.kinds, self.columns = [none], [none], [none]

    def add(self, neurons: Ints, kind: int, columns: Ints) -> None:
        self.neurons.append(neurons)
        self.kinds.append(np.full(neurons.size, kind))
        self.columns.append(columns)


class DrivenValues:
    """What drives neurons and changes over time, while a stretch lasts.

    Parameters
    ----------
    layout : Layout
    forces : Forces
        Their currents are the constant part.
    acting : sequence of Stimulus or Source
        In the order of the file: of two that clamp a neuron the later one holds it.
    stages : int
        Evaluations in a step.
    own : bool
        Whether each trial has times of its own.
    """

    def __init__(
        self,
        layout: Layout,
        forces: Forces,
        acting: Sequence[Stimulus | Source],
        stages: int,
        own: bool,
    ) -> None:
        self._layout, self._stages, self._acting = layout, stages, tuple(acting)
        self._longest: float | None = None
        self.sources = [each for each in acting if not isinstance(each, Stimulus)]
        widths = [self._width(source) for source in self.sources]
        self._starts = np.concatenate([[0], np.cumsum(widths)]).astype(np.int64)
        n, trials = forces.input.shape
        several = own or any(source.trials is not None for source in self.sources)
        deep = trials if several else 1
        columns = int(self._starts[-1])
        room = BYTES // max(8 * columns * deep, 1)
        rows = max(stages + 1, min(MOST_ROWS, room))
        several_trials = f" in {deep:,} trials" if deep > 1 else ""
        require_memory(
            8.0 * rows * columns * deep,
            lambda size: SimulationError(
                f"values over time of {columns:,} neurons{several_trials} need {size} of memory"
            ),
        )
        neurons, kinds, of = self._entries(acting, n)
        chunk = np.searchsorted(layout.plan.chunk_start, neurons, side="right") - 1
        chunks, first = np.unique(chunk, return_index=True)
        self.arrays = Driven(
            row=np.zeros(1, dtype=np.int64),
            chunks=chunks,
            first=np.concatenate([first, [neurons.size]]).astype(np.int64),
            neurons=neurons,
            kinds=kinds.astype(np.uint8),
            columns=of,
            constant=np.ascontiguousarray(forces.input[neurons]),
            values=np.zeros((rows, columns, deep)),
        )

    @staticmethod
    def _width(source: Source) -> int:
        signal = getattr(source, "signal", None)
        return source.neurons.size if signal is None else int(signal.width)

    def _entries(self, acting: Sequence[Stimulus | Source], n: int) -> tuple[Ints, Ints, Ints]:
        """Neurons in the kernels' order, what is done to them, and which of the values is used."""
        currents = _Entries()
        holder = np.full(n, -1, dtype=np.int64)  # column of the value that holds each neuron
        number = 0
        for each in acting:
            places = self._layout.places(each.neurons)
            if isinstance(each, Stimulus):
                if each.mode == "clamp":
                    holder[places] = -1
                continue
            first, width = self._starts[number], self._width(each)
            number += 1
            columns = first + (np.arange(places.size) if width > 1 else 0 * places)
            if each.mode == "clamp":
                holder[places] = columns
            else:
                currents.add(places, DRIVES, columns)
        held = np.flatnonzero(holder >= 0)
        currents.add(held, HOLDS, holder[held])
        self.clamped = held
        neurons, kinds, columns = (
            np.concatenate(part) for part in (currents.neurons, currents.kinds, currents.columns)
        )
        order = np.lexsort((kinds, neurons))  # of one neuron in the order of the sources
        neurons, kinds, columns = neurons[order], kinds[order], columns[order]
        again = np.concatenate([[False], neurons[1:] == neurons[:-1]])
        kinds[again & (kinds == DRIVES)] = ADDS
        return neurons, kinds, columns

    def replace(self, acting: Sequence[Stimulus | Source], forces: Forces) -> bool:
        """Take others in the place of what acts, if they drive the same neurons alike.

        Returns
        -------
        bool
            Whether that is so; else nothing has changed.
        """
        if len(acting) != len(self._acting) or not all(map(self._alike, acting, self._acting)):
            return False
        self._acting, self._longest = tuple(acting), None
        self.sources = [each for each in acting if not isinstance(each, Stimulus)]
        self.arrays.constant[:] = forces.input[self.arrays.neurons]
        return True

    def _alike(self, one: Stimulus | Source, other: Stimulus | Source) -> bool:
        """Whether two have the same places among the values."""
        same = one.mode == other.mode and one.neurons is other.neurons
        if isinstance(one, Stimulus) or isinstance(other, Stimulus):
            return same and isinstance(one, Stimulus) and isinstance(other, Stimulus)
        return same and self._width(one) == self._width(other) and one.trials == other.trials

    def steps_ahead(self, dt: float) -> int:
        """So many steps can be taken before values are asked for anew, which is at least one.

        An evaluation before them has room, too.
        """
        room = (self.arrays.values.shape[0] - 1) // self._stages
        known = min(source.horizon for source in self.sources) / dt * (1 + 1e-12)
        return max(1, int(min(room, known)))

    @property
    def longest(self) -> float:
        """Steps that are longer could pass over a change of these values without seeing it."""
        if self._longest is None:
            signals = [source.signal for source in self.sources if isinstance(source, OverTime)]
            rates = [s.rate(s.begin, s.end) for s in signals if isinstance(s, Within)]
            fastest = max(rates, default=0.0)
            self._longest = SEEN / fastest if fastest > 0.0 else np.inf
        return self._longest

    def fill(self, times: Floats) -> None:
        """Write the values of times (rows,) or (rows, trials), and begin with the first of them."""
        values = self.arrays.values
        for source, first, last in zip(
            self.sources, self._starts[:-1], self._starts[1:], strict=True
        ):
            values[: times.shape[0], first:last] = source.at(times)
        self.arrays.row[0] = 0

    def states(self, times: Floats) -> Floats:
        """States of the neurons of `clamped` at times, shape (rows, clamped, trials or 1)."""
        return self._holding([source.at(times) for source in self.sources])

    def slopes(self, times: Floats) -> Floats:
        """Derivatives of these, as `states`; all sources are functions of time."""
        signals = [source for source in self.sources if isinstance(source, OverTime)]
        return self._holding([each.slope(times) for each in signals])

    def _holding(self, parts: list[Floats]) -> Floats:
        """Of values of all sources those that hold the neurons of `clamped`."""
        deep = max(part.shape[2] for part in parts)
        every = [np.broadcast_to(p, (*p.shape[:2], deep)) for p in parts]
        holds = self.arrays.columns[self.arrays.kinds == HOLDS]
        return np.concatenate(every, axis=1)[:, holds]
