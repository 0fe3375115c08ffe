"""Splitting: steps of any length lower the energy where there is one."""

from __future__ import annotations

from dataclasses import dataclass

from hamsim.methods.row import Method

__all__ = ["Splitting"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Splitting(Method):
    """A step is made of parts that each lower the energy, whatever its length.

    Where neurons fall into a few classes without synapses inside a class, a part is the exact flow
    of one class while the others are held; else the step is one of convex splitting.
    """

    @property
    def stages(self) -> int:
        """Number of evaluations of dx/dt in a step, at most."""
        return 2
