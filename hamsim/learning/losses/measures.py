"""What a loss is as a function of the neurons that it reads, v, and of what they should be, t.

Each measure gets rows, one a trial, of these neurons alone: `v` of shape (rows, k), `t` of that
shape, of shape (1, k), or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.errors import HamsimError
from hamsim.learning.losses.shares import Shares
from hamsim.network import Network

__all__ = ["Given", "Measure", "OfShares", "OfStates", "Squared"]

# Below it 1 / g is not a number that a double can hold.
_LEAST = float(np.finfo(np.float64).tiny)


class Measure(Protocol):
    """A loss, its slope, and the diagonal of its second derivative where that is known."""

    def value(self, v: Floats, t: Floats | None) -> Floats:
        """Loss of each row, shape (rows,)."""

    def slope(self, v: Floats, t: Floats | None) -> Floats:
        """Derivative by `v`, in its shape."""

    def curvature(self, v: Floats, t: Floats | None) -> Floats | None:
        """Second derivative by each entry of `v`, in its shape; None if it is not known."""

    def least(self, t: Floats | None) -> Floats | None:
        """The `v` at which the loss is least, in the shape of `t`; None if it is not known."""


class Squared:
    """Half the sum of (v - t)^2."""

    def value(self, v: Floats, t: Floats | None) -> Floats:
        """Loss of each row."""
        assert t is not None
        gap = v - t
        total: Floats = 0.5 * np.einsum("rk,rk->r", gap, gap)
        return total

    def slope(self, v: Floats, t: Floats | None) -> Floats:
        """Derivative by `v`."""
        assert t is not None
        gap: Floats = v - t
        return gap

    def curvature(self, v: Floats, t: Floats | None) -> Floats | None:
        """Second derivative, 1 everywhere."""
        return np.ones(v.shape)

    def least(self, t: Floats | None) -> Floats | None:
        """The targets."""
        return t


class OfShares:
    """Cross entropy -sum t log(g) of activations that are shares."""

    def value(self, v: Floats, t: Floats | None) -> Floats:
        """Loss of each row; infinite where a share that should be there is 0."""
        assert t is not None
        with np.errstate(divide="ignore", invalid="ignore"):
            terms: Floats = -np.where(t > 0.0, t * np.log(v), 0.0)
        total: Floats = terms.sum(axis=-1)
        return total

    def slope(self, v: Floats, t: Floats | None) -> Floats:
        """Derivative -t / g; a share too small for that counts as the least that is not."""
        assert t is not None
        return -t / np.maximum(v, _LEAST)

    def curvature(self, v: Floats, t: Floats | None) -> Floats | None:
        """Second derivative t / g^2."""
        assert t is not None
        with np.errstate(over="ignore"):
            return t / np.maximum(v, _LEAST) / np.maximum(v, _LEAST)

    def least(self, t: Floats | None) -> Floats | None:
        """The targets."""
        return t


class OfStates:
    """Cross entropy -sum t log(p) with the shares p of exp(beta x), from the states x.

    Parameters
    ----------
    shares : Shares
        Which neurons have shares of one whole, and their beta.
    """

    def __init__(self, shares: Shares) -> None:
        self.shares = shares

    def on(self, network: Network) -> OfStates:
        """The same with the beta that a network's group has; this one if it has the same."""
        group = next(each for each in network.groups if each.start == self.shares.group.start)
        return self if group is self.shares.group else OfStates(Shares(group))

    def value(self, v: Floats, t: Floats | None) -> Floats:
        """Loss of each row, finite for all states."""
        assert t is not None
        total: Floats = -(t * self.shares.logarithm(v)).sum(axis=-1)
        return total

    def slope(self, v: Floats, t: Floats | None) -> Floats:
        """Derivative beta (p - t): targets of one whole add up to 1."""
        assert t is not None
        return self.shares.beta * (self.shares.of(v) - t)

    def curvature(self, v: Floats, t: Floats | None) -> Floats | None:
        """Second derivative beta^2 p (1 - p)."""
        p = self.shares.of(v)
        return self.shares.beta**2 * p * (1.0 - p)

    def least(self, t: Floats | None) -> Floats | None:
        """Nowhere: states that are shifted have the same shares."""
        return None


class Given:
    """A loss that a user wrote in Python.

    Parameters
    ----------
    value, slope : callable
        Called with `v` and `t`.
    """

    def __init__(
        self,
        value: Callable[[Floats, Floats | None], ArrayLike],
        slope: Callable[[Floats, Floats | None], ArrayLike],
    ) -> None:
        self._value, self._slope = value, slope

    def value(self, v: Floats, t: Floats | None) -> Floats:
        """Loss of each row."""
        return _result(self._value(v, t), v.shape[:1], "the loss", "one number a trial")

    def slope(self, v: Floats, t: Floats | None) -> Floats:
        """Derivative by `v`."""
        return _result(
            self._slope(v, t), v.shape, "the slope of the loss", "one a neuron and trial"
        )

    def curvature(self, v: Floats, t: Floats | None) -> Floats | None:
        """Nothing is known of it."""
        return None

    def least(self, t: Floats | None) -> Floats | None:
        """Nothing is known of it."""
        return None


def _result(found: Any, shape: tuple[int, ...], what: str, allowed: str) -> Floats:
    """What a user's function gave, refused unless it has the shape it must have."""
    try:
        values = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        raise HamsimError(f"{what} gave no numbers; it must give {allowed}") from None
    if values.shape != shape:
        raise HamsimError(f"{what} gave shape {values.shape}; it must be {shape}, {allowed}")
    return values
