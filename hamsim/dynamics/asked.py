"""What is asked of a run, by Python or by a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from hamsim.network import Record

__all__ = ["Asked"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Asked:
    """The request for a run; what is None comes from the file, else from a default.

    The parameters are those of `simulate`, where they are explained.
    """

    initial: ArrayLike | Mapping[Any, ArrayLike] | None = None
    method: str | None = None
    dt: float | Literal["auto"] | None = None
    t_end: float | Literal["auto"] | None = None
    steps: int | None = None
    until: float | Mapping[str, float] | None = None
    record: Record | Mapping[str, Any] | Literal["auto"] | None = "auto"
    threads: int | None = None
    energy: Literal["plain", "scaled"] | None = None
    layout: str = "auto"
    dtype: DTypeLike = np.float64
    trials: int | None = None
    rtol: float | None = None
    atol: float | None = None
    seed: int | None = None
