"""Sweeps over classes of neurons, in steps that each trial chooses.

Neurons of a class have no synapses among them. Half a step of each class, the fastest first, a
whole one of the last, and back: each part is the exact flow with all others held, which lowers the
energy whatever its length. Going back, a class meets another drive than on its way there; what that
makes of its state is the difference to a step of first order, from which the next length follows.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.addresses import buffers_at, forces_at, plan_at
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.plan import CLAMPED
from hamsim.kernels.receive import add_gated_of_block, row_of_one, row_of_trials
from hamsim.kernels.registers import flat

__all__ = ["Sweeps", "begin_sweeps", "sweep"]

LEAST_FACTOR, MOST_FACTOR, SAFETY = 0.2, 5.0, 0.9
LEAST_SCALE = 1e-3
FIRST_PART = 0.1
DIVERGED = 1e30  # a state this large will not come to rest
# A trial is not close to rest before u has fallen by this factor, so many times in a row: it may
# be close to a saddle from which it goes away.
FALLING, IN_A_ROW = 0.9, 3
# A trial goes on, is close to rest, or has no finite state any more.
GOING, NEAR, LOST = 0, 1, 2


class Sweeps(NamedTuple):
    """What sweeps read and write; m trials, k classes."""

    blocks: Ints  # (k + 1,)  where each class begins in blocks of rows
    chunks: Ints  # (k + 1,)  and in chunks of neurons
    kept: bool  # whether the drive of a class is the same after its own part
    tau: Floats  # (n,)
    x: Floats  # (n, m)  state at the beginning of a step
    g: Floats  # (n, m)
    drive: Floats  # (n, m)  last drive of each neuron
    before: Floats  # (n, m)  the one that it met on its way there, or a step earlier
    scale: Floats  # (chunks, m)  largest states
    h: Floats  # (m,)
    error: Floats  # (m,)
    left: Floats  # (m,)  largest u, as a part of the states
    last: Floats  # (m,)  the same one step earlier
    falling: Ints  # (m,)  steps in a row in which it has become smaller
    bent: Floats  # (m,)  sum of errors
    state: Ints  # (m,)
    steps: Ints  # (2, m)  taken and tried


@internal
def _receive(plan, forces, buffers, s, c):
    """Write the drive of a class, and keep the one before."""
    g, u = buffers.g, buffers.u
    m = u.shape[1]
    for b in range(s.blocks[c], s.blocks[c + 1]):
        start, stop = np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])
        if m == 1:
            states, drive = flat(g), flat(u)
            for i in range(start, stop):
                drive[i] = row_of_one(plan, i, states)
        else:
            for tile in range((plan.indptr.size - 1) // g.shape[0]):
                for i in range(start, stop):
                    row_of_trials(plan, tile, i, g, u)
        if buffers.gated.shape[0] > 0:
            add_gated_of_block(plan, b, g, buffers.gated, u)
        for i in range(start, stop):
            for t in range(m):
                s.before[i, t] = s.drive[i, t]
                s.drive[i, t] = u[i, t] + forces.input[i, t]


@internal
def _rate(s, i, t):
    """Part of the way to its drive that a neuron goes in half a step."""
    if s.state[t] != GOING:
        return 0.0
    return 1.0 if s.tau[i] == 0.0 else -math.expm1(-0.5 * s.h[t] / s.tau[i])


@internal
def _move(plan, forces, buffers, s, c, whole, weight):
    """Move a class, and note what another drive makes of it, times `weight`."""
    x = buffers.x
    for a in range(s.chunks[c], s.chunks[c + 1]):
        for i in range(plan.chunk_start[a], plan.chunk_stop[a]):
            if forces.phase[i] == CLAMPED:
                continue
            for t in range(x.shape[1]):
                part = _rate(s, i, t)
                part = part * (2.0 - part) if whole else part
                x[i, t] += part * (s.drive[i, t] - x[i, t])
                if weight > 0.0:
                    off = weight * part * abs(s.drive[i, t] - s.before[i, t]) / s.scale[a, t]
                    s.error[t] = s.error[t] if off <= s.error[t] else off
        activate_chunk(plan, a, x, buffers.g, buffers.scratch)


@internal
def _measure(plan, forces, buffers, s):
    """Write how large states are, and how large u is."""
    x = buffers.x
    m = x.shape[1]
    for t in range(m):
        s.left[t] = 0.0
        most = 0.0
        for a in range(plan.chunk_start.size):
            own = 0.0
            for i in range(plan.chunk_start[a], plan.chunk_stop[a]):
                own = max(own, max(abs(x[i, t]), abs(s.drive[i, t])))
            s.scale[a, t] = own
            most = max(most, own)
        for a in range(plan.chunk_start.size):
            s.scale[a, t] = max(s.scale[a, t], max(LEAST_SCALE * most, 1e-300))
        for a in range(plan.chunk_start.size):
            for i in range(plan.chunk_start[a], plan.chunk_stop[a]):
                if forces.phase[i] != CLAMPED:
                    off = abs(s.drive[i, t] - x[i, t]) / most if most > 0.0 else 0.0
                    s.left[t] = s.left[t] if off <= s.left[t] else off
        if not most < DIVERGED:
            s.left[t] = math.inf


@jit
def begin_sweeps(table, s):
    """Activate and evaluate the states in the buffers, and choose first steps."""
    table_at = table.ctypes.data
    plan, forces, buffers = plan_at(table_at), forces_at(table_at), buffers_at(table_at)
    for a in range(plan.chunk_start.size):
        activate_chunk(plan, a, buffers.x, buffers.g, buffers.scratch)
    for c in range(s.blocks.size - 1):
        _receive(plan, forces, buffers, s, c)
    _measure(plan, forces, buffers, s)
    for t in range(s.h.size):
        fastest, most = 0.0, 0.0
        for i in range(s.tau.size):
            if forces.phase[i] == CLAMPED or s.tau[i] == 0.0:
                continue
            fastest = max(fastest, abs(s.drive[i, t] - buffers.x[i, t]) / s.tau[i])
            most = max(most, abs(s.drive[i, t]))
        s.h[t] = FIRST_PART * most / fastest if fastest > 0.0 else 1.0
        s.last[t] = s.left[t]
        s.state[t] = GOING if s.left[t] < math.inf else LOST


@internal
def _settle(plan, forces, buffers, s, tolerance, near):
    """Take the step in trials in which its error is small, and choose the next length."""
    x, g = buffers.x, buffers.g
    n, m = x.shape
    refused = False
    for t in range(m):
        if s.state[t] != GOING:
            continue
        s.steps[1, t] += 1
        refused = refused or not s.error[t] <= tolerance
    if refused:
        first = plan.chunk_stop[s.chunks[1] - 1]
        for i in range(n):
            for t in range(m):
                if s.state[t] == GOING and not s.error[t] <= tolerance:
                    x[i, t], g[i, t] = s.x[i, t], s.g[i, t]
                    if i < first:
                        s.drive[i, t] = s.before[i, t]
    _measure(plan, forces, buffers, s)
    for t in range(m):
        if s.state[t] != GOING:
            continue
        ratio = s.error[t] / tolerance
        factor = MOST_FACTOR
        if ratio > 0.0:
            factor = min(MOST_FACTOR, max(LEAST_FACTOR, SAFETY / math.sqrt(ratio)))
        s.h[t] *= factor
        if s.error[t] <= tolerance:
            s.steps[0, t] += 1
            s.bent[t] += s.error[t]
            falls = s.left[t] <= FALLING * s.last[t]
            s.falling[t] = s.falling[t] + 1 if falls else 0
            s.last[t] = s.left[t]
            if s.left[t] <= near and (s.falling[t] >= IN_A_ROW or s.left[t] == 0.0):
                s.state[t] = NEAR
        if not s.left[t] < math.inf or not s.h[t] > 0.0:
            s.state[t] = LOST


@jit
def sweep(table, s, tolerance, near, rounds, least):
    """Take steps in all trials that go on.

    Parameters
    ----------
    table : ndarray
    s : Sweeps
    tolerance : float
        Error of a step, as a part of the states.
    near : float
        A trial has arrived whose u is at most this part of its states.
    rounds : int
        Steps of each trial at most.
    least : int
        Stop where fewer trials than this go on.

    Returns
    -------
    going : int
        Trials that go on.
    """
    table_at = table.ctypes.data
    plan, forces, buffers = plan_at(table_at), forces_at(table_at), buffers_at(table_at)
    last = s.blocks.size - 2
    for _ in range(rounds):
        going = 0
        for t in range(s.h.size):
            going += 1 if s.state[t] == GOING else 0
            s.error[t] = 0.0
        if going == 0 or going < least:
            return going
        s.x[:, :], s.g[:, :] = buffers.x, buffers.g
        if not s.kept:
            _receive(plan, forces, buffers, s, 0)
        for c in range(last + 1):
            if c > 0:
                _receive(plan, forces, buffers, s, c)
            _move(plan, forces, buffers, s, c, c == last, 0.5 if c == last and c > 0 else 0.0)
        for c in range(last - 1, -1, -1):
            _receive(plan, forces, buffers, s, c)
            _move(plan, forces, buffers, s, c, False, 1.0)
        _settle(plan, forces, buffers, s, tolerance, near)
    return going
