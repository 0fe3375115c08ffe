"""W g + I as a function of the activations g, with gated synapses, and its derivative.

The kernels have their own, which is fast; everything else takes it from here. States, activations
and changes of them are rows: shape (trials, n), in file order.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.field.gates import gate_change, gate_drive, gate_matrix
from hamsim.network import Network, Triples

__all__ = ["Drive"]


class Drive:
    """What drives the neurons: W g + I, and T g_j g_k of each gated synapse.

    Parameters
    ----------
    network : Network
    dense : bool
        Keep W as a full array where that multiplies faster, for few neurons and many states.

    Attributes
    ----------
    W : csr_array, shape (n, n)
    full : ndarray, shape (n, n), or None
        The same where that multiplies faster.
    input : ndarray, shape (n,)
    triples : Triples or None
    """

    # Above this part of all entries a full matrix is multiplied faster than a sparse one.
    FULL = 0.05

    def __init__(self, network: Network, dense: bool = False) -> None:
        fuller = network.W.nnz > self.FULL * network.n_neurons**2
        self.W = network.W
        self.full: Floats | None = network.W.toarray() if dense and fuller else None
        self.input: Floats = network.input
        self.triples: Triples | None = network.triples

    def at(self, g: Floats) -> Floats:
        """W g + I, and what gated synapses add; shape (trials, n)."""
        result: Floats = self.weigh(g) + self.input
        if self.triples is not None:
            result += gate_drive(self.triples, g)
        return result

    def change(self, g: Floats, change: Floats) -> Floats:
        """How fast the drive changes while the activations do: its derivative times `change`."""
        result = self.weigh(change)
        if self.triples is not None:
            result += gate_change(self.triples, g, change)
        return result

    def matrix(self, g: Floats | None = None) -> csr_array:
        """Derivative of the drive by the activations: W, and what gated synapses add to it.

        Parameters
        ----------
        g : ndarray, shape (n,), optional
            Activations; they do not matter where no synapse is gated.
        """
        if self.triples is None:
            return self.W
        assert g is not None
        return csr_array(self.W + gate_matrix(self.triples, g))

    def weigh(self, rows: Floats) -> Floats:
        """W v of each row v, shape (n,) or (rows, n)."""
        result: Floats = (self.W @ rows.T).T if self.full is None else rows @ self.full.T
        return result

    def weigh_back(self, rows: Floats) -> Floats:
        """W^T v of each row v, shape (n,) or (rows, n)."""
        result: Floats = (self.W.T @ rows.T).T if self.full is None else rows @ self.full
        return result

    def gated(self, g: Floats) -> Floats:
        """The part of the drive that gated synapses make; shape (trials, n)."""
        return np.zeros_like(g) if self.triples is None else gate_drive(self.triples, g)

    def sizes(self) -> Drive:
        """The same with |W|, |I| and |T|: at |g|, sums of the sizes of all terms."""
        result = object.__new__(Drive)
        shared = (np.abs(self.W.data), self.W.indices, self.W.indptr)  # not where synapses are
        result.W = csr_array(shared, shape=self.W.shape)
        result.full = None if self.full is None else np.abs(self.full)
        result.input = np.abs(self.input)
        result.triples = self.triples
        if self.triples is not None:
            result.triples = self.triples._replace(weights=np.abs(self.triples.weights))
        return result

    @cached_property
    def _signs(self) -> tuple[csr_array | Floats, csr_array | Floats]:
        """The positive and the negative synapses, transposed if they are full."""
        if self.full is not None:
            return np.maximum(self.full, 0.0).T, np.minimum(self.full, 0.0).T
        parts = []
        for sign in (np.maximum, np.minimum):
            part = self.W.copy()
            part.data = sign(self.W.data, 0.0)
            part.eliminate_zeros()  # 0 times an infinite bound is not a number
            parts.append(part)
        return parts[0], parts[1]

    def between(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Bounds of the drive for activations between bounds, up to rounding.

        Parameters
        ----------
        low, high : ndarray, shape (n,) or (boxes, n)
            May be infinite; but of a drive with a full W they may not.

        Returns
        -------
        least, most : ndarray, in the shape of the bounds

        Notes
        -----
        Only where no synapse is gated.
        """
        assert self.triples is None
        up, down = self._signs
        if self.full is not None:
            least: Floats = low @ up + high @ down + self.input
            most: Floats = high @ up + low @ down + self.input
            return least, most
        least = (up @ low.T).T + (down @ high.T).T + self.input
        most = (up @ high.T).T + (down @ low.T).T + self.input
        return least, most
