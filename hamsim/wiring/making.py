"""What is given to whatever makes the weights of one connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.schema import ConnectionSpec

__all__ = ["MAX_ENTRIES", "Making"]

# Weights of one connection: more do not fit into any memory.
MAX_ENTRIES = 2_000_000_000


class Making(NamedTuple):
    """A connection and what its weights are made from.

    Parameters
    ----------
    connection : ConnectionSpec
    ends : sequence of End
        The end that receives and the one that sends, and of a gating connection the gate.
    rng : numpy Generator
        The connection's own.
    files : DataFiles
    path : str
        Names the connection's weights in messages.
    """

    connection: ConnectionSpec
    ends: Sequence[End]
    rng: np.random.Generator
    files: DataFiles
    path: str
