"""A graph that is to be cut in two: what is connected pushes apart."""

from __future__ import annotations

import numpy as np

from hamsim.spec.forms import block_form
from hamsim.spec.values import FileValue
from hamsim.wiring.making import Making, Weights, count_of_pairs
from hamsim.wiring.matrices import Matrix, Number
from hamsim.wiring.values import read_file

__all__ = ["count", "make"]


def make(making: Making) -> Weights:
    """The weights of the graph's edges with their signs turned round."""
    graph = making.connection.weights.cut
    if isinstance(graph, FileValue):
        graph = read_file(graph, making.files, making.path, block_form(*making.ends))
    elif isinstance(graph, tuple):
        graph = np.asarray(graph, dtype=np.float64)
    return Matrix(-graph, making) if np.ndim(graph) else Number(-float(graph))


def count(making: Making) -> float:
    """None of a file, which has been read and found to have room; else one for every pair."""
    in_memory = isinstance(making.connection.weights.cut, FileValue)
    return 0.0 if in_memory else count_of_pairs(making)
