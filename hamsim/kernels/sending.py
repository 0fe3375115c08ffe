"""What neurons that are held send to others: blocks of W times activations, in many trials."""

from __future__ import annotations

from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.addresses import plan_at
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.panels import multiply
from hamsim.kernels.registers import LANES
from hamsim.kernels.vectors import Sums, dense_panel, gather_panel

__all__ = [
    "ACROSS",
    "BLOCK_COLUMNS",
    "DOWN",
    "FIRST",
    "RECEIVERS",
    "SENDERS",
    "TO",
    "WHERE",
    "activate_all",
    "add_blocks",
    "add_rows",
]

# A block: the first of its receivers and of its senders, how many there are, where its first entry
# is in the weights, and how far apart its rows and its columns are.
TO, WHERE, RECEIVERS, SENDERS, FIRST, DOWN, ACROSS = range(7)
BLOCK_COLUMNS = 7
# Outputs that stay in the registers.
_EIGHT = 8

_wide, _narrow = dense_panel(_EIGHT, 2), dense_panel(_EIGHT, 1)
_gather = gather_panel(1)


@jit
def activate_all(table, x, g, scratch):
    """Write g(x) of all neurons of a plan; arrays of shape (n, trials)."""
    plan = plan_at(table.ctypes.data)
    for c in range(plan.chunk_start.size):
        activate_chunk(plan, c, x, g, scratch)


@internal
def _add_block(weights, at, across, terms, step, outputs, g, row, out, to):
    """Add sums of so many products to so many outputs."""
    sums, trials = Sums(1, terms, 0, step, 0), g.shape[1]
    most = outputs - outputs % _EIGHT
    for o in range(0, most, _EIGHT):
        t = 0
        while t < trials:
            wide = t + 2 * LANES <= trials
            if wide:
                _wide(weights, at + o * across, across, sums, g, row, out, to + o, t, 0)
            else:
                _narrow(weights, at + o * across, across, sums, g, row, out, to + o, t, 0)
            t += 2 * LANES if wide else LANES
    if most < outputs:
        here, left = at + most * across, outputs - most
        multiply(weights, here, across, sums, left, g, row, out, to + most, trials)


@jit
def add_blocks(weights, blocks, back, g, out):
    """Add what blocks of W make of activations; or, `back`, what their transposes do.

    Parameters
    ----------
    weights : ndarray
    blocks : ndarray of int, shape (blocks, BLOCK_COLUMNS)
    back : bool
    g, out : ndarray, shape (senders, trials) and (receivers, trials)
        Or the other way round. Trials are whole vectors of `LANES`.
    """
    for b in range(blocks.shape[0]):
        to, where, receivers, senders, first, down, across = blocks[b]
        if back:
            _add_block(weights, first, across, receivers, down, senders, g, to, out, where)
        else:
            _add_block(weights, first, down, senders, across, receivers, g, where, out, to)


@jit
def add_rows(indptr, indices, weights, g, out):
    """Add what rows of a sparse matrix make of activations, in whole vectors of trials."""
    for i in range(out.shape[0]):
        first, last = indptr[i], indptr[i + 1]
        if first < last:
            for t in range(0, out.shape[1], LANES):
                _gather(indices, weights, first, last, g, out, i, t, 1)
