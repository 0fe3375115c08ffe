"""Bounds the gain of a network while it learns, so that what was proved of it stays proved.

With convex Lagrangians of slope l, and one tau in each set of neurons that share one, a network has
one rest state for every input, to which every solution goes, if the symmetric part of
l^1/2 W l^1/2 has eigenvalues below 1; whatever tau and Lagrangians are, if the norm of W l is below
1 (`hamsim.certify.contraction`). The gain is the first of these numbers where it says so much, else
the second. It is lowered by the shortest change of the weights that are learned which does so to
first order: a step of Polyak's along its derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import LinearOperator, eigsh

from hamsim.arrays import Floats
from hamsim.errors import HamsimError
from hamsim.field.sharing import shared_sets
from hamsim.learning.synapses import LearnedWeights, SynapseGradient
from hamsim.learning.synapses.product import WeightProduct
from hamsim.network import Group, Network

__all__ = ["Gain"]

Matrix = Callable[[Floats], Floats]

# Neurons up to which eigenvectors are found directly.
DIRECT = 300
# Vectors of largest eigenvalues that are looked at together.
VECTORS = 8
# Eigenvalues of a Gram matrix below which vectors count as dependent.
INDEPENDENT, TINY = 1e-10, 1e-300
# What the gain is lowered to below its bound, as a part of it, so that it stays below for a while.
SLACK = 0.005
# Parts of the bound by which it may be passed until an epoch ends, and afterwards.
CLOSE, EXACT = 1e-3, 1e-7
# How often vectors are brought nearer, where they are begun, and where the gain is lowered.
ANEW, NEARER = 20, 3


class Gain:
    """The gain of a network whose weights are learned, and its bound.

    Parameters
    ----------
    network : Network
    weights : LearnedWeights
        Which are written to.
    slices : sequence of slice
        Those that may be changed.
    most : float
        The bound.

    Raises
    ------
    HamsimError
        Synapses are gated, a slope has no bound, or weights that are not learned have more.
    """

    most_rounds = 20

    def __init__(
        self, network: Network, weights: LearnedWeights, slices: Sequence[slice], most: float
    ) -> None:
        if network.triples is not None:
            raise HamsimError("constraints: gain: gated synapses have no gain that is known")
        self._weights, self._most = weights, most
        self._free = np.zeros(weights.flat.size, dtype=bool)
        for at in slices:
            self._free[at] = True
        self._groups: Sequence[Group] = network.groups
        self._by_norm = _needs_norm(network)
        self._gradient = SynapseGradient(network, edges=False)
        self._n = network.n_neurons
        self._vectors = self._start(VECTORS)
        slope = self._slope(network.groups)
        if not np.isfinite(slope).all():
            neuron = network.label(int(np.argmin(np.isfinite(slope))))
            raise HamsimError(
                f"constraints: gain: the activation of neuron {neuron} has no bound of its slope"
            )
        if not self._free.all():
            self._refuse_fixed(slope)

    def _refuse_fixed(self, slope: Floats) -> None:
        kept = self._weights.flat.copy()
        self._weights.flat[self._free] = 0.0
        fixed = self._top(slope)
        self._weights.flat[:] = kept
        if fixed > self._most:
            raise HamsimError(
                f"constraints: gain: the weights that are not learned have {fixed:.4g} by "
                f"themselves, more than {self._most:g}"
            )

    def value(self, groups: Sequence[Group] | None = None) -> float:
        """The gain of the weights as they are now."""
        return self._top(self._slope(groups))

    def project(self, groups: Sequence[Group] | None = None) -> None:
        """Lower the gain to about its bound, if it is above, from the vectors of the last step."""
        slope = self._slope(groups)
        gains, self._vectors = self._followed(slope, self._vectors)
        limit = self._most * (1.0 + CLOSE)
        self._lower(slope, self._vectors[:, gains > limit], limit)

    def lower(self, groups: Sequence[Group] | None = None) -> bool:
        """Lower the gain, if it is above its bound; whether it was."""
        slope = self._slope(groups)
        gains, self._vectors = self._found(slope, self._vectors, NEARER)
        if gains[0] <= self._most:
            return False
        self._lower(slope, self._vectors[:, gains > self._most], self._most)
        return True

    def begin(self, groups: Sequence[Group] | None = None) -> None:
        """Look for the vectors anew: what follows depends on the weights alone."""
        _, self._vectors = self._found(self._slope(groups), self._start(VECTORS), ANEW)

    def settle(self, groups: Sequence[Group] | None = None) -> None:
        """Make the weights smaller until the bound holds; signs and norms that held hold on."""
        slope = self._slope(groups)
        value = self._top(slope)
        if value <= self._most:
            return
        learned = self._weights.flat[self._free].copy()
        low, high = 0.0, 1.0
        if self._free.all():  # the gain is proportional to them
            low = high = self._most / value * (1.0 - EXACT)
        while high - low > EXACT:
            part = 0.5 * (low + high)
            self._weights.flat[self._free] = part * learned
            low, high = (part, high) if self._top(slope) <= self._most else (low, part)
        self._weights.flat[self._free] = low * learned

    # --- the largest eigenvalue, or singular value ----------------------------------------------

    def _start(self, count: int) -> Floats:
        """Vectors that have a part of every one, and nothing to do with chance."""
        rows = np.arange(1.0, self._n + 1.0)[:, None]
        start: Floats = np.cos(rows * np.sqrt(np.arange(2.0, count + 2.0))) + 0.1
        return start

    def _slope(self, groups: Sequence[Group] | None) -> Floats:
        slopes = []
        for group in self._groups if groups is None else groups:
            own = group.fact("slope")
            if self._by_norm:
                own = np.maximum(own, -group.fact("least", -math.inf))
            slopes.append(own if group.family.everywhere else np.full(group.size, math.inf))
        found: Floats = np.concatenate(slopes)
        return np.where(np.isnan(found), math.inf, found)

    def _matrix(self, slope: Floats) -> Matrix:
        """A symmetric matrix whose largest eigenvalue is the gain, or its square."""
        product, left = WeightProduct(self._weights), slope[:, None]
        root = np.sqrt(left)

        def of_symmetric_part(v: Floats) -> Floats:
            sent = root * v
            return 0.5 * root * (product.times(sent) + product.back(sent))

        def of_squares(v: Floats) -> Floats:
            return left * product.back(product.times(left * v))

        return of_squares if self._by_norm else of_symmetric_part

    def _gains(self, eigenvalues: Floats) -> Floats:
        return np.sqrt(np.maximum(eigenvalues, 0.0)) if self._by_norm else eigenvalues

    def _top(self, slope: Floats) -> float:
        """The gain, to `EXACT` of it."""
        matrix, n = self._matrix(slope), self._n
        if n <= DIRECT:
            return float(self._directly(slope)[0][0])
        operator = LinearOperator(
            (n, n), matvec=lambda v: matrix(v.reshape(n, 1)), dtype=np.float64
        )
        start = self._start(1)[:, 0]
        values = eigsh(operator, 1, which="LA", v0=start, tol=EXACT, return_eigenvectors=False)
        return float(self._gains(values)[0])

    def _directly(self, slope: Floats) -> tuple[Floats, Floats]:
        """The gains of some vectors, the largest first, and those, of a small network."""
        X, n = self._matrix(slope)(np.eye(self._n)), self._n
        some = (max(0, n - VECTORS), n - 1)
        values, vectors = eigh(0.5 * (X + X.T), subset_by_index=some)
        return self._gains(values[::-1]), vectors[:, ::-1]

    def _found(self, slope: Floats, vectors: Floats, often: int) -> tuple[Floats, Floats]:
        """The same, in a larger network from other vectors."""
        if self._n <= DIRECT:
            return self._directly(slope)
        for _ in range(often):
            gains, vectors = self._followed(slope, vectors)
        return gains, vectors

    def _followed(self, slope: Floats, vectors: Floats) -> tuple[Floats, Floats]:
        """The same, vectors nearer to those of the largest eigenvalues, by two products."""
        matrix = self._matrix(slope)
        images = matrix(vectors)
        rest = images - _combined(vectors, _products(vectors, images))
        basis = np.concatenate([vectors, rest], axis=1)
        sizes = np.sqrt(np.einsum("ik,ik->k", basis, basis))
        basis /= np.where(sizes > 0.0, sizes, 1.0)
        # Of what is far from depending on the rest an orthonormal basis, then the best of it.
        values, mixed = np.linalg.eigh(_products(basis, basis))
        some = values > INDEPENDENT
        basis = _combined(basis, mixed[:, some] / np.sqrt(values[some]))
        values, mixed = np.linalg.eigh(_products(basis, matrix(basis)))
        largest = slice(None, -VECTORS - 1, -1)
        return self._gains(values[largest]), _combined(basis, mixed[:, largest])

    def _lower(self, slope: Floats, vectors: Floats, limit: float) -> None:
        """Lower what each vector gives, if it is above a limit, to just below the bound."""
        sent = (slope if self._by_norm else np.sqrt(slope))[:, None] * vectors
        received = sent
        if self._by_norm:
            received = WeightProduct(self._weights).times(sent)
            received /= np.maximum(np.sqrt(np.einsum("ik,ik->k", received, received)), TINY)
        flat = self._weights.flat
        for a, g in zip(received.T, sent.T, strict=True):
            self._gradient.clear()
            self._gradient.adjoint(a, g)
            along = self._gradient.flat  # the value is linear in the weights
            value = float(np.einsum("k,k->", along, flat))
            if value <= limit:
                continue
            along *= self._free
            square = float(np.einsum("k,k->", along, along))
            if square > 0.0:
                along *= (value - self._most * (1.0 - SLACK)) / square
                flat -= along


def _products(a: Floats, b: Floats) -> Floats:
    """Products of the columns of a with those of b: few, so that threads would only be in the way.

    For the same reason no factors are found by LAPACK of what is as long as the network.
    """
    found: Floats = np.einsum("ik,il->kl", a, b)
    return found


def _combined(columns: Floats, weights: Floats) -> Floats:
    found: Floats = np.einsum("ik,kl->il", columns, weights)
    return found


def _needs_norm(network: Network) -> bool:
    """Whether eigenvalues say nothing: Lagrangians are not convex, or tau unequal in a set."""
    for group in network.groups:
        if group.family.convex is not True:
            return True
    sets = shared_sets(network)
    return bool(np.any(network.tau != network.tau[sets]))
