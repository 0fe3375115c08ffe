"""Results of a sweep as one `xarray.Dataset`: small values in memory, large ones in the folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import HamsimError
from hamsim.scale.results.results import SweepResults, Values

if TYPE_CHECKING:
    import xarray

__all__ = ["dataset_of", "require_xarray"]

# Bytes of the values under one name that are read at once; of more, what is asked for.
SMALL = 2**22


def require_xarray() -> None:
    """Refuse to promise a Dataset where there is no xarray.

    Raises
    ------
    HamsimError
    """
    try:
        import xarray  # noqa: F401
    except ImportError:
        raise HamsimError(
            "a Dataset of a sweep needs xarray: pip install 'hamsim[xarray]'; without it "
            "hamsim.SweepResults.read(folder) has .to_dict() and .table() of plain arrays"
        ) from None


def dataset_of(results: SweepResults) -> xarray.Dataset:
    """One Dataset with the sweep's axes as dimensions.

    Raises
    ------
    HamsimError
        xarray is not installed.
    """
    require_xarray()
    import xarray

    from hamsim.scale.results.accessor import COUNTED  # it gives each Dataset its .hamsim

    coordinates: dict[str, Any] = {
        each.name: (each.dim, each.values, {COUNTED: 1} if each.counted else {})
        for each in results.coordinates
    }
    sizes = dict(zip(results.dims, results.shape, strict=True))
    variables = {}
    for name, values in results.columns.items():
        dims = _dims(name, values, sizes)
        sizes |= zip(dims, values.shape, strict=True)
        data = _data(results, values)
        taken = name in sizes or name in coordinates
        variables[f"{name}_" if taken else name] = xarray.Variable((*results.dims, *dims), data)
    for name, (dim, along) in results.inner.items():
        if sizes.get(dim) == along.size and name not in {*variables, *coordinates}:
            coordinates[name] = (dim, along)
    notes = {"network": results.name, **results.notes}
    # No index of coordinates that stand beside a dimension: what has one is left out of frames.
    return xarray.Dataset(variables, coordinates, notes)


def _dims(name: str, values: Values, sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Names of the axes of one run's value: no two of different length have one name."""
    given = values.dims or tuple(f"{name}_{k}" for k in range(len(values.shape)))
    found: list[str] = []
    for dim, size in zip(given, values.shape, strict=True):
        taken = dim in found or sizes.get(dim, size) != size
        found.append(f"{name}_{dim}" if taken else dim)
    return tuple(found)


def _data(results: SweepResults, values: Values) -> Any:
    shape = (*results.shape, *values.shape)
    bytes_of_all = int(np.prod(shape, dtype=np.int64)) * values.dtype.itemsize
    if bytes_of_all <= SMALL:
        return values.take().reshape(shape)
    return _lazily(results, values)


def _lazily(results: SweepResults, values: Values) -> Any:
    """An array for xarray that is read when something of it is asked for."""
    from xarray.backends import BackendArray
    from xarray.core import indexing

    class Kept(BackendArray):
        """What was kept under one name."""

        shape = (*results.shape, *values.shape)
        dtype = values.dtype

        def __getitem__(self, key: Any) -> Any:
            """What xarray asks for."""
            outer = indexing.IndexingSupport.OUTER
            return indexing.explicit_indexing_adapter(key, self.shape, outer, self.get)

        def get(self, key: tuple[Any, ...]) -> NDArray[Any]:
            """Values at the product of indices, axis by axis."""
            runs, inner = key[: len(results.shape)], key[len(results.shape) :]
            numbers = np.arange(len(results)).reshape(results.shape)
            for axis in reversed(range(len(runs))):
                numbers = numbers[(slice(None),) * axis + (runs[axis],)]
            found = values.take(numbers.reshape(-1), inner)
            return found.reshape(*numbers.shape, *found.shape[1:])

    return indexing.LazilyIndexedArray(Kept())
