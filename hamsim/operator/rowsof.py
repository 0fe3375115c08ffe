"""Rows of numbers as the kernels take them."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.layout.arrange import Layout

__all__ = ["order_of", "rows_of"]

_NONE = np.zeros(0, dtype=np.int64)


def rows_of(values: Floats) -> Floats:
    """Values over neurons (last axis) as rows, (rows, n), of one type to the kernels.

    What cannot be written has a type of its own to numba, for which it would compile anew.
    """
    rows = values.reshape(-1, values.shape[-1])
    flags = rows.flags
    if rows.dtype != np.float64 or not flags.c_contiguous or not flags.writeable:
        rows = np.array(rows, dtype=np.float64, order="C")
    return rows


def order_of(layout: Layout) -> Ints:
    """The order of a layout; empty where it is that of the file."""
    return _NONE if layout.order is None else np.array(layout.order, dtype=np.int64)
