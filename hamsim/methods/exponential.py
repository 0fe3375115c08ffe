"""Exponential Euler: the drive is held for a step, and the leak is solved exactly."""

from __future__ import annotations

from dataclasses import dataclass

from hamsim.methods.row import Method

__all__ = ["Exponential"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Exponential(Method):
    """x <- x + (1 - exp(-dt / tau)) (W g + I - x) of all neurons at once."""

    @property
    def stages(self) -> int:
        """Number of evaluations of dx/dt in a step."""
        return 1
