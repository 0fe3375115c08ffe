"""Functions that expressions in t may call, besides those of all expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from hamsim.expression import COUNTS, FUNCTIONS

__all__ = ["CALLS", "NAMED", "TIME"]

# The name of the time.
TIME = "t"


def step(u: Any) -> Any:
    """1 from u = 0 on, 0 before."""
    return np.where(np.asarray(u) >= 0.0, 1.0, 0.0)


def pulse(u: Any, period: Any, width: Any) -> Any:
    """1 for so long at the beginning of each period, else 0: a train of pulses."""
    return np.where(np.mod(u, period) < width, 1.0, 0.0)


def ramp(u: Any, start: Any, stop: Any) -> Any:
    """0 until start, 1 from stop on, and a straight line between them."""
    return np.clip((np.asarray(u) - start) / (np.asarray(stop) - start), 0.0, 1.0)


NAMED: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {**FUNCTIONS, "heaviside": step, "pulse": pulse, "ramp": ramp, "step": step}
)
# How many arguments each takes.
CALLS: Mapping[str, int] = MappingProxyType(
    {**COUNTS, "heaviside": 1, "pulse": 3, "ramp": 3, "step": 1}
)
