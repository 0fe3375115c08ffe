"""Trials that are swept towards rest, class by class; see `hamsim.kernels.sweeping`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.engine.classes import classes_of, inside_sets
from hamsim.field.instants import explicit_instants
from hamsim.kernels.addresses import make_table
from hamsim.kernels.jit import first_call
from hamsim.kernels.sweeping import GOING, NEAR, Sweeps, begin_sweeps, sweep
from hamsim.layout.buffers import make_buffers, make_forces
from hamsim.layout.classes import ByClass, arrange_classes
from hamsim.network import Network

__all__ = ["Swept", "classes_for_sweeps", "sweep_to_rest"]

# Steps of a trial at most, and at once.
MOST, AT_ONCE = 4000, 200
# More classes than this are a long row of small pieces of work.
MOST_CLASSES = 5000
# Trials that are swept together.
TOGETHER_BYTES = 2**26


class Swept(NamedTuple):
    """Where trials have come to; arrays of shape (trials,) but for `x`, (trials, n)."""

    x: Floats
    near: np.ndarray
    bent: Floats
    h: Floats
    products: Floats


def classes_for_sweeps(network: Network) -> Ints | None:
    """Classes of neurons whose exact flows lower the energy; None where there are none."""
    if not explicit_instants(network):
        return None
    own, sizes = inside_sets(network)
    slopes = np.concatenate([group.fact("slope", np.inf) for group in network.groups])
    if not np.all(own - sizes >= -1.0 / slopes):
        return None
    classes = classes_of(network, MOST_CLASSES)
    if classes is None or classes.max(initial=0) == 0:
        return None
    return classes


def sweep_to_rest(
    network: Network,
    x: Floats,
    classes: Ints,
    tolerance: float,
    near: float,
    tell: Callable[[], None] = lambda: None,
) -> Swept:
    """Take steps until trials are close to rest.

    Parameters
    ----------
    network : Network
        On which nothing acts that changes; all Lagrangians convex, tau alike where one is shared.
    x : ndarray, shape (trials, n)
    classes : ndarray of int, shape (n,)
        See `hamsim.dynamics.engine.classes.classes_of`.
    tolerance : float
        Error of a step, as a part of the states.
    near : float
        Residual at which a trial is close to rest, as a part of its states.
    tell : callable
        Called now and then; what it raises ends all.
    """
    own, sizes = inside_sets(network)
    kept = not (own.any() or sizes.any())
    at_once = max(1, TOGETHER_BYTES // (80 * network.n_neurons))
    parts = [
        _sweep(network, x[k : k + at_once], k, classes, kept, tolerance, near, tell)
        for k in range(0, len(x), at_once)
    ]
    return Swept(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _sweep(
    network: Network,
    x: Floats,
    first: int,
    classes: Ints,
    kept: bool,
    tolerance: float,
    near: float,
    tell: Callable[[], None],
) -> Swept:
    """Sweep trials together; those that have arrived leave when half of them have."""
    trials, left = len(x), np.arange(len(x))
    found = Swept(x.copy(), np.zeros(trials, bool), *(np.zeros(trials) for _ in range(3)))
    cost = _cost(network, classes, kept)
    h, bent, tried = None, np.zeros(trials), np.zeros(trials)
    rounds = 0
    while left.size:
        work = _Work(network, found.x[left], first + left, classes, kept)
        with first_call("sweep"):
            begin_sweeps(work.table, work.sweeps)
        s = work.sweeps
        if h is not None:
            s.h[:] = h[left]
        going, least = left.size, (left.size + 1) // 2
        while going >= least and going and rounds < MOST:
            going = sweep(work.table, s, tolerance, near, AT_ONCE, least)
            rounds += AT_ONCE
            tell()
        found.x[left] = work.found.layout.outside(work.buffers.x)
        found.near[left] = s.state == NEAR
        bent[left] += s.bent
        tried[left] += s.steps[1] * cost + 1.0
        h = np.zeros(trials) if h is None else h
        h[left] = s.h
        if rounds >= MOST:
            break
        left = left[s.state == GOING]
    found.bent[:], found.products[:] = bent, tried
    if h is not None:
        found.h[:] = h
    return found


def _cost(network: Network, classes: Ints, kept: bool) -> float:
    """How often a step reads all weights."""
    count = int(classes.max()) + 1
    synapses = np.bincount(classes, weights=np.diff(network.W.indptr), minlength=count)
    reads = np.full(count, 2.0)
    reads[0] = 1.0 if kept else 2.0
    reads[-1] = 1.0
    return float((reads * synapses).sum()) / max(1, int(network.W.nnz))


class _Work:
    """A network in classes, with states of some trials."""

    def __init__(
        self, network: Network, x: Floats, trials: Ints, classes: Ints, kept: bool
    ) -> None:
        m, n = x.shape[0], network.n_neurons
        self.found: ByClass = arrange_classes(network, classes, m, np.float64)
        layout = self.found.layout
        stimuli = tuple(
            s if s.value.ndim < 2 else replace(s, value=s.value[trials]) for s in network.stimuli
        )
        self.forces, _ = make_forces(network, layout, stimuli, m)
        self.buffers = make_buffers(layout, layout.inside(x), 1)
        chunks = layout.plan.chunk_start.size
        order = slice(None) if layout.order is None else layout.order
        x, g, drive, before = (np.zeros((n, m)) for _ in range(4))
        h, error, left, last, bent = (np.zeros(m) for _ in range(5))
        self.sweeps = Sweeps(
            blocks=self.found.blocks.astype(np.int64),
            chunks=self.found.chunks.astype(np.int64),
            kept=kept,
            tau=np.ascontiguousarray(network.tau[order]),
            x=x,
            g=g,
            drive=drive,
            before=before,
            scale=np.ones((chunks, m)),
            h=h,
            error=error,
            left=left,
            last=last,
            falling=np.zeros(m, dtype=np.int64),
            bent=bent,
            state=np.zeros(m, dtype=np.int64),
            steps=np.zeros((2, m), dtype=np.int64),
        )
        self.table = make_table(layout.plan, self.forces, self.buffers)
