"""Neurons by their place in a group: ``group[3]``, ``group[2, 5]``, and ranges of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.errors import given
from hamsim.names import Members, shown
from hamsim.ram import exceeds_memory, in_words

__all__ = ["Places", "group_at", "too_many"]

_AT = re.compile(r"(?P<group>[^\[\]]*)\[(?P<place>[0-9: ,]+)\]\Z", re.DOTALL)
_ITEM = re.compile(
    r"(?P<one>[0-9]{1,18})"
    r"|(?P<from>[0-9]{0,18}) *: *(?P<to>[0-9]{0,18}) *(?:: *(?P<by>[0-9]{0,18}))?"
)
# Of each neuron of a range: its number, and what puts them in order and finds those named twice.
_BYTES_A_NUMBER = 32.0


def group_at(written: str) -> str | None:
    """Name before the brackets of ``group[...]``; None for what is not written so."""
    at = _AT.match(written)
    return None if at is None else at["group"]


class Places:
    """Numbers of the places in groups.

    Parameters
    ----------
    groups : sequence of Members
    starts : sequence of int
        Number of the first neuron of each group, and of all neurons.
    number : mapping of str to int
        Which of the groups has a name.
    """

    def __init__(
        self, groups: Sequence[Members], starts: Sequence[int], number: Mapping[str, int]
    ) -> None:
        self._groups, self._starts, self._number = groups, starts, number

    def whole(self, k: int) -> Ints:
        """Numbers of all neurons of group k, in its shape."""
        group = self._groups[k]
        numbers: Ints = np.arange(self._starts[k], self._starts[k + 1], dtype=np.int64)
        return numbers.reshape(group.shape)

    def at(self, written: str) -> Ints | str | None:
        """Numbers of ``group[...]``; what is wrong; or None for what is not written so."""
        at = _AT.match(written)
        if at is None or at["group"] not in self._number:
            return None
        items = [_ITEM.fullmatch(item.strip()) for item in at["place"].split(",")]
        if any(item is None for item in items):
            return None
        group, first = self._groups[k := self._number[at["group"]]], self._starts[k]
        axes = (group.size,) if len(items) == 1 else group.shape
        if len(axes) != len(items):
            return self._outside(group, at["place"])
        numbers: Any = np.asarray(first, dtype=np.int64)
        step = math.prod(axes)
        for item, size in zip(items, axes, strict=True):
            assert item is not None
            step //= size
            if item["one"] is not None:
                if int(item["one"]) >= size:
                    return self._outside(group, at["place"])
                numbers = numbers + int(item["one"]) * step
                continue
            low, high, by = int(item["from"] or 0), int(item["to"] or size), int(item["by"] or 1)
            if high > size or (low >= size and low >= high):
                return self._outside(group, at["place"])
            if by == 0 or low >= high:
                return f"{shown(written)} holds no neuron"
            if many := too_many(written, numbers.size * len(range(low, high, by))):
                return many
            numbers = np.add.outer(numbers, np.arange(low, high, by, dtype=np.int64) * step)
        return np.asarray(numbers, dtype=np.int64)

    def one(self, written: str) -> tuple[str, int] | None:
        """Group, and place in it, of ``group[...]`` that is one neuron; None for all else."""
        group, at = group_at(written), self.at(written)
        if group is None or not isinstance(at, np.ndarray) or at.ndim:
            return None
        return group, int(at) - self._starts[self._number[group]]

    def _outside(self, group: Members, place: str) -> str:
        if ":" in place:
            shown = f"neurons {group.name}[{place}]"
        else:
            shown = f"neuron {group.name}{[int(k) for k in re.findall('[0-9]+', place)]}"
        return f"no {shown}; the group has shape {list(group.shape)}"


def too_many(written: Any, count: int) -> str:
    """What to say of neurons whose numbers alone have no room in memory; empty if they have."""
    wanted = _BYTES_A_NUMBER * count
    if not exceeds_memory(wanted):
        return ""
    name = given(written) if isinstance(written, slice) else shown(written)
    return f"{name} names {count:,} neurons, which need {in_words(wanted)} of memory"
