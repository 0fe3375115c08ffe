"""The classical method of Kutta."""

from hamsim.methods.row import RungeKutta

__all__ = ["ROW"]

ROW = RungeKutta(
    name="rk4",
    order=4,
    c=(0.0, 0.5, 0.5, 1.0),
    a=((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)),
    b=(1 / 6, 1 / 3, 1 / 3, 1 / 6),
    stable=2.785,
    safety=0.5,
)
