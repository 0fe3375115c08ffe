"""Largest step with which explicit Euler cannot raise the energy.

With steps x+ = x + (dt / tau) (W g + I - x), dt <= tau, and f = g(x+) - g(x),

    E(x+) - E(x) <= -1/2 f.(W + (2 T / dt - 1) / l) f

for symmetric W and convex Lagrangians of slope l with one tau on each: from the identity
E(x+) - E(x) = -(x+ - x).(T / dt - 1) f - D(x+, x) - 1/2 f.W f with the Bregman divergence D of L,
and |f|^2 / l <= 2 D(x+, x), |f|^2 / l <= (x+ - x).f (Baillon and Haddad 1977). Hence

    2 / dt >= largest eigenvalue of T^-1/2 (1 - l^1/2 W l^1/2) T^-1/2

is enough: only the negative part of W limits the step.

Neurons with tau = 0 that receive from none of their kind take their states anew after the step.
Given the others' activations these minimise the energy, so this lowers it: such neurons only need
a convex Lagrangian, and no bound of their slope.

Slopes that grow with the state are bounded in the box in which solutions end; there the bound is
said of this box alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.certify.gains import EPS, rescaled, rounding
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.trapping import Box, slopes_inside, trapping_box
from hamsim.condition import Condition
from hamsim.field.instants import explicit_instants
from hamsim.spectrum.row_blocks import with_diagonal

__all__ = ["exponential_step", "max_step"]

NAME = "step of explicit Euler"
THEOREM = "the energy difference of a step by Bregman divergences, g cocoercive (Baillon-Haddad)"

NegativePart = Callable[[csr_array], float]


def max_step(
    scaled: ScaledNetwork, negative_part: NegativePart
) -> tuple[float | None, Condition | None]:
    """Find the largest dt for which each explicit Euler step is sure not to raise the energy.

    Parameters
    ----------
    scaled : ScaledNetwork
    negative_part : callable
        ``negative_part(X)`` bounds max(0, -smallest eigenvalue) of a symmetric X from above.

    Returns
    -------
    float or None
        None if nothing is guaranteed, or if no neuron has tau > 0.
    Condition or None
        None for networks whose W is not symmetric and cannot be scaled to be.
    """
    if not scaled.symmetric:
        return None, None
    reason = _outside(scaled)
    if reason:
        return None, Condition(NAME, "undecided", f"no step is guaranteed: {reason}")
    moving: Ints = np.flatnonzero(scaled.network.tau > 0)
    if moving.size == 0:
        message = "all neurons have tau = 0: there are no steps to take"
        return None, Condition(NAME, "proved", message)
    steps = list(_steps(_moving_part(scaled, moving, scaled.slope), negative_part))
    best = max(steps, key=lambda step: step.dt)
    box = None
    if not best.dt > 0 and not scaled.any_input:
        box = _box_of_steps(scaled)
        slope = slopes_inside(scaled, box)
        steps = list(_steps(_moving_part(scaled, moving, slope), negative_part))
        best = max(steps, key=lambda step: step.dt)
    if not best.dt > 0:
        message = (
            "no step is guaranteed: activations without a bound of their slope, and inhibition"
        )
        return None, Condition(NAME, "undecided", message)
    slowest = moving[int(np.argmin(scaled.network.tau[moving]))]
    limit = (
        f"the smallest tau, of {scaled.network.label(int(slowest))}"
        if best.dt == scaled.network.tau[slowest]
        else "inhibition"
    )
    message = (
        f"explicit Euler steps of up to {best.dt:.4g} never raise the energy; limited by {limit}"
    )
    evidence: dict[str, Any] = {"dt": best.dt, "by": best.by}
    if np.isfinite(best.eigenvalue):  # not so in the smallest units
        evidence["eigenvalue"] = best.eigenvalue
    if box is not None:
        message += (
            "; this holds in the box of states that is given, in which all solutions end, the "
            "initial states are, and which steps do not leave"
        )
        evidence |= {"low": box.low, "high": box.high}
    return best.dt, Condition(NAME, "proved", message, evidence=evidence, theorem=THEOREM)


def exponential_step(scaled: ScaledNetwork, negative_part: NegativePart) -> float | None:
    """Find a dt up to which exponential Euler steps are sure not to raise the energy.

    These are steps of explicit Euler with 1 - exp(-dt / tau) in place of dt / tau, of which
    W + (2 / that - 1) / l must have no negative eigenvalue: any dt will do where that of W is not
    below -1 / l.

    Returns
    -------
    float or None
        May be infinite; None if nothing is guaranteed.
    """
    if not scaled.symmetric or _outside(scaled):
        return None
    moving: Ints = np.flatnonzero(scaled.network.tau > 0)
    if moving.size == 0:
        return np.inf
    part = _moving_part(scaled, moving, scaled.slope)
    lowest = negative_part(part.W)
    lowest += rounding(part.W) if lowest > 0 else 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        gain = np.where(lowest == 0.0, 0.0, part.slope * lowest) * (1.0 + 8.0 * EPS)
    best = _longest(part.tau, gain)
    if np.all(np.isfinite(part.slope)):
        factor = np.sqrt(part.slope)
        X = rescaled(part.W, factor, factor)
        together = negative_part(X) + rounding(X) + 8.0 * EPS
        best = max(best, _longest(part.tau, np.full(part.tau.size, together)))
    return best if best > 0.0 else None


def _longest(tau: Floats, gain: Floats) -> float:
    """Longest step with 1 - exp(-dt / tau) <= 2 / (1 + gain) for every neuron."""
    limits = gain > 1.0
    if not limits.any():
        return np.inf
    with np.errstate(over="ignore"):
        steps = tau[limits] * np.log1p(2.0 / (gain[limits] - 1.0))
    return float(steps.min()) * (1.0 - 8.0 * EPS)


def _outside(scaled: ScaledNetwork) -> str:
    """Why the bound does not apply; empty if it does."""
    network = scaled.network
    if network.triples is not None:
        return "gated synapses are outside the bound"
    if not scaled.convex.all():
        neuron = network.label(int(np.argmin(scaled.convex)))
        return f"neuron {neuron} is not known to have a convex Lagrangian in all states"
    unequal = network.tau != network.tau[scaled.sets]
    if unequal.any():
        neuron = network.label(int(np.argmax(unequal)))
        return f"neuron {neuron} shares a Lagrangian with neurons of another tau"
    if not explicit_instants(network):
        return "neurons with tau = 0 depend on each other"
    return ""


class _Moving(NamedTuple):
    """The neurons with tau > 0."""

    W: csr_array
    slope: Floats
    tau: Floats


class _Step(NamedTuple):
    """A bound of dt, and the eigenvalue that it rests on."""

    dt: float
    eigenvalue: float
    by: str


def _box_of_steps(scaled: ScaledNetwork) -> Box:
    """The trapping box, wide enough for the initial states."""
    box, initial = trapping_box(scaled), np.atleast_2d(scaled.network.initial)
    return Box(np.minimum(box.low, initial.min(axis=0)), np.maximum(box.high, initial.max(axis=0)))


def _moving_part(scaled: ScaledNetwork, moving: Ints, slope: Floats) -> _Moving:
    W, tau = scaled.W, scaled.network.tau
    if moving.size == W.shape[0]:
        return _Moving(W, slope, tau)
    return _Moving(csr_array(W[moving][:, moving]), slope[moving], tau[moving])


def _steps(part: _Moving, negative_part: NegativePart) -> Iterator[_Step]:
    """Bounds of dt, the sharp one first; the others can be larger where eigenvalues are not."""
    smallest = float(part.tau.min())
    if np.all(np.isfinite(part.slope)):
        step = _sharp(part, negative_part)
        yield step
        if step.dt == smallest or (np.ptp(part.slope) == 0 and np.ptp(part.tau) == 0):
            return
    lowest = negative_part(part.W)
    lowest += rounding(part.W) if lowest > 0 else 0.0
    with np.errstate(invalid="ignore"):
        gain = np.where(lowest == 0.0, 0.0, part.slope * lowest)
    dt = float(np.min(part.tau * np.minimum(1.0, 2.0 / (1.0 + gain)))) * (1.0 - 8.0 * EPS)
    whole = bool(np.all(gain <= 1.0))
    yield _Step(smallest if whole else dt, -lowest, "smallest eigenvalue of W")


def _sharp(part: _Moving, negative_part: NegativePart) -> _Step:
    # With the smallest tau as unit of time, so that slope / tau does not underflow.
    smallest = float(part.tau.min())
    with np.errstate(under="ignore"):
        rate = smallest / part.tau
        factor = np.sqrt(part.slope) * np.sqrt(rate)
        X = rescaled(part.W, factor, factor)
    del factor
    error = rounding(X) + 8.0 * EPS
    if np.all(rate == 1.0):  # the leak only shifts all eigenvalues
        largest = (1.0 + negative_part(X)) * (1.0 + 4.0 * EPS) + error
    else:
        X = with_diagonal(X, -rate)
        largest = negative_part(X) + error
    step = 1.0 if largest <= 2.0 else 2.0 / largest * (1.0 - 8.0 * EPS)
    dt = smallest if step >= 1.0 else step * smallest
    return _Step(dt, largest / smallest, "largest eigenvalue of (1 - W per slope) / tau")
