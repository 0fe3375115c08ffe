"""What part of the way to its drive a neuron goes in a step while that is held.

[Mathematics: x(h) = d + exp(-h / tau) (x - d) for tau dx/dt = d - x with a constant d.]
"""

from __future__ import annotations

import math

from hamsim.kernels.addresses import buffers_at, forces_at, plan_at


def pace_exponential(table, nothing, piece):
    """Write 1 - exp(-h / tau), one a neuron or one a neuron and trial; 0 where tau is infinite."""
    plan, forces, buffers = plan_at(table), forces_at(table), buffers_at(table)
    h, rate = buffers.h, buffers.rate
    for i in range(plan.chunk_start[piece], plan.chunk_stop[piece]):
        for r in range(rate.shape[1]):
            rate[i, r] = -math.expm1(-h[r] / forces.tau[i])
