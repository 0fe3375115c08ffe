"""Euler's method: x <- x + dt/tau (W g + I - x) of all neurons at once."""

from hamsim.methods.row import RungeKutta

__all__ = ["ROW"]

ROW = RungeKutta(
    name="euler",
    order=1,
    c=(0.0,),
    a=((),),
    b=(1.0,),
    stable=2.0,
    safety=0.05,
)
