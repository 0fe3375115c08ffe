"""Neurons by their places, as ``group[3]`` and ``group[10:20]``, which need no names."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from hamsim.arrays import Ints
from hamsim.placement import Placement

__all__ = ["numbers_of", "ranges_of"]

_RANGE = re.compile(r"(?P<group>.*)\[(?P<first>[0-9]+)(?::(?P<stop>[0-9]+))?\]", re.DOTALL)


def ranges_of(numbers: Ints, places: Placement) -> list[str]:
    """Neurons of the network, each once, as ranges within their groups."""
    numbers = np.unique(numbers)
    groups = places.groups(numbers)
    begins = np.flatnonzero(
        (np.diff(numbers, prepend=-2) != 1) | (np.diff(groups, prepend=-1) != 0)
    )
    found = []
    for first, stop in zip(begins.tolist(), [*begins[1:].tolist(), numbers.size], strict=True):
        group = int(groups[first])
        at = int(numbers[first] - places.starts[group])
        size = stop - first
        found.append(f"{places.names[group]}[{at}{f':{at + size}' if size > 1 else ''}]")
    return found


def numbers_of(written: Iterable[str], places: Placement) -> Ints:
    """The reverse; what is written otherwise, or of groups that are not there, is left out."""
    parts = [np.zeros(0, dtype=np.int64)]
    for text in written:
        match = _RANGE.fullmatch(str(text))
        if match is not None and match["group"] in places.number:
            group = places.number[match["group"]]
            start, size = int(places.starts[group]), int(places.sizes[group])
            first = _at_most(match["first"], size)
            stop = min(first + 1, size) if match["stop"] is None else _at_most(match["stop"], size)
            parts.append(np.arange(start + first, start + stop))
    return np.concatenate(parts)


def _at_most(digits: str, size: int) -> int:
    """A number of a neuron, which may have any number of digits."""
    return min(int(digits), size) if len(digits) < 19 else size
