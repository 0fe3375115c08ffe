"""The compiled loop over steps: evaluate, watch, record, advance. No Python, no allocation.

What an evaluation and a step consist of is a program: see `kernels.works`.

No exception is raised in compiled code: a status is returned instead.
"""

from __future__ import annotations

import math

from hamsim.kernels.addresses import buffers_at, forces_at, programs_at, records_at
from hamsim.kernels.energy import add_energies
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.stages import add_errors
from hamsim.kernels.team import follow, perform

RUNNING, CONVERGED, DIVERGED = 0, 1, 2

# Places in `Buffers.watch`: the largest rise of the energy within one step, the size of the energy
# there, its step and trial; the number of rises above rounding, and the step of the first of them.
RISE, RISE_SIZE, RISE_STEP, RISE_TRIAL, RISES, FIRST_RISE, RISE_TOTAL, RISE_TERMS = range(8)

# A rise counts when it is more than this part of |E| and more than rounding of its terms.
RISE_OF_ENERGY = 1e-12
RISE_OF_TERMS = 1e-14


@jit
def evaluate(board, table):
    """Write g, u and the residual at the state x; neurons that follow at once get their x here."""
    table_at = table.ctypes.data
    perform(board, programs_at(table_at).evaluate, table_at)
    measure_residual(buffers_at(table_at))


@jit
def measure(board, table):
    """Write the energy at x, and the sum of the sizes of its terms, to `Buffers.energy`.

    `Buffers.g` and `Buffers.u` must belong to `Buffers.x`.
    """
    table_at = table.ctypes.data
    perform(board, programs_at(table_at).measure, table_at)
    add_energies(buffers_at(table_at))


@jit
def attempt(board, table):
    """Try a step from x to y, and write its error for each trial to `Buffers.error`.

    `Buffers.g` and `Buffers.u` must belong to x; afterwards they belong to y.
    """
    table_at = table.ctypes.data
    perform(board, programs_at(table_at).attempt, table_at)
    add_errors(forces_at(table_at), buffers_at(table_at))


@jit
def settle(board, table):
    """Take the step that has been tried, in trials of which `Buffers.accepted` says so.

    In others x, g, u and the residual are what they were before.
    """
    table_at = table.ctypes.data
    perform(board, programs_at(table_at).settle, table_at)
    measure_residual(buffers_at(table_at))


@jit
def look(board, table, begin, moment):
    """Measure the energy at x, and compare it with the one before.

    Parameters
    ----------
    board, table : ndarray
    begin : bool
        Whether there is none before.
    moment : float
        Which step, or time, a rise is to be noted for.
    """
    look_at(board, table.ctypes.data, begin, moment)


@internal
def measure_residual(buffers):
    """Reduce max|u| over blocks, for each trial that is watched and over all of them.

    A trial that has refused a step keeps its own.
    """
    largest = 0.0
    for t in range(buffers.residual.size):
        if buffers.accepted[t] == 0.0:
            continue
        buffers.residual[t] = 0.0
        if buffers.watched[t] == 0.0:
            continue
        for b in range(buffers.block_residual.shape[0]):
            buffers.residual[t] = max(buffers.residual[t], buffers.block_residual[b, t])
        largest = max(largest, buffers.residual[t])
    return largest


@internal
def note_rise(buffers, t, moment, number):
    """Compare the energy of a trial, which has this number, with the one a step earlier."""
    watch = buffers.watch
    rise = buffers.energy[0, t] - buffers.previous[t]
    size = max(abs(buffers.energy[0, t]), abs(buffers.previous[t]))
    if rise > watch[RISE]:
        watch[RISE], watch[RISE_SIZE] = rise, size
        watch[RISE_STEP], watch[RISE_TRIAL] = moment, number
    if rise > max(RISE_OF_ENERGY * size, RISE_OF_TERMS * buffers.energy[1, t]):
        if watch[RISES] == 0.0:
            watch[FIRST_RISE] = moment
        watch[RISES] += 1.0
        watch[RISE_TOTAL] += rise
        watch[RISE_TERMS] = max(watch[RISE_TERMS], buffers.energy[1, t])


@internal
def _watch_energy(buffers, step):
    """Compare the energy with the one a step earlier, in trials that are watched."""
    for t in range(buffers.previous.size):
        if buffers.watched[t] != 0.0:
            note_rise(buffers, t, step, t)


@internal
def look_at(board, table_at, begin, moment):
    buffers = buffers_at(table_at)
    perform(board, programs_at(table_at).measure, table_at)
    add_energies(buffers)
    if not begin:
        _watch_energy(buffers, moment)
    for t in range(buffers.previous.size):
        buffers.previous[t] = buffers.energy[0, t]


@internal
def keep(records, row, step, buffers):
    """Record what the buffers hold."""
    records.step[row] = step
    for t in range(buffers.x.shape[1]):
        for c in range(records.columns.size):
            if records.x.shape[0] > 0:
                records.x[row, t, c] = buffers.x[records.columns[c], t]
            if records.g.shape[0] > 0:
                records.g[row, t, c] = buffers.g[records.columns[c], t]
        if records.energy.shape[0] > 0:
            records.energy[row, t] = buffers.energy[0, t]
        if records.residual.shape[0] > 0:
            records.residual[row, t] = buffers.residual[t]


@jit
def run(
    board,
    table,
    begin,
    step,
    n_steps,
    stride,
    origin,
    keep_last,
    final,
    tolerance,
    follows,
):
    """Take up to `n_steps` steps, or help another thread that does.

    Parameters
    ----------
    board : ndarray
        Of the team that this thread leads or follows.
    table : ndarray
        Where plan, forces, method, buffers, programs and records are; see `kernels.table`.
    begin : bool
        True where a stretch of constant stimuli begins: evaluates x first, records it if due,
        and does not compare its energy with the one before, which had other inputs.
    step : int
        Number of steps already taken.
    stride : int
        Steps between records; 0 keeps none, and then the energy is not watched either.
    origin : int
        A step at which a record would be due, from which strides are counted.
    keep_last : bool
        False if the state after the last step is recorded by the stretch that follows.
    final : bool
        True if the simulation ends after these steps: its last state is recorded in any case.
    tolerance : float
        Stop when the residual is at most this; negative never stops.
    follows : bool
        Only take pieces of what another thread announces, until the team is stopped. It is this
        function that does so because then its code is compiled once.

    Returns
    -------
    status, step, rows : int
        `rows` records were written.
    """
    table_at = table.ctypes.data
    if follows:
        follow(board, table_at)
        return RUNNING, step, 0
    buffers, records, programs = buffers_at(table_at), records_at(table_at), programs_at(table_at)
    rows = 0
    with_energy = records.energy.shape[0] > 0
    last = step + n_steps
    if begin:
        perform(board, programs.pace, table_at)
        perform(board, programs.evaluate, table_at)
    is_new = begin
    while True:
        if is_new:
            residual = measure_residual(buffers)
            if not residual < math.inf:
                return DIVERGED, step, rows
            if with_energy:
                look_at(board, table_at, begin, step)
            begin = False
            converged = residual <= tolerance
            at_end = step == last
            due = (step - origin) % stride == 0 if stride > 0 else False
            due = (due or (at_end and final)) and (keep_last or not at_end)
            if stride > 0 and (due or converged):
                keep(records, rows, step, buffers)
                rows += 1
            if converged:
                return CONVERGED, step, rows
        if step >= last:
            return RUNNING, step, rows
        perform(board, programs.advance, table_at)
        step += 1
        is_new = True
