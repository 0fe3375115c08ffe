"""Exponential Euler: x <- x + (1 - exp(-dt / tau)) (W g + I - x), stable for any leak."""

from hamsim.methods.exponential import Exponential

__all__ = ["ROW"]

ROW = Exponential(name="exponential_euler", order=1, safety=0.05)
