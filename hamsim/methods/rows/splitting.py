"""Splitting by classes of neurons (Strang 1968), or convex splitting (Eyre 1998)."""

from hamsim.methods.splitting import Splitting

__all__ = ["ROW"]

ROW = Splitting(name="splitting", order=2, safety=0.2)
