"""Parameters that families of several files have."""

from __future__ import annotations

from hamsim.lagrangians.row import Parameter

__all__ = ["BETA"]

BETA = Parameter("beta", 1.0, "inverse temperature: how steep the activation is", above=0.0)
