"""All that is known of one network: each question is answered once, when somebody asks it."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import numpy as np

from hamsim.certify.coercive import coercive
from hamsim.certify.contraction import Contraction, contraction
from hamsim.certify.convergence.cascade import Verdict, cascade
from hamsim.certify.convergence.energy import NAME as CONVERGENCE
from hamsim.certify.convergence.energy import by_energy, no_energy
from hamsim.certify.convergence.escape import escapes
from hamsim.certify.convergence.inhibition import instant_inhibition
from hamsim.certify.convergence.linear import at_the_threshold
from hamsim.certify.convergence.planar import goes_round_nowhere
from hamsim.certify.convergence.trapped import rests_in_its_box
from hamsim.certify.convergence.unstable import all_unstable
from hamsim.certify.descent import descent
from hamsim.certify.following import NAME as INSTANTS
from hamsim.certify.following import instant_well_posed
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.steps import NAME as STEP
from hamsim.certify.steps import exponential_step, max_step
from hamsim.certify.unique import NAME as UNIQUE
from hamsim.certify.unique import unique
from hamsim.condition import Condition, Status, worst
from hamsim.deadline import attempt
from hamsim.field.instants import explicit_instants
from hamsim.field.sharing import shared_sets
from hamsim.field.symmetry import Scaling, find_scaling
from hamsim.network import Network
from hamsim.spectrum import largest_below, negative_part, perron

__all__ = ["GLOBAL", "Study"]

GLOBAL = "global stability"


class Study:
    """Questions about a network, and answers that do not depend on the order of asking.

    Parameters
    ----------
    network : Network
        Taken with its constant input and without its stimuli.
    confidence : float, optional
        As of `check`.
    quick : bool
        Whether to leave out what is not needed to know that the network converges.
    any_input : bool
        Whether what is proved must hold for every constant input.
    """

    def __init__(
        self,
        network: Network,
        confidence: float | None = None,
        quick: bool = False,
        any_input: bool = False,
    ) -> None:
        self.network, self.quick, self.confidence = network, quick, confidence
        self.any_input = any_input
        self.below = partial(largest_below, confidence=confidence)

    def known(self, question: str) -> Any:
        """Answer that was asked for already, or None."""
        return vars(self).get(question)

    @cached_property
    def scaling(self) -> Scaling:
        """Factors that make W symmetric, if there are any."""
        return find_scaling(self.network)

    @cached_property
    def scaled(self) -> ScaledNetwork:
        """The network with these factors."""
        scaling = self.scaling
        symmetric = scaling.kind in ("symmetric", "symmetrizable")
        scale = scaling.scale if symmetric else np.ones(self.network.n_neurons)
        defect = scaling.defect if symmetric else 0.0
        return ScaledNetwork(self.network, scale, symmetric, defect, self.any_input)

    @cached_property
    def one_tau(self) -> bool:
        """Whether neurons that share a Lagrangian have one time constant."""
        tau = self.network.tau
        return bool(np.all(tau == tau[shared_sets(self.network)]))

    @cached_property
    def instants(self) -> Condition:
        """Whether neurons with tau = 0 have one state for each state of the others."""
        return attempt(INSTANTS, lambda: instant_well_posed(self.scaled, self.below, perron))

    @cached_property
    def falls(self) -> list[Condition]:
        """Conditions of dE/dt <= 0 in every state."""
        return descent(self.scaled, self.scaling, self.instants.status)

    @cached_property
    def energy_falls(self) -> Status:
        """All of them together."""
        return worst(*(condition.status for condition in self.falls))

    @cached_property
    def coercive(self) -> tuple[Condition, Condition]:
        """Whether the energy has a lower bound, and whether it confines the activations."""
        found: list[Condition] = []

        def decide() -> Condition:
            found.extend(coercive(self.scaled, self.below))
            return found[0]

        bounded = attempt("bounded below", decide)
        if len(found) == 2:
            return found[0], found[1]
        return bounded, Condition("coercive", "undecided", bounded.message)

    @cached_property
    def contraction(self) -> Contraction:
        """Whether the network contracts, for every constant input."""
        found: list[Contraction] = []

        def decide() -> Condition:
            found.append(contraction(self.scaled, self.scaling, self.one_tau, self.below, perron))
            return Condition("contraction", "undecided", "")

        failed = attempt("contraction", decide)
        return found[0] if found else Contraction(False, failed.message)

    @cached_property
    def unique(self) -> Condition:
        """Whether there is exactly one rest state."""
        return attempt(UNIQUE, lambda: unique(self.scaled, self.contraction))

    @cached_property
    def inhibition(self) -> Condition | None:
        """Whether instantaneous inhibition makes every solution come to rest; None if not asked."""
        if self.scaled.symmetric or self.scaling.kind != "signed":
            return None
        none = Condition("instantaneous inhibition", "undecided", "")
        found = attempt(
            none.name,
            lambda: instant_inhibition(self.scaled, self.scaling, self.below, coercive) or none,
        )
        return None if found is none else found

    @cached_property
    def _cascade(self) -> tuple[Condition, bool] | None:
        if self.scaled.symmetric or not explicit_instants(self.network):
            return None
        found: list[tuple[Condition, bool] | None] = []

        def decide() -> Condition:
            found.append(cascade(self.network, self._judge))
            return self.by_energy

        failed = attempt(CONVERGENCE, decide)
        return found[0] if found else (failed, False)

    def _judge(self, network: Network, alone: bool) -> Verdict:
        part = Study(network, self.confidence, quick=True, any_input=True)
        contraction = part.contraction
        if contraction.proved:
            return Verdict(True, contraction.quadratic, False, None, "")
        energy = part.by_energy
        bounded_slopes = bool(np.all(np.isfinite(part.scaled.slope)))
        rests = energy.status == "proved" and part.one_tau and bounded_slopes
        moves = None
        if alone and not rests and not self.quick and not self.any_input:
            other = Study(network, self.confidence).converges
            moves = other if other.status == "refuted" else None
        reason = energy.message if energy.status != "proved" else "tau or slopes are not bounded"
        return Verdict(False, False, rests, moves, reason)

    @cached_property
    def by_energy(self) -> Condition:
        """Whether the energy alone shows that every solution comes to rest."""
        if not self.scaled.symmetric:  # before anybody looks for states in which E rises
            return no_energy()
        return by_energy(self.scaled, self.energy_falls, self.coercive[1], self.instants)

    @cached_property
    def converges(self) -> Condition:
        """Whether every solution comes to rest, by the first theorem that decides."""
        by_energy = self.by_energy
        if by_energy.status == "proved":
            return by_energy
        if self.contraction.proved and self.instants.status == "proved":
            message = f"every solution goes to the one rest state: {self.contraction.message}"
            theorem = self.contraction.theorem
            return Condition(CONVERGENCE, "proved", message, theorem=theorem)
        inhibited = self.inhibition
        if inhibited is not None and inhibited.status == "proved":
            return Condition(CONVERGENCE, "proved", inhibited.message, theorem=inhibited.theorem)
        for shown in (self._linear, self._planar, self._trapped):
            found = attempt(CONVERGENCE, shown)
            if found.status != "undecided":
                return found
        parts = self._cascade
        if parts is not None and parts[0].status != "undecided":
            return parts[0]
        if not self.quick:
            for against in (self._escapes, self._unstable):
                refuted = attempt(CONVERGENCE, against)
                if refuted.status == "refuted":
                    return refuted
        return parts[0] if parts is not None else by_energy

    def _linear(self) -> Condition:
        return at_the_threshold(self.scaled) or self.by_energy

    def _planar(self) -> Condition:
        return goes_round_nowhere(self.scaled) or self.by_energy

    def _trapped(self) -> Condition:
        if not self.scaled.symmetric:
            return self.by_energy
        return rests_in_its_box(self.scaled, self.falls, self.instants) or self.by_energy

    def _escapes(self) -> Condition:
        return escapes(self.scaled, self.energy_falls, self.coercive[0]) or self.by_energy

    def _unstable(self) -> Condition:
        return all_unstable(self.scaled, self.unique) or self.by_energy

    @cached_property
    def globally_stable(self) -> Condition:
        """Whether there is one rest state to which every solution goes."""
        if self.contraction.proved and self.instants.status == "proved":
            message = (
                f"for every input all solutions go to one rest state: {self.contraction.message}"
            )
            theorem, evidence = self.contraction.theorem, dict(self.contraction.evidence)
            return Condition(GLOBAL, "proved", message, evidence=evidence, theorem=theorem)
        rests, parts = self.converges, self._cascade
        if rests.status == "proved" and parts is not None and rests is parts[0] and parts[1]:
            return Condition(
                GLOBAL,
                "proved",
                f"for every input all solutions go to one rest state: {rests.message}",
                evidence=rests.evidence,
                theorem=rests.theorem,
            )
        one = self.unique
        if rests.status == "proved" and one.status == "proved":
            message = "every solution comes to rest, and there is exactly one rest state"
            return Condition(GLOBAL, "proved", message, theorem=rests.theorem)
        for against in (one, rests):
            if against.status == "refuted":
                return Condition(
                    GLOBAL,
                    "refuted",
                    against.message,
                    against.where,
                    against.evidence,
                    against.theorem,
                )
        open_ones = [c.message for c in (rests, one) if c.status == "undecided"]
        return Condition(GLOBAL, "undecided", "; ".join(open_ones))

    @cached_property
    def step(self) -> tuple[float | None, Condition | None]:
        """Largest step of explicit Euler that is sure not to raise the energy."""
        if self.energy_falls != "proved":
            return None, None
        found: list[float | None] = []

        def decide() -> Condition:
            size, condition = max_step(self.scaled, negative_part)
            found.append(size)
            return condition or Condition(STEP, "undecided", "")

        condition = attempt(STEP, decide)
        return found[0] if found else None, condition

    @cached_property
    def exponential_step(self) -> float | None:
        """Longest step of exponential Euler that is sure not to raise the energy, or infinity."""
        if self.energy_falls != "proved":
            return None
        found: list[float | None] = []

        def decide() -> Condition:
            found.append(exponential_step(self.scaled, negative_part))
            return Condition(STEP, "undecided", "")

        attempt(STEP, decide)
        return found[0] if found else None
