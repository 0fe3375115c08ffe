"""What was kept under one name by all runs of a sweep, read from packs when it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Ints
from hamsim.errors import HamsimError

if TYPE_CHECKING:
    from hamsim.scale.store.pack import Held, Pack

__all__ = ["Column", "columns_of"]

# Bytes that are read at a time beside the result.
BLOCK = 2**24


@dataclass(frozen=True, eq=False)
class Column:
    """What was kept under one name.

    Parameters
    ----------
    name : str
    dims : tuple of str or None
        Names of the axes of one run's value; None where nobody named them.
    shape : tuple of int
        Of one run's value; where these differ, the largest along each axis.
    dtype : dtype
        One that can say that a value lacks, if any does.
    held : tuple of Held
        Parts of packs.
    part, entry : ndarray of int, shape (n,)
        For each run the number of its part, -1 where it has no value, and its place there.
    """

    name: str
    dims: tuple[str, ...] | None
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    held: tuple[Held, ...]
    part: Ints
    entry: Ints
    _mapped: dict[int, NDArray[Any]] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes of the whole."""
        return self.part.size * int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def take(self, numbers: Any = slice(None), inner: tuple[Any, ...] = ()) -> NDArray[Any]:
        """Values of some runs, or parts of them.

        Parameters
        ----------
        numbers : slice or array of int
            Which runs.
        inner : tuple of int, slice or array of int
            What of each value, axis by axis, the axes one by one; all if nothing is said.

        Returns
        -------
        ndarray, shape (runs, *inner)

        Raises
        ------
        HamsimError
            The folder has changed meanwhile, or a pack is damaged.
        """
        chosen = np.arange(self.part.size)[numbers]
        nothing = _chosen(np.empty((0, *self.shape), self.dtype), inner)
        result = np.empty((chosen.size, *nothing.shape[1:]), self.dtype)
        each = max(nothing.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64)), 1)
        step = max(BLOCK // each, 1)
        for first in range(0, chosen.size, step):
            some = chosen[first : first + step]
            result[first : first + step] = _chosen(self._whole(some), inner)
        return result

    def _whole(self, numbers: Ints) -> NDArray[Any]:
        """Values of some runs."""
        result = np.full((numbers.size, *self.shape), _lacking(self.dtype), self.dtype)
        parts = self.part[numbers]
        for part in np.unique(parts[parts >= 0]).tolist():
            places = np.flatnonzero(parts == part)
            self._fill(result, places, self.held[part], self._map(part), self.entry[numbers])
        return result

    def _fill(
        self,
        result: NDArray[Any],
        places: Ints,
        held: Held,
        mapped: NDArray[Any],
        entries: Ints,
    ) -> None:
        """Put what one part has to its places."""
        if held.shapes is None:
            values = mapped[entries[places]]
            axes = (1,) * (len(self.shape) - values.ndim + 1)
            values = values.reshape(values.shape[0], *axes, *values.shape[1:])
            corner: Any = (places, *map(slice, values.shape[1:]))
            result[corner] = values
            return
        for place in places.tolist():
            value = held.entry(mapped, int(entries[place]))
            value = value.reshape((1,) * (len(self.shape) - value.ndim) + value.shape)
            result[place][tuple(map(slice, value.shape))] = value

    def _map(self, part: int) -> NDArray[Any]:
        if part not in self._mapped:
            try:
                self._mapped[part] = self.held[part].mapped()
            except FileNotFoundError as error:
                raise HamsimError(
                    f"the sweep was changed after it was loaded, load it again: "
                    f"{error.filename} is gone"
                ) from None
        return self._mapped[part]


def _chosen(values: NDArray[Any], inner: tuple[Any, ...]) -> NDArray[Any]:
    """Parts of values, axis by axis, from the last one: what is left of an axis stays in place."""
    for axis in reversed(range(len(inner))):
        values = values[(slice(None),) * (axis + 1) + (inner[axis],)]
    return values


def _lacking(dtype: np.dtype[Any]) -> Any:
    """What stands for a value that lacks."""
    return {"f": np.nan, "c": complex(np.nan, np.nan), "U": ""}.get(dtype.kind, 0)


def columns_of(packs: Sequence[Pack], pack: Ints, row: Ints) -> dict[str, Column]:
    """Columns of all names that a run has kept something under.

    Parameters
    ----------
    packs : sequence of Pack
    pack, row : ndarray of int, shape (n,)
        For each run the number of its pack, -1 where it has none, and its row there.
    """
    found: dict[str, list[tuple[Held, Ints, Ints]]] = {}
    for number, places in _grouped(pack):
        rows = row[places]
        for held in packs[number].held:
            entry_of = np.full(packs[number].rows, -1, np.int64)
            entry_of[held.rows] = np.arange(held.rows.size)
            entries = entry_of[rows]
            have = entries >= 0
            if have.any():
                found.setdefault(held.name, []).append((held, places[have], entries[have]))
    return {name: _column(name, parts, pack.size) for name, parts in found.items()}


def _grouped(pack: Ints) -> Iterator[tuple[int, Ints]]:
    """Numbers of packs, and which runs are in each."""
    order = np.argsort(pack, kind="stable")
    starts = np.flatnonzero(np.diff(pack[order], prepend=-1))
    for first, stop in pairwise([*starts, pack.size]):
        yield int(pack[order[first]]), order[first:stop]


def _column(name: str, parts: list[tuple[Held, Ints, Ints]], n: int) -> Column:
    part, entry = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    for number, (_, places, entries) in enumerate(parts):
        part[places], entry[places] = number, entries
    held = tuple(each for each, _, _ in parts)
    shapes = [shape for each in held for shape in _shapes(each)]
    axes = max(map(len, shapes))
    full = np.array([(1,) * (axes - len(shape)) + shape for shape in shapes], np.int64)
    shape = tuple(full.reshape(len(shapes), axes).max(axis=0).tolist())
    dtype = np.result_type(*(each.dtype for each in held))
    ragged = len(set(shapes)) > 1
    if dtype.kind in "biu" and (ragged or bool((part < 0).any())):
        dtype = np.dtype(np.float64)
    named = {each.dims for each in held if len(each.dims) == axes}
    dims = named.pop() if len(named) == 1 else None
    return Column(name, dims if axes else (), shape, dtype, held, part, entry)


def _shapes(held: Held) -> list[tuple[int, ...]]:
    """Shapes of one run's values; where they differ, the smallest and largest along each axis."""
    if held.shapes is None:
        return [tuple(held.stored[1:])]
    return [tuple(held.shapes.min(axis=0).tolist()), tuple(held.shapes.max(axis=0).tolist())]
