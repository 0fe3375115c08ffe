"""From a `Network` to what kernels work on: the order of neurons, the pieces, the buffers.

The kernels want neurons that share a Lagrangian side by side. File order gives that except where
`over` names axes that are not the last ones; only then are W and all vectors reordered here, and
users never see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.errors import SimulationError
from hamsim.kernels.plan import CLAMPED, INSTANT, MOVING, Buffers, Forces, Plan
from hamsim.lagrangians.functions import TILE, WHAT, chunk_functions
from hamsim.network import Floats, Group, Ints, Network, Stimulus

__all__ = ["Layout", "arrange", "make_buffers", "make_forces"]

# Neurons in one piece of a group, and synapses (plus neurons) in one block of rows: large enough
# that starting a piece costs nothing, small enough to share out evenly.
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
    scratch_rows : int
        Rows of scratch that the chunks' functions need.
    """

    plan: Plan
    order: Ints | None
    chunk_group: Ints
    scratch_rows: int

    def inside(self, values: Floats) -> Floats:
        """Values over neurons (last axis, file order) as the kernels have them: (n, trials)."""
        rows = np.atleast_2d(values)
        if self.order is not None:
            rows = rows[:, self.order]
        return np.array(rows.T, dtype=np.float64, order="C")

    def make_scratch(self, trials: int) -> Floats:
        """Allocate room for the functions of all chunks."""
        chunks = self.plan.chunk_start.size
        return np.zeros((chunks, self.scratch_rows, max(TILE, trials)))

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
    axes = [*(axis for axis in range(len(group.shape)) if axis not in group.over), *group.over]
    if axes == sorted(axes):
        return None, group.shared
    numbers = np.arange(group.size, dtype=np.int64).reshape(group.shape)
    return numbers.transpose(axes).reshape(-1), group.shared


def arrange(
    network: Network,
    wanted: Sequence[str] = ("activate", "add_dual"),
    scale: Floats | None = None,
) -> Layout:
    """Cut a network into pieces for the kernels.

    Time and memory are linear in neurons; the weights are shared with `network.W` unless neurons
    had to be reordered.

    Parameters
    ----------
    network : Network
    wanted : sequence of {"activate", "add_dual", "add_lagrangian", "hessian"}
        Functions of the Lagrangians that will be called; they are compiled here if this is the
        first time that they are used.
    scale : ndarray, shape (n,), optional
        Factor of each neuron's part of the energy, alike for neurons that share a Lagrangian.
    """
    n = network.n_neurons
    factors = np.ones(n) if scale is None else scale
    order = np.arange(n, dtype=np.int64)
    reordered = False
    most = max(len(group.family.parameters) for group in network.groups)
    parameters = np.zeros((max(1, most), n))
    start: list[int] = []
    stop: list[int] = []
    owner: list[int] = []
    calls, uniform = [], []
    rows = 1
    for number, group in enumerate(network.groups):
        local, shared = _shared_order(group)
        if local is not None:
            order[group.slice] = group.start + local
            reordered = True
        for p, parameter in enumerate(group.family.parameters):
            parameters[p, group.slice] = group.parameters[parameter.name]
        functions = chunk_functions(group.family)
        rows = max(rows, functions.scratch_rows)
        step = max(1, CHUNK_NEURONS // shared) * shared
        own = factors[order[group.slice]]
        changes = group.start + 1 + np.flatnonzero(np.diff(own))
        cuts = np.union1d(np.arange(group.start, group.stop, step), changes).tolist()
        start += cuts
        stop += [*cuts[1:], group.stop]
        owner += [number] * len(cuts)
        calls.append([functions.address(what) if what in wanted else 0 for what in WHAT])
        uniform.append(all(np.ptp(values) == 0.0 for values in group.parameters.values()))

    W = network.W
    if reordered:
        W = W[order][:, order].tocsr()
        W.sort_indices()
        parameters = parameters[:, order]
    chunk_start = np.array(start, dtype=np.int64)
    unsigned = np.uint32 if W.indices.dtype == np.int32 else np.uint64
    indptr = W.indptr.astype(np.uint64)
    gates = _gates(network, order if reordered else None)
    work = W.indptr.astype(np.int64) + np.arange(n + 1)
    if gates["gate_indptr"].size:
        work += 2 * gates["gate_indptr"].astype(np.int64)
    n_blocks = max(1, round(int(work[-1]) / BLOCK_WORK))
    borders = np.searchsorted(work, np.linspace(0, work[-1], n_blocks + 1))
    borders[0], borders[-1] = 0, n
    plan = Plan(
        indptr=indptr,
        indices=W.indices.view(unsigned),
        weights=W.data,
        parameters=np.ascontiguousarray(parameters),
        chunk_calls=np.array(calls, dtype=np.int64)[owner].T.copy(),
        chunk_start=chunk_start,
        chunk_stop=np.array(stop, dtype=np.int64),
        chunk_shared=np.array([group.shared for group in network.groups], dtype=np.int64)[owner],
        chunk_uniform=np.array(uniform, dtype=np.int64)[owner],
        chunk_scale=factors[order[chunk_start]],
        block_start=np.unique(borders).astype(np.int64),
        **gates,
    )
    return Layout(plan, order if reordered else None, np.array(owner, dtype=np.int64), rows)


def _gates(network: Network, order: Ints | None) -> dict[str, Any]:
    """Gated synapses by the neuron that receives: each triple is there three times."""
    triples = network.triples
    if triples is None:
        nothing = np.zeros(0, dtype=np.uint64)
        return {
            "gate_indptr": nothing,
            "gate_first": nothing,
            "gate_second": nothing,
            "gate_weights": np.zeros(0),
        }
    i, j, k, weights = triples
    receiver = np.concatenate([i, j, k])
    senders = np.concatenate([j, i, i]), np.concatenate([k, k, j])
    if order is not None:
        inverse = np.empty_like(order)
        inverse[order] = np.arange(order.size)
        receiver, senders = inverse[receiver], (inverse[senders[0]], inverse[senders[1]])
    by_receiver = np.argsort(receiver, kind="stable")
    counts = np.bincount(receiver, minlength=network.n_neurons)
    return {
        "gate_indptr": np.concatenate([[0], np.cumsum(counts)]).astype(np.uint64),
        "gate_first": senders[0][by_receiver].astype(np.uint64),
        "gate_second": senders[1][by_receiver].astype(np.uint64),
        "gate_weights": np.tile(weights, 3)[by_receiver],
    }


def make_buffers(layout: Layout, x: Floats, stages: int) -> Buffers:
    """Allocate everything that steps write; `x` of shape (n, trials) becomes the state."""
    n, m = x.shape
    chunks = layout.plan.chunk_start.size
    return Buffers(
        x=x,
        y=np.full((n, m) if stages > 1 else (0, m), np.nan),
        g=np.full((n, m), np.nan),
        u=np.full((n, m), np.nan),
        gated=np.full((n if layout.plan.gate_indptr.size else 0, m), np.nan),
        k=np.zeros((stages, n, m)),
        scratch=layout.make_scratch(m),
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
