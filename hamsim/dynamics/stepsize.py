"""How long a step may be: advice from the fastest rate of the network.

Close to any state the dynamics is linear with J = T^-1 (W H - I), and 0 <= H <= Lambda, where
Lambda holds each Lagrangian's largest slope. The rate returned here is an estimate, by power
iteration, of the spectral radius of T^-1 (W Lambda), plus the leak 1 / min(tau). It is advice for
accuracy, not a bound that anything is proved from.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.expression import evaluate
from hamsim.lagrangians.table import TABLE
from hamsim.network import Floats, Network

__all__ = ["choose_dt", "fastest_rate", "slopes"]

ITERATIONS = 40


def slopes(network: Network) -> Floats:
    """Largest slope of each neuron's activation: Lambda in mathematics, shape (n,)."""
    result = np.empty(network.n_neurons)
    for group in network.groups:
        result[group.slice] = evaluate(TABLE[group.lagrangian].slope, group.parameters)
    return result


def fastest_rate(network: Network) -> float:
    """Estimate of the fastest rate, in 1 / unit of tau; 0 if no neuron integrates."""
    moving = network.tau > 0
    if not moving.any():
        return 0.0
    tau = network.tau[moving]
    scale = np.zeros(network.n_neurons)
    scale[moving] = np.sqrt(slopes(network)[moving] / tau)
    through = np.where(moving, 0.0, slopes(network))
    # Instantaneous neurons are eliminated: they pass on what they receive, times their slope.
    vector = 1.0 + 0.5 * np.sin(np.arange(1.0, network.n_neurons + 1))
    vector[~moving] = 0.0
    vector /= np.linalg.norm(vector)
    radius = 0.0
    for _ in range(ITERATIONS):
        sent = scale * vector
        received = network.W @ (sent + through * (network.W @ sent))
        vector = scale * received
        radius = float(np.linalg.norm(vector))
        if radius == 0.0 or not math.isfinite(radius):
            break
        vector /= radius
    return radius + 1.0 / float(tau.min())


def choose_dt(network: Network, safety: float, span: float) -> float:
    """Step for a method: at most safety / fastest rate, and a whole number of them in `span`."""
    rate = fastest_rate(network)
    if not math.isfinite(rate):
        return span
    steps = max(1, math.ceil(span * rate / safety * (1 - 1e-12)))
    return span / steps
