"""States that have been put aside while steps went on, evaluated and recorded one after another."""

from __future__ import annotations

from hamsim.kernels.addresses import buffers_at, programs_at, records_at
from hamsim.kernels.jit import jit
from hamsim.kernels.step import keep, look_at, measure_residual
from hamsim.kernels.team import perform

__all__ = ["record_states"]


@jit
def record_states(board, table, states, times, count, first, begin):
    """Record what is asked for of states; the last of them is what the buffers hold in the end.

    Parameters
    ----------
    board, table : ndarray
    states : ndarray, shape (r, n, trials)
    times : ndarray, shape (r,)
        When they were reached.
    count : int
        Of so many.
    first : int
        Row of the first record.
    begin : bool
        Whether the energy of the first is not to be compared with the one before.
    """
    table_at = table.ctypes.data
    buffers, records, programs = buffers_at(table_at), records_at(table_at), programs_at(table_at)
    for row in range(count):
        for i in range(buffers.x.shape[0]):
            for t in range(buffers.x.shape[1]):
                buffers.x[i, t] = states[row, i, t]
        perform(board, programs.evaluate, table_at)
        measure_residual(buffers)
        if records.energy.shape[0] > 0:
            look_at(board, table_at, begin and row == 0, times[row])
        keep(records, first + row, first + row, buffers)
