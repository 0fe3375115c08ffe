"""The compiled loop of steps that solve an equation: operations of trials, and products for all."""

from __future__ import annotations

from hamsim.kernels.addresses import buffers_at, implicit_at, plan_at
from hamsim.kernels.calls import call_work
from hamsim.kernels.implicit import (
    ACTIVATION,
    COLUMN,
    DO,
    EVERY,
    HALF,
    METHOD,
    POINT_ACTIVATION,
    PRODUCT,
    SEARCH_H,
    SENT,
    THEN,
    TO_FIRST,
)
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.team import follow, perform

__all__ = ["collect", "gated", "take_steps"]


def gated(table, nothing, piece):
    """Add to a product what gated synapses give for what each trial has sent."""
    plan, solver, received = plan_at(table), implicit_at(table), buffers_at(table).u
    for t in range(solver.places.shape[0]):
        if solver.places[t, DO] != PRODUCT:
            continue
        column = solver.places[t, COLUMN]
        g, change = solver.vectors[t, POINT_ACTIVATION], solver.vectors[t, SEARCH_H]
        sent, is_change = solver.vectors[t, ACTIVATION], solver.places[t, SENT] == 1
        for i in range(plan.chunk_start[piece], plan.chunk_stop[piece]):
            for k in range(solver.gate_indptr[i], solver.gate_indptr[i + 1]):
                one, other = solver.gate_first[k], solver.gate_second[k]
                both = sent[one] * sent[other]
                if is_change:
                    both = g[one] * change[other] + change[one] * g[other]
                received[i, column] += solver.gate_weights[k] * both


def collect(table, nothing, piece):
    """Put what the first half has received, as neurons do that follow at once, to the others'."""
    plan, solver, buffers = plan_at(table), implicit_at(table), buffers_at(table)
    for i in range(plan.chunk_start[piece], plan.chunk_stop[piece]):
        if solver.first[i] > 0.0:
            for t in range(buffers.u.shape[1]):
                buffers.u[i, t] = buffers.y[i, t]


@internal
def _exchange(board, solver, table_at):
    """Do a product with W for all who wait for one of the same rows; False if nobody waits.

    Those who wait for others keep what they have sent, and wait on.
    """
    half = -1
    for t in range(solver.places.shape[0]):
        if solver.places[t, DO] == PRODUCT:
            half = max(half, solver.places[t, HALF])
    if half < 0:
        return False
    if half == EVERY:
        perform(board, solver.product, table_at)
    elif half == TO_FIRST:
        perform(board, solver.to_first, table_at)
    else:
        perform(board, solver.to_second, table_at)
    for t in range(solver.places.shape[0]):
        if solver.places[t, DO] == PRODUCT and solver.places[t, HALF] == half:
            solver.places[t, DO] = solver.places[t, THEN]
    return True


@jit
def take_steps(board, table, most, follows):
    """Take steps until every trial has ended or waits, or so many products have been done.

    Parameters
    ----------
    board, table : ndarray
    most : int
        Products.
    follows : bool
        Only help the thread that takes steps.

    Returns
    -------
    products : int
        Fewer than `most` where nobody has anything to do.
    """
    table_at = table.ctypes.data
    if follows:
        follow(board, table_at)
        return 0
    solver, products = implicit_at(table_at), 0
    while True:
        busy = False
        for t in range(solver.places.shape[0]):
            busy = busy or solver.places[t, DO] > PRODUCT
        while busy:
            perform(board, solver.vector, table_at)
            busy = False
            for t in range(solver.places.shape[0]):
                operation = solver.places[t, DO]
                if operation > PRODUCT:
                    control = solver.control[0 if operation < METHOD else 1]
                    call_work(control, table_at, t, operation)
                    busy = busy or solver.places[t, DO] > PRODUCT
        if products == most or not _exchange(board, solver, table_at):
            return products
        products += 1
