"""What gated synapses drive their neurons with changes as the activations do: d2U/dg2 v.

U(g) = sum over triples of T g_i g_j g_k, whose second derivative is symmetric; so this is also how
adjoints go back through gated synapses.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import jit

__all__ = ["change_gates"]

_ONE = np.uint64(1)


@jit
def change_gates(gates, g, change, out):
    """Add d2U/dg2 at the activations of each row, times a row of changes.

    Parameters
    ----------
    gates : tuple of four ndarray
        Triples by the neuron that receives, as `Plan.gate_indptr` and those after it.
    g, change, out : ndarray, shape (rows, n)
        In the order in which the triples number neurons.
    """
    indptr, first, second, weights = gates
    n = np.uint64(g.shape[1])
    for t in range(g.shape[0]):
        for i in range(n):
            total = 0.0
            for m in range(indptr[i], indptr[i + _ONE]):
                j, k = first[m], second[m]
                total += weights[m] * (g[t, j] * change[t, k] + change[t, j] * g[t, k])
            out[t, i] += total
