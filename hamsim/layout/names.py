"""Names of the ways to store weights while a network runs; nothing else is needed here."""

from __future__ import annotations

__all__ = ["DTYPES", "LAYOUTS"]

LAYOUTS = ("auto", "rows", "half", "tiles", "dense", "convolution")
DTYPES = ("float64", "float32")
