"""What the kernels are given: bundles of arrays, in the kernels' own order of neurons.

Shapes: n neurons, m trials, nnz synapses. Arrays of states are (n, m), trials innermost, so that
a weight is read once for all trials.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.network import Floats, Ints

__all__ = [
    "ACTIVATE",
    "ADD_DUAL",
    "ADD_LAGRANGIAN",
    "CLAMPED",
    "HESSIAN",
    "INSTANT",
    "MOVING",
    "Buffers",
    "Forces",
    "Plan",
    "Records",
    "Tableau",
]

# What a neuron does while a stretch of constant stimuli lasts.
MOVING, INSTANT, CLAMPED = 0, 1, 2
# Rows of `Plan.chunk_calls`, in the order of `hamsim.lagrangians.functions.WHAT`.
ACTIVATE, ADD_DUAL, ADD_LAGRANGIAN, HESSIAN = 0, 1, 2, 3


class Plan(NamedTuple):
    """A network, cut into pieces that are worked on one by one.

    The pieces depend on the network alone, never on the number of threads, so that every sum has
    the same order and every result the same bits for any number of threads.
    """

    indptr: NDArray[np.uint64]  # (n + 1,)  rows of W
    indices: NDArray[np.uint32]  # (nnz,)  unsigned: signed ones cost a test for wraparound each
    weights: Floats  # (nnz,)
    parameters: Floats  # (p, n)  parameters of the neurons' Lagrangians
    chunk_calls: Ints  # (4, chunks)  addresses of the functions of a chunk's Lagrangian, or 0
    chunk_start: Ints  # (chunks,)
    chunk_stop: Ints  # (chunks,)
    chunk_shared: Ints  # (chunks,)  neurons that share one Lagrangian; 1 where each has its own
    chunk_uniform: Ints  # (chunks,)  1 if all neurons of the chunk have the same parameters
    chunk_scale: Floats  # (chunks,)  factor of the chunk's part of the energy
    block_start: Ints  # (blocks + 1,)  rows of W of about equal work
    gate_indptr: NDArray[np.uint64]  # (n + 1,)  gated synapses by receiving neuron; or (0,)
    gate_first: NDArray[np.uint64]  # (3 triples,)  the two neurons whose activations are multiplied
    gate_second: NDArray[np.uint64]  # (3 triples,)
    gate_weights: Floats  # (3 triples,)


class Forces(NamedTuple):
    """What holds while no stimulus changes."""

    input: Floats  # (n, m)  currents
    rate: Floats  # (n,)  dt / tau; 0 for neurons that do not integrate
    phase: NDArray[np.uint8]  # (n,)  MOVING, INSTANT or CLAMPED
    has_instant: bool


class Tableau(NamedTuple):
    """An explicit Runge-Kutta method: stage i starts from x + sum_j a[i, j] k_j."""

    a: Floats  # (stages + 1, stages); the last row holds the weights b


class Buffers(NamedTuple):
    """What a step writes; nothing is allocated while steps run."""

    x: Floats  # (n, m)  the state
    y: Floats  # (n, m)  the state at which a stage is evaluated
    g: Floats  # (n, m)  activations
    u: Floats  # (n, m)  W g + I - x, and what gated synapses add
    gated: Floats  # (n, m)  what gated synapses add to u; (0, m) if there are none
    k: Floats  # (stages, n, m)  dt / tau u of each stage
    scratch: Floats  # (chunks, rows, width)  room for the chunks' functions
    block_residual: Floats  # (blocks, m)
    chunk_energy: Floats  # (chunks, 2, m)  part of the energy, and of the sum of its terms' sizes
    residual: Floats  # (m,)
    energy: Floats  # (2, m)  energy, and sum of its terms' sizes
    previous: Floats  # (m,)  energy one step earlier
    watch: Floats  # (6,)  see `kernels.step`


class Records(NamedTuple):
    """Room for the records of one call; arrays that are not wanted have length 0."""

    columns: Ints  # (c,)  neurons to keep
    step: Ints  # (r,)
    x: Floats  # (r, m, c)
    g: Floats  # (r, m, c)
    energy: Floats  # (r, m)
    residual: Floats  # (r, m)
