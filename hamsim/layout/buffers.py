"""What the kernels write, and what acts on the neurons while a set of stimuli lasts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hamsim.arrays import Floats, Ints, place_of
from hamsim.kernels.plan import CLAMPED, INSTANT, MOVING, Buffers, Forces
from hamsim.kernels.registers import LANES, VECTORS
from hamsim.layout.arrange import Layout
from hamsim.network import Network, OverTime, Stimulus

__all__ = ["make_buffers", "make_forces"]

LINE = 64  # bytes of a line of the cache


def aligned(values: Floats) -> Floats:
    """A copy that begins with a line of the cache, so that no vector lies in two lines.

    There is room behind it for vectors that go beyond the last trial of the last neuron.
    """
    result = _room(values.shape)
    result[...] = values
    return result


def filled(shape: tuple[int, ...], value: float) -> Floats:
    """An array as of `aligned` that is one number everywhere."""
    result = _room(shape)
    if value != 0.0:  # memory of zeros is not touched before it is used
        result[...] = value
    return result


def _room(shape: tuple[int, ...]) -> Floats:
    size = int(np.prod(shape))
    room = np.zeros(size + LINE // 8 + VECTORS * LANES)
    first = -(place_of(room) // 8) % (LINE // 8)
    return room[first : first + size].reshape(shape)


def make_buffers(
    layout: Layout, x: Floats, stages: int, refusable: bool = False, own: bool = False
) -> Buffers:
    """Allocate everything that steps write.

    Parameters
    ----------
    layout : Layout
    x : ndarray, shape (n, trials)
        Becomes the state.
    stages : int
    refusable : bool
        Whether steps may be refused.
    own : bool
        Whether each trial has steps of its own length.
    """
    n, m = x.shape
    chunks = layout.plan.chunk_start.size
    gated = n if layout.plan.gate_indptr.size else 0
    return Buffers(
        h=np.zeros(m if own else 1),
        rate=filled((n, m if own else 1), 0.0),
        x=aligned(x),
        y=filled((n, m) if stages > 1 or refusable else (0, m), np.nan),
        g=filled((n, m), np.nan),
        u=filled((n, m), np.nan),
        gated=np.full((gated, m), np.nan),
        k=np.zeros((stages if refusable else stages - 1, n, m)),
        u_before=filled((n if refusable else 0, m), np.nan),
        gated_before=np.full((gated if refusable else 0, m), np.nan),
        windows=filled((layout.rows_of_windows, m), 0.0),
        scratch=layout.make_scratch(m),
        block_residual=np.zeros((layout.plan.block_start.size - 1, m)),
        chunk_energy=np.zeros((chunks, 2, m)),
        chunk_error=np.zeros((chunks, 2, m)),
        residual=np.zeros(m),
        error=np.zeros((2, m)),
        accepted=np.ones(m),
        energy=np.zeros((2, m)),
        previous=np.zeros(m),
        watched=np.ones(m),
        watch=np.zeros(8),
    )


def make_forces(
    network: Network, layout: Layout, active: Sequence[Stimulus | OverTime], trials: int
) -> tuple[Forces, list[tuple[Ints, Floats]]]:
    """Collect what acts on the neurons while a set of stimuli lasts.

    Parameters
    ----------
    active : sequence of Stimulus or OverTime
        Of what changes over time only whom it clamps is asked.
    trials : int

    Returns
    -------
    forces : Forces
    held : list of (neurons, values)
        Clamped neurons in the kernels' numbering and their states, (k, trials) or (k, 1).
    """
    current = np.repeat(network.input[:, None], trials, axis=1)
    clamped = np.zeros(network.n_neurons, dtype=bool)
    held: list[tuple[Ints, Floats]] = []
    for stimulus in active:
        if isinstance(stimulus, OverTime):
            clamped[stimulus.neurons] |= stimulus.mode == "clamp"
            continue
        value = np.atleast_2d(stimulus.value).T
        if stimulus.mode == "input":
            current[stimulus.neurons] += value
        else:
            clamped[stimulus.neurons] = True
            held.append((layout.places(stimulus.neurons), value))
    instant = (network.tau == 0) & ~clamped
    phase = np.where(clamped, CLAMPED, np.where(instant, INSTANT, MOVING)).astype(np.uint8)
    moving = phase == MOVING
    order = slice(None) if layout.order is None else layout.order
    forces = Forces(
        input=np.ascontiguousarray(current[order]),
        tau=np.where(moving, network.tau, np.inf)[order],
        phase=phase[order],
        moving=np.array([np.count_nonzero(moving)], dtype=np.float64),
        has_instant=bool(instant.any()),
    )
    return forces, held
