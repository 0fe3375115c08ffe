"""How the energy of a network is split, so that steps of any length lower it.

Where the network falls into a few classes of neurons without synapses inside a class, each part of
a step is the exact flow of one class with all others held, composed symmetrically: half a step of
each class, the fastest first, up to a whole one of the last, and back. Each part lowers the energy
for any dt, any convex Lagrangian and any tau >= 0, and the whole is of second order. Where a
neuron is joined to itself, or to others that share its Lagrangian, its part holds its drive from
its beginning, which lowers the energy as long as those synapses W have no eigenvalue below
-1 / slope; the whole is of first order then. So it is where neurons follow at once (tau = 0), whose
part is to minimise the energy over their activations.

Elsewhere a step is one of convex splitting (`hamsim.kernels.convex`), of first order, and slow
where inhibition is strong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.engine.classes import (
    MOST_CLASSES,
    classes_of,
    inside_sets,
    largest_activations,
)
from hamsim.errors import HamsimError, SimulationError
from hamsim.field.scaled import require_scale
from hamsim.field.sharing import shared_sets
from hamsim.kernels.plan import PROX, Convexity
from hamsim.lagrangians.proximal import why_no_prox
from hamsim.layout.arrange import Layout
from hamsim.layout.classes import arrange_classes
from hamsim.layout.neurons import call_addresses
from hamsim.methods import Splitting
from hamsim.network import Network
from hamsim.operator import operator_of
from hamsim.spectrum import negative_part
from hamsim.spectrum.row_blocks import symmetric_mean, take

__all__ = ["Split", "split"]

# Bounds of eigenvalues are raised by this part, for the rounding of W and its scaling.
MARGIN = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class Split(Splitting):
    """`Splitting` of a network.

    Parameters
    ----------
    blocks, chunks : ndarray of int, shape (classes + 1,), or None
        Where each class begins in blocks and chunks; None for convex splitting.
    kept : bool
        Whether the drive of a class is the same after its own part.
    convexity : Convexity or None
        Of convex splitting.
    note : str
        What is to be said about it.
    cost : float
        Products W g of a step.
    """

    blocks: Ints | None = None
    chunks: Ints | None = None
    kept: bool = True
    convexity: Convexity | None = None
    note: str = ""
    cost: float = 1.0

    @property
    def products(self) -> float:
        """How often a step reads all weights: those into some classes more often than others."""
        return self.cost

    @property
    def nodes(self) -> tuple[float, ...]:
        """Of which times of a step the values are that act meanwhile, and at its end."""
        return (1.0,) if self.blocks is None else (0.5, 1.0)


def split(
    method: Splitting, network: Network, trials: int, layout: str, dtype: DTypeLike
) -> tuple[Split, Layout]:
    """Decide how a network is split.

    Returns
    -------
    method : Split
    layout : Layout
        The one that its steps need.

    Raises
    ------
    SimulationError
        If the network has no energy that falls, or none that can be split.
    """
    scale = _require_energy(network)
    slope = _fact(network, "slope")
    own, sizes = inside_sets(network)
    classes, why = None, "neurons inhibit themselves, or others that share their Lagrangian"
    if np.all(own - sizes >= -1.0 / slope):
        classes = classes_of(network)
        why = f"neurons do not fall into {MOST_CLASSES} classes without synapses inside a class"
    if classes is not None:
        found = arrange_classes(network, classes, trials, dtype)
        kept = not (own.any() or sizes.any())
        by_class = Split(
            name=method.name,
            order=method.order if kept and not np.any(network.tau == 0) else 1,
            safety=method.safety,
            blocks=found.blocks,
            chunks=found.chunks,
            kept=kept,
            cost=_cost(network, classes, kept),
        )
        return by_class, found.layout
    curvature = _curvature(network, scale, slope, why)
    where = operator_of(network, layout, dtype).layout(trials)
    where = _with_prox(network, where, curvature)
    inside = curvature if where.order is None else curvature[where.order]
    convexity = Convexity(np.ascontiguousarray(inside), np.zeros(inside.size))
    note = f"{why}: steps are those of convex splitting, of first order"
    safety = method.safety
    return Split(name=method.name, order=1, safety=safety, convexity=convexity, note=note), where


def _cost(network: Network, classes: Ints, kept: bool) -> float:
    """How often a step reads all weights; see `hamsim.dynamics.engine.programs`."""
    count = int(classes.max(initial=0)) + 1
    synapses = np.bincount(classes, weights=np.diff(network.W.indptr), minlength=count)
    reads = np.full(count, 3.0)
    reads[-1] = 2.0
    reads[0] = 1.0 if kept and count > 1 else 2.0
    return float((reads * synapses).sum()) / max(1, int(network.W.nnz))


def _fact(network: Network, name: str) -> Floats:
    return np.concatenate([group.fact(name) for group in network.groups])


def _require_energy(network: Network) -> Floats:
    """Factors D with D W symmetric, of a network whose energy falls."""
    for group in network.groups:
        family = group.family
        if family.convex is not True or not family.everywhere:
            what = "not convex" if family.convex is False else "not known to be convex"
            raise SimulationError(
                f"splitting: {group.name} has the Lagrangian {family.name}, which is {what}, so "
                "that no step is sure to lower the energy"
            )
    unequal = network.tau != network.tau[shared_sets(network)]
    if unequal.any():
        neuron = network.label(int(np.argmax(unequal)))
        raise SimulationError(
            f"splitting: neuron {neuron} shares a Lagrangian with neurons of another tau, so that "
            "no step is sure to lower the energy"
        )
    try:
        return require_scale(network)
    except HamsimError as error:
        raise SimulationError(f"splitting: there is no energy: {error}") from None


def _curvature(network: Network, scale: Floats, slope: Floats, why: str) -> Floats:
    """C >= 0, alike for neurons that share a Lagrangian, that makes convex what it is added to.

    It is 1/2 max(0, d l - 1 / slope) with a bound l of -W'; the best of three: of the eigenvalues
    of W', of those of W' between the slopes, and of the sums of its rows.
    """
    W = network.W
    scaled = W.copy()
    scaled.data = take(1.0 / scale, W)
    scaled = symmetric_mean(scaled)
    flat = 1.0 / slope  # 0 where the slope has no bound
    gates = _gates(network, why)
    lowest = negative_part(scaled) * (1.0 + MARGIN) + MARGIN * np.abs(scaled.data).max(initial=0.0)
    bounds = [scale * lowest - flat]
    if np.all(np.isfinite(slope)) and np.ptp(scale * slope) > 0.0:  # else it is the same bound
        root = np.sqrt(scale * slope)
        between = scaled.copy()
        between.data = take(root, scaled) * np.repeat(root, np.diff(scaled.indptr))
        least = negative_part(between) * (1.0 + MARGIN) + MARGIN
        bounds.append((least - 1.0) * flat)
    sums = np.abs(scaled).sum(axis=1)
    diagonal = scaled.diagonal()
    rows = (sums - np.abs(diagonal)) * (1.0 + MARGIN) - diagonal
    bounds.append(scale * rows - flat)
    sets = shared_sets(network)
    found = []
    for bound in bounds:
        each = 0.5 * np.maximum(0.0, bound + gates)
        most = np.zeros(each.size)
        np.maximum.at(most, sets, each)
        found.append(most[sets])
    return min(found, key=lambda each: float(np.sum(each)))


def _gates(network: Network, why: str) -> Floats:
    """What gated synapses add to the sums of rows of W, at most."""
    result = np.zeros(network.n_neurons)
    triples = network.triples
    if triples is None:
        return result
    most = largest_activations(network)
    neurons, weights = np.stack(triples[:3]), np.abs(triples.weights)
    free = ~np.isfinite(most[neurons]).all(axis=0)
    if free.any():
        names = [network.label(int(k)) for k in neurons[:, int(np.argmax(free))]]
        raise SimulationError(
            f"splitting: the gated synapse of {', '.join(names)} has an activation without bound, "
            f"and {why}"
        )
    for place in range(3):
        others = np.delete(neurons, place, axis=0)
        np.add.at(result, neurons[place], weights * most[others].sum(axis=0))
    return result


def _with_prox(network: Network, layout: Layout, curvature: Floats) -> Layout:
    """The layout with the proximal maps of groups that need one."""
    calls = layout.plan.chunk_calls.copy()
    for number, group in enumerate(network.groups):
        if not curvature[group.slice].any():
            continue
        why = why_no_prox(group.family) or _why_no_step(network, group.slice)
        if why:
            raise SimulationError(f"splitting: no step of {group.name} is known: {why}")
        calls[PROX, layout.chunk_group == number] = call_addresses([group], "prox")[0]
    return replace(layout, plan=layout.plan._replace(chunk_calls=calls))


def _why_no_step(network: Network, group: slice) -> str:
    """Why convex splitting cannot take a step of a group; empty if it can."""
    if (_fact(network, "jumps")[group] != 0).any():
        return "its activation jumps"
    held = np.zeros(network.n_neurons, dtype=bool)
    for stimulus in network.stimuli:
        if stimulus.mode == "clamp":
            held[stimulus.neurons] = True
    sets = shared_sets(network)[group]
    some = np.zeros(network.n_neurons, dtype=bool)
    np.logical_or.at(some, sets, held[group])
    if (some[sets] & ~held[group]).any():
        return "a part of the neurons that share its Lagrangian is clamped"
    return ""
