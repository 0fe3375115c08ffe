"""How long a step may be: advice from the fastest rate of the network.

Close to any state the dynamics is linear with J = T^-1 (W H - I), and 0 <= H <= Lambda, where
Lambda holds each Lagrangian's largest slope, or, where it has none, the slope at the initial
state and at the state that it is first driven to. The rate returned here is an estimate, by power
iteration, of the spectral radius of T^-1 (W Lambda), plus the leak 1 / min(tau). It is advice for
accuracy, not a bound that anything is proved from.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.dynamics.timeline.changes import fastest_change
from hamsim.errors import SimulationError
from hamsim.field.field import Field
from hamsim.field.hessian import Diagonal, Hessian
from hamsim.field.jacobian import Jacobian, ReducedJacobian
from hamsim.methods import Method, Splitting
from hamsim.network import Network, once

__all__ = ["choose_dt", "fastest_rate", "rate_at_first", "resolved", "slopes", "times_of"]

ITERATIONS = 40
# So many estimates in a row that lie within this part of them are the last ones.
ALIKE, SETTLED = 5, 0.01
# Methods that go exactly where a drive leads need not resolve neurons that are so much faster than
# the slowest ones.
RESOLVED = 0.1


def slopes(network: Network) -> Floats:
    """Largest size of each neuron's slope: Lambda in mathematics if L is convex, shape (n,)."""
    groups = network.groups
    most, least = (np.concatenate([g.fact(name) for g in groups]) for name in ("slope", "least"))
    result: Floats = np.maximum(most, np.where(np.isfinite(least), -least, 0.0))
    return result


def _slopes_here(field: Field) -> Floats:
    """`slopes`, with what is infinite replaced by the slope where the network starts and heads."""
    network = field.network
    result = slopes(network)
    steep = ~np.isfinite(result)
    if not steep.any():
        return result
    start = np.atleast_2d(network.initial)
    with np.errstate(all="ignore"):
        heads = field.drive.at(field.activation(start))
    states = np.concatenate([start, heads])
    states = states[np.all(np.isfinite(states), axis=1)]
    # For additive groups H v is the diagonal times v; for others |H v| / |v| is a typical slope.
    vectors = np.broadcast_to(_uneven(network.n_neurons), states.shape)
    with np.errstate(all="ignore"):
        local = np.abs(field.neurons.hessian(states, vectors) / vectors).max(axis=0, initial=0.0)
    result[steep] = np.where(np.isfinite(local), local, 0.0)[steep]
    return result


def _uneven(n: int) -> Floats:
    """A vector without symmetries, the same at each call."""
    vector: Floats = 1.0 + 0.5 * np.sin(np.arange(1.0, n + 1))
    return vector


def _largest_activations(field: Field) -> Floats:
    """Sizes that activations may have; of those without a bound the size where they start."""
    groups = field.network.groups
    low, high = (np.concatenate([g.fact(name) for g in groups]) for name in ("low", "high"))
    sizes = np.maximum(np.abs(low), np.abs(high))
    start = np.abs(field.activation(np.atleast_2d(field.network.initial))).max(axis=0)
    result: Floats = np.where(np.isfinite(sizes), sizes, np.maximum(start, 1.0))
    return result


def _coupling(field: Field) -> csr_array:
    """W, with what gated synapses add to it where activations are large."""
    gated = field.drive.triples is not None
    return field.drive.matrix(_largest_activations(field) if gated else None)


def fastest_rate(network: Network) -> float:
    """Estimate of the fastest rate, in 1 / unit of tau; 0 if no neuron integrates."""
    return once(network, "fastest rate", lambda: _fastest_rate(network))


