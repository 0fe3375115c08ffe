"""The compiled loop over steps: evaluate, watch, record, advance. No Python, no allocation.

Where exceptions would vanish in parallel loops, a status is returned instead.
"""

from __future__ import annotations

import math

from hamsim.kernels.activation import activate_parallel, activate_serial
from hamsim.kernels.current import receive_parallel, receive_serial
from hamsim.kernels.energy import measure_energy
from hamsim.kernels.jit import jit, parallel_jit, prange

RUNNING, CONVERGED, DIVERGED = 0, 1, 2

# Places in `Buffers.watch`: the largest rise of the energy within one step, the size of the energy
# there, its step and trial; the number of rises above rounding, and the step of the first of them.
RISE, RISE_SIZE, RISE_STEP, RISE_TRIAL, RISES, FIRST_RISE = 0, 1, 2, 3, 4, 5

# A rise counts when it is more than this part of |E| and more than rounding of its terms.
RISE_OF_ENERGY = 1e-12
RISE_OF_TERMS = 1e-14


@jit
def evaluate(plan, forces, x, buffers, parallel):
    """Write g and u at the state x; neurons that follow at once get their x here."""
    g, u, gated = buffers.g, buffers.u, buffers.gated
    scratch, block_residual = buffers.scratch, buffers.block_residual
    if parallel is None:
        activate_serial(plan, x, g, scratch)
    else:
        activate_parallel(plan, x, g, scratch)
    if forces.has_instant:
        # No instantaneous neuron reads another, so one pass gives all their states exactly.
        if parallel is None:
            receive_serial(plan, forces, True, x, g, u, gated, block_residual)
            activate_serial(plan, x, g, scratch)
        else:
            receive_parallel(plan, forces, True, x, g, u, gated, block_residual)
            activate_parallel(plan, x, g, scratch)
    if parallel is None:
        receive_serial(plan, forces, False, x, g, u, gated, block_residual)
    else:
        receive_parallel(plan, forces, False, x, g, u, gated, block_residual)


@jit
def _combine_block(plan, b, rate, coefficients, stage, buffers, y):
    x, u, k = buffers.x, buffers.u, buffers.k
    for i in range(plan.block_start[b], plan.block_start[b + 1]):
        if rate[i] == 0.0:  # clamped or instantaneous: u may be infinite there
            for t in range(x.shape[1]):
                k[stage, i, t] = 0.0
                y[i, t] = x[i, t]
            continue
        for t in range(x.shape[1]):
            k[stage, i, t] = rate[i] * u[i, t]
            total = x[i, t]
            for j in range(stage + 1):
                if coefficients[j] != 0.0:
                    total += coefficients[j] * k[j, i, t]
            y[i, t] = total


@jit
def _combine_serial(plan, rate, coefficients, stage, buffers, y):
    for b in range(plan.block_start.size - 1):
        _combine_block(plan, b, rate, coefficients, stage, buffers, y)


@parallel_jit
def _combine_parallel(plan, rate, coefficients, stage, buffers, y):
    for b in prange(plan.block_start.size - 1):
        _combine_block(plan, b, rate, coefficients, stage, buffers, y)


@jit
def _advance(plan, forces, tableau, buffers, parallel):
    """One step of the method; g and u must belong to x, and do so again afterwards."""
    stages = tableau.a.shape[1]
    for stage in range(stages):
        target = buffers.x if stage == stages - 1 else buffers.y
        coefficients = tableau.a[stage + 1]
        if parallel is None:
            _combine_serial(plan, forces.rate, coefficients, stage, buffers, target)
        else:
            _combine_parallel(plan, forces.rate, coefficients, stage, buffers, target)
        evaluate(plan, forces, target, buffers, parallel)


@jit
def _measure_residual(buffers):
    """Reduce max|u| over blocks, for each trial and over all of them."""
    largest = 0.0
    for t in range(buffers.residual.size):
        buffers.residual[t] = 0.0
        for b in range(buffers.block_residual.shape[0]):
            buffers.residual[t] = max(buffers.residual[t], buffers.block_residual[b, t])
        largest = max(largest, buffers.residual[t])
    return largest


@jit
def _watch_energy(buffers, step):
    """Compare the energy with the one a step earlier."""
    watch = buffers.watch
    for t in range(buffers.previous.size):
        rise = buffers.energy[0, t] - buffers.previous[t]
        size = max(abs(buffers.energy[0, t]), abs(buffers.previous[t]))
        if rise > watch[RISE]:
            watch[RISE], watch[RISE_SIZE] = rise, size
            watch[RISE_STEP], watch[RISE_TRIAL] = step, t
        if rise > max(RISE_OF_ENERGY * size, RISE_OF_TERMS * buffers.energy[1, t]):
            if watch[RISES] == 0.0:
                watch[FIRST_RISE] = step
            watch[RISES] += 1.0


@jit
def _keep(records, row, step, buffers):
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
    plan,
    forces,
    tableau,
    buffers,
    records,
    begin,
    step,
    n_steps,
    stride,
    keep_last,
    final,
    tolerance,
    parallel,
):
    """Take up to `n_steps` steps.

    Parameters
    ----------
    begin : bool
        True where a stretch of constant stimuli begins: evaluates x first, records it if due,
        and does not compare its energy with the one before, which had other inputs.
    step : int
        Number of steps already taken.
    stride : int
        Steps between records; 0 keeps none, and then the energy is not watched either.
    keep_last : bool
        False if the state after the last step is recorded by the stretch that follows.
    final : bool
        True if the simulation ends after these steps: its last state is recorded in any case.
    tolerance : float
        Stop when the residual is at most this; negative never stops.

    Returns
    -------
    status, step, rows : int
        `rows` records were written.
    """
    rows = 0
    with_energy = records.energy.shape[0] > 0
    last = step + n_steps
    if begin:
        evaluate(plan, forces, buffers.x, buffers, parallel)
    look = begin
    while True:
        if look:
            residual = _measure_residual(buffers)
            if not residual < math.inf:
                return DIVERGED, step, rows
            if with_energy:
                measure_energy(plan, forces, buffers, parallel)
                if not begin:
                    _watch_energy(buffers, step)
                buffers.previous[:] = buffers.energy[0]
            begin = False
            converged = residual <= tolerance
            at_end = step == last
            due = step % stride == 0 if stride > 0 else False
            if (
                stride > 0
                and (due or converged or (at_end and final))
                and (keep_last or not at_end)
            ):
                _keep(records, rows, step, buffers)
                rows += 1
            if converged:
                return CONVERGED, step, rows
        if step >= last:
            return RUNNING, step, rows
        _advance(plan, forces, tableau, buffers, parallel)
        step += 1
        look = True
