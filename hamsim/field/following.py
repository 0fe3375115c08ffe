"""Whether neurons with tau = 0 that depend on each other are known to have one state.

They solve x_f = W_ff g(x_f) + (what they receive from the others), which has exactly one solution

- if the symmetric part of Lambda^1/2 W_ff Lambda^1/2 has eigenvalues below 1, Lambda being the
  largest slopes: x_f - W_ff g(x_f) is then strongly monotone as a function of g (Browder 1963;
  Minty 1962); also with a positive diagonal D that makes D W_ff symmetric,
- or, where each has a Lagrangian of its own, if the spectral radius of |W_ff| Lambda is below 1: it
  is an expansion of a weighted sup norm then.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError
from hamsim.field.instants import depends_on_instants, explicit_instants, is_gated_by_instants
from hamsim.field.symmetry import find_scaling
from hamsim.network import Network
from hamsim.spectrum.row_blocks import symmetric_mean
from hamsim.spectrum.threshold import largest_below
from hamsim.spectrum.upper import perron

__all__ = ["require_one_state"]

# Distance from 1 that a bound of a spectral radius must have, for what rounding may do to it.
MARGIN = 1e-9
# How much is done, and the probability that is enough, to decide whether a run is to begin.
EFFORT, CONFIDENCE = 0.2, 0.999999


def require_one_state(network: Network) -> None:
    """Refuse networks whose neurons with tau = 0 are not known to have one state.

    Raises
    ------
    SimulationError
        Says why it is not known, and what would help.
    """
    if explicit_instants(network):
        return
    instant, depends = network.tau == 0, depends_on_instants(network)
    reason = ""
    if is_gated_by_instants(network):
        reason = "gated synapses join them"
    elif np.any(depends & ~instant):
        first = network.label(int(np.flatnonzero(depends & ~instant)[0]))
        reason = f"neuron {first}, with tau > 0, shares a Lagrangian with one of them"
    else:
        reason = _why_not(network, np.flatnonzero(instant))
    if reason:
        raise SimulationError(
            "neurons with tau = 0 depend on each other, and are not known to have one state for "
            f"each state of the others: {reason}; weaken connections among them, or give them a "
            "tau above 0"
        )


def _why_not(network: Network, neurons: Ints) -> str:
    """Why the neurons are not known to have one state; empty if they are."""
    slopes = np.empty(network.n_neurons)
    for group in network.groups:
        known = group.family.convex is True and group.family.everywhere
        slopes[group.slice] = group.fact("slope", np.inf) if known else np.inf
    slope = slopes[neurons]
    if not np.all(np.isfinite(slope)):
        first = network.label(int(neurons[~np.isfinite(slope)][0]))
        return f"the slope of neuron {first} has no bound, or it may fall"
    block = csr_array(network.W[neurons][:, neurons])
    alone = [group.shared == 1 for group in network.groups]
    owns = np.repeat(alone, [group.size for group in network.groups])[neurons]
    if owns.all():
        gains = csr_array(abs(block) @ diags_array(slope))
        if perron(gains)[0] < 1.0 - MARGIN:
            return ""
    scale = _scale(network, neurons)
    root = np.sqrt(slope)
    left, right = diags_array(root * np.sqrt(scale)), diags_array(root / np.sqrt(scale))
    answer = largest_below(
        symmetric_mean(csr_array(left @ block @ right)), 1.0, CONFIDENCE, effort=EFFORT
    )
    if answer.status == "proved":
        return ""
    return "their connections are too strong for the slopes of their activations"


def _scale(network: Network, neurons: Ints) -> Floats:
    """D of the neurons; ones where W is not symmetrizable."""
    if network.symmetric:
        return np.ones(neurons.size)
    scaling = find_scaling(network)
    kind = scaling.kind in ("symmetric", "symmetrizable")
    return scaling.scale[neurons] if kind else np.ones(neurons.size)
