"""Rest states of networks that a loss pulls at, a little: T x' = W g + I - x - beta c / D.

With an energy E whose symmetric weights are D W, they minimise E + beta C near by, where c = dC/dg
at the nudged state itself. A loss of states x, with v = dC/dx, is one of the activations that make
the drive d = W g + I; then c = C^T v(d) (see `balance`). A nudge is a current: it is renewed until
it agrees with the state that it leads to.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.learning.losses import BoundLoss
from hamsim.learning.methods.pulls import pull_of
from hamsim.learning.methods.renewal import Renewal
from hamsim.learning.posed import Posed
from hamsim.learning.rest.engine import Engine, Rested

__all__ = ["Nudged", "Pull", "nudged"]

# Nudges of a trial at most until they agree.
MOST = 40


class Pull:
    """What a loss adds to the drive of each neuron, per beta.

    Parameters
    ----------
    posed : Posed
    loss : BoundLoss
        As `posed` has it, or as one on states.
    balance : ndarray, shape (n,)
        D.
    engine : Engine
    """

    def __init__(self, posed: Posed, loss: BoundLoss, balance: Floats, engine: Engine) -> None:
        self.free = np.where(posed.held, 0.0, 1.0)
        self.posed, self.loss, self._engine = posed, loss, engine
        self.share = self.free / balance
        self.balance = balance

    def at(self, x: Floats, g: Floats, nudge: Floats | float, rows: Ints) -> Floats:
        """-c / D of some trials, shape (rows, n), in states that a current `nudge` leads to."""
        loss = self.loss.rows(rows)
        if loss.of == "g":
            return -self.share * loss.slope(g)
        v = self.free * loss.slope(x - nudge)
        pulled: Floats = -self.share * self._engine.back(v, g)
        return pulled

    @property
    def products(self) -> int:
        """Products with W each time."""
        return int(self.loss.of == "x")

    def loss_at(self, x: Floats, g: Floats, nudge: Floats | float) -> Floats:
        """The loss as a function of the activations alone, shape (trials,)."""
        return self.loss.value(g if self.loss.of == "g" else x - nudge)


class Nudged(NamedTuple):
    """Nudged rest states, each a row.

    Parameters
    ----------
    x, g : ndarray, shape (trials, n)
    loss : ndarray, shape (trials,)
    rests : ndarray of bool, shape (trials,)
        Whether the residual, with a nudge that agrees, is at most what was asked for.
    products : ndarray, shape (trials,)
    """

    x: Floats
    g: Floats
    loss: Floats
    rests: NDArray[np.bool_]
    products: Floats


def nudged(
    engine: Engine, pull: Pull, free: Rested, beta: float, start: Floats | None = None
) -> Nudged:
    """Go from rest states to nudged ones.

    Parameters
    ----------
    engine : Engine
    pull : Pull
    free : Rested
        Without a nudge; trials that do not rest are left as they are.
    beta : float
        Below 0 pulls the other way.
    start : ndarray, shape (trials, n), optional
        States from which to go, closer than the free ones.
    """
    posed, count = pull.posed, len(free.x)
    found, rests, products = free, np.zeros(count, dtype=bool), np.zeros(count)
    towards = pull_of(posed.network, posed.loss, pull.share, beta, count)
    if towards is not None:
        found = engine.pulled(free, towards, posed.current, posed.tolerance, start)
        rests, products = free.rests & found.rests, found.products
        if rests.all():
            return Nudged(found.x, found.g, pull.loss_at(found.x, found.g, 0.0), rests, products)
    x, g = (np.where(rests[:, None], *each) for each in ((found.x, free.x), (found.g, free.g)))
    nudge, going = np.zeros_like(x), np.flatnonzero(free.rests & ~rests)
    tried = beta * pull.at(x[going], g[going], 0.0, going)
    products[going] += pull.products
    renewal = Renewal()
    for _ in range(MOST):
        if not going.size:
            break
        current = tried if posed.current is None else tried + posed.current[going]
        found = engine.to_rest(x[going], current, posed.tolerance)
        x[going], g[going], nudge[going] = found.x, found.g, tried
        renewed = beta * pull.at(found.x, found.g, tried, going)
        products[going] += found.products + pull.products
        off = np.abs(renewed - tried).max(axis=1)
        rests[going] = found.rests & (off <= posed.tolerance)
        goes_on = np.flatnonzero(found.rests & (off > posed.tolerance) & np.isfinite(off))
        renewal.keep(goes_on)
        going = going[goes_on]
        if going.size:
            tried = renewal.next(tried[goes_on], renewed[goes_on])
    return Nudged(x, g, pull.loss_at(x, g, nudge), rests, products)
