"""What noise does to the neurons of a chunk in a step, and the kinds of work that do it.

White noise, tau dx = u dt + sigma dB, adds sigma sqrt(h) / tau times a normal number at the end of
a step, at the predicted state of a method that has one too. Coloured noise eta is advanced exactly,

    eta' = a eta + sigma sqrt(1 - a^2) xi,    a = exp(-h / s),

and is part of what drives a neuron: of u where it integrates, of x = W g + I + eta where it follows
at once. The energy, the residual and what is recorded are those of the network without it.

Where a method averages, a step adds the mean of its own normal number and the next one's
[Leimkuhler].

[Leimkuhler]: B. Leimkuhler and C. Matthews, Rational construction of stochastic numerical methods
for molecular sampling, Appl. Math. Res. Express 2013, 34.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.addresses import buffers_at, forces_at, kicks_at, plan_at, tableau_at
from hamsim.kernels.jit import internal
from hamsim.kernels.normals import BLOCK, fill_block
from hamsim.kernels.plan import COLOURED, INSTANT, MOVING, WHITE
from hamsim.kernels.registers import flat
from hamsim.kernels.stages import bounds_of, move_chunk

__all__ = ["give_back", "kick", "prepare_kicks", "shake", "tick"]


# --- arithmetic --------------------------------------------------------------------------------


@internal
def _fill(plan, c, kicks, block):
    first, last = bounds_of(plan, c)
    m = np.uint64(kicks.who.shape[1])
    fill_block(first * m, last * m, kicks.key, block, kicks.who, kicks.normals)


@internal
def _copy(first, last, source, target):
    for q in range(first, last):
        target[q] = source[q]


@internal
def _add(first, last, size, numbers, x):
    """Add white noise, in one trial."""
    for i in range(first, last):
        x[i] += size[i] * numbers[i]


@internal
def _add_means(first, last, size, earlier, numbers, x):
    """Add white noise whose numbers are means of two, in one trial."""
    for i in range(first, last):
        x[i] += 0.5 * size[i] * (earlier[i] + numbers[i])


@internal
def _kick_state(first, last, kicks, earlier, numbers, x):
    """Add white noise to a state."""
    if x.shape[1] == 1 and kicks.averages:
        _add_means(first, last, kicks.size, flat(earlier), flat(numbers), flat(x))
    elif x.shape[1] == 1:
        _add(first, last, kicks.size, flat(numbers), flat(x))
    else:
        for i in range(first, last):
            size = 0.5 * kicks.size[i] if kicks.averages else kicks.size[i]
            for t in range(x.shape[1]):
                number = numbers[i, t]
                x[i, t] += size * (earlier[i, t] + number if kicks.averages else number)


@internal
def _advance_eta(first, last, kicks, numbers):
    eta, decay, spread = kicks.eta, kicks.decay, kicks.spread
    if numbers.shape[1] == 1:
        values, drawn = flat(eta), flat(numbers)
        for i in range(first, last):
            values[i] = decay[i] * values[i] + spread[i] * drawn[i]
    else:
        for i in range(first, last):
            for t in range(numbers.shape[1]):
                eta[i, t] = decay[i] * eta[i, t] + spread[i] * numbers[i, t]


@internal
def _drive(first, last, eta, u):
    """Add coloured noise to what drives neurons; those that do not integrate are not asked."""
    for q in range(first, last):
        u[q] += eta[q]


# --- kinds of work -----------------------------------------------------------------------------


def prepare_kicks(table, nothing, piece):
    """Write what noise is in steps of h, and the normal numbers of the step that comes next."""
    plan, forces, kicks = plan_at(table), forces_at(table), kicks_at(table)
    h, step = buffers_at(table).h[0], kicks.step[0]
    first, last = bounds_of(plan, piece)
    for i in range(first, last):
        kicks.size[i], kicks.decay[i], kicks.spread[i] = 0.0, 0.0, 0.0
        if kicks.relaxation[i] > 0.0:
            kicks.decay[i] = math.exp(-h / kicks.relaxation[i])
            kicks.spread[i] = kicks.sigma[i] * math.sqrt(
                -math.expm1(-2.0 * h / kicks.relaxation[i])
            )
        elif forces.phase[i] == MOVING:
            kicks.size[i] = kicks.sigma[i] * math.sqrt(h) / forces.tau[i]
    if kicks.chunk_kind[piece] == 0:
        return
    _fill(plan, piece, kicks, step // BLOCK)
    if kicks.averages:
        m = np.uint64(kicks.who.shape[1])
        _copy(first * m, last * m, flat(kicks.normals[step % BLOCK]), flat(kicks.earlier))


def kick(table, stage, piece):
    """`works.advance` of neurons with noise."""
    plan, tableau = plan_at(table), tableau_at(table)
    buffers, kicks = buffers_at(table), kicks_at(table)
    kind, step = kicks.chunk_kind[piece], kicks.step[0]
    first, last = bounds_of(plan, piece)
    if kind & COLOURED:
        m = np.uint64(kicks.who.shape[1])
        _drive(first * m, last * m, flat(kicks.eta), flat(buffers.u))
    state = move_chunk(plan, piece, tableau, buffers, stage)
    if kind != 0:
        ends = step + 1 if kicks.averages else step
        if stage == 0 and ends % BLOCK == 0:
            _fill(plan, piece, kicks, ends // BLOCK)
        numbers = kicks.normals[ends % BLOCK]
        if kind & WHITE:
            _kick_state(first, last, kicks, kicks.earlier, numbers, state)
        if stage == 0 and kind & COLOURED:
            _advance_eta(first, last, kicks, kicks.earlier if kicks.averages else numbers)
        if kicks.averages:
            m = np.uint64(kicks.who.shape[1])
            _copy(first * m, last * m, flat(numbers), flat(kicks.earlier))
    activate_chunk(plan, piece, state, buffers.g, buffers.scratch)


def shake(table, at_y, piece):
    """Add coloured noise to the states of neurons that follow at once."""
    plan, forces, buffers, kicks = (
        plan_at(table),
        forces_at(table),
        buffers_at(table),
        kicks_at(table),
    )
    if not kicks.chunk_kind[piece] & COLOURED:
        return
    state = buffers.y if at_y == 1 else buffers.x
    first, last = bounds_of(plan, piece)
    for i in range(first, last):
        if forces.phase[i] == INSTANT:
            for t in range(state.shape[1]):
                state[i, t] += kicks.eta[i, t]


def give_back(table, nothing, piece):
    """Take from the energy what it owes to u = 0 of shaken neurons, for which W g + I - x is -eta.

    1/2 g eta each, as u is in the sum -1/2 g (u + x + I).
    """
    plan, forces, buffers, kicks = (
        plan_at(table),
        forces_at(table),
        buffers_at(table),
        kicks_at(table),
    )
    if not kicks.chunk_kind[piece] & COLOURED:
        return
    energy, size = buffers.chunk_energy[piece, 0], buffers.chunk_energy[piece, 1]
    first, last = bounds_of(plan, piece)
    for i in range(first, last):
        if forces.phase[i] == INSTANT:
            half = 0.5 * plan.scale[i] if plan.scale.size > 0 else 0.5
            for t in range(energy.size):
                owed = half * buffers.g[i, t] * kicks.eta[i, t]
                energy[t] += owed
                size[t] += abs(owed)


def tick(table, nothing, piece):
    """Count a step that has been taken."""
    kicks_at(table).step[0] += 1
