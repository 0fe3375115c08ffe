"""Limit cycles: whether the state in which a run ends comes back to itself.

The solution is followed from there far more exactly than a run is asked for, and its returns
through a section are looked at (Poincare). The period is the time between returns. That the way
which is left to go is small, as the sum of a geometric series, tells a cycle that is approached
from a spiral that winds down slowly, of which the returns are as close.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.integrate import BDF, DOP853
from scipy.optimize import brentq

from hamsim.arrays import Floats
from hamsim.field.symmetry import find_scaling
from hamsim.network import Network

__all__ = ["Cycle", "find_cycle", "may_go_round"]

EXACT = 1e-10  # relative error of a step
ROUGH, NEARLY = 1e-3, 0.2  # the same, and how near it must come, for a first look
FEW = 200  # neurons whose Jacobian is made by differences, for a method for stiff networks
# Evaluations of an explicit method in a first look from which on one for stiff networks is taken.
STIFF = 300
RETURNS = 3
NEAR = 0.05  # a return this close to the begin, as a part of the orbit's diameter, is looked at
EVEN = 0.01  # periods differ by at most this part
CLOSE = 0.01  # what is left to go at most, as a part of the diameter
ROUNDING = 1e-7  # returns this close are the same point
MOVES = 1e-6  # an orbit is larger than this part of the states
SAMPLES = 8  # of each step, for its size
MOST_EVALUATIONS = 20_000

Velocity = Callable[[Floats], Floats]
Solver = type[BDF] | type[DOP853]


class Cycle(NamedTuple):
    """A limit cycle.

    Parameters
    ----------
    period : float
    amplitude : float
        Half of the way between the largest and the smallest state of the neuron that swings most.
    neuron : int
        Which it is, in the order of the states.
    """

    period: float
    amplitude: float
    neuron: int


def may_go_round(network: Network) -> bool:
    """Whether no energy is known to fall, so that solutions may come back to where they were.

    [HAM, section 3]: it falls where W is symmetric, Lagrangians are convex and neurons that share
    one have one tau; where rows of W times positive numbers are symmetric, one number for those
    that share a Lagrangian, the energy with parts times these numbers does.
    """
    for group in network.groups:
        tau = network.tau[group.start : group.stop]
        if not np.all(group.fact("least") >= 0) or (group.over and np.ptp(tau) > 0):
            return True
    return not network.symmetric and find_scaling(network).kind != "symmetrizable"


def find_cycle(
    velocity: Velocity, x: Floats, span: float, most: int = MOST_EVALUATIONS
) -> Cycle | None:
    """Follow a solution until it has come back often enough, or does not.

    Parameters
    ----------
    velocity : callable
        dx/dt of a state, shape (n,).
    x : ndarray, shape (n,)
    span : float
        How long it is followed at most; `RETURNS` periods must fit in.
    most : int
        Evaluations of the velocity.

    Returns
    -------
    Cycle or None
        None if it does not come back, or not often enough.
    """
    # Whether it comes near at all is known for a tenth of the work.
    method: Solver = DOP853
    begun = getattr(velocity, "count", 0)
    path, over = _follow(velocity, x, span, min(most, begun + STIFF), method, ROUGH, NEARLY, 1)
    if not over:
        method = BDF if x.size <= FEW else DOP853
        path, over = _follow(velocity, x, span, most, method, ROUGH, NEARLY, 1)
    if path is None:
        return None
    path, over = _follow(velocity, x, span, most, method, EXACT, NEAR, RETURNS)
    return None if path is None else path.cycle()


def _follow(
    velocity: Velocity,
    x: Floats,
    span: float,
    most: int,
    method: Solver,
    exact: float,
    near: float,
    wanted: int,
) -> tuple[_Path | None, bool]:
    """Follow a solution until it has come back that near so often; None if it does not.

    False is returned with that where nothing but the number of evaluations was in the way.
    """
    across = velocity(x)
    size = float(np.linalg.norm(across))
    if not 0 < size < np.inf:
        return None, True
    across = across / size
    atol = 1e-2 * exact * (1.0 + float(np.abs(x).max()))
    # Not SciPy's LSODA, which needs fewer evaluations: 1.17 loses memory with each solution.
    solver = method(lambda _, y: velocity(y), 0.0, x, span, rtol=exact, atol=atol)
    path, before = _Path(x, near), 0.0
    # What Jacobians take is not among nfev.
    while solver.status == "running":
        if getattr(velocity, "count", solver.nfev) >= most:
            return None, False
        solver.step()
        if solver.status == "failed" or not np.all(np.isfinite(solver.y)):
            return None, True
        after = float(across @ (solver.y - x))
        if path.is_first_round or before < 0.0 <= after:
            dense = solver.dense_output()
            path.pass_by(dense(np.linspace(solver.t_old, solver.t, SAMPLES + 1)[1:]))
        if before < 0.0 <= after:
            moment = brentq(lambda t, at=dense: float(across @ (at(t) - x)), solver.t_old, solver.t)
            path.come_back(float(moment), dense(moment))
            if len(path.returns) > wanted:
                return path, True
        before = after
    return None, True


class _Path:
    """What has been seen of a solution."""

    def __init__(self, x: Floats, near: float) -> None:
        self._near = near
        self.returns: list[tuple[float, Floats]] = [(0.0, x)]
        self._lowest, self._highest, self._farthest = x.copy(), x.copy(), 0.0

    @property
    def is_first_round(self) -> bool:
        """Whether it has not come back yet; what it does until then is all that counts."""
        return len(self.returns) == 1

    def pass_by(self, states: Floats) -> None:
        """Note states, one a column."""
        if self.is_first_round:
            np.minimum(self._lowest, states.min(axis=1), out=self._lowest)
            np.maximum(self._highest, states.max(axis=1), out=self._highest)
        away = np.abs(states - self.returns[0][1][:, None]).max()
        self._farthest = max(self._farthest, float(away))

    def come_back(self, moment: float, x: Floats) -> None:
        """Note a crossing of the section, if it is near where the solution has begun."""
        if np.abs(x - self.returns[0][1]).max() <= self._near * self._farthest:
            self.returns.append((moment, x))

    def cycle(self) -> Cycle | None:
        """The cycle that has been seen; None if it was none."""
        periods = np.diff([moment for moment, _ in self.returns])
        states = [x for _, x in self.returns]
        way = np.array([np.abs(b - a).max() for a, b in pairwise(states)])
        diameter = self._farthest
        if diameter <= MOVES * (1.0 + np.abs(states[0]).max()):
            return None
        if np.ptp(periods) > EVEN * periods.mean():
            return None
        large = way[:-1] > ROUNDING * diameter
        ratio = float(np.max(way[1:][large] / way[:-1][large], initial=0.0))
        if way[-1] > way[0] and way[-1] > ROUNDING * diameter:  # it winds up
            return None
        if large.any() and not way[0] <= CLOSE * diameter * (1.0 - ratio):
            return None
        swing = self._highest - self._lowest
        neuron = int(np.argmax(swing))
        return Cycle(float(periods[-1]), 0.5 * float(swing[neuron]), neuron)
