"""The compiled network: flat arrays, the names that belong to them, and other values for them."""

from hamsim.network.delays import Delays
from hamsim.network.network import Network
from hamsim.network.parts import (
    Connection,
    Convolution,
    Draw,
    Draws,
    Group,
    Stimulus,
    Triples,
)
from hamsim.network.pattern import Pattern
from hamsim.request import Record, Settings

__all__ = [
    "Connection",
    "Convolution",
    "Delays",
    "Draw",
    "Draws",
    "Group",
    "Network",
    "Pattern",
    "Record",
    "Settings",
    "Stimulus",
    "Triples",
]
