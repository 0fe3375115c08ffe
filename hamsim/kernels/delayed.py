"""Delayed synapses: states of earlier times, what they drive, and what they add to the energy.

Step k begins at `starts[k]`, is `lengths[k]` long, and has for each neuron that sends a polynomial
in the part of the step that has passed. Steps lie in a ring: step k at k modulo its length. Before
the first one states were always what they are in `before`.

What delayed synapses drive is computed for all evaluations of a call beforehand, and acts like any
input that changes over time (`kernels.driven`). What the past needs is noted while steps are taken.
"""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Ints
from hamsim.kernels.addresses import buffers_at, driven_at, late_at, plan_at
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.plan import Programs
from hamsim.kernels.registers import flat
from hamsim.kernels.works import address_of

# Unsigned, because numba asks of every signed index whether it counts from the end.
_1, _2, _3, _4 = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)

__all__ = ["measure_all", "states_of_earlier", "with_delays"]


@jit
def states_of_earlier(
    time, from_left, close, kept, starts, lengths, polynomials, before, senders, delays, out
):
    """Write states of neurons some time ago.

    Parameters
    ----------
    time : float
    from_left : bool
        Whether a jump at the time that is asked for has not come yet.
    close : float
        Times this close, relative to themselves, are the same.
    kept : ndarray of int, shape (2,)
        Steps that are kept: kept[0], ..., kept[1] - 1.
    starts, lengths : ndarray, shape (steps,)
        Of the ring.
    polynomials : ndarray, shape (steps, neurons, degree + 1, m)
    before : ndarray, shape (neurons, m)
    senders : ndarray of int, shape (pairs,)
        Neurons, by their numbers in `before`.
    delays : ndarray, shape (pairs,)
        How long ago; it is fastest where they rise.
    out : ndarray, shape (m, pairs)
    """
    ring, degree, m = starts.size, polynomials.shape[2] - 1, out.shape[0]
    first, last = kept[0], kept[1]
    k, r, previous = last - 1, (last - 1) % ring, -1.0
    for p in range(senders.size):
        delay, j = delays[p], senders[p]
        at = time - delay
        apart = close * (abs(time) + delay)
        if delay < previous:
            k, r = last - 1, (last - 1) % ring
        previous = delay
        while k >= first and (starts[r] >= at - apart if from_left else starts[r] > at + apart):
            k -= 1
            r = r - 1 if r > 0 else ring - 1
        if k < first:
            for t in range(m):
                out[t, p] = before[j, t]
            continue
        passed = min((at - starts[r]) / lengths[r], 1.0) if at - starts[r] > apart else 0.0
        if m == 1 and degree == 3:
            _cubic(polynomials[r], np.uint64(j), passed, out, np.uint64(p))
            continue
        for t in range(m):
            value = polynomials[r, j, degree, t]
            for c in range(degree - 1, -1, -1):
                value = value * passed + polynomials[r, j, c, t]
            out[t, p] = value


@internal
def _cubic(polynomials, j, passed, out, p):
    """One polynomial of degree 3, in one trial."""
    k = flat(polynomials)
    i = j * _4
    value = k[i + _3] * passed + k[i + _2]
    flat(out)[p] = (value * passed + k[i + _1]) * passed + k[i]


# --- works -------------------------------------------------------------------------------------


def note_states(table, nothing, piece):
    """Note state and u of the neurons that send, after a step or where one begins.

    And let the energy be compared with the one before again, if nothing else changes over time: it
    is a function of the state alone.
    """
    late, buffers = late_at(table), buffers_at(table)
    row = late.counts[0]
    late.counts[0] += 1
    for i in range(late.noted.size):
        for t in range(buffers.x.shape[1]):
            late.x[row, i, t] = buffers.x[late.noted[i], t]
            late.u[row, i, t] = buffers.u[late.noted[i], t]
    if late.counts[1] == 1:
        for t in range(buffers.previous.size):
            buffers.previous[t] = buffers.energy[0, t]


def measure_late(table, nothing, piece):
    """Add to a chunk's energy what makes it that of all synapses without delays.

    The energy has -1/2 g_i (W g + 2 D)_i of receiver i, with W of the others and D what delayed
    synapses drive, which acts like an input; it is to have -1/2 g_i (W g + V g)_i, with V of the
    delayed ones.
    """
    late, buffers, plan = late_at(table), buffers_at(table), plan_at(table)
    g, row = buffers.g, driven_at(table).row[0] - 1
    energy, size = buffers.chunk_energy[piece, 0], buffers.chunk_energy[piece, 1]
    for i in range(late.chunks[piece], late.chunks[piece + 1]):
        receiver = late.receivers[i]
        scale = plan.scale[receiver] if plan.scale.size > 0 else 1.0
        for t in range(g.shape[1]):
            now = 0.0
            for s in range(late.indptr[i], late.indptr[i + 1]):
                now += late.weights[s] * g[late.senders[s], t]
            added = scale * g[receiver, t] * (late.rows[row, i, t] - 0.5 * now)
            energy[t] += added
            size[t] += abs(added)


def with_delays(programs: Programs) -> Programs:
    """Programs that note after each evaluation, and after each fixed step, what the past needs."""
    note = (address_of(note_states), 0, 1)
    return programs._replace(
        evaluate=_and_then(programs.evaluate, note), advance=_and_then(programs.advance, note)
    )


def measure_all(programs: Programs, chunks: int) -> Programs:
    """Programs that measure the energy of all synapses, delayed ones too.

    Parameters
    ----------
    programs : Programs
    chunks : int
        Pieces of what is done for all neurons.
    """
    measure = (address_of(measure_late), 0, chunks)
    return programs._replace(measure=_and_then(programs.measure, measure))


def _and_then(program: Ints, work: tuple[int, int, int]) -> Ints:
    return np.concatenate([program, np.array([work], dtype=np.int64)])
