"""The compiled network: flat arrays, the names that belong to them, and other values for them."""

from hamsim.network.delays import Delays
from hamsim.network.network import Network
from hamsim.network.once import once
from hamsim.network.overtime import OverTime
from hamsim.network.parts import (
    Connection,
    Convolution,
    Draw,
    Draws,
    Group,
    Noise,
    Stimulus,
    Triples,
    white_at_once,
)
from hamsim.network.pattern import Pattern
from hamsim.network.turned import transposed
from hamsim.request import Record, Settings, Until

__all__ = [
    "Connection",
    "Convolution",
    "Delays",
    "Draw",
    "Draws",
    "Group",
    "Network",
    "Noise",
    "OverTime",
    "Pattern",
    "Record",
    "Settings",
    "Stimulus",
    "Triples",
    "Until",
    "once",
    "transposed",
    "white_at_once",
]
