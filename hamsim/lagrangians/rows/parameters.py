"""Parameters that families of several files have."""

from __future__ import annotations

from hamsim.lagrangians.row import Parameter

__all__ = ["BETA", "SIGMA"]

BETA = Parameter("beta", 1.0, "inverse temperature: how steep the activation is", above=0.0)
SIGMA = Parameter("sigma", 1.0, "semi-saturation: the norm at half effect", at_least=0.0)
