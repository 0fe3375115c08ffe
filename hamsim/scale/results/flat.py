"""Flat columns of a sweep's results: one number or text a run, each under a name of its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Ints
from hamsim.scale.results.labels import Coordinate
from hamsim.scale.results.results import SweepResults, Values

__all__ = ["Flat", "flat_columns", "wide"]


@dataclass(frozen=True, eq=False)
class Flat:
    """Columns that are read together: a coordinate, or all places of one kept array.

    Parameters
    ----------
    names : list of str
    results : SweepResults
    source : Coordinate or Values
    """

    names: list[str]
    results: SweepResults
    source: Coordinate | Values

    def take(self, numbers: Ints | slice = slice(None)) -> NDArray[Any]:
        """Values of some runs, shape (runs, names)."""
        if isinstance(self.source, Coordinate):
            return self.results.along(self.source, numbers)[:, None]
        found = self.source.take(numbers)
        return found.reshape(len(found), len(self.names))


def flat_columns(results: SweepResults, most: int | None = None) -> list[Flat]:
    """Coordinates, how each run ended, and what was kept, in this order.

    Parameters
    ----------
    results : SweepResults
    most : int, optional
        Arrays of more numbers a run are left out; `wide` names them.
    """
    left_out = wide(results, most)
    coordinates = [Flat([each.name], results, each) for each in results.coordinates]
    return coordinates + [
        Flat(_names(results, name, values), results, values)
        for name, values in results.columns.items()
        if name not in left_out
    ]


def wide(results: SweepResults, most: int | None) -> dict[str, int]:
    """Arrays of more than so many numbers a run, with how many these are."""
    sizes = {
        name: int(np.prod(values.shape, dtype=np.int64)) for name, values in results.columns.items()
    }
    return {name: size for name, size in sizes.items() if most is not None and size > most}


def _names(results: SweepResults, name: str, values: Values) -> list[str]:
    """A name for each place of a value; along neurons it is the neuron's."""
    if values.shape == ():
        return [name]
    labels = [
        results.labels_along(dim, size)
        for dim, size in zip(values.dims or [""] * len(values.shape), values.shape, strict=True)
    ]
    return [f"{name}[{', '.join(place)}]" for place in product(*labels)]
