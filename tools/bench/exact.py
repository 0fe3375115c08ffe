"""What networks do, from one change of what acts to the next, by SciPy's DOP853 at 1e-13.

Steps are as short as the fastest rate asks for that the network has along its way: at the border of
its stability DOP853 is wrong by a thousand tolerances. Where that were too many steps, Radau goes
on at 1e-12, with Jacobians by differences. Between two changes inputs and held states may move as
functions of time do. Of dx/dt only hamsim's evaluation is used, which tests hold to another one; no
driver and no method.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from hamsim.dynamics.timeline.changes import acting_during, breaks_of
from hamsim.network import Network, OverTime
from hamsim.operator import operator_of
from hamsim.request import Settings
from hamsim.signals import Breaks

__all__ = ["Acting", "Exact", "follow", "kept", "worst_error"]

Array = NDArray[np.float64]
RTOL = 1e-13
TIGHT = 1e-10  # for changes of the start
SMALL = 1e-6
DIRECTIONS = 2
SHORT = 2.0  # longest step times the fastest rate
MARGIN = 1.3
MANY = 20_000  # steps as short as that, from which on an implicit method follows
RADAU = 1e-12
TURNS = 25


class Acting:
    """dx/dt of one trial between two changes of what acts.

    Parameters
    ----------
    network : Network
        Of one trial.
    begin, end : float
    breaks : Breaks
        All changes of the run.
    """

    def __init__(self, network: Network, begin: float, end: float, breaks: Breaks) -> None:
        current, tau = network.input.copy(), network.tau.copy()
        self.held: list[tuple[NDArray[np.int64], Array]] = []
        self.moving: list[OverTime] = []
        for s in acting_during(network, begin, end, breaks):
            if isinstance(s, OverTime):
                self.moving.append(s)
            elif s.mode == "input":
                current[s.neurons] += s.value
            else:
                self.held.append((s.neurons, s.value))
            if s.mode != "input":
                tau[s.neurons] = np.inf
        self._operator = operator_of(
            replace(network, input=current, stimuli=(), over_time=(), settings=Settings())
        )
        self.begin, self.end, self.instant = begin, end, tau == 0
        if any(s.mode == "input" and self.instant[s.neurons].any() for s in self.moving):
            raise ValueError("inputs of neurons with tau = 0 change over time: not followed here")
        self.rates = np.divide(1.0, tau, out=np.zeros_like(tau), where=~self.instant)

    def start(self, x: Array) -> Array:
        """The state, with clamped neurons at their values."""
        return self._put(self.begin, x)

    def _put(self, t: float, x: Array) -> Array:
        x = x.copy()
        for neurons, values in self.held:
            x[neurons] = values
        for s in self.moving:
            if s.mode != "input":
                x[s.neurons] = s.at(np.array([t]))[0, :, 0]
        return x

    def velocity(self, t: float, x: Array) -> Array:
        """dx/dt; 0 for neurons with tau = 0, and for those that are held."""
        if not self.moving:
            return np.asarray(self._operator.evaluate(x)[1] * self.rates)
        u = self._operator.evaluate(self._put(t, x))[1]
        for s in self.moving:
            if s.mode == "input":
                u[s.neurons] += s.at(np.array([t]))[0, :, 0]
        return np.asarray(u * self.rates)

    def settled(self, times: Array, x: Array) -> Array:
        """States with neurons of tau = 0 where the others put them, shape (times, n)."""
        x = np.array([self._put(t, row) for t, row in zip(times, x, strict=True)])
        return np.asarray(self._operator.evaluate(x)[0]) if self.instant.any() else x

    def rate(self, states: Array) -> float:
        """The spectral radius of d(dx/dt)/dx, the largest of some states, by power iteration."""
        t = self.begin
        far = 1e-7 * max(1.0, float(np.abs(states).max()))
        direction = (1 + 0.5 * np.sin(np.arange(1.0, states.shape[1] + 1))) * self.rates
        v = np.tile(direction, (len(states), 1))
        here = np.array([self.velocity(t, x) for x in states])
        radius = np.zeros(len(states))
        for _ in range(TURNS):
            size = np.linalg.norm(v, axis=1, keepdims=True)
            v = np.divide(v, size, out=np.zeros_like(v), where=size > 0)
            there = np.array([self.velocity(t, x) for x in states + far * v])
            v = (there - here) / far
            radius = np.linalg.norm(v, axis=1)
        return float(radius.max())


def follow(network: Network, start: Array, times: Array, rtol: float = RTOL) -> Array:
    """States at times, shape (times, n); what is recorded at a change belongs to what begins."""
    end = float(times[-1])
    found = np.empty((times.size, start.size))
    x = start
    breaks = breaks_of(network, 0.0, end)
    for begin, stop in pairwise([0.0, *breaks.times.tolist(), end]):
        acting = Acting(network, begin, stop, breaks)
        x = acting.start(x)
        inside = (times >= begin) & ((times < stop) | (stop == end))
        moments = np.unique(np.concatenate([[begin], times[inside], [stop]]))
        y = _solve(acting, x, moments, rtol)
        found[inside] = acting.settled(moments, y)[np.searchsorted(moments, times[inside])]
        x = y[-1]
    return found


def _solve(acting: Acting, x: Array, moments: Array, rtol: float) -> Array:
    """The steps of a loose run say how fast the network is along its way."""
    right: Callable[[float, Array], Array] = acting.velocity
    span = float(moments[0]), float(moments[-1])
    loose = solve_ivp(right, span, x, "LSODA", np.linspace(*span, 12), rtol=1e-4, atol=1e-6)
    if not loose.success:
        raise RuntimeError(loose.message)
    fastest = MARGIN * acting.rate(np.ascontiguousarray(loose.y.T))
    longest = SHORT / fastest if fastest > 0 else np.inf
    if (span[1] - span[0]) / longest > MANY:
        rtol = max(rtol, RADAU)
        found = solve_ivp(right, span, x, "Radau", moments, rtol=rtol, atol=rtol / 100)
    else:
        options = {"rtol": rtol, "atol": rtol, "max_step": longest}
        found = solve_ivp(right, span, x, "DOP853", moments, **options)
    if not found.success:
        raise RuntimeError(found.message)
    return np.ascontiguousarray(found.y.T)


class Exact:
    """States at `times`, shape (times, n), and what a small change of the start grows to."""

    def __init__(self, x: Array, growth: float) -> None:
        self.x, self.growth = x, growth


def exact(network: Network, times: Array) -> Exact:
    """Follow a network of one trial, and some of its neighbours."""
    rng = np.random.default_rng(0)
    x = follow(network, network.initial, times)
    largest = 1.0
    for _ in range(DIRECTIONS):
        change = SMALL * rng.choice([-1.0, 1.0], network.n_neurons)
        y = follow(network, network.initial + change, times, TIGHT)
        largest = max(largest, float(np.abs(y - x).max() / SMALL))
    return Exact(x, largest)


def kept(name: str, networks: Sequence[Network], times: Array) -> list[Exact]:
    """`exact` of each trial, kept in the folder for temporary files."""
    digest = hashlib.sha256(times.tobytes())
    for network in networks:
        acting = [s.value for s in network.stimuli]
        for numbers in (network.W.data, network.tau, network.input, network.initial, *acting):
            digest.update(np.ascontiguousarray(numbers).tobytes())
    folder = Path(tempfile.gettempdir()) / "hamsim-truth"
    path = folder / f"exact-{name}-{digest.hexdigest()[:12]}.npz"
    if path.exists():
        with np.load(path) as old:
            return [
                Exact(x, float(grows)) for x, grows in zip(old["x"], old["growth"], strict=True)
            ]
    found = [exact(network, times) for network in networks]
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(path, x=[e.x for e in found], growth=[e.growth for e in found])
    return found


def worst_error(x: Array, true: Exact, rtol: float, atol: float) -> float:
    """Largest |e| / (atol + rtol |x|) over records and neurons, less what errors grow by."""
    if x.shape != true.x.shape or not np.isfinite(x).all():
        return float("inf")
    errors = np.abs(x - true.x) / (atol + rtol * np.abs(true.x))
    return float(errors.max()) / max(1.0, true.growth)
