"""The kinds of work that a step consists of, each cut into pieces that may run at the same time.

Pieces of one kind write different memory and read what earlier kinds wrote, so it does not matter
who does which of them, nor in which order.

Each kind is a function of its own, compiled when a network first needs it and called by address.
A *program* is a list of kinds of work, one after another: an array with a row (address of the
function, its argument, number of pieces) for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.addresses import (
    buffers_at,
    forces_at,
    plan_at,
    plan_of_float32_at,
    tableau_at,
)
from hamsim.kernels.calls import compile_work
from hamsim.kernels.dense import do_block, do_block_of_trials
from hamsim.kernels.energy import energy_of_chunk
from hamsim.kernels.jit import COMPILING, first_call, internal
from hamsim.kernels.plan import BLOCK, CONVOLUTION, KIND, TILES, Plan, Programs
from hamsim.kernels.receive import receive_block, receive_block_of_trials
from hamsim.kernels.registers import flat
from hamsim.kernels.sliding import do_convolution, do_convolution_of_trials
from hamsim.kernels.tasks import (
    EVERYTHING,
    TO_INSTANT,
    TO_OTHERS,
    do_triangle,
)

__all__ = ["make_programs"]


# --- the kinds ---------------------------------------------------------------------------------


def activate(table, at_y, piece):
    """Write g of x, or of y."""
    buffers = buffers_at(table)
    state = buffers.y if at_y == 1 else buffers.x
    activate_chunk(plan_at(table), piece, state, buffers.g, buffers.scratch)


@internal
def _combine(first, last, rate, own, x, u, k, y):
    """Keep dt dx/dt of a stage, and write the state that follows from it to y, in one trial.

    A rate of 0 means clamped or instantaneous: u may be infinite there.
    """
    for i in range(first, last):
        change = rate[i] * u[i]
        change = change if rate[i] != 0.0 else 0.0
        k[i] = change
        y[i] = x[i] + own * change


@internal
def _conclude(first, last, rate, own, u, x):
    """Add the last stage to the state itself, in one trial.

    Not `_combine` with y = x: loops over arrays that overlap are not vectorised.
    """
    for i in range(first, last):
        change = rate[i] * u[i]
        x[i] += own * change if rate[i] != 0.0 else 0.0


@internal
def _combine_trials(first, last, rate, own, x, u, k, y):
    """`_combine`, of many trials."""
    for i in range(first, last):
        moves = rate[i] != 0.0
        for t in range(x.shape[1]):
            change = rate[i] * u[i, t]
            change = change if moves else 0.0
            k[i, t] = change
            y[i, t] = x[i, t] + own * change


@internal
def _conclude_trials(first, last, rate, own, u, x):
    """`_conclude`, of many trials."""
    for i in range(first, last):
        if rate[i] != 0.0:
            for t in range(x.shape[1]):
                x[i, t] += own * (rate[i] * u[i, t])


@internal
def _add_earlier(first, last, coefficients, stage, k, y):
    """Add what earlier stages have given to y, which is seen as one axis."""
    for j in range(stage):
        if coefficients[j] != 0.0:
            earlier = flat(k[j])
            for q in range(first, last):
                y[q] += coefficients[j] * earlier[q]


def advance(table, stage, piece):
    """Go to the state at which the stage after this one is evaluated, and activate it."""
    plan, forces, tableau = plan_at(table), forces_at(table), tableau_at(table)
    buffers = buffers_at(table)
    is_last = stage == tableau.a.shape[1] - 1
    state = buffers.x if is_last else buffers.y
    # Unsigned, because numba asks of every signed index whether it counts from the end.
    first, last = np.uint64(plan.chunk_start[piece]), np.uint64(plan.chunk_stop[piece])
    coefficients, x, u, k = tableau.a[stage + 1], buffers.x, buffers.u, buffers.k
    own, m = coefficients[stage], np.uint64(x.shape[1])
    several = m > np.uint64(1)
    if is_last and several:
        _conclude_trials(first, last, forces.rate, own, u, x)
    elif is_last:
        _conclude(first, last, forces.rate, own, flat(u), flat(x))
    elif several:
        _combine_trials(first, last, forces.rate, own, x, u, k[stage], state)
    else:
        kept = flat(k[stage])
        _combine(first, last, forces.rate, own, flat(x), flat(u), kept, flat(state))
    _add_earlier(first * m, last * m, coefficients, stage, k, flat(state))
    activate_chunk(plan, piece, state, buffers.g, buffers.scratch)


def receive(table, which, piece):
    """Write u: 1 of instantaneous neurons, else 0; plus 2 where the state is y."""
    receive_block(plan_at(table), piece, forces_at(table), buffers_at(table), which)


def receive_float32(table, which, piece):
    """`receive`, from weights in float32."""
    receive_block(plan_of_float32_at(table), piece, forces_at(table), buffers_at(table), which)


def receive_trials(table, which, piece):
    """`receive`, of many trials."""
    receive_block_of_trials(plan_at(table), piece, forces_at(table), buffers_at(table), which)


def receive_trials_float32(table, which, piece):
    """`receive`, of many trials, from weights in float32."""
    plan = plan_of_float32_at(table)
    receive_block_of_trials(plan, piece, forces_at(table), buffers_at(table), which)


def triangle(table, directions, piece):
    """Write the windows of a task on the upper triangle."""
    do_triangle(plan_at(table), piece, directions, buffers_at(table))


def triangle_float32(table, directions, piece):
    """`triangle`, from weights in float32."""
    do_triangle(plan_of_float32_at(table), piece, directions, buffers_at(table))


def block(table, directions, piece):
    """Write the windows of a task on a dense block."""
    do_block(plan_at(table), piece, directions, buffers_at(table))


def block_float32(table, directions, piece):
    """`block`, from weights in float32."""
    do_block(plan_of_float32_at(table), piece, directions, buffers_at(table))


def block_trials(table, directions, piece):
    """`block`, for many trials."""
    do_block_of_trials(plan_at(table), piece, directions, buffers_at(table))


def block_trials_float32(table, directions, piece):
    """`block`, for many trials, from weights in float32."""
    do_block_of_trials(plan_of_float32_at(table), piece, directions, buffers_at(table))


def convolution(table, directions, piece):
    """Write the windows of a task on a convolution; its kernel is never float32."""
    do_convolution(plan_at(table), piece, directions, buffers_at(table))


def convolution_trials(table, directions, piece):
    """`convolution`, for many trials."""
    do_convolution_of_trials(plan_at(table), piece, directions, buffers_at(table))


def measure(table, nothing, piece):
    """Write parts of the energy."""
    energy_of_chunk(plan_at(table), piece, forces_at(table), buffers_at(table))


# --- programs ----------------------------------------------------------------------------------

# They must live as long as anything holds their addresses, so for the whole process.
_COMPILED: dict[str, Any] = {}


def _address(function: Any) -> int:
    """Address of a kind of work, which is compiled or loaded if this is its first use."""
    name = function.__name__
    if name not in _COMPILED:
        with COMPILING:
            if name not in _COMPILED:
                with first_call(f"work {name}"):
                    _COMPILED[name] = compile_work(function)
    return int(_COMPILED[name].address)


def make_programs(plan: Plan, has_instant: bool, stages: int, trials: int) -> Programs:
    """Write the programs of a network, a method with so many stages, and so many trials."""
    single = plan.weights.dtype == np.float32
    several = trials > 1

    def address(once: Any, once_single: Any, many: Any, many_single: Any) -> int:
        wide = many_single if single else many
        narrow = once_single if single else once
        return _address(wide if several else narrow)

    chunks, blocks, tasks = plan.chunk_start.size, plan.block_start.size - 1, plan.tasks.shape[0]
    receives = address(receive, receive_float32, receive_trials, receive_trials_float32)
    activates, advances = _address(activate), _address(advance)
    passes = []  # each passes over the tasks of other kinds
    kinds = plan.tasks[:, KIND]
    if np.any(kinds == BLOCK):
        passes.append(address(block, block_float32, block_trials, block_trials_float32))
    if np.any(kinds == CONVOLUTION):
        passes.append(_address(convolution_trials if several else convolution))
    if np.any(kinds <= TILES):
        passes.append(_address(triangle_float32 if single else triangle))

    def drive(at_y: bool) -> list[tuple[int, int, int]]:
        """U where g belongs to the state."""
        works = []
        state = 2 if at_y else 0
        if has_instant:
            # No instantaneous neuron reads another, so one pass gives all their states exactly.
            works += [(each, TO_INSTANT, tasks) for each in passes]
            works += [(receives, state + 1, blocks), (activates, int(at_y), chunks)]
        directions = TO_OTHERS if has_instant else EVERYTHING
        works += [(each, directions, tasks) for each in passes]
        return [*works, (receives, state, blocks)]

    steps = []
    for stage in range(stages):
        steps += [(advances, stage, chunks), *drive(at_y=stage < stages - 1)]
    evaluation = [(activates, 0, chunks), *drive(at_y=False)]
    energy = [(_address(measure), 0, chunks)]
    return Programs(*(np.array(works, np.int64) for works in (evaluation, steps, energy)))
