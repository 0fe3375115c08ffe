"""The energy E = sum_i (x_i - I_i) g_i - L - 1/2 g.W g.

[HAM, eq. 3, with input currents]

With u = W g + I - x at hand, W g need not be computed again:

    E = sum of (x.g - L) over groups  -  1/2 sum_i g_i (u_i + x_i + I_i)

Where a diagonal D makes D W symmetric, all terms of neuron i are multiplied by D_i: the sum falls
then, as E does where W itself is symmetric.

Gated synapses d_i = sum_jk T_ijk g_j g_k are part of u. They add -sum T_ijk g_i g_j g_k, once for
each triple, which is -1/3 g.d; half of g.d is in the sum already, so 1/6 g.d is given back.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.activation import add_dual_chunk
from hamsim.kernels.jit import internal
from hamsim.kernels.registers import flat

# Unsigned, because numba asks of every signed index whether it counts from the end.
_1, _2, _3, _4 = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)


@internal
def _add_driven(first, last, x, g, u, current, energy, size):
    """Add -1/2 g (u + x + I) of some neurons in one trial, and the sizes of these terms.

    Eight sums each, in fixed order, because a sum waits for the one before.
    """
    a = b = c = d = e = f = h = o = 0.0
    i = first
    while i + _3 < last:
        a += g[i] * (u[i] + x[i] + current[i])
        b += g[i + _1] * (u[i + _1] + x[i + _1] + current[i + _1])
        c += g[i + _2] * (u[i + _2] + x[i + _2] + current[i + _2])
        d += g[i + _3] * (u[i + _3] + x[i + _3] + current[i + _3])
        e += abs(g[i]) * (abs(u[i]) + abs(x[i]) + abs(current[i]))
        f += abs(g[i + _1]) * (abs(u[i + _1]) + abs(x[i + _1]) + abs(current[i + _1]))
        h += abs(g[i + _2]) * (abs(u[i + _2]) + abs(x[i + _2]) + abs(current[i + _2]))
        o += abs(g[i + _3]) * (abs(u[i + _3]) + abs(x[i + _3]) + abs(current[i + _3]))
        i += _4
    while i < last:
        a += g[i] * (u[i] + x[i] + current[i])
        e += abs(g[i]) * (abs(u[i]) + abs(x[i]) + abs(current[i]))
        i += _1
    energy[0] -= 0.5 * ((a + c) + (b + d))
    size[0] += 0.5 * ((e + h) + (f + o))


@internal
def _add_driven_scaled(scale, first, last, x, g, u, current, energy, size):
    """`_add_driven`, each neuron's term times its scale, in any number of trials."""
    for i in range(first, last):
        half = 0.5 * scale[i]
        for t in range(x.shape[1]):
            energy[t] -= half * g[i, t] * (u[i, t] + x[i, t] + current[i, t])
            size[t] += half * abs(g[i, t]) * (abs(u[i, t]) + abs(x[i, t]) + abs(current[i, t]))


@internal
def energy_of_chunk(plan, c, forces, buffers):
    """Write what one chunk adds to the energy, and to the sum of the sizes of its terms."""
    x, g, u = buffers.x, buffers.g, buffers.u
    energy, size = buffers.chunk_energy[c, 0], buffers.chunk_energy[c, 1]
    for t in range(energy.size):
        energy[t] = 0.0
    add_dual_chunk(plan, c, x, g, energy, buffers.scratch)
    for t in range(x.shape[1]):
        size[t] = abs(energy[t])
    first, last = np.uint64(plan.chunk_start[c]), np.uint64(plan.chunk_stop[c])
    if plan.scale.size > 0:
        _add_driven_scaled(plan.scale, first, last, x, g, u, forces.input, energy, size)
    elif x.shape[1] == 1:
        _add_driven(first, last, flat(x), flat(g), flat(u), flat(forces.input), energy, size)
    else:
        for i in range(first, last):
            for t in range(x.shape[1]):
                current = forces.input[i, t]
                energy[t] -= 0.5 * g[i, t] * (u[i, t] + x[i, t] + current)
                size[t] += 0.5 * abs(g[i, t]) * (abs(u[i, t]) + abs(x[i, t]) + abs(current))
    if buffers.gated.shape[0] > 0:
        for i in range(first, last):
            for t in range(x.shape[1]):
                given_back = g[i, t] * buffers.gated[i, t] / 6.0
                given_back *= plan.scale[i] if plan.scale.size > 0 else 1.0
                energy[t] += given_back
                size[t] += abs(given_back)


@internal
def add_energies(buffers):
    """Add up what the chunks have written, in their order."""
    for t in range(buffers.x.shape[1]):
        buffers.energy[0, t] = 0.0
        buffers.energy[1, t] = 0.0
    for c in range(buffers.chunk_energy.shape[0]):
        for t in range(buffers.x.shape[1]):
            buffers.energy[0, t] += buffers.chunk_energy[c, 0, t]
            buffers.energy[1, t] += buffers.chunk_energy[c, 1, t]
