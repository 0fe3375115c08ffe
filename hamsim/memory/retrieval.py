"""Many cues at once through the steps of a network, without a trace of them."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.network import Network
from hamsim.operator.kept import operator_of

__all__ = ["retrieve"]


def retrieve(network: Network, states: Floats, steps: int) -> Floats:
    """States after steps that are as long as tau: each neuron goes to what drives it.

    Parameters
    ----------
    network : Network
        Neurons that do not follow at once have the same tau.
    states : ndarray, shape (rows, n)
    steps : int

    Returns
    -------
    ndarray, shape (rows, n)
        The bits of ``hamsim.simulate(network, states, method="euler", dt=tau, steps=steps)`` in
        neurons that do not follow at once; of those that do, what was given.

    Notes
    -----
    A run looks at the state in which it ends, for its residual and its energy. Here nobody does,
    so that a step of attention costs two products and a softmax, and not twice as much.
    """
    operator, moving = operator_of(network), network.tau > 0
    tau = network.tau[moving]
    x = np.array(states, dtype=np.float64)
    for _ in range(steps):
        x[:, moving] += tau * operator.velocity(x)[:, moving]
    return x
