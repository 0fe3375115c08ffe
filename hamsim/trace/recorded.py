"""Which neurons a trace holds, and where in its arrays those are that somebody names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from hamsim.errors import did_you_mean
from hamsim.names import Ints, as_list
from hamsim.numbering import Numbering

__all__ = ["Recorded"]

# Neurons that are named in a message.
_FEW = 5


class Recorded:
    """Recorded neurons.

    Parameters
    ----------
    numbering : Numbering
        Of all neurons of the network.
    columns : ndarray of int, shape (c,)
        Numbers of those that were recorded, ascending.
    """

    def __init__(self, numbering: Numbering, columns: Ints) -> None:
        self.numbering, self.columns = numbering, columns
        self._bounds = np.searchsorted(columns, numbering.starts).tolist()

    def of_group(self, k: int) -> slice:
        """Where the recorded neurons of group k are among the columns."""
        return slice(self._bounds[k], self._bounds[k + 1])

    def places(self, k: int) -> Ints:
        """Which neurons of group k were recorded, by their numbers in it."""
        places: Ints = self.columns[self.of_group(k)] - self.numbering.starts[k]
        return places

    def count(self, k: int) -> int:
        """How many neurons of group k were recorded."""
        return int(self._bounds[k + 1] - self._bounds[k])

    @cached_property
    def whole(self) -> tuple[int, ...]:
        """Numbers of the groups all neurons of which were recorded."""
        sizes = enumerate(group.size for group in self.numbering.groups)
        return tuple(k for k, size in sizes if self.count(k) == size)

    @property
    def some(self) -> int:
        """Number of groups of which any neuron was recorded."""
        return sum(self.count(k) > 0 for k in range(len(self.numbering.groups)))

    def labels(self) -> list[str]:
        """What the recorded neurons are called, one after another."""
        groups = self.numbering.groups
        return [
            label
            for k, group in enumerate(groups)
            if self.count(k)
            for label in group.labels(self.places(k))
        ]

    @property
    def named(self) -> bool:
        """Whether any neuron has a name, in groups of which some neuron was recorded."""
        groups = self.numbering.groups
        return any(group.names and self.count(k) for k, group in enumerate(groups))

    def index(self, written: Any) -> tuple[Any, tuple[int, ...]] | str:
        """Where something is along the last axis of recorded states.

        Parameters
        ----------
        written : str, int, or iterable of these
            A group, of which all neurons must have been recorded, a neuron, a range, or several.

        Returns
        -------
        (index, shape) or str
            What to index the axis with, and the shape that takes its place; or what is wrong.
        """
        names = [group.name for group in self.numbering.groups]
        if isinstance(written, str) and written in names:
            k = names.index(written)
            if self.count(k) < self.numbering.groups[k].size:
                return self._missing(k)
            return self.of_group(k), self.numbering.groups[k].shape
        if not isinstance(written, str | bytes) and isinstance(written, Iterable):
            parts = [self._of(item) for item in as_list(written)]
            wrong = [part for part in parts if isinstance(part, str)]
            if wrong or not parts:
                return wrong[0] if wrong else "no neuron is named"
            index = np.concatenate([np.ravel(part) for part in parts])
            return index, index.shape
        found = self._of(written)
        return found if isinstance(found, str) else (found.reshape(-1), found.shape)

    def choose(self, groups: Iterable[str] | None, neurons: Any) -> Ints | str:
        """Places along the last axis, ascending, of some groups and of what else is named.

        Of a group that was recorded in part, that part is taken.
        """
        parts = [np.zeros(0, dtype=np.int64)]
        names = [group.name for group in self.numbering.groups]
        for name in groups or ():
            if name not in names or not self.count(names.index(name)):
                held = [names[k] for k in range(len(names)) if self.count(k)]
                return f"group '{name}' was not recorded; {did_you_mean(name, held, 'recorded')}"
            where = self.of_group(names.index(name))
            parts.append(np.arange(where.start, where.stop))
        for item in as_list(neurons) if neurons is not None else ():
            found = self._of(item)
            if isinstance(found, str):
                return found
            parts.append(found.reshape(-1))
        return np.unique(np.concatenate(parts))

    def _of(self, written: Any) -> Ints | str:
        numbers = self.numbering.select(written, prefer_group=True)
        if isinstance(numbers, str):
            return numbers
        found = np.searchsorted(self.columns, numbers).astype(np.int64)
        there = found < self.columns.size
        there &= self.columns[np.minimum(found, self.columns.size - 1)] == numbers
        if there.all():
            return found
        first = self.numbering.label(int(np.ravel(numbers)[np.argmin(np.ravel(there))]))
        return f"neuron {first} was not recorded; {self._hint()}"

    def _missing(self, k: int) -> str:
        group, names = self.numbering.groups[k], [g.name for g in self.numbering.groups]
        if self.count(k) == 0:
            whole = [names[other] for other in self.whole]
            hint = did_you_mean(group.name, whole, "recorded") if whole else self._hint()
            return f"group '{group.name}' was not recorded; {hint}"
        return (
            f"{self.count(k)} of the {group.size} neurons of group '{group.name}' were recorded: "
            f"{self._few(group.labels(self.places(k)[: _FEW + 1]))}; name those"
        )

    def _hint(self) -> str:
        columns = self.columns[: _FEW + 1].tolist()
        return f"recorded: {self._few([self.numbering.label(k) for k in columns]) or 'none'}"

    @staticmethod
    def _few(labels: list[str]) -> str:
        return ", ".join(labels[:_FEW]) + (", ..." if len(labels) > _FEW else "")
