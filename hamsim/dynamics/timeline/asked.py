"""What is asked of a run, by Python or by a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import ArrayLike, DTypeLike

from hamsim.dynamics.timeline.stretches import AT_ZERO, Beginning
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
    until: float | str | Mapping[str, Any] | None = None
    record: Record | Mapping[str, Any] | Literal["auto"] | None = "auto"
    threads: int | None = None
    energy: Literal["plain", "scaled"] | None = None
    layout: str = "auto"
    dtype: DTypeLike | None = None
    trials: int | None = None
    rtol: float | None = None
    atol: float | None = None
    seed: int | None = None
    order: Any = None
    sweeps: int | None = None
    temperature: Any = None
    t_start: float | None = None
    beginning: Beginning = AT_ZERO  # which `t_start` and `initial` lead to
    why: str = ""  # the method was chosen of the run that `initial` is
    switches: int = 0  # how often that method may be left for another
    part: float = 1.0  # of the tolerance that its steps kept, then
    same_trace: bool = False  # whether a run goes on in the trace of that which `initial` is
