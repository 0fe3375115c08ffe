"""Heun's method with the same noise in both stages: weak order 2 with additive noise."""

from hamsim.methods.stochastic import Stochastic

__all__ = ["ROW"]

ROW = Stochastic(
    name="stochastic_heun",
    order=2,
    c=(0.0, 1.0),
    a=((), (1.0,)),
    b=(0.5, 0.5),
    stable=2.0,
    safety=0.2,
)
