"""Results of a sweep: axes with their coordinates, and a column for everything that was kept."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Ints
from hamsim.counted import counted
from hamsim.drawable import Drawable
from hamsim.scale.results.labels import Coordinate
from hamsim.shown import Shown

if TYPE_CHECKING:
    import xarray

__all__ = ["KNOWN", "MISSING", "Single", "SweepResults", "Values"]

MISSING = "missing"  # the status of a run that is not stored
# What is known of each run, whatever was kept.
KNOWN = ("status", "outcome", "reason", "seconds")


class Values(Protocol):
    """What all runs have under one name."""

    @property
    def dims(self) -> tuple[str, ...] | None:
        """Names of the axes of one run's value; None where nobody named them."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one run's value."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of all values."""

    def take(self, numbers: Any = slice(None), inner: tuple[Any, ...] = ()) -> NDArray[Any]:
        """Values of some runs, or parts of them, axis by axis."""


@dataclass(frozen=True, eq=False)
class Single:
    """One number or text a run, in memory.

    Parameters
    ----------
    values : ndarray, shape (n,)
    """

    values: NDArray[Any]
    dims: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the values."""
        return self.values.dtype

    def take(self, numbers: Any = slice(None), inner: tuple[Any, ...] = ()) -> NDArray[Any]:
        """Values of some runs."""
        found: NDArray[Any] = self.values[numbers]
        return found


@dataclass(frozen=True, eq=False)
class SweepResults(Shown, Drawable):
    """Results of a sweep; `hamsim.load_sweep` makes an `xarray.Dataset` of them.

    Runs that failed, diverged or were set aside are there with their reason; those that are not
    stored have the status "missing", and NaN or an empty text for what was to be kept.

    Parameters
    ----------
    name : str
        Of the network.
    dims : tuple of str
        Names of the axes.
    shape : tuple of int
        How many places each has.
    coordinates : tuple of Coordinate
        What is changed along the axes.
    columns : mapping of str to Values
        `status` ("done", "failed", "set aside" or "missing"), `outcome` (how the run ended, or the
        status of one that did not), `reason`, `seconds`, and everything that was kept, read from
        the folder when it is looked at.
    notes : mapping
        What else is known, for the attributes of a Dataset.
    inner : mapping of str to (str, ndarray)
        Coordinates along axes of what was kept, as the names of neurons: the axis, and what is
        along it.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    coordinates: tuple[Coordinate, ...]
    columns: Mapping[str, Values]
    notes: Mapping[str, Any] = field(default_factory=dict)
    inner: Mapping[str, tuple[str, NDArray[Any]]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> SweepResults:
        """Results in a folder.

        Raises
        ------
        HamsimError
            There is no sweep, or it is damaged.
        """
        from hamsim.scale.results.reading import read_results

        return read_results(folder)

    def __len__(self) -> int:
        return math.prod(self.shape)

    def __repr__(self) -> str:
        axes = ", ".join(f"{dim} ({size})" for dim, size in zip(self.dims, self.shape, strict=True))
        kept = ", ".join(name for name in self.columns if name not in KNOWN)
        of = f" of {self.name}" if self.name else ""
        over = f"{counted(len(self), 'run')} over {axes or 'nothing'}"
        return f"<SweepResults{of}: {over}; {kept or 'no values'}>"

    def places(self, numbers: Any = slice(None)) -> tuple[Ints, ...]:
        """Where runs are along each axis."""
        chosen = np.arange(len(self))[numbers]
        return np.unravel_index(chosen, self.shape) if self.shape else ()

    def along(self, coordinate: Coordinate, numbers: Any = slice(None)) -> NDArray[Any]:
        """What a coordinate is in some runs."""
        found: NDArray[Any] = coordinate.values[
            self.places(numbers)[self.dims.index(coordinate.dim)]
        ]
        return found

    def labels_along(self, dim: str, size: int) -> list[str]:
        """What stands along an axis of what was kept: names of neurons, or numbers."""
        where, labels = self.inner.get("label", ("", np.empty(0)))
        if where == dim and labels.size == size:
            return [str(label) for label in labels]
        return [str(k) for k in range(size)]

    def of(self, name: str) -> NDArray[Any]:
        """What was kept under a name, shape (*axes, *of one run)."""
        values = self.columns[name]
        return values.take().reshape(*self.shape, *values.shape)

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Coordinates by name, and everything that was kept as arrays with the sweep's axes first.

        All of it is read into memory.
        """
        found = {each.name: each.values for each in self.coordinates}
        return found | {name: self.of(name) for name in self.columns}

    def table(self) -> dict[str, NDArray[Any]]:
        """Columns of a flat table, a row a run: coordinates, how it ended, and what was kept.

        Of arrays that were kept, each place is a column of its own.
        """
        from hamsim.scale.results.flat import flat_columns

        return {
            name: column
            for flat in flat_columns(self)
            for name, column in zip(flat.names, flat.take().T, strict=True)
        }

    def to_xarray(self) -> xarray.Dataset:
        """One `xarray.Dataset` with the axes as dimensions; large values are read when looked at.

        Raises
        ------
        HamsimError
            xarray is not installed.
        """
        from hamsim.scale.results.dataset import dataset_of

        return dataset_of(self)

    def count(self, status: str) -> int:
        """How many runs have a status."""
        return int(np.count_nonzero(self.columns["status"].take() == status))
