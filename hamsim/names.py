"""What stands for a neuron, and what the neurons of a group are called."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import given, printable

__all__ = ["Members", "as_list", "is_mapping", "is_numeral", "plain", "shown"]

Ints = NDArray[np.int64]

_MAX_SHOWN = 60


class Members(NamedTuple):
    """The neurons of one group.

    Parameters
    ----------
    name : str
    shape : tuple of int
    names : sequence of str
        Of single neurons; empty if they have none.
    """

    name: str
    shape: tuple[int, ...]
    names: Sequence[str] = ()

    @property
    def size(self) -> int:
        """Number of neurons."""
        return math.prod(self.shape)

    def label(self, k: int) -> str:
        """Name of its neuron k, as people write it: ``pixels[3, 4]`` or ``motor.AVAL``."""
        return self.labels([k])[0]

    def labels(self, places: Ints | Sequence[int]) -> list[str]:
        """Names of some of its neurons."""
        if self.names:
            return [f"{self.name}.{self.names[k]}" for k in places]
        axes = np.unravel_index(np.asarray(places, dtype=np.int64), self.shape)
        return [
            f"{self.name}[{', '.join(map(str, place))}]"
            for place in zip(*(axis.tolist() for axis in axes), strict=True)
        ]


def as_list(written: Any) -> list[Any]:
    """What is written as one neuron, or as several, as a list."""
    written = plain(written)
    single = isinstance(written, str | int | bytes) or getattr(written, "ndim", 1) == 0
    if single or not isinstance(written, Iterable):
        return [written]
    try:
        return [plain(item) for item in written]
    except (TypeError, NotImplementedError):  # some sparse matrices only seem to be iterable
        return [written]


def is_mapping(value: Any) -> TypeGuard[Mapping[Any, Any]]:
    """Whether something has names for its values; some sparse matrices only seem to."""
    return isinstance(value, Mapping) and not hasattr(value, "dtype")


def plain(item: Any) -> Any:
    """A number or text of numpy, or a whole float, as Python's own."""
    if isinstance(item, str):
        return str(item)
    if isinstance(item, bool | np.bool_):
        return item
    if isinstance(item, float | np.floating) and float(item).is_integer():
        return int(item)
    try:
        return operator.index(item)
    except TypeError:
        return item


def is_numeral(name: str) -> bool:
    """Whether a name could be taken for a number: `5`, `-1` or `2.0`."""
    if name.strip()[:1] not in "+-.0123456789":
        return False
    try:
        float(name)
    except ValueError:
        return False
    return True


def shown(written: Any) -> str:
    """What is written, short enough for a line."""
    try:
        text = printable(repr(written) if isinstance(written, str) else str(written))
    except Exception:  # of what has no end, or no text
        return given(written)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."
