"""Delays of a connection: one number, or one a synapse.

A list of numbers along one axis is one a synapse, in the order of the block's rows; how many
synapses there are is known only when they are made (`hamsim.wiring.delays`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse

from hamsim.bounds import Bounds
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.distributions import is_random, limits
from hamsim.spec.ends import End
from hamsim.spec.forms import Form, Layout, Unread, block_form
from hamsim.spec.misfit import Misfit, Path
from hamsim.spec.readarray import read_array

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["DELAY", "NOT_NEGATIVE", "delay_form", "delay_problems", "shapes_of_block"]

DELAY: Path = ("delay",)
NOT_NEGATIVE = Bounds(at_least=0.0)


def delay_form(ends: Sequence[End]) -> Form:
    """Delays in a file: in the block's shape, or one a synapse."""
    (layout,) = block_form(*ends)
    return (Layout(layout.rows, layout.columns, shapes=(*(layout.shapes or ()), (None,))),)


def shapes_of_block(ends: Sequence[End]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes of an array with one number a pair: by neurons, and by the groups' axes."""
    flat = tuple(end.n for end in ends)
    return flat, tuple(side for end in ends for side in end.shape)


def delay_problems(
    connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> list[tuple[Path, str]]:
    """Mistakes of a connection's delays, with their paths within the connection."""
    value = connection.delay
    if value is None or (type(value) is float and NOT_NEGATIVE.admit(value)):
        return []
    try:
        if is_random(value):
            for limit in limits(value):
                _require_bounds(np.array(limit))
            return []
        array = read_array(value, files, delay_form(ends), *DELAY)
        _require_shape(array, ends)
        _require_bounds(array)
        if connection.kind == "within" and array.ndim > 1:
            _require_alike(array, ends)
    except Misfit as misfit:
        return list(misfit.problems)
    return []


def _require_bounds(array: Any) -> None:
    values = array.data if issparse(array) else array
    bad = NOT_NEGATIVE.broken(np.asarray(values))
    if not np.any(bad):
        return
    if issparse(array) or array.ndim == 0:
        first = float(np.asarray(values)[bad][0]) if array.ndim else float(array)
        raise Misfit(DELAY, f"must be at least 0, not {first:g}")
    place = tuple(int(k) for k in np.unravel_index(int(np.argmax(bad)), array.shape))
    raise Misfit((*DELAY, *place), f"must be at least 0, not {float(array[place]):g}")


def _require_shape(array: Any, ends: Sequence[End]) -> None:
    flat, shaped = shapes_of_block(ends)
    plain = not issparse(array) and not (isinstance(array, Unread) and array.sparse)
    if array.ndim == 0 or array.shape in (flat, shaped) or (plain and array.ndim == 1):
        return
    names = " and ".join(f"[{', '.join(end.names)}]" for end in ends)
    raise Misfit(
        DELAY,
        f"shape {list(array.shape)} does not fit; allowed are one number, {list(flat)} for {names}"
        ", or a list with one number a synapse",
    )


def _require_alike(array: Any, ends: Sequence[End]) -> None:
    n = ends[0].n
    block = array if issparse(array) else array.reshape(n, n)
    unlike = block != block.T
    if issparse(unlike):
        i, j = (int(side[0]) for side in unlike.nonzero()) if unlike.nnz else (-1, -1)
    else:
        i, j = divmod(int(unlike.argmax()), n) if unlike.any() else (-1, -1)
    if i >= 0:
        raise Misfit(
            DELAY,
            f"not symmetric: entry [{i}, {j}] is {float(block[i, j]):g}, [{j}, {i}] is "
            f"{float(block[j, i]):g}; connections within a group go both ways alike (from: and to: "
            "are one-way)",
        )
