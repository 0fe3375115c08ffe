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

from hamsim.kernels.activation import add_dual_chunk
from hamsim.kernels.jit import jit, parallel_jit, prange


@jit
def _energy_chunk(plan, c, forces, buffers):
    x, g, u = buffers.x, buffers.g, buffers.u
    energy, size = buffers.chunk_energy[c, 0], buffers.chunk_energy[c, 1]
    energy[:] = 0.0
    add_dual_chunk(plan, c, x, g, energy, buffers.scratch)
    for t in range(x.shape[1]):
        size[t] = abs(energy[t])
    for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
        for t in range(x.shape[1]):
            current = forces.input[i, t]
            energy[t] -= 0.5 * g[i, t] * (u[i, t] + x[i, t] + current)
            size[t] += 0.5 * abs(g[i, t]) * (abs(u[i, t]) + abs(x[i, t]) + abs(current))
            if buffers.gated.shape[0] > 0:
                given_back = g[i, t] * buffers.gated[i, t] / 6.0
                energy[t] += given_back
                size[t] += abs(given_back)
    scale = plan.chunk_scale[c]
    if scale != 1.0:
        for t in range(x.shape[1]):
            energy[t] *= scale
            size[t] *= scale


@jit
def _energy_serial(plan, forces, buffers):
    for c in range(plan.chunk_start.size):
        _energy_chunk(plan, c, forces, buffers)


@parallel_jit
def _energy_parallel(plan, forces, buffers):
    for c in prange(plan.chunk_start.size):
        _energy_chunk(plan, c, forces, buffers)


@jit
def measure_energy(plan, forces, buffers, parallel):
    """Write the energy at x, and the sum of the sizes of its terms, to `buffers.energy`.

    `buffers.g` and `buffers.u` must belong to `buffers.x`.
    """
    if parallel is None:
        _energy_serial(plan, forces, buffers)
    else:
        _energy_parallel(plan, forces, buffers)
    buffers.energy[:] = 0.0
    for c in range(plan.chunk_start.size):
        for t in range(buffers.x.shape[1]):
            buffers.energy[0, t] += buffers.chunk_energy[c, 0, t]
            buffers.energy[1, t] += buffers.chunk_energy[c, 1, t]
