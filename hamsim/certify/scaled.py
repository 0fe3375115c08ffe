"""A network as the theorems see it: facts of each neuron, and W made symmetric if it can be.

Where a positive diagonal D, constant on neurons that share a Lagrangian, makes D W symmetric, the
network is the same as one with g' = D g, L' = sum of d L and the symmetric W' = W D^-1
(mathematics: the same x, tau and input). All facts here are those of g'.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.field.field import Field
from hamsim.field.sharing import shared_sets
from hamsim.network import Network
from hamsim.spectrum.row_blocks import symmetric_mean, take

__all__ = ["ScaledNetwork"]


@dataclass(frozen=True, eq=False)
class ScaledNetwork:
    """A network with the scaling D of its activations.

    Parameters
    ----------
    network : Network
    scale : ndarray, shape (n,)
        d > 0, constant on neurons that share a Lagrangian; all ones where W is symmetric itself.
    symmetric : bool
        Whether `W` below is symmetric.
    defect : float
        Relative error of the entries of `W` where it was made symmetric.
    any_input : bool
        Whether the network stands for those with any constant input; then nothing may be proved
        by its own.
    """

    network: Network
    scale: Floats
    symmetric: bool
    defect: float = 0.0
    any_input: bool = False

    @cached_property
    def W(self) -> csr_array:
        """W' = W D^-1, exactly symmetric if it is symmetric."""
        exact = self.network.symmetric or not self.symmetric
        if exact and np.all(self.scale == 1.0):
            return self.network.W
        W = self.network.W
        if not W.has_sorted_indices:
            W = W.sorted_indices()
        rows = csr_array((take(1.0 / self.scale, W), W.indices, W.indptr), shape=W.shape)
        return symmetric_mean(rows) if self.symmetric else rows

    @cached_property
    def field(self) -> Field:
        """W g + I - x of the network itself, with its derivative."""
        return Field(self.network)

    @cached_property
    def sets(self) -> Ints:
        """For each neuron the first of those that share its Lagrangian."""
        return shared_sets(self.network)

    def _fact(self, name: str, unknown: float = np.nan) -> Floats:
        return np.concatenate([group.fact(name, unknown) for group in self.network.groups])

    def _per_group(self, value: Any) -> NDArray[np.bool_]:
        groups = self.network.groups
        values = np.array([bool(value(group)) for group in groups])
        return np.repeat(values, [group.size for group in groups])

    @cached_property
    def everywhere(self) -> NDArray[np.bool_]:
        """Whether what is known of each neuron's Lagrangian holds in all states."""
        return self._per_group(lambda group: group.family.everywhere)

    @cached_property
    def additive(self) -> NDArray[np.bool_]:
        """Whether each neuron has a Lagrangian of its own."""
        return self._per_group(lambda group: group.family.additive)

    @cached_property
    def convex(self) -> NDArray[np.bool_]:
        """Whether each neuron's Lagrangian is known to be convex in all states."""
        return self._per_group(lambda group: group.family.convex is True) & self.everywhere

    @property
    def low(self) -> Floats:
        """Lower bound of each neuron's activation."""
        return np.where(self.everywhere, self.scale * self._fact("low"), -np.inf)

    @property
    def high(self) -> Floats:
        """Upper bound of each neuron's activation."""
        return np.where(self.everywhere, self.scale * self._fact("high"), np.inf)

    @property
    def largest(self) -> Floats:
        """Upper bound of |g| of each neuron; infinite if there is none."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    @cached_property
    def bounded(self) -> NDArray[np.bool_]:
        """Whether each neuron's activation is bounded."""
        return np.isfinite(self.largest)

    @cached_property
    def slope(self) -> Floats:
        """Largest eigenvalue of the Hessian (Lambda) of each neuron's Lagrangian; or infinite."""
        return np.where(self.everywhere, self.scale * self._fact("slope"), np.inf)

    @property
    def own_slopes(self) -> tuple[Floats, Floats]:
        """Least and largest slope of each neuron's own activation, without the scaling.

        Infinite where the activation of a formula may jump, between whose kinks slopes are known.
        """
        least = np.where(self._may_fall, -np.inf, self._fact("least"))
        return least, self._fact("slope")

    @cached_property
    def _may_fall(self) -> NDArray[np.bool_]:
        """Whether an activation may jump down at a kink of its formula."""
        jumps: NDArray[np.bool_] = self._fact("jumps") != 0.0
        return jumps & ~self.convex

    @cached_property
    def steepest(self) -> Floats:
        """Upper bound of the size of the Hessian's eigenvalues of either sign; or infinite."""
        least = self.scale * np.where(self.everywhere, self.own_slopes[0], -np.inf)
        return np.where(self.convex, self.slope, np.maximum(self.slope, -least))

    @cached_property
    def steeper(self) -> NDArray[np.bool_]:
        """Whether a slope that has no bound is on an interval largest at one of its ends."""
        steeper: NDArray[np.bool_] = self._fact("steeper") != 0.0
        return steeper & self.everywhere

    @property
    def locally_lipschitz(self) -> NDArray[np.bool_]:
        """Whether each activation is known to be locally Lipschitz although its slope has no bound.

        It is where the slope is finite at the ends of every interval.
        """
        proved = self._per_group(lambda group: group.family.lipschitz)
        return self.steeper | (proved & self.everywhere)

    @property
    def growth(self) -> Floats:
        """Degree a of |g| ~ |x|^a far out; infinite where it is not known."""
        return self._fact("growth", np.inf)

    @property
    def far_slope(self) -> Floats:
        """For growth 1 the largest limit of |g| / |x|; NaN for others."""
        far: Floats = self.scale * self._fact("far_slope")
        return far
