"""From a `Network` to what kernels work on: the order of neurons, the pieces, the buffers.

The kernels want neurons that share a Lagrangian side by side. File order gives that except where
`over` names axes that are not the last ones; only then are W and all vectors reordered here, and
users never see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from hamsim.errors import SimulationError
from hamsim.kernels.plan import CLAMPED, INSTANT, MOVING, Buffers, Forces, Plan
from hamsim.lagrangians.table import MAX_PARAMETERS, TABLE
from hamsim.network import Floats, Group, Ints, Network, Stimulus

__all__ = ["Layout", "arrange", "make_buffers", "make_forces"]

# Neurons in one piece of an element-wise group, and synapses (plus neurons) in one block of rows:
# large enough that starting a piece costs nothing, small enough to share out evenly.
CHUNK_NEURONS = 2048
BLOCK_WORK = 32_768


@dataclass(frozen=True, eq=False)
class Layout:
    """A network arranged for the kernels.

    Parameters
    ----------
    plan : Plan
    order : ndarray of int, shape (n,), or None
        Neuron `order[k]` of the file is the kernels' neuron k; None where both are the same.
    chunk_group : ndarray of int, shape (chunks,)
        Which group of the network each chunk belongs to.
    """

    plan: Plan
    order: Ints | None
    chunk_group: Ints

    def inside(self, values: Floats) -> Floats:
        """Values over neurons (last axis, file order) as the kernels have them: (n, trials)."""
        rows = np.atleast_2d(values)
        if self.order is not None:
            rows = rows[:, self.order]
        return np.array(rows.T, dtype=np.float64, order="C")

    def outside(self, values: Floats) -> Floats:
        """Take (n, trials) of the kernels back to (trials, n) in file order."""
        rows = np.ascontiguousarray(values.T)
        if self.order is None:
            return rows
        result = np.empty_like(rows)
        result[:, self.order] = rows
        return result

    def places(self, neurons: Ints) -> Ints:
        """Give the kernels' numbers of neurons that are numbered in file order."""
        if self.order is None:
            return neurons
        inverse = np.empty_like(self.order)
        inverse[self.order] = np.arange(self.order.size)
        return inverse[neurons]


def _shared_order(group: Group) -> tuple[Ints | None, int]:
    """Order that brings neurons of one Lagrangian together, and how many share one."""
    if not group.over:
        return None, 1
    kept = [axis for axis in range(len(group.shape)) if axis not in group.over]
    size = prod(group.shape[axis] for axis in group.over)
    axes = [*kept, *group.over]
    if axes == sorted(axes):
        return None, size
    numbers = np.arange(group.size, dtype=np.int64).reshape(group.shape)
    return numbers.transpose(axes).reshape(-1), size


def arrange(network: Network) -> Layout:
    """Cut a network into pieces for the kernels.

    Time and memory are linear in neurons; the weights are shared with `network.W` unless neurons
    had to be reordered.
    """
    n = network.n_neurons
    order = np.arange(n, dtype=np.int64)
    reordered = False
    parameters = np.zeros((max(2, MAX_PARAMETERS), n))
    code: list[int] = []
    start: list[int] = []
    stop: list[int] = []
    owner: list[int] = []
    for number, group in enumerate(network.groups):
        local, shared = _shared_order(group)
        if local is not None:
            order[group.slice] = group.start + local
            reordered = True
        row = TABLE[group.lagrangian]
        for p, parameter in enumerate(row.parameters):
            parameters[p, group.slice] = group.parameters[parameter.name]
        step = CHUNK_NEURONS if row.additive else shared
        starts = range(group.start, group.stop, step)
        code += [row.code] * len(starts)
        start += starts
        stop += [min(first + step, group.stop) for first in starts]
        owner += [number] * len(starts)

    W = network.W
    if reordered:
        W = W[order][:, order].tocsr()
        W.sort_indices()
        parameters = parameters[:, order]
    unsigned = np.uint32 if W.indices.dtype == np.int32 else np.uint64
    indptr = W.indptr.astype(np.uint64)
    work = W.indptr.astype(np.int64) + np.arange(n + 1)
    n_blocks = max(1, round(int(work[-1]) / BLOCK_WORK))
    cuts = np.searchsorted(work, np.linspace(0, work[-1], n_blocks + 1))
    cuts[0], cuts[-1] = 0, n
    plan = Plan(
        indptr=indptr,
        indices=W.indices.view(unsigned),
        weights=W.data,
        parameters=np.ascontiguousarray(parameters),
        chunk_code=np.array(code, dtype=np.int64),
        chunk_start=np.array(start, dtype=np.int64),
        chunk_stop=np.array(stop, dtype=np.int64),
        block_start=np.unique(cuts).astype(np.int64),
    )
    return Layout(plan, order if reordered else None, np.array(owner, dtype=np.int64))


def make_buffers(layout: Layout, x: Floats, stages: int) -> Buffers:
    """Allocate everything that steps write; `x` of shape (n, trials) becomes the state."""
    n, m = x.shape
    chunks = layout.plan.chunk_code.size
    return Buffers(
        x=x,
        y=np.full((n, m) if stages > 1 else (0, m), np.nan),
        g=np.full((n, m), np.nan),
        u=np.full((n, m), np.nan),
        k=np.zeros((stages, n, m)),
        scratch=np.zeros((chunks, 3, m)),
        block_residual=np.zeros((layout.plan.block_start.size - 1, m)),
        chunk_energy=np.zeros((chunks, 2, m)),
        residual=np.zeros(m),
        energy=np.zeros((2, m)),
        previous=np.zeros(m),
        watch=np.zeros(6),
    )


def make_forces(
    network: Network, layout: Layout, dt: float, active: Sequence[Stimulus], trials: int
) -> tuple[Forces, list[tuple[Ints, Floats]]]:
    """Collect what acts on the neurons while a set of stimuli lasts.

    Parameters
    ----------
    dt : float
        Step, which the rates dt / tau hold.
    active : sequence of Stimulus
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
        value = np.atleast_2d(stimulus.value).T
        if stimulus.mode == "input":
            current[stimulus.neurons] += value
        else:
            clamped[stimulus.neurons] = True
            held.append((layout.places(stimulus.neurons), value))
    instant = (network.tau == 0) & ~clamped
    phase = np.where(clamped, CLAMPED, np.where(instant, INSTANT, MOVING)).astype(np.uint8)
    moving = phase == MOVING
    rate = np.zeros(network.n_neurons)
    with np.errstate(over="ignore"):
        rate[moving] = dt / network.tau[moving]
    if not np.all(np.isfinite(rate)):
        raise SimulationError("dt / tau overflows: a time constant is too close to 0; use 0 itself")
    order = slice(None) if layout.order is None else layout.order
    forces = Forces(
        input=np.ascontiguousarray(current[order]),
        rate=rate[order],
        phase=phase[order],
        has_instant=bool(instant.any()),
    )
    return forces, held
