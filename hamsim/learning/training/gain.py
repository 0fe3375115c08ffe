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
# Vectors of largest eigenvalues that are looked at together, and how often they are brought nearer
# to them after each step of learning.
VECTORS, ITERATIONS = 8, 1
# What the gain is lowered to below its bound, as a part of it, so that it stays below for a while.
SLACK = 0.005
# Parts of the bound by which it may be passed until an epoch ends, and afterwards.
CLOSE, EXACT = 1e-3, 1e-9


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
        self._vectors = self._start()[:, None]
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
        fixed, _ = self._top(slope)
        self._weights.flat[:] = kept
        if fixed > self._most:
            raise HamsimError(
                f"constraints: gain: the weights that are not learned have {fixed:.4g} by "
                f"themselves, more than {self._most:g}"
            )

    def value(self, groups: Sequence[Group] | None = None) -> float:
        """The gain of the weights as they are now."""
        return self._top(self._slope(groups))[0]

    def project(self, groups: Sequence[Group] | None = None) -> None:
        """Lower the gain to about its bound, if it is above, from the vectors of the last step."""
        slope = self._slope(groups)
        if self._n <= DIRECT:
            self._vectors = self._top(slope)[1]
        else:
            self._vectors = self._followed(slope, self._vectors)
        for vector in self._vectors.T:
            self._step(slope, vector, self._most * (1.0 + CLOSE))

    def lower(self, groups: Sequence[Group] | None = None) -> bool:
        """Lower the gain, if it is above its bound; whether it was."""
        slope = self._slope(groups)
        value, self._vectors = self._top(slope)
        if value <= self._most:
            return False
        for vector in self._vectors.T:
            self._step(slope, vector, self._most)
        return True

    def begin(self, groups: Sequence[Group] | None = None) -> None:
        """Look for the vectors anew: what follows depends on the weights alone."""
        _, self._vectors = self._top(self._slope(groups))

    def settle(self, groups: Sequence[Group] | None = None) -> None:
        """Make the weights smaller until the bound holds; signs and norms that held hold on."""
        slope = self._slope(groups)
        value, _ = self._top(slope)
        if value <= self._most:
            return
        learned = self._weights.flat[self._free].copy()
        low, high = 0.0, 1.0
        if self._free.all():  # the gain is proportional to them
            low = high = self._most / value * (1.0 - EXACT)
        while high - low > EXACT:
            part = 0.5 * (low + high)
            self._weights.flat[self._free] = part * learned
            low, high = (part, high) if self._top(slope)[0] <= self._most else (low, part)
        self._weights.flat[self._free] = low * learned

    # --- the largest eigenvalue, or singular value ----------------------------------------------

    def _start(self) -> Floats:
        """A vector that has a part of every one, and nothing to do with chance."""
        start: Floats = np.cos(np.arange(1.0, self._n + 1.0)) + 1.5
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

    def _top(self, slope: Floats) -> tuple[float, Floats]:
        """The gain, and the vectors of some largest eigenvalues, found anew."""
        matrix, n = self._matrix(slope), self._n
        if n <= DIRECT:
            X = matrix(np.eye(n))
            most = (max(0, n - VECTORS), n - 1)
            values, vectors = eigh(0.5 * (X + X.T), subset_by_index=most)
        else:
            operator = LinearOperator(
                (n, n), matvec=lambda v: matrix(v.reshape(n, 1)), dtype=np.float64
            )
            values, vectors = eigsh(operator, VECTORS, which="LA", v0=self._start(), tol=1e-11)
        order = np.argsort(-values)
        largest = float(values[order[0]])
        gain = math.sqrt(max(largest, 0.0)) if self._by_norm else largest
        return gain, vectors[:, order]

    def _followed(self, slope: Floats, vectors: Floats) -> Floats:
        """Vectors nearer to those of the largest eigenvalues, by some products."""
        matrix = self._matrix(slope)
        basis = np.linalg.qr(vectors)[0]
        for _ in range(ITERATIONS):
            images = matrix(basis)
            rest = images - basis @ (basis.T @ images)
            wide = np.linalg.qr(np.concatenate([basis, rest], axis=1))[0]
            _, mixed = np.linalg.eigh(wide.T @ matrix(wide))
            basis = wide @ mixed[:, : -VECTORS - 1 : -1]
        return basis

    def _step(self, slope: Floats, vector: Floats, limit: float) -> None:
        """Lower what one vector gives, if it is above a limit, to just below the bound."""
        product = WeightProduct(self._weights)
        sent = slope * vector if self._by_norm else np.sqrt(slope) * vector
        received = product.times(sent)
        value = float(np.linalg.norm(received) if self._by_norm else sent @ received)
        if value <= limit:
            return
        self._gradient.clear()
        self._gradient.adjoint(received / value if self._by_norm else sent, sent)
        along = np.where(self._free, self._gradient.flat, 0.0)
        square = float(along @ along)
        if square > 0.0:
            excess = value - self._most * (1.0 - SLACK)
            self._weights.flat -= (excess / square) * along


def _needs_norm(network: Network) -> bool:
    """Whether eigenvalues say nothing: Lagrangians are not convex, or tau unequal in a set."""
    for group in network.groups:
        if group.family.convex is not True:
            return True
    sets = shared_sets(network)
    return bool(np.any(network.tau != network.tau[sets]))
