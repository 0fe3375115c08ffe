"""Coordinates of a sweep: what its axes are along each dimension, as numbers or labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import shortened

if TYPE_CHECKING:
    from hamsim.scale.plan.axes import Axis

__all__ = ["Coordinate", "coordinates_of"]

MOST = 60  # letters of a label


@dataclass(frozen=True, eq=False)
class Coordinate:
    """What one name is along a dimension.

    Parameters
    ----------
    name : str
        As ``groups.exc.tau``.
    dim : str
    values : ndarray, shape (length of the dimension,)
        Numbers, truth values or text; of states, where they stand along the axis.
    counted : bool
        Whether its values only count: seeds and states, between which there is no order.
    """

    name: str
    dim: str
    values: NDArray[Any]
    counted: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, with an order that says something."""
        return not self.counted and self.values.dtype.kind in "iuf"


def coordinates_of(axes: Sequence[Axis]) -> tuple[Coordinate, ...]:
    """Coordinates of all axes, in their order."""
    return tuple(
        _coordinate(name, axis.dim, [values[k] for values in axis.values])
        for axis in axes
        for k, name in enumerate(axis.names)
    )


def _coordinate(name: str, dim: str, values: Sequence[Any]) -> Coordinate:
    counted = name == "seed" or any(isinstance(value, np.ndarray) for value in values)
    return Coordinate(name, dim, labels(values), counted)


def labels(values: Sequence[Any]) -> NDArray[Any]:
    """Numbers or text for values along an axis; no two are the same where the values differ."""
    if all(isinstance(value, bool | np.bool_) for value in values):
        return np.array(values, dtype=np.bool_)
    if all(_is_number(value) for value in values):
        return np.array(values)
    if any(isinstance(value, np.ndarray) for value in values):
        return np.arange(len(values))
    texts = [value if isinstance(value, str) else _written(value) for value in values]
    short = [shortened(text, MOST) for text in texts]
    if len(set(short)) < len(set(texts)):
        short = [f"#{k} {text}" for k, text in enumerate(short)]
    return np.array(short, dtype=np.str_)


def _is_number(value: Any) -> bool:
    kinds = int | float | np.integer | np.floating
    return isinstance(value, kinds) and not isinstance(value, bool | np.bool_)


def _written(value: Any) -> str:
    """A value as a file has it, on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return " ".join(str(value).split())
