"""The explicit trapezoidal rule, in which Euler's method is embedded."""

from hamsim.methods.row import RungeKutta

__all__ = ["ROW"]

ROW = RungeKutta(
    name="heun",
    order=2,
    c=(0.0, 1.0),
    a=((), (1.0,)),
    b=(0.5, 0.5),
    stable=2.0,
    safety=0.2,
    error=(-0.5, 0.5),
    embedded=1,
)
