"""What is known of networks with delays: tau_i x_i' = sum_j W_ij g_j(t - d_ij) + I_i - x_i.

States at rest are those of the network without delays, and so is what E is of a state. That E
falls is not known any more: delays can make a symmetric network oscillate (Marcus and Westervelt
1989). One theorem is left, for any bounded delays and any tau >= 0. Let x* be a rest state,
z = x - x*, and |g_i(x) - g_i(x*)| <= sum_k |h_ik| |z_k| at each earlier time. With a nonnegative B
that bounds by sizes alone, row by row, what all synapses add up to, and a v > 0 with B v < v, the
largest |z_i| / v_i of later times is a part below 1 of the largest of earlier ones, so that z goes
to 0. Synapses without a delay by which a neuron inhibits itself count as 0, as without delays; no
other sign helps, and no two synapses cancel that have other delays.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from hamsim.certify.contraction import Contraction, by_loops
from hamsim.certify.convergence.energy import NAME as CONVERGENCE
from hamsim.certify.gains import MARGIN, gains_of, loop_gains
from hamsim.certify.preserving import PreservingStudy
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.study import GLOBAL, Study
from hamsim.condition import Condition
from hamsim.deadline import attempt
from hamsim.field.preserving import preserves
from hamsim.network import Network
from hamsim.spectrum import perron

__all__ = ["DelayedStudy", "contracts_with_delays", "study_of"]

THEOREM = (
    "contraction in a weighted sup norm, for bounded delays and every tau (Halanay 1966; Davydov, "
    "Proskurnikov and Bullo 2022)"
)
WITHOUT = "synapses have delays, with which the energy need not fall"
# By how much weights may be larger in float32.
SINGLE = 2.0**-23


def study_of(
    network: Network,
    confidence: float | None = None,
    quick: bool = False,
    any_input: bool = False,
) -> Study:
    """Questions about a network, with delays or without; see `Study`."""
    kind = PreservingStudy if preserves(network) else Study
    kind = kind if network.delays is None else DelayedStudy
    return kind(network, confidence, quick, any_input)


def contracts_with_delays(network: Network) -> Contraction:
    """Decide whether a network contracts whatever its delays and its constant input are.

    Then it does so with neurons clamped, too: what is left of B has no larger spectral radius.
    """
    if network.triples is not None:
        return Contraction(False, "gated synapses are outside the conditions that are known")
    scaled = ScaledNetwork(network.undelayed, np.ones(network.n_neurons), symmetric=False)
    steep, convex = scaled.steepest, scaled.convex
    if not np.all(np.isfinite(steep)):
        neuron = network.label(int(np.argmin(np.isfinite(steep))))
        return Contraction(False, f"neuron {neuron} has no bound of the slope of its activation")
    if np.any(~convex & ~scaled.additive):
        neuron = network.label(int(np.argmin(convex)))
        return Contraction(
            False, f"neuron {neuron} is not known to have a convex Lagrangian in all states"
        )
    gains = gains_of(scaled)
    gains = gains._replace(row_sum=np.where(convex, gains.row_sum, steep))
    late = gains._replace(W=_sizes(network))
    B = loop_gains(gains, "largest", ~convex) + loop_gains(late, "largest")
    bound, vector = perron(csr_array(B * (1.0 + SINGLE)))
    if bound < 1.0 - MARGIN:
        found = by_loops(bound, vector[gains.sets], quadratic=False)
        return found._replace(theorem=THEOREM, message=f"{found.message}, whatever the delays are")
    return Contraction(
        False,
        f"the loop gains, which count sizes of weights, have spectral radius up to {bound:.4g}",
    )


def _sizes(network: Network) -> csr_array:
    """Sizes of the weights of delayed synapses, added up for each pair of neurons."""
    delays, n = network.delays, network.n_neurons
    if delays is None:
        return csr_array((n, n))
    return csr_array((np.abs(delays.weights), (delays.receivers, delays.senders)), shape=(n, n))


class DelayedStudy(Study):
    """Questions about a network with delays; what does not hold with them is not asked."""

    @cached_property
    def late(self) -> Contraction:
        """Whether the network contracts, with its delays."""
        found: list[Contraction] = []

        def decide() -> Condition:
            found.append(contracts_with_delays(self.network))
            return Condition("contraction", "undecided", "")

        failed = attempt("contraction", decide)
        return found[0] if found else Contraction(False, failed.message)

    @cached_property
    def contraction(self) -> Contraction:
        """What shows that there is one rest state, which does not depend on delays."""
        return self.late if self.late.proved else super().contraction

    @cached_property
    def instants(self) -> Condition:
        """Whether neurons with tau = 0 have one state: of synapses without delays alone."""
        return Study(self.network.undelayed, self.confidence, self.quick, self.any_input).instants

    @cached_property
    def falls(self) -> list[Condition]:
        """What stands against dE/dt <= 0, in states that have always been the same; and delays."""
        against = [condition for condition in super().falls if condition.status == "refuted"]
        return [*against, Condition("delays", "undecided", WITHOUT)]

    @cached_property
    def inhibition(self) -> None:
        """Not known with delays."""
        return None

    @cached_property
    def converges(self) -> Condition:
        """Whether every solution comes to rest."""
        late = self.late
        if late.proved and self.instants.status == "proved":
            message = f"every solution goes to the one rest state: {self.contraction.message}"
            return Condition(CONVERGENCE, "proved", message, theorem=late.theorem)
        why = late.message if not late.proved else self.instants.message
        return Condition(CONVERGENCE, "undecided", f"{WITHOUT}; {why}")

    @cached_property
    def globally_stable(self) -> Condition:
        """Whether there is one rest state to which every solution goes."""
        rests, one = self.converges, self.unique
        if rests.status == "proved":
            return Condition(
                GLOBAL,
                "proved",
                f"for every input all solutions go to one rest state: {self.late.message}",
                evidence=dict(self.late.evidence),
                theorem=self.late.theorem,
            )
        if one.status == "refuted":
            return Condition(GLOBAL, "refuted", one.message, one.where, one.evidence, one.theorem)
        return Condition(GLOBAL, "undecided", rests.message)
