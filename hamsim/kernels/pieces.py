"""What works of steps that solve an equation begin with: a chunk of neurons, and a trial in it."""

from __future__ import annotations

import numpy as np

from hamsim.kernels.addresses import buffers_at, implicit_at, plan_at
from hamsim.kernels.implicit import COLUMN, DO
from hamsim.kernels.jit import internal
from hamsim.kernels.registers import flat

__all__ = ["chunk_of", "trial_of"]


@internal
def chunk_of(table, piece):
    """Read what belongs to a chunk of neurons.

    Returns plan and solver, the first neuron and the one after the last, the number of columns,
    scratch memory, and what is sent and received, flat.
    """
    plan, solver, buffers = plan_at(table), implicit_at(table), buffers_at(table)
    first, last = np.uint64(plan.chunk_start[piece]), np.uint64(plan.chunk_stop[piece])
    columns, out, received = np.uint64(buffers.g.shape[1]), flat(buffers.g), flat(buffers.u)
    return plan, solver, first, last, columns, buffers.scratch, out, received


@internal
def trial_of(solver, piece, trial):
    """Read the operation of a trial, its column, vectors, sums over the chunk, and numbers."""
    places = solver.places[trial]
    vectors, parts = solver.vectors[trial], solver.parts[piece, trial]
    return places[DO], np.uint64(places[COLUMN]), vectors, parts, solver.numbers[trial]
