"""The kinds of work that a step consists of, each cut into pieces that may run at the same time.

Pieces of one kind write different memory and read what earlier kinds wrote, so it does not matter
who does which of them, nor in which order.

Each kind is a function of its own, compiled when a network first needs it and called by address.
A *program* is a list of kinds of work, one after another: an array with a row (address of the
function, its argument, number of pieces) for each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hamsim.kernels.activation import activate_chunk, activate_following, activate_leading
from hamsim.kernels.addresses import (
    accuracy_at,
    buffers_at,
    driven_at,
    forces_at,
    plan_at,
    plan_of_float32_at,
    tableau_at,
)
from hamsim.kernels.calls import compile_work
from hamsim.kernels.dense import do_block, do_block_of_trials
from hamsim.kernels.driven import put_chunk, turn_row
from hamsim.kernels.energy import energy_of_chunk
from hamsim.kernels.jit import COMPILING, first_call
from hamsim.kernels.noise import give_back, kick, prepare_kicks, shake, tick
from hamsim.kernels.plan import BLOCK, CONVOLUTION, KIND, TILES, Plan, Programs
from hamsim.kernels.receive import receive_block, receive_block_of_trials
from hamsim.kernels.sliding import do_convolution, do_convolution_of_trials
from hamsim.kernels.stages import (
    advance_chunk,
    attempt_chunk,
    estimate_chunk,
    pace_chunk,
    settle_chunk,
)
from hamsim.kernels.tasks import (
    EVERYTHING,
    TO_INSTANT,
    TO_OTHERS,
    do_triangle,
)

__all__ = ["address_of", "drive_of", "make_programs"]


# --- the kinds ---------------------------------------------------------------------------------


def activate(table, at_y, piece):
    """Write g of x, or of y."""
    buffers = buffers_at(table)
    state = buffers.y if at_y == 1 else buffers.x
    activate_chunk(plan_at(table), piece, state, buffers.g, buffers.scratch)


def lead(table, at_y, piece):
    """Write g of x, or of y, where neurons do not follow at once."""
    plan, forces, buffers = plan_at(table), forces_at(table), buffers_at(table)
    state = buffers.y if at_y == 1 else buffers.x
    activate_leading(plan, piece, forces, state, buffers.g, buffers.scratch)


def follow_at_once(table, at_y, piece):
    """Write g of x, or of y, where neurons follow at once."""
    plan, forces, buffers = plan_at(table), forces_at(table), buffers_at(table)
    state = buffers.y if at_y == 1 else buffers.x
    activate_following(plan, piece, forces, state, buffers.g, buffers.scratch)


def pace(table, nothing, piece):
    """Write the rates h / tau."""
    plan = plan_at(table)
    first, last = plan.chunk_start[piece], plan.chunk_stop[piece]
    buffers = buffers_at(table)
    pace_chunk(first, last, forces_at(table), buffers.h, buffers.rate)


def advance(table, stage, piece):
    """Go to the state at which the stage after this one is evaluated, and activate it."""
    advance_chunk(
        plan_at(table), piece, forces_at(table), tableau_at(table), buffers_at(table), stage
    )


def attempt(table, stage, piece):
    """`advance`, of a step that may be refused."""
    attempt_chunk(
        plan_at(table), piece, forces_at(table), tableau_at(table), buffers_at(table), stage
    )


def estimate(table, nothing, piece):
    """Write parts of the error of a step that may be refused."""
    estimate_chunk(
        plan_at(table),
        piece,
        forces_at(table),
        tableau_at(table),
        accuracy_at(table),
        buffers_at(table),
    )


def settle(table, nothing, piece):
    """Take a step, or go back, in each trial."""
    settle_chunk(plan_at(table), piece, buffers_at(table))


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


def put(table, at_y, piece):
    """Put values over time where neurons are driven: into currents, and into x, or y."""
    buffers = buffers_at(table)
    state = buffers.y if at_y == 1 else buffers.x
    put_chunk(plan_at(table), forces_at(table), driven_at(table), buffers, state, piece)


def turn(table, nothing, piece):
    """Turn to the values of the next evaluation."""
    turn_row(driven_at(table), buffers_at(table))


# --- programs ----------------------------------------------------------------------------------

# They must live as long as anything holds their addresses, so for the whole process.
_COMPILED: dict[Any, Any] = {}  # by the function: names may stand in several files


def address_of(function: Any) -> int:
    """Address of a kind of work, which is compiled or loaded if this is its first use."""
    if function not in _COMPILED:
        with COMPILING:
            if function not in _COMPILED:
                with first_call(f"work {function.__name__}"):
                    _COMPILED[function] = compile_work(function)
    return int(_COMPILED[function].address)


def make_programs(
    plan: Plan,
    has_instant: bool,
    stages: int,
    trials: int,
    refusable: bool = False,
    noisy: bool = False,
    driven: int = 0,
    measured: bool = True,
    explicit: bool = True,
) -> Programs:
    """Write the programs of a network, a method with so many stages, and so many trials.

    What nobody will perform is left empty, and is not compiled.

    Parameters
    ----------
    plan : Plan
    has_instant : bool
        Whether any neuron follows at once.
    stages : int
        0 where nobody takes steps of one length, or none at all.
    trials : int
    refusable : bool
        Whether steps may be refused, instead of ending in x itself.
    noisy : bool
        Whether neurons have noise; then the table has `Kicks`. Not where steps may be refused.
    driven : int
        Chunks with neurons whose currents or states change over time.
    measured : bool
        Whether energies are asked for.
    explicit : bool
        Whether no neuron that follows at once reads another one.
    """
    chunks = plan.chunk_start.size
    drive = drive_of(plan, has_instant, trials, noisy, driven)
    activates = address_of(lead if has_instant and explicit else activate)

    def steps(work: Any, *ends_at_y: bool) -> list[tuple[int, int, int]]:
        """Stages, each of which ends in y or in x."""
        at = [(address_of(work), stage, chunks) for stage in range(stages)]
        return [
            row for each, at_y in zip(at, ends_at_y, strict=True) for row in (each, *drive(at_y))
        ]

    written = {
        "pace": [],
        "evaluate": [(activates, 0, chunks), *drive(False)],
        "advance": [],
        "attempt": [],
        "settle": [],
        "measure": [(address_of(measure), 0, chunks)] if measured else [],
    }
    if refusable:
        written["attempt"] = [*steps(attempt, *[True] * stages), (address_of(estimate), 0, chunks)]
        written["settle"] = [(address_of(settle), 0, chunks)]
    elif stages:
        written["pace"] = [(address_of(pace), 0, chunks)]
        written["advance"] = steps(kick if noisy else advance, *[True] * (stages - 1), False)
    if noisy:
        written["pace"] += [(address_of(prepare_kicks), 0, chunks)]
        written["measure"] += [(address_of(give_back), 0, chunks)] if has_instant else []
        written["advance"] += [(address_of(tick), 0, 1)]
    return Programs(
        **{name: np.array(works, np.int64).reshape(-1, 3) for name, works in written.items()}
    )


def drive_of(
    plan: Plan, has_instant: bool, trials: int, noisy: bool = False, driven: int = 0
) -> Callable[[bool], list[tuple[int, int, int]]]:
    """Make a function that lists the works which write u where g belongs to x, or to y.

    With `driven` chunks of neurons whose currents or states change over time, these get first what
    the next row of values says.
    """
    chunks, blocks, tasks = plan.chunk_start.size, plan.block_start.size - 1, plan.tasks.shape[0]
    receives, passes = _passes(plan, trials)

    def drive(at_y: bool) -> list[tuple[int, int, int]]:
        works = []
        if driven:
            works += [(address_of(put), int(at_y), driven), (address_of(turn), 0, 1)]
        state = 2 if at_y else 0
        if has_instant:
            # No instantaneous neuron reads another, so one pass gives all their states exactly.
            works += [(each, TO_INSTANT, tasks) for each in passes]
            works += [(receives, state + 1, blocks)]
            works += [(address_of(shake), int(at_y), chunks)] if noisy else []
            works += [(address_of(follow_at_once), int(at_y), chunks)]
        directions = TO_OTHERS if has_instant else EVERYTHING
        works += [(each, directions, tasks) for each in passes]
        return [*works, (receives, state, blocks)]

    return drive


def halves_of_product(plan: Plan, trials: int) -> tuple[list[tuple[int, int, int]], ...]:
    """List the works that write W g of neurons that follow at once, and of the others.

    Of the first ones it is put to y, as if they followed; u of the others is W g less y.
    """
    blocks, tasks = plan.block_start.size - 1, plan.tasks.shape[0]
    receives, passes = _passes(plan, trials)
    to_first = [(each, TO_INSTANT, tasks) for each in passes]
    to_second = [(each, TO_OTHERS, tasks) for each in passes]
    return [*to_first, (receives, 3, blocks)], [*to_second, (receives, 2, blocks)]


def _passes(plan: Plan, trials: int) -> tuple[int, list[int]]:
    """Who receives what rows give that are read one by one, and who passes over tasks of others."""
    single = plan.weights.dtype == np.float32
    several = trials > 1

    def address(once: Any, once_single: Any, many: Any, many_single: Any) -> int:
        wide = many_single if single else many
        narrow = once_single if single else once
        return address_of(wide if several else narrow)

    receives = address(receive, receive_float32, receive_trials, receive_trials_float32)
    passes = []  # each passes over the tasks of other kinds
    kinds = plan.tasks[:, KIND]
    if np.any(kinds == BLOCK):
        passes.append(address(block, block_float32, block_trials, block_trials_float32))
    if np.any(kinds == CONVOLUTION):
        passes.append(address_of(convolution_trials if several else convolution))
    if np.any(kinds <= TILES):
        passes.append(address_of(triangle_float32 if single else triangle))
    return receives, passes
