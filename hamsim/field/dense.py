"""The vector field of few neurons at many states at once, with full matrices."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.field.field import Field
from hamsim.field.gates import gate_matrix
from hamsim.field.sharing import shared_sets
from hamsim.network import Network

__all__ = ["DenseField"]


class DenseField(Field):
    """W g + I - x and its derivatives at many states at once, with a dense W.

    Parameters
    ----------
    network : Network
        Of few neurons.

    Attributes
    ----------
    W : ndarray, shape (n, n)
    rank : ndarray of int, shape (n,)
        Place of each neuron among those that share its Lagrangian.
    shared : ndarray of bool, shape (n, n)
        Whether two neurons share a Lagrangian.
    """

    def __init__(self, network: Network) -> None:
        super().__init__(network, dense=True)
        self.W: Floats = network.W.toarray()
        sets = shared_sets(network)
        order = np.argsort(sets, kind="stable")
        first = np.flatnonzero(np.r_[True, np.diff(sets[order]) != 0])
        self.rank: Ints = np.empty(sets.size, dtype=np.int64)
        self.rank[order] = np.arange(sets.size) - np.repeat(first, np.diff(np.r_[first, sets.size]))
        self.shared: NDArray[np.bool_] = sets[:, None] == sets

    @cached_property
    def members(self) -> Ints:
        """How many neurons share the Lagrangian of each."""
        counts: Ints = self.shared.sum(axis=1)
        return counts

    def hessians(self, rows: Floats) -> Floats:
        """H, of shape (rows, n, n)."""
        (k, n), width = rows.shape, int(self.rank.max()) + 1
        # Each trial asks for one column of every set of neurons that share a Lagrangian.
        vectors = (self.rank == np.arange(width)[:, None]).astype(np.float64)
        trials = np.repeat(rows, width, axis=0)
        out = self.neurons.hessian(trials, np.tile(vectors, (k, 1))).reshape(k, width, n)
        H: Floats = np.where(self.shared, out[:, self.rank].transpose(0, 2, 1), 0.0)
        return H

    def couplings(self, rows: Floats) -> Floats:
        """Derivatives of the drive by the activations: W, or of shape (rows, n, n) if any gates."""
        triples = self.drive.triples
        if triples is None:
            return self.W
        return np.stack([self.W + gate_matrix(triples, g).toarray() for g in self.activation(rows)])

    def jacobians(self, rows: Floats) -> Floats:
        """J = W H - 1, of shape (rows, n, n)."""
        C = self.couplings(rows)
        if self.rank.any():
            return minus_one(C @ self.hessians(rows))
        return self.jacobians_of(self.neurons.hessian(rows, np.ones_like(rows)), C)

    def jacobians_of(self, slopes: Floats, coupling: Floats | None = None) -> Floats:
        """J of neurons that share nothing, for given slopes of shape (rows, n)."""
        return minus_one((self.W if coupling is None else coupling) * slopes[:, None])


def minus_one(matrices: Floats) -> Floats:
    """Matrices of shape (rows, n, n) less 1, in place."""
    n = matrices.shape[1]
    matrices[:, np.arange(n), np.arange(n)] -= 1.0
    return matrices
