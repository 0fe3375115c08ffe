"""Values over time: currents, and states of clamped neurons, that each evaluation has anew.

Python fills a row of values for each evaluation that is to come, and sets the row to the first.
The state of a stage is made as if nothing changed; then the values of its time are put in, before
anything is received.
"""

from __future__ import annotations

import math

from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.jit import internal
from hamsim.kernels.plan import ADDS, HOLDS


@internal
def put_chunk(plan, forces, driven, buffers, state, piece):
    """Put a row of values into the currents and states of one chunk."""
    # Who gives no further row is given the last one again, and not what lies behind it.
    values = driven.values[min(driven.row[0], driven.values.shape[0] - 1)]
    own = values.shape[1] > 1
    held = False
    for j in range(driven.first[piece], driven.first[piece + 1]):
        i, column, kind = driven.neurons[j], driven.columns[j], driven.kinds[j]
        held = held or kind == HOLDS
        for t in range(state.shape[1]):
            value = values[column, t if own else 0]
            if kind == HOLDS:
                state[i, t] = value
            elif kind == ADDS:
                forces.input[i, t] += value
            else:
                forces.input[i, t] = driven.constant[j, t] + value
    if held:
        activate_chunk(plan, driven.chunks[piece], state, buffers.g, buffers.scratch)


@internal
def turn_row(driven, buffers):
    """Let the next evaluation take the next row.

    The energy changes with the input, so that it cannot be compared with the one before: that is
    infinite from now on, and nothing is a rise.
    """
    driven.row[0] += 1
    for t in range(buffers.previous.size):
        buffers.previous[t] = math.inf
