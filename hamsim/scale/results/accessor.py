"""`dataset.hamsim`: pictures and HTML of the Dataset of a sweep, by the way that xarray has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray
from numpy.typing import NDArray

from hamsim.errors import HamsimError
from hamsim.scale.results.labels import Coordinate
from hamsim.scale.results.results import KNOWN, MISSING, Single, SweepResults, Values

if TYPE_CHECKING:
    from hamsim.plotting.style import Picture

__all__ = ["COUNTED", "SweepAccessor"]

# An attribute of coordinates whose values only count.
COUNTED = "counted"


@xarray.register_dataset_accessor("hamsim")  # type: ignore[no-untyped-call]
class SweepAccessor:
    """What hamsim knows to do with the Dataset of a sweep, or with a part of it.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `hamsim.sweep` and `hamsim.load_sweep` give it, or what is chosen of it.
    """

    def __init__(self, dataset: xarray.Dataset) -> None:
        self._dataset = dataset

    def __repr__(self) -> str:
        return repr(self.results)

    def _repr_html_(self) -> str | None:
        return self.results._repr_html_()

    @property
    def results(self) -> SweepResults:
        """The same as `hamsim.SweepResults`, with its table and without xarray.

        Raises
        ------
        HamsimError
            It is no Dataset of a sweep any more: it has no `status` of each run.
        """
        dataset = self._dataset
        if "status" not in dataset.data_vars:
            raise HamsimError(
                "the Dataset says of no run how it ended, as that of a sweep does: draw it before "
                "means are taken; what is drawn is pooled over all axes that are not seen"
            )
        axes = tuple(map(str, dataset["status"].dims))
        along = {str(name): each for name, each in dataset.coords.items() if each.ndim == 1}
        notes = {str(key): value for key, value in dataset.attrs.items() if key != "network"}
        return SweepResults(
            str(dataset.attrs.get("network", "")),
            axes,
            tuple(dataset.sizes[axis] for axis in axes),
            tuple(
                Coordinate(name, str(each.dims[0]), each.values, COUNTED in each.attrs)
                for name, each in along.items()
                if each.dims[0] in axes
            ),
            {
                str(name): _values(str(name), each, axes)
                for name, each in dataset.data_vars.items()
                if set(axes) <= set(each.dims)
            },
            notes,
            {
                name: (str(each.dims[0]), each.values)
                for name, each in along.items()
                if each.dims[0] not in axes
            },
        )

    def plot(
        self, show: str | None = None, against: str | Sequence[str] | None = None, **looks: Any
    ) -> Picture:
        """Draw a number that was kept of each run over one axis or two, pooled over the others.

        Parameters
        ----------
        show : str, optional
            Which; the energy, or the first one, if nobody says.
        against : str or sequence of str, optional
            At most two axes; the longest ones if nobody says.
        **looks
            `size`, `dpi`, `style`, `title` and `out`, as of `hamsim.SweepResults.plot`.

        Returns
        -------
        Picture
            A `matplotlib.figure.Figure`, shown by a notebook.

        Raises
        ------
        HamsimError
            There is nothing to draw.
        """
        return self.results.plot(show=show, against=against, **looks)


@dataclass(frozen=True, eq=False)
class _Kept:
    """Arrays that were kept of runs, read as they are asked for."""

    variable: xarray.DataArray  # runs along its first axes
    axes: int

    @property
    def dims(self) -> tuple[str, ...]:
        return tuple(map(str, self.variable.dims[self.axes :]))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.variable.shape[self.axes :]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.variable.dtype

    def take(self, numbers: Any = slice(None), inner: tuple[Any, ...] = ()) -> NDArray[Any]:
        """Values of some runs, or parts of them, axis by axis."""
        chosen = dict(zip(self.dims, inner, strict=False))
        values = np.asarray(self.variable.isel(chosen).values)
        found: NDArray[Any] = values.reshape(-1, *values.shape[self.axes :])[numbers]
        return found


def _values(name: str, each: xarray.DataArray, axes: tuple[str, ...]) -> Values:
    moved = each.transpose(*axes, ...)
    if moved.ndim > len(axes):
        return _Kept(moved, len(axes))
    values = moved.values.reshape(-1)
    if name in KNOWN and values.dtype.kind in "OU":
        # What `where` leaves out is NaN in the place of text.
        lost = MISSING if name in ("status", "outcome") else ""
        values = np.array([text if isinstance(text, str) else lost for text in values.tolist()])
    return Single(values)
