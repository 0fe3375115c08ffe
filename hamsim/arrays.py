"""The kinds of arrays that everything is made of, and where they lie."""

from __future__ import annotations

from ctypes import addressof, c_char
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "Mask", "place_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def place_of(array: Any) -> int:
    """Address of the first number of an array; 0 if it has none."""
    if not array.size:
        return 0
    try:  # NumPy's own way takes several times as long, at each run for each array
        return addressof(c_char.from_buffer(array))
    except TypeError:  # it cannot be written, or is not in one piece
        assert array.flags.c_contiguous
        return int(array.ctypes.data)
