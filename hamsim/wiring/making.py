"""What is given to whatever makes the weights of one connection, and what it gives back."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.draws.stream import Stream
from hamsim.network import Convolution
from hamsim.spec.connections import ConnectionSpec
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.wiring.joining import cut

__all__ = ["Listed", "Making", "OfPairs", "Pairs", "Weights", "Whole", "count_of_pairs"]


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
    """

    connection: ConnectionSpec
    ends: Sequence[End]
    numbers: Stream
    files: DataFiles
    path: str


class Weights(ABC):
    """What a rule says of a block W[rows, columns]: row i receives, column j sends.

    Neurons are numbered within the ends. What holds for all rules alike, as leaving out a part of
    the synapses, is done in `hamsim.wiring.connection`.

    Attributes
    ----------
    convolution : Convolution or None
        The window of which the block consists, if there is one.
    counted_from : float or None
        Where the weights are for activations that are counted from a value within their range, as
        which of the range from -1 to 1 that is, 0 in the middle: an input goes with them.
    threshold : float
        Drive of neurons of -1 and 1 that is to leave them half-way, so that an input takes it away;
        those of another range have it in proportion.
    in_tiles : bool
        Whether weights are drawn for tiles of pairs, and told for whole tiles alone.
    """

    convolution: Convolution | None = None
    counted_from: float | None = None
    threshold: float = 0.0
    in_tiles: bool = False

    @abstractmethod
    def part(self, rows: range, columns: range) -> csr_array:
        """All synapses from some neurons to some others.

        Parameters
        ----------
        rows, columns : range
            Neighbouring neurons of the end that receives and of the one that sends.

        Returns
        -------
        csr_array, shape (len(rows), len(columns))
            The same bits as this rectangle of the whole. Its numbers may be those of the weights
            themselves: zeros may be left out of it, but no number is written to.
        """


class Listed(Weights):
    """Of a rule that says itself which synapses exist."""


class Pairs:
    """Some pairs of neurons, in the order of a CSR matrix.

    Parameters
    ----------
    rows, columns : ndarray of int
        Neurons that receive and that send, by their numbers within a tile of all pairs.
    tile : (int, int)
        Which tile it is: what is drawn for the pairs is drawn for the tile.
    corner : (int, int)
        Numbers, in the ends, of the tile's first neurons.
    """

    def __init__(
        self, rows: Any, columns: Any, tile: tuple[int, int], corner: tuple[int, int]
    ) -> None:
        self.rows, self.columns, self.tile, self.corner = rows, columns, tile, corner

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.rows.size)

    @cached_property
    def i(self) -> Ints:
        """Neurons that receive, by their numbers in the end, which not every rule asks for."""
        i: Ints = self.rows.astype(np.int64) + self.corner[0]
        return i

    @cached_property
    def j(self) -> Ints:
        """Neurons that send, in the same way."""
        j: Ints = self.columns.astype(np.int64) + self.corner[1]
        return j


class OfPairs(Weights):
    """Of a rule that has a weight for every pair of neurons."""

    @abstractmethod
    def at(self, pairs: Pairs) -> Floats:
        """Weights of some pairs, in their order."""


class Whole(Listed):
    """Synapses that are all in memory, as those that a description lists.

    Parameters
    ----------
    block : csr_array, shape (rows, columns)
        With sorted indices.
    """

    def __init__(self, block: csr_array) -> None:
        self.block = block

    def part(self, rows: range, columns: range) -> csr_array:
        """Some of them."""
        return cut(self.block, rows, columns)


def count_of_pairs(making: Making) -> float:
    """Number of synapses, or of triples, of what has a weight for every one that is kept."""
    connection = making.connection
    *others, last = (float(end.n) for end in making.ends)
    if connection.degree is not None:
        return math.prod(others) * connection.degree
    return math.prod(others) * last * (connection.density or connection.probability or 1.0)
