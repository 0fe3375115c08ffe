"""The compiled loop over steps that may be refused: try, judge, record, take. No Python in between.

Each trial has its own time and step. Those that wait, or are over, have steps of length 0.
"""

from __future__ import annotations

import math

from hamsim.kernels.addresses import (
    accuracy_at,
    buffers_at,
    control_at,
    forces_at,
    inside_at,
    plan_at,
    programs_at,
    records_at,
    stability_at,
    tableau_at,
)
from hamsim.kernels.control import (
    ARRIVED,
    FALLEN,
    FURTHER,
    GOING,
    STIFF,
    TAKEN,
    choose_first,
    conclude,
    judge,
    note_left,
    propose,
    propose_trial_step,
    weigh_chunk,
)
from hamsim.kernels.energy import add_energies
from hamsim.kernels.interpolate import aim, finish_chunk, later_chunk, put_piece
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.kinks import crosses, kinks_matter, send_chunk, weigh_kinks_chunk
from hamsim.kernels.radius import (
    come_back_chunk,
    go_apart_chunk,
    note_radius,
    stay_calm,
    wants_look,
)
from hamsim.kernels.step import keep, note_rise
from hamsim.kernels.stiffness import asks, count_steps, is_stiff, note_border, probe_chunk
from hamsim.kernels.team import follow, perform

# What `adapt` returns: it has tried as often as it was told; there is no room for a record; a trial
# has fallen; nobody goes on. After FULL and FELL the attempt is to be finished.
TRIED, FULL, FELL, OVER = 0, 1, 2, 3


# --- kinds of work -----------------------------------------------------------------------------


def weigh(table, nothing, piece):
    """Write parts of the error of a step."""
    weigh_chunk(
        plan_at(table),
        piece,
        tableau_at(table),
        accuracy_at(table),
        buffers_at(table),
        control_at(table),
        inside_at(table),
    )


def send_kinks(table, nothing, piece):
    """Let what kinks add to activations be sent in their place."""
    send_chunk(plan_at(table), piece, buffers_at(table), control_at(table))


def weigh_kinks(table, nothing, piece):
    """Write parts of the error by kinks, and put everything back."""
    weigh_kinks_chunk(
        plan_at(table),
        piece,
        forces_at(table),
        accuracy_at(table),
        buffers_at(table),
        control_at(table),
    )


def probe(table, nothing, piece):
    """Write parts of what tells stiffness."""
    probe_chunk(
        plan_at(table),
        piece,
        tableau_at(table),
        buffers_at(table),
        control_at(table),
        stability_at(table),
    )


def finish(table, stage, piece):
    """Keep h dx/dt at the new state."""
    finish_chunk(plan_at(table), piece, buffers_at(table), stage)


def later(table, stage, piece):
    """Go to a further stage of the interpolant, or back."""
    later_chunk(
        plan_at(table),
        piece,
        tableau_at(table),
        buffers_at(table),
        control_at(table),
        inside_at(table),
        stage,
    )


def put(table, nothing, piece):
    """Write states within the step."""
    put_piece(piece, buffers_at(table), inside_at(table))


def go_apart(table, nothing, piece):
    """Go from the state into the direction in which what is fastest moves."""
    go_apart_chunk(plan_at(table), piece, buffers_at(table), control_at(table))


def come_back(table, nothing, piece):
    """Write how dx/dt differs there, and put everything back."""
    come_back_chunk(plan_at(table), piece, buffers_at(table), control_at(table))


# --- loops -------------------------------------------------------------------------------------


@jit
def begin_steps(board, table, node):
    """Choose the first step of each trial; g and u must belong to x, and do so again afterwards."""
    table_at = table.ctypes.data
    buffers, control = buffers_at(table_at), control_at(table_at)
    forces, accuracy = forces_at(table_at), accuracy_at(table_at)
    propose_trial_step(forces, accuracy, buffers, control, node)
    perform(board, control.first, table_at)
    choose_first(forces, accuracy, buffers, control, node)
    for t in range(control.time.size):
        buffers.accepted[t] = 0.0
    perform(board, programs_at(table_at).settle, table_at)
    for t in range(control.time.size):
        buffers.accepted[t] = 1.0


@jit
def look_ahead(table, horizon):
    """Write the steps that `adapt` tries next, for those who must know the times of its stages."""
    table_at = table.ctypes.data
    return propose(buffers_at(table_at), control_at(table_at), horizon)