def _fastest_rate(network: Network) -> float:
    moving = network.tau > 0
    if not moving.any():
        return 0.0
    tau = network.tau[moving]
    field = Field(network)
    steepest = _slopes_here(field)
    scale = np.zeros(network.n_neurons)
    with np.errstate(over="ignore"):  # of a tau next to 0: the rate is infinite then
        scale[moving] = np.sqrt(steepest[moving] / tau)
    # Neurons with tau = 0 pass on what they receive, times their slope.
    steep = Jacobian(_coupling(field), Diagonal(steepest))
    reduced = ReducedJacobian(steep, ~moving, explicit=True)
    vector = _uneven(network.n_neurons)
    vector[~moving] = 0.0
    vector /= np.linalg.norm(vector)
    radius = 0.0
    for _ in range(ITERATIONS):
        with np.errstate(over="ignore", invalid="ignore"):
            vector = scale * reduced.received(scale * vector)
            radius = float(np.linalg.norm(vector))
        if radius == 0.0 or not math.isfinite(radius):
            break
        vector /= radius
    return radius + 1.0 / float(tau.min())


def rate_at_first(network: Network) -> float:
    """Estimate of the fastest rate where a network starts, and where it is driven to first.

    By the slopes there: what explicit steps feel. Kept with the network; all tau are above 0.
    """
    return once(network, "rate at first", lambda: _rate_at_first(network))


def _rate_at_first(network: Network) -> float:
    field = Field(network)
    start = np.atleast_2d(network.initial)[:1]
    with np.errstate(all="ignore"):
        head = field.drive.at(field.activation(start))
    here = _rate_at(field, start[0])
    there = _rate_at(field, head[0]) if np.isfinite(head).all() else 0.0
    return max(here, there) if math.isfinite(there) else here


def _rate_at(field: Field, x: Floats) -> float:
    """Estimate of the fastest rate at one state, until it hardly changes."""
    jacobian = Jacobian(_coupling(field), Hessian(field.network, x))
    vector, tau = _uneven(x.size), field.network.tau
    vector /= np.linalg.norm(vector)
    rates = [0.0]
    for _ in range(ITERATIONS):
        with np.errstate(over="ignore", invalid="ignore"):
            vector = jacobian.times(vector) / tau
            rates.append(float(np.linalg.norm(vector)))
        if rates[-1] == 0.0 or not math.isfinite(rates[-1]):
            break
        if len(rates) > ALIKE and max(rates[-ALIKE:]) <= (1.0 + SETTLED) * min(rates[-ALIKE:]):
            break
        vector /= rates[-1]
    return rates[-1]


def _rate_of_noise(network: Network) -> float:
    """Rate at which the fastest coloured noise changes; 0 where there is none."""
    noise = network.noise
    if noise is None:
        return 0.0
    return float(1.0 / noise.tau[(noise.sigma > 0) & (noise.tau > 0)].min(initial=math.inf))


def resolved(network: Network, method: Method) -> Network:
    """The network with the time constants that steps of a method are to resolve."""
    if not isinstance(method, Splitting):
        return network
    least = RESOLVED * float(network.tau.max(initial=0.0))
    tau = np.where(network.tau > 0, np.maximum(network.tau, least), 0.0)
    return replace(network, tau=tau)


def choose_dt(network: Network, safety: float, span: float, end: float | None = None) -> float:
    """Step for a method: at most safety / fastest rate, and a whole number of them in `span`.

    Parameters
    ----------
    network : Network
    safety : float
    span : float
    end : float, optional
        End of the run, until which what acts may change quickly; `span` if nothing is said.

    Raises
    ------
    SimulationError
        The rate overflows, or the number of steps.
    """
    rate = max(fastest_rate(network), _rate_of_noise(network))
    rate = max(rate, fastest_change(network, 0.0, span if end is None else end))
    wanted = times_of(rate, span, "dt") / safety * (1 - 1e-12)
    return span / max(1, math.ceil(wanted))


def times_of(rate: float, span: float, what: str) -> float:
    """How often the inverse of a rate fits into a time; `what` is chosen by it.

    Raises
    ------
    SimulationError
        The rate overflows, or that number.
    """
    if not math.isfinite(rate):
        raise SimulationError(
            f"{what}: auto finds no rate of this network, because its weights or slopes overflow, "
            f"or a tau is next to 0; give smaller weights, a larger tau or a {what} of your own"
        )
    times = span * rate * 4.0  # of the steps of any method
    if not math.isfinite(times):
        raise SimulationError(
            f"{what}: auto finds no {what} for this network, because "
            f"{span:g} of time at a rate of {rate:.2g} are more steps than can be counted; give a "
            f"shorter t_end or a {what} of your own"
        )
    return span * rate
