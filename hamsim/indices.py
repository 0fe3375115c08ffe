"""Ranges of neurons, ``group[2:5]`` or ``group[0:2, :]``, as numbers within the group."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import given
from hamsim.memory import exceeds_memory, in_words
from hamsim.names import Members, shown

__all__ = ["AT", "numbers_at", "too_many"]

# How a neuron or a range is written by its place.
AT = re.compile(r"(?P<group>[^\[\]]*)\[(?P<place>[0-9: ,]+)\]\Z", re.DOTALL)
_ITEM = re.compile(
    r"(?P<one>[0-9]{1,18})"
    r"|(?P<from>[0-9]{0,18}) *: *(?P<to>[0-9]{0,18}) *(?:: *(?P<by>[0-9]{0,18}))?"
)
# Of each neuron of a range: its number, and what puts them in order and finds those named twice.
_BYTES_A_NUMBER = 32.0


def numbers_at(group: Members, place: str) -> NDArray[np.int64] | str | None:
    """Numbers, within their group, of the neurons at a place.

    Parameters
    ----------
    group : Members
    place : str
        What stands in brackets.

    Returns
    -------
    ndarray of int, str or None
        Shaped as an array over the group would be when indexed so. What is wrong; or None for
        what is no place.
    """
    items = [_ITEM.fullmatch(item.strip()) for item in place.split(",")]
    if any(item is None for item in items):
        return None
    axes = (group.size,) if len(items) == 1 else group.shape
    if len(axes) != len(items):
        return _outside(group, place)
    written = f"{group.name}[{place}]"
    numbers: Any = np.asarray(0, dtype=np.int64)
    step = math.prod(axes)
    for item, size in zip(items, axes, strict=True):
        assert item is not None
        step //= size
        if item["one"] is not None:
            if int(item["one"]) >= size:
                return _outside(group, place)
            numbers = numbers + int(item["one"]) * step
            continue
        low, high, by = int(item["from"] or 0), int(item["to"] or size), int(item["by"] or 1)
        if high > size or (low >= size and low >= high):
            return _outside(group, place)
        if by == 0 or low >= high:
            return f"{shown(written)} holds no neuron"
        if many := too_many(written, numbers.size * len(range(low, high, by))):
            return many
        numbers = np.add.outer(numbers, np.arange(low, high, by, dtype=np.int64) * step)
    return np.asarray(numbers, dtype=np.int64)


def too_many(written: Any, count: int) -> str:
    """What to say of neurons whose numbers alone have no room in memory; empty if they have.

    Parameters
    ----------
    written : str or slice
    count : int
        Neurons that this names.
    """
    wanted = _BYTES_A_NUMBER * count
    if not exceeds_memory(wanted):
        return ""
    name = given(written) if isinstance(written, slice) else shown(written)
    return f"{name} names {count:,} neurons, which need {in_words(wanted)} of memory"


def _outside(group: Members, place: str) -> str:
    if ":" in place:
        shown = f"neurons {group.name}[{place}]"
    else:
        shown = f"neuron {group.name}{[int(k) for k in re.findall('[0-9]+', place)]}"
    return f"no {shown}; the group has shape {list(group.shape)}"
