"""What is given to whatever makes the weights of one connection, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scipy.sparse import csr_array

from hamsim.network import Convolution
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.schema import ConnectionSpec
from hamsim.wiring.arrays import Stream

__all__ = ["Made", "Making"]


class Making(NamedTuple):
    """A connection and what its weights are made from.

    Parameters
    ----------
    connection : ConnectionSpec
    ends : sequence of End
        The end that receives and the one that sends, and of a gating connection the gate.
    numbers : Stream
        The connection's own.
    files : DataFiles
    path : str
        Names the connection's weights in messages.
    seed : int
        Of the network.
    place : tuple of str
        Names the connection's streams of random numbers.
    """

    connection: ConnectionSpec
    ends: Sequence[End]
    numbers: Stream
    files: DataFiles
    path: str
    seed: int = 0
    place: tuple[str, ...] = ()


class Made(NamedTuple):
    """Weights of one connection.

    Parameters
    ----------
    block : csr_array, shape (rows, columns)
    convolution : Convolution or None
        The kernel of which the block consists, if there is one.
    """

    block: csr_array
    convolution: Convolution | None = None
