"""How unlike time constants of neurons that share a Lagrangian may be."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.scaled import ScaledNetwork
from hamsim.expression import names_in, parse
from hamsim.network import Group

__all__ = ["RATIO", "Spread"]

RATIO = (
    "T H has a positive semidefinite symmetric part for all H of condition number kappa exactly if "
    "(sqrt(rho) - 1)(sqrt(kappa) - 1) <= 2, rho the ratio of time constants (Gustafson 1968)"
)
_EPS = float(np.finfo(np.float64).eps)
_ALMOST = 1e-9  # Closeness to a threshold, relative to it, within which nothing is claimed.


class Spread:
    """Ratios of the time constants of neurons that share a Lagrangian, and what is allowed."""

    def __init__(self, scaled: ScaledNetwork, group: Group) -> None:
        self.group = group
        tau = scaled.network.tau[group.slice].reshape(group.shape)
        low, high = (edge(tau, axis=group.over, keepdims=True) for edge in (np.min, np.max))
        with np.errstate(all="ignore"):
            ratio = np.where(high == low, 1.0, high / low)
            more = np.where(high == low, 0.0, (high - low) / low)  # the ratio may round to 1
        self.ratio, more = (np.broadcast_to(a, group.shape).reshape(-1) for a in (ratio, more))
        self.excess = excess = _excess(group)
        self.kappa = 1.0 + excess
        self.uniform = bool(np.all(low == high))
        with np.errstate(all="ignore"):
            # (sqrt(rho) - 1)(sqrt(kappa) - 1), without the differences of numbers near 1
            product = more / (np.sqrt(self.ratio) + 1.0) * (excess / (np.sqrt(self.kappa) + 1.0))
        # No theorem allows an infinite ratio; where kappa is infinite, no ratio but 1 is allowed.
        endless = np.isinf(self.ratio) | ((more > 0) & np.isinf(excess))
        self.product = np.where(more == 0.0, 0.0, np.where(endless, np.inf, product))
        self.beyond = ~(self.product <= 2.0 * (1.0 + _ALMOST))
        self.unsure = (self.product >= 2.0 * (1.0 - _ALMOST)) & ~self.beyond
        # Of the worst sets one in which nobody follows at once: there a state is easily shown.
        moving = np.where(np.isfinite(self.ratio), self.ratio, 0.0)
        self.worst = int(np.argmax(np.where(self.product == self.product.max(), moving, -1.0)))

    @property
    def numbers(self) -> dict[str, float]:
        """Evidence about the neurons with the most unlike time constants."""
        return {
            "ratio": float(self.ratio[self.worst]),
            "kappa": float(self.kappa[self.worst]),
            "allowed_ratio": _allowed(float(self.excess[self.worst])),
        }

    @property
    def repair(self) -> str:
        """What would make the condition hold."""
        if np.isinf(self.ratio[self.worst]):
            return f"make tau 0 for all or for none of those that share in {self.group.name}"
        allowed = _allowed(float(self.excess[self.worst]))
        if allowed < 1.0005:
            return f"make tau equal inside group {self.group.name}"
        return (
            f"tau may differ by a factor of at most {_down(allowed)} inside group {self.group.name}"
        )


def _down(number: float) -> str:
    """Four digits that are not above the number."""
    digits = 3 - int(np.floor(np.log10(number)))
    return f"{np.floor(number * 10.0**digits) / 10.0**digits:.4g}"


def _allowed(excess: float) -> float:
    """Largest ratio of time constants for a Hessian of condition number 1 + excess; finite."""
    if excess == np.inf:
        return 1.0
    root = np.sqrt(1.0 + excess) + 1.0
    with np.errstate(all="ignore"):
        allowed = (root * root / excess) ** 2 if excess > 0 else np.inf
    return float(min(allowed, np.finfo(np.float64).max))


def _excess(group: Group) -> Floats:
    """Bound of the condition number of the Hessian in all states, less 1, of each Lagrangian."""
    family = group.family
    # A bound that grows with the states says nothing of all of them.
    if family.excess and "r" not in names_in(parse(family.excess)):
        excess = np.maximum(group.fact("excess"), np.finfo(np.float64).tiny)  # it may underflow
        return np.where(excess >= 0.0, excess, np.inf)  # not so if it is NaN
    with np.errstate(all="ignore"):
        least, slope = group.fact("least"), group.fact("slope")
        above = np.where(slope == least, 0.0, slope * (1.0 + 8.0 * _EPS) - least)
        excess = np.where((least > 0) & np.isfinite(slope), above / least, np.inf)
    return np.where(excess >= 0.0, excess, np.inf)
