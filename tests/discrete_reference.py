"""Discrete dynamics again: plain loops over neurons, each of which sums its field when asked.

The oracle of `hamsim.kernels.discrete`; nothing is imported from hamsim. Sums are in the order of
the columns of W, without those that are 0, and the input comes last.
"""

import numpy as np


def field(W, inputs, g, i):
    """sum_j W_ij g_j + I_i."""
    total = 0.0
    for j in np.flatnonzero(W[i]):
        total += W[i, j] * g[j]
    return total + inputs[i]


def decide(h, now, low, high):
    """The value that a field asks for; without one the neuron keeps what it has."""
    return high if h > 0 else low if h < 0 else now


def sweep(W, inputs, g, order, low, high):
    """Set neurons one after another; the new state."""
    g = g.copy()
    for i in order:
        g[i] = decide(field(W, inputs, g, i), g[i], low[i], high[i])
    return g


def together(W, inputs, g, low, high):
    """Set all neurons by the fields of one state."""
    fields = [field(W, inputs, g, i) for i in range(g.size)]
    return np.array([decide(*each) for each in zip(fields, g, low, high, strict=True)])


def wanting(W, inputs, g, low, high):
    """How many neurons want to change."""
    return int(np.count_nonzero(together(W, inputs, g, low, high) != g))


def energy(W, inputs, g):
    """-1/2 g.W g - I.g."""
    return -0.5 * g @ W @ g - inputs @ g


def run(W, inputs, g, orders, low, high):
    """States after each sweep until no neuron wants to change, and how many took another value.

    Parameters
    ----------
    orders : iterable of arrays
    """
    states, flips = [g], 0
    for order in orders:
        if wanting(W, inputs, g, low, high) == 0:
            break
        for i in order:
            new = decide(field(W, inputs, g, i), g[i], low[i], high[i])
            flips += new != g[i]
            g = g.copy()
            g[i] = new
        states.append(g)
    return np.array(states), flips
