"""W v of weights that are being learned, without a network that has them."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.kernels.jit import first_call
from hamsim.kernels.registers import LANES
from hamsim.kernels.sending import BLOCK_COLUMNS, add_blocks
from hamsim.learning.synapses.learned import LearnedWeights
from hamsim.learning.synapses.parts import Part

__all__ = ["WeightProduct"]


class WeightProduct:
    """Products of some vectors with W and its transpose, for the weights as they are now.

    Vectors are columns, as many as are made up to whole machine vectors.

    Parameters
    ----------
    weights : LearnedWeights
        Gated synapses are left out.
    """

    def __init__(self, weights: LearnedWeights) -> None:
        self._flat = weights.flat
        there, both, self._sparse = [], [], []
        for part in weights.synapses.parts:
            if part.block is None:
                continue
            if part.is_rectangle and part.is_stretch:
                there.append(_row_of(part))
                both += [there[-1]] if part.both else []
                continue
            pattern = part.block
            data = weights.flat[part.slice][pattern.data]
            block = csr_array((data, pattern.indices, pattern.indptr), shape=pattern.shape)
            self._sparse.append((part.rows, part.columns, block, part.both and not part.lateral))
        self._there, self._both = (
            np.array(rows, dtype=np.int64).reshape(-1, BLOCK_COLUMNS) for rows in (there, both)
        )

    def times(self, v: Floats) -> Floats:
        """W v, for v of shape (n, k)."""
        return self._product(v, back=False)

    def back(self, v: Floats) -> Floats:
        """The transpose of W times v, for v of shape (n, k)."""
        return self._product(v, back=True)

    def _product(self, v: Floats, back: bool) -> Floats:
        n, count = v.shape
        given = np.zeros((n, count + -count % LANES))
        given[:, :count] = v
        out = np.zeros_like(given)
        with first_call("add blocks"):
            add_blocks(self._flat, self._there, back, given, out)
            add_blocks(self._flat, self._both, not back, given, out)
        for rows, columns, block, both in self._sparse:
            there, turned = (rows, columns, block), (columns, rows, block.T)
            ways = [there, turned] if both else [turned if back else there]
            for receivers, senders, matrix in ways:
                out[receivers] += matrix @ given[senders]
        return out[:, :count]


def _row_of(part: Part) -> tuple[int, ...]:
    """A row of `blocks` of the kernel."""
    rows, columns = part.rows.size, part.columns.size
    if rows == 0 or columns == 0:
        return (0,) * BLOCK_COLUMNS
    return int(part.rows[0]), int(part.columns[0]), rows, columns, part.start, columns, 1
