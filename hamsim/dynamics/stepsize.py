"""How long a step may be: advice from the fastest rate of the network.

Close to any state the dynamics is linear with J = T^-1 (W H - I), and 0 <= H <= Lambda, where
Lambda holds each Lagrangian's largest slope, or, where it has none, the slope at the initial
state and at the state that it is first driven to. The rate returned here is an estimate, by power
iteration, of the spectral radius of T^-1 (W Lambda), plus the leak 1 / min(tau). It is advice for
accuracy, not a bound that anything is proved from.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import coo_array, csr_array

from hamsim.arrays import Floats
from hamsim.errors import SimulationError
from hamsim.network import Network
from hamsim.operator import neurons_of

__all__ = ["choose_dt", "fastest_rate", "slopes"]

ITERATIONS = 40


def slopes(network: Network) -> Floats:
    """Largest size of each neuron's slope: Lambda in mathematics if L is convex, shape (n,)."""
    groups = network.groups
    most, least = (np.concatenate([g.fact(name) for g in groups]) for name in ("slope", "least"))
    result: Floats = np.maximum(most, np.where(np.isfinite(least), -least, 0.0))
    return result


def _slopes_here(network: Network) -> Floats:
    """`slopes`, with what is infinite replaced by the slope where the network starts and heads."""
    result = slopes(network)
    steep = ~np.isfinite(result)
    if not steep.any():
        return result
    start = np.atleast_2d(network.initial)
    with np.errstate(all="ignore"):
        heads = (network.W @ neurons_of(network).activate(start).T).T + network.input
    states = np.concatenate([start, heads])
    states = states[np.all(np.isfinite(states), axis=1)]
    # For additive groups H v is the diagonal times v; for others |H v| / |v| is a typical slope.
    vectors = np.broadcast_to(_uneven(network.n_neurons), states.shape)
    with np.errstate(all="ignore"):
        local = np.abs(neurons_of(network).hessian(states, vectors) / vectors).max(
            axis=0, initial=0.0
        )
    result[steep] = np.where(np.isfinite(local), local, 0.0)[steep]
    return result


def _uneven(n: int) -> Floats:
    """A vector without symmetries, the same at each call."""
    vector: Floats = 1.0 + 0.5 * np.sin(np.arange(1.0, n + 1))
    return vector


def _coupling(network: Network) -> csr_array:
    """W, and gated synapses with their third neuron's activation as large as it gets.

    The derivative of the drive T_ijk g_j g_k by g_j is T_ijk g_k.
    """
    triples = network.triples
    if triples is None:
        return network.W
    sizes = np.maximum(
        *(
            np.abs(np.concatenate([group.fact(name) for group in network.groups]))
            for name in ("low", "high")
        )
    )
    start = np.abs(neurons_of(network).activate(np.atleast_2d(network.initial))).max(axis=0)
    sizes = np.where(np.isfinite(sizes), sizes, np.maximum(start, 1.0))
    i, j, k, weights = triples
    pairs = ((i, j, k), (i, k, j), (j, k, i))
    row = np.concatenate([a for a, _, _ in pairs] + [b for _, b, _ in pairs])
    column = np.concatenate([b for _, b, _ in pairs] + [a for a, _, _ in pairs])
    values = np.concatenate([weights * sizes[c] for _, _, c in pairs])
    gates = coo_array((np.tile(values, 2), (row, column)), network.W.shape)
    return csr_array(network.W + gates.tocsr())


def fastest_rate(network: Network) -> float:
    """Estimate of the fastest rate, in 1 / unit of tau; 0 if no neuron integrates."""
    moving = network.tau > 0
    if not moving.any():
        return 0.0
    tau = network.tau[moving]
    steepest = _slopes_here(network)
    scale = np.zeros(network.n_neurons)
    with np.errstate(over="ignore"):  # of a tau next to 0: the rate is infinite then
        scale[moving] = np.sqrt(steepest[moving] / tau)
    through = np.where(moving, 0.0, steepest)
    # Instantaneous neurons are eliminated: they pass on what they receive, times their slope.
    vector = _uneven(network.n_neurons)
    vector[~moving] = 0.0
    vector /= np.linalg.norm(vector)
    radius = 0.0
    W = _coupling(network)
    for _ in range(ITERATIONS):
        with np.errstate(over="ignore", invalid="ignore"):
            sent = scale * vector
            received = W @ (sent + through * (W @ sent))
            vector = scale * received
            radius = float(np.linalg.norm(vector))
        if radius == 0.0 or not math.isfinite(radius):
            break
        vector /= radius
    return radius + 1.0 / float(tau.min())


def choose_dt(network: Network, safety: float, span: float) -> float:
    """Step for a method: at most safety / fastest rate, and a whole number of them in `span`.

    Raises
    ------
    SimulationError
        The rate overflows, or the number of steps.
    """
    rate = fastest_rate(network)
    if not math.isfinite(rate):
        raise SimulationError(
            "dt: auto finds no rate of this network, because its weights or slopes overflow, or a "
            "tau is next to 0; give smaller weights, a larger tau or a dt of your own"
        )
    wanted = span * rate / safety * (1 - 1e-12)
    if not math.isfinite(wanted):
        raise SimulationError(
            f"dt: auto finds no step of this network, because {span:g} of time at a rate of "
            f"{rate:.2g} are more steps than can be counted; give a shorter t_end or a dt of your "
            "own"
        )
    return span / max(1, math.ceil(wanted))
