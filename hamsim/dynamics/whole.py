"""Arguments that are whole numbers, of whatever type."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.errors import SimulationError, given

__all__ = ["whole_number"]


def whole_number(name: str, value: Any, least: int) -> int:
    """The value of an argument that must be a whole number; `5.0` is one, `True` is not.

    Raises
    ------
    SimulationError
    """
    try:
        other = isinstance(value, bool | str | np.bool_ | np.complexfloating)
        whole = not other and value == int(value) >= least
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise SimulationError(
            f"{name} is {given(value)}; it must be a whole number of at least {least}"
        )
    return int(value)
