"""Many trials brought to rest together, each at its own pace; all arrays have shape (n, trials).

Neurons lie on two sides. Those of the first have no synapses among them: at rest they are what they
receive from the second, x = W g + I, so that they always are. What is left to solve for is the
second side's x, where f(x) = W g + I - x is to vanish. A round evaluates both sides, which reads W
once, and moves the second side along f; where f falls round after round, along the combination of
the last rounds that makes it least [Anderson 1965, J. ACM 12:547].

Some neurons may be pulled towards targets t: their drive, or what they send, is less by v - t times
a strength, v being g or x.

A trial's numbers depend on its own column alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.addresses import plan_at
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.receive import add_gated_of_block, row_of_trials

__all__ = [
    "DRIVEN",
    "NUMBERS",
    "PAST",
    "PLACES",
    "RESTS",
    "ROUNDS",
    "SENDING",
    "SENDING_OF_STATES",
    "STATE",
    "VECTORS",
    "WORST",
    "Relaxing",
    "receive",
    "relax",
]

# Vectors: states, activations, what is received; f; and the three of the round before.
X, G, U, F, X_BEFORE, F_BEFORE, G_BEFORE, GATED = range(8)
VECTORS = 10  # those of linear equations, which are there by then, need more
PAST = 5  # rounds that are combined

# Numbers of a trial: the largest |f|; squares of f now and before, and their product; by how much
# the energy curved down along the last move; the part of f to move along, and 0 once a trial rests.
WORST, SIZE, SIZE_BEFORE, TURN, CURVE, PART, MOVE = range(7)
FACTORS = 7  # of earlier moves, PAST numbers; then products of their changes of f with f
NUMBERS = FACTORS + 2 * PAST

# What has become of a trial, rounds that are combined, how often in a row f has fallen,
# rounds until they are combined again, and rounds so far.
STATE, DEPTH, FALLS, WAITS, ROUNDS = range(5)
PLACES = 5
GOING, RESTS, LOST = 0, 1, 2
# What a pull changes: the drive of neurons on the second side, by their activations; or what
# neurons send, by their activations or by their states.
DRIVEN, SENDING, SENDING_OF_STATES = range(3)

# f falls if its square is at most this part of the one before; so often in a row before rounds are
# combined; combining ends where the square grows by this factor.
FALLING, IN_A_ROW, GROWING = 0.8, 2, 4.0
# It has turned round where it points back for this part, and is hardly smaller.
BACK, HARDLY = -0.3, 0.5
SHORTER, LEAST_PART = 0.6, 1.0 / 64.0
# Rounds without combining after the energy was seen to curve down along a move.
AFTER_SADDLE = 4
RIDGE = 1e-13  # added to the diagonal of products of changes, as a part of it


class Relaxing(NamedTuple):
    """What rounds read and write; m trials."""

    sides: Ints  # (6,)  where the sides begin and end: blocks of rows, then chunks of neurons
    free: Floats  # (n,)  0 of neurons that are held, all on the second side, else 1
    balance: Floats  # (n,)  D with D W symmetric; 0 where there is none
    reach: Floats  # (n,)  norms of the rows of W
    current: Floats  # (n, m)  input
    vectors: Floats  # (VECTORS, n, m)
    moved: Floats  # (PAST, second, m)  changes of x, of neurons on the second side
    changed: Floats  # (PAST, second, m)  changes of f
    products: Floats  # (PAST, PAST, m)  of these with one another
    numbers: Floats  # (NUMBERS, m)
    places: Ints  # (PLACES, m)
    scratch: Floats  # (chunks, rows, width)
    pull: Ints  # (1,)  what a pull changes
    pulled: Ints  # (2, k)  neurons that are pulled, and on which side they are
    strength: Floats  # (k,)
    target: Floats  # (k, m)
    own: Floats  # (k, m)  activations, while these neurons send something else


@internal
def receive(plan, first, last, sent, out):
    """Write W of what is sent for some blocks of rows."""
    for b in range(first, last):
        start, stop = np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])
        for tile in range((plan.indptr.size - 1) // sent.shape[0]):
            for i in range(start, stop):
                row_of_trials(plan, tile, i, sent, out)


@internal
def _drive(plan, r, side):
    """Write what the neurons of a side receive from activations."""
    g, u = r.vectors[G], r.vectors[U]
    receive(plan, r.sides[side], r.sides[side + 1], g, u)
    if plan.gate_indptr.size > 0:
        for b in range(r.sides[side], r.sides[side + 1]):
            add_gated_of_block(plan, b, g, r.vectors[GATED], u)


@internal
def _activate(plan, r, side):
    """Write what the neurons of a side send."""
    x, g = r.vectors[X], r.vectors[G]
    for c in range(r.sides[3 + side], r.sides[4 + side]):
        activate_chunk(plan, c, x, g, r.scratch)
    if r.pull[0] == DRIVEN:
        return
    for k in range(r.pulled.shape[1]):
        i, strength = r.pulled[0, k], r.strength[k]
        if r.pulled[1, k] == side:
            for t in range(x.shape[1]):
                r.own[k, t] = g[i, t]
                v = x[i, t] if r.pull[0] == SENDING_OF_STATES else g[i, t]
                g[i, t] -= strength * (v - r.target[k, t])


@internal
def _pull_drive(r):
    """Take from what pulled neurons receive."""
    g, u = r.vectors[G], r.vectors[U]
    for k in range(r.pulled.shape[1] if r.pull[0] == DRIVEN else 0):
        i, strength = r.pulled[0, k], r.strength[k]
        for t in range(u.shape[1]):
            u[i, t] -= strength * (g[i, t] - r.target[k, t])


@internal
def _put_back(r):
    """Write the activations of neurons that have sent something else."""
    for k in range(r.pulled.shape[1] if r.pull[0] != DRIVEN else 0):
        i = r.pulled[0, k]
        for t in range(r.own.shape[1]):
            r.vectors[G, i, t] = r.own[k, t]


@internal
def _settle_first(plan, r):
    """Put the first side to what it receives."""
    x, u = r.vectors[X], r.vectors[U]
    _drive(plan, r, 0)
    for b in range(r.sides[0], r.sides[1]):
        for i in range(np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])):
            for t in range(x.shape[1]):
                x[i, t] = u[i, t] + r.current[i, t]
    _activate(plan, r, 0)


@internal
def _evaluate(r, first, last):
    """Write f, and how large it is."""
    x, u, f = r.vectors[X], r.vectors[U], r.vectors[F]
    worst, size = r.numbers[WORST], r.numbers[SIZE]
    worst[:], size[:] = 0.0, 0.0
    for i in range(first, last):
        free = r.free[i]
        for t in range(x.shape[1]):
            f[i, t] = free * (u[i, t] + r.current[i, t] - x[i, t])
        for t in range(x.shape[1]):
            size[t] += f[i, t] * f[i, t]
            off = abs(f[i, t])
            worst[t] = worst[t] if off <= worst[t] else off


@internal
def _compare(r, first, last, row):
    """Note what the last move changed, and what f has to do with the changes that are known."""
    x, g, f = r.vectors[X], r.vectors[G], r.vectors[F]
    x_before, f_before, g_before = (
        r.vectors[X_BEFORE],
        r.vectors[F_BEFORE],
        r.vectors[G_BEFORE],
    )
    moved, changed = r.moved[row], r.changed[row]
    turn, curve = r.numbers[TURN], r.numbers[CURVE]
    turn[:], curve[:] = 0.0, 0.0
    m = x.shape[1]
    for i in range(first, last):
        balance, k = r.balance[i], i - first
        for t in range(m):
            moved[k, t] = x[i, t] - x_before[i, t]
            changed[k, t] = f[i, t] - f_before[i, t]
        for t in range(m):
            turn[t] += f[i, t] * f_before[i, t]
            curve[t] += balance * (g[i, t] - g_before[i, t]) * changed[k, t]
    for k in range(PAST):
        along, other = r.products[row, k], r.numbers[FACTORS + PAST + k]
        along[:], other[:] = 0.0, 0.0
        each = r.changed[k]
        for i in range(first, last):
            for t in range(m):
                along[t] += changed[i - first, t] * each[i - first, t]
                other[t] += f[i, t] * each[i - first, t]
        r.products[k, row] = along


@internal
def _judge(r, t, tolerance):
    """Decide what becomes of a trial, and how many earlier moves the next one is made of."""
    numbers, places = r.numbers, r.places
    size, before = numbers[SIZE, t], numbers[SIZE_BEFORE, t]
    if not size < math.inf:
        places[STATE, t] = LOST
        return
    if numbers[WORST, t] <= tolerance:
        places[STATE, t] = RESTS
        return
    falls = places[FALLS, t] + 1 if size <= FALLING * before else 0
    curves_down = numbers[CURVE, t] > 0.0
    if curves_down:
        places[WAITS, t], places[DEPTH, t], falls = AFTER_SADDLE, 0, 0
    elif places[WAITS, t] > 0:
        places[WAITS, t] -= 1
    elif places[DEPTH, t] > 0:
        places[DEPTH, t] = 0 if size > GROWING * before else min(PAST, places[DEPTH, t] + 1)
        falls = IN_A_ROW - 1 if places[DEPTH, t] == 0 else falls
    elif falls >= IN_A_ROW:
        places[DEPTH, t] = 1
    elif numbers[TURN, t] < BACK * math.sqrt(size * before) and size > HARDLY * before:
        numbers[PART, t] = max(LEAST_PART, SHORTER * numbers[PART, t])
    places[FALLS, t] = falls
    numbers[SIZE_BEFORE, t] = size


@internal
def _combine(r, t, row, room):
    """Find the combination of the last changes of f that is closest to f, of those that differ."""
    factors, depth = r.numbers[FACTORS:], r.places[DEPTH, t]
    for k in range(PAST):
        factors[k, t] = 0.0
    if r.places[STATE, t] != GOING or depth == 0:
        return
    # Elimination without pivots; changes that are combinations of newer ones are left out.
    for a in range(depth):
        j = (row - a) % PAST
        for b in range(depth):
            room[a, b] = r.products[j, (row - b) % PAST, t]
        room[a, PAST] = factors[PAST + j, t]
    for a in range(depth):
        whole = r.products[(row - a) % PAST, (row - a) % PAST, t]
        if not room[a, a] > RIDGE * whole:
            room[a, a] = 0.0
            continue
        for b in range(a + 1, depth):
            part = room[b, a] / room[a, a]
            for c in range(a, depth):
                room[b, c] -= part * room[a, c]
            room[b, PAST] -= part * room[a, PAST]
    for a in range(depth - 1, -1, -1):
        if room[a, a] == 0.0:
            room[a, PAST] = 0.0
            continue
        for b in range(a + 1, depth):
            room[a, PAST] -= room[a, b] * room[b, PAST]
        room[a, PAST] /= room[a, a]
        factors[(row - a) % PAST, t] = room[a, PAST]


@internal
def _move(plan, r, first, last, deep):
    """Move the second side, and keep what it was."""
    x, g, f = r.vectors[X], r.vectors[G], r.vectors[F]
    x_before, f_before, g_before = (
        r.vectors[X_BEFORE],
        r.vectors[F_BEFORE],
        r.vectors[G_BEFORE],
    )
    part, m = r.numbers[MOVE], x.shape[1]
    for i in range(first, last):
        for t in range(m):
            x_before[i, t], f_before[i, t] = x[i, t], f[i, t]
            g_before[i, t] = g[i, t]
        for t in range(m):
            x[i, t] += part[t] * f[i, t]
    for k in range(PAST if deep else 0):
        moved, changed, factor = r.moved[k], r.changed[k], r.numbers[FACTORS + k]
        for i in range(first, last):
            for t in range(m):
                x[i, t] -= factor[t] * (moved[i - first, t] + part[t] * changed[i - first, t])
    _activate(plan, r, 1)


@jit
def relax(table, r, tolerance, most):
    """Go round until every trial rests or is lost.

    Parameters
    ----------
    table : ndarray
        Of a plan.
    r : Relaxing
        With states of the second side in `vectors`, and currents.
    tolerance : float
        A trial rests whose largest |f| is at most this.
    most : int
        Rounds.

    Returns
    -------
    rounds : int
    """
    plan = plan_at(table.ctypes.data)
    m = r.current.shape[1]
    first = np.uint64(plan.block_start[r.sides[1]])
    last = np.uint64(plan.block_start[r.sides[2]])
    room = np.zeros((PAST, PAST + 1))
    r.numbers[:] = 0.0
    r.numbers[PART], r.numbers[SIZE_BEFORE] = 1.0, math.inf
    r.places[:] = 0
    r.changed[:] = 0.0
    r.moved[:] = 0.0
    r.products[:] = 0.0
    _activate(plan, r, 1)
    for k in range(most):
        _settle_first(plan, r)
        _drive(plan, r, 1)
        _pull_drive(r)
        _evaluate(r, first, last)
        row = (k - 1) % PAST
        if k > 0:
            _compare(r, first, last, row)
        going, deep = 0, False
        for t in range(m):
            if r.places[STATE, t] == GOING:
                _judge(r, t, tolerance)
                r.places[ROUNDS, t] = k + 1
            going += 1 if r.places[STATE, t] == GOING else 0
            _combine(r, t, row, room)
            deep = deep or r.places[DEPTH, t] > 0
            r.numbers[MOVE, t] = r.numbers[PART, t] if r.places[STATE, t] == GOING else 0.0
        if going == 0:
            _put_back(r)
            return k + 1
        _move(plan, r, first, last, deep)
    _put_back(r)
    return most
