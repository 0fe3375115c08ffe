"""Orders and temperatures of discrete dynamics as numbers, read where the file says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse

from hamsim.arrays import Ints
from hamsim.counted import counted, there_are
from hamsim.numbering import Numbering
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.discrete import DiscreteMethod
from hamsim.spec.ends import whole_network
from hamsim.spec.forms import Axis, Layout, Unread
from hamsim.spec.groups import GroupSpec
from hamsim.spec.misfit import Misfit, Path
from hamsim.spec.readarray import read_dense
from hamsim.spec.running import SimulationSpec
from hamsim.spec.values import FileValue

__all__ = ["flaws_of_sweeps", "order_of", "temperature_of"]

_ANY = Axis()
# Numbers in rows, one row a sweep, or in one.
_ROWS = (Layout(_ANY, _ANY, flat=True, shapes=((None,), (None, None))),)
_ONE_ROW = (Layout(_ANY, Axis(1), flat=True, shapes=((None,),)),)


def order_of(
    method: DiscreteMethod, numbering: Numbering, files: DataFiles
) -> str | tuple[Any, ...]:
    """In which order neurons are set: a word, their numbers, or a tuple of numbers a sweep.

    Raises
    ------
    Misfit
        With a path from the order on.
    """
    stated = method.order
    if isinstance(stated, str):
        return stated
    if isinstance(stated, FileValue):
        rows = _read(stated, files, _ROWS, "one number a neuron, or a row of them a sweep")
        wanted = np.atleast_2d(rows)
    else:
        wanted = None
    several = wanted.shape[0] > 1 if wanted is not None else isinstance(stated[0], tuple)
    each = wanted if wanted is not None else stated if several else [stated]
    found = [
        tuple(_numbers(row, numbering, (k,) if several else ()).tolist())
        for k, row in enumerate(each)
    ]
    odd = next((k for k, row in enumerate(found) if len(row) != len(found[0])), None)
    if odd is not None:
        told = f"has {counted(len(found[odd]), 'neuron')}, where the first list has {len(found[0])}"
        raise Misfit((odd,), told)
    return tuple(found) if several else found[0]


def _numbers(row: Any, numbering: Numbering, at: Path) -> Ints:
    """Numbers of the neurons that one sweep takes, each at most once."""
    numbers, problems = numbering.select_all(row.tolist() if isinstance(row, np.ndarray) else row)
    if problems:
        told = [((*at, k), message) for k, message in problems]
        raise Misfit(*told[0], *told[1:])
    return numbers


def temperature_of(method: DiscreteMethod, files: DataFiles) -> float | tuple[float, ...]:
    """The temperature of all sweeps, or of each.

    Raises
    ------
    Misfit
        With a path from the temperature on.
    """
    stated = method.settings.temperature
    if not isinstance(stated, FileValue):
        return stated
    found = _read(stated, files, _ONE_ROW, "one number a sweep")
    if (found < 0).any():
        raise Misfit((), f"has {found.min():g}; must be at least 0")
    return tuple(found.tolist())


def _read(stated: FileValue, files: DataFiles, form: Any, wanted: str) -> Any:
    array = read_dense(stated, files, form)
    if isinstance(array, Unread) or issparse(array) or array.size == 0:
        shape = array.words if isinstance(array, Unread) else list(array.shape)
        raise Misfit((), f"has shape {shape}; must hold {wanted}")
    return array


def flaws_of_sweeps(
    simulation: SimulationSpec, groups: Mapping[str, GroupSpec | None], files: DataFiles
) -> Iterator[tuple[Path, str]]:
    """What is wrong with orders and temperatures, as only the whole description shows.

    Yields
    ------
    (path, message)
    """
    method = simulation.discrete
    if method is None:
        return
    at: Path = ("simulation", "method", method.name)
    try:
        several = temperature_of(method, files)
        if isinstance(several, tuple):
            _require_count(several, simulation.sweeps, "number")
    except Misfit as misfit:
        for inner, message in misfit.problems:
            yield (*at, "temperature", *inner), message
    whole = {name: group for name, group in groups.items() if group is not None}
    if len(whole) < len(groups):
        return
    try:
        order = order_of(method, whole_network(whole).numbering, files)
        if isinstance(order[0], tuple):
            _require_count(order, simulation.sweeps, "row")
    except Misfit as misfit:
        for inner, message in misfit.problems:
            yield (*at, "order", *inner), message


def _require_count(each: Sequence[Any], sweeps: int | None, what: str) -> None:
    if sweeps is not None and len(each) != sweeps:
        raise Misfit(
            (),
            f"has {counted(len(each), what)}, one a sweep, but {there_are(sweeps, 'sweep')}",
        )
