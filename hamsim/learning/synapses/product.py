"""W v of weights that are being learned, without a network that has them."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.learning.synapses.learned import LearnedWeights

__all__ = ["WeightProduct"]


class WeightProduct:
    """Products of vectors, or columns, with W and its transpose, for the weights as they are now.

    Parameters
    ----------
    weights : LearnedWeights
        Gated synapses are left out.
    """

    def __init__(self, weights: LearnedWeights) -> None:
        self._parts = []
        for part in weights.synapses.parts:
            if part.block is None:
                continue
            values = weights.flat[part.slice]
            if part.is_rectangle:
                block = values.reshape(part.rows.size, part.columns.size)
            else:
                pattern = part.block
                block = csr_array(
                    (values[pattern.data], pattern.indices, pattern.indptr), shape=pattern.shape
                )
            self._parts.append((part.rows, part.columns, block, part.both and not part.lateral))

    def times(self, v: Floats) -> Floats:
        """W v."""
        out = np.zeros_like(v)
        for rows, columns, block, both in self._parts:
            out[rows] += block @ v[columns]
            if both:
                out[columns] += block.T @ v[rows]
        return out

    def back(self, v: Floats) -> Floats:
        """The transpose of W times v."""
        out = np.zeros_like(v)
        for rows, columns, block, both in self._parts:
            out[columns] += block.T @ v[rows]
            if both:
                out[rows] += block @ v[columns]
        return out
