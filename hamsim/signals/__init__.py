"""Functions of time: written in t, or sampled at times. No network inside."""

from hamsim.signals.sampled import BETWEEN, BEYOND, Sampled
from hamsim.signals.several import Several
from hamsim.signals.signal import Breaks, Signal
from hamsim.signals.within import Within
from hamsim.signals.written import Written, is_over_time, with_numbers

__all__ = [
    "BETWEEN",
    "BEYOND",
    "Breaks",
    "Sampled",
    "Several",
    "Signal",
    "Within",
    "Written",
    "is_over_time",
    "with_numbers",
]