@internal
def _record(board, table_at, buffers, control, inside, base):
    """Write states at the times of records within the steps taken; False if there is no room."""
    begun = False
    while True:
        due = aim(buffers, control, inside, base)
        if due < 0:
            return False
        if due == 0:
            return True
        if not begun:
            begun = True
            perform(board, inside.finish, table_at)
            if inside.stages.shape[0] > 0:
                perform(board, inside.stages, table_at)
                for t in range(control.time.size):
                    if inside.row[t] >= 0:
                        control.counts[FURTHER, t] += inside.later.shape[0]
        perform(board, inside.put, table_at)


@internal
def _watch(buffers, control):
    """Compare energies with those a step earlier, in trials that have taken one."""
    for t in range(control.time.size):
        if buffers.accepted[t] != 0.0:
            if buffers.h[t] > 0.0 and buffers.watched[t] != 0.0:
                note_rise(buffers, t, control.reach[t], control.number[t])
            buffers.previous[t] = buffers.energy[0, t]


@internal
def _leave_stiff(buffers, control, stability):
    """Let trials wait for another method that are stiff."""
    for t in range(control.time.size):
        if control.state[t] == GOING and buffers.accepted[t] != 0.0 and buffers.h[t] > 0.0:
            if is_stiff(buffers, control, stability, t):
                control.state[t] = STIFF


@jit
def adapt(board, table, resumes, attempts, horizon, base, start, final, tolerance, follows):
    """Try up to so many steps, or help another thread that does.

    Parameters
    ----------
    board, table : ndarray
    resumes : bool
        Whether an attempt is to be finished of which this function has returned FULL or FELL.
    attempts : int
    horizon : float
        No trial goes beyond before all are there.
    base : int
        Number of the record that is the first of `Inside.states`.
    start : float
        Time from which on states are recorded after each step, of a single trial; infinite where
        they are recorded within steps.
    final : bool
        Whether the state at the end of the stretch is recorded, too.
    tolerance : float
        A trial rests when its residual is at most this; negative: none does.
    follows : bool
        Only take pieces of what another thread announces, until the team is stopped.

    Returns
    -------
    status, rows : int
        `rows` records were written to `Records`, with their times in `Inside.times`.
    """
    table_at = table.ctypes.data
    if follows:
        follow(board, table_at)
        return TRIED, 0
    buffers, programs, records = buffers_at(table_at), programs_at(table_at), records_at(table_at)
    control, inside = control_at(table_at), inside_at(table_at)
    stability = stability_at(table_at)
    each_step = start < math.inf
    with_energy = records.energy.shape[0] > 0
    rows = 0
    while attempts > 0:
        if not resumes:
            if each_step and rows == records.step.size:
                return TRIED, rows
            if not propose(buffers, control, horizon):
                return OVER, rows
            perform(board, programs.attempt, table_at)
            note_left(buffers, control)
            if kinks_matter(accuracy_at(table_at), buffers, control):
                perform(board, control.bend, table_at)
                for t in range(control.time.size):
                    control.counts[FURTHER, t] += 1 if crosses(control, t) else 0
            if asks(buffers, control, stability):
                perform(board, stability.probe, table_at)
                note_border(buffers, control, stability)
            count_steps(buffers, control, stability)
            judge(buffers, control)
            for t in range(control.time.size):
                if control.state[t] == FALLEN and buffers.h[t] > 0.0:
                    return FELL, rows
        resumes = False
        if not each_step and not _record(board, table_at, buffers, control, inside, base):
            return FULL, rows
        perform(board, programs.settle, table_at)
        if with_energy:
            perform(board, programs.measure, table_at)
            add_energies(buffers)
            _watch(buffers, control)
        conclude(buffers, control, tolerance)
        _leave_stiff(buffers, control, stability)
        looks = wants_look(buffers, control)
        while looks:
            perform(board, control.look, table_at)
            looks = note_radius(buffers, control)
        stay_calm(control)
        attempts -= 1
        if each_step and buffers.accepted[0] != 0.0 and control.time[0] >= start:
            if final or control.state[0] != ARRIVED:
                keep(records, rows, control.counts[TAKEN, 0], buffers)
                inside.times[rows] = control.time[0]
                rows += 1
    return TRIED, rows
