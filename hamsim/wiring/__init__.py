"""From values and rules to arrays and blocks of weights."""

from hamsim.wiring.connect import rows

__all__ = ["rows"]
