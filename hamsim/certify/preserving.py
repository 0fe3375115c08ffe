"""Networks that move in the form that keeps descent whatever the time constants are.

Of x' = K u with H K symmetric without negative eigenvalues, dE/dt = -u.H K u <= 0 for every
convex L and symmetric W: what the energy shows of a network with one time constant on each
Lagrangian, it shows of this one as well. Rest states are those of any time constants. Proofs that
are about x' = T^-1 u itself say nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from hamsim.certify.contraction import Contraction
from hamsim.certify.convergence.energy import NAME as CONVERGENCE
from hamsim.certify.steps import NAME as STEP
from hamsim.certify.study import Study
from hamsim.condition import Condition
from hamsim.field.preserving import mean_rates, require_preserving, unequal
from hamsim.network import Network

__all__ = ["PreservingStudy"]

FORM = "collective_tau: preserve_energy"
THEOREM = "dE/dt = -u.(H K)u with H K symmetric and positive semidefinite"


class PreservingStudy(Study):
    """Questions about a network with `collective_tau: preserve_energy`."""

    def __init__(
        self,
        network: Network,
        confidence: float | None = None,
        quick: bool = False,
        any_input: bool = False,
    ) -> None:
        require_preserving(network)
        tau = np.array(network.tau)
        differ = unequal(network)
        tau[differ] = 1.0 / mean_rates(network)[differ]
        # Alike to the bit where a Lagrangian is shared, as the mean is.
        super().__init__(replace(network, tau=tau), confidence, quick, any_input)

    @cached_property
    def falls(self) -> list[Condition]:
        """Conditions of dE/dt <= 0 in every state; what refutes another form refutes nothing."""
        found = [
            c if c.status != "refuted" else Condition(c.name, "undecided", c.message)
            for c in super().falls
        ]
        message = f"time constants that differ on one Lagrangian keep descent: {FORM}"
        return [*found, Condition("collective tau", "proved", message, theorem=THEOREM)]

    @cached_property
    def contraction(self) -> Contraction:
        """Not known of this form."""
        return Contraction(False, f"contraction is not known with {FORM}")

    @cached_property
    def inhibition(self) -> None:
        """Not known of this form."""
        return None

    @cached_property
    def converges(self) -> Condition:
        """Whether every solution comes to rest, by its energy."""
        found = self.by_energy
        if found.status == "proved":
            return found
        return Condition(CONVERGENCE, "undecided", found.message)

    @cached_property
    def step(self) -> tuple[float | None, Condition | None]:
        """No step of this form is known that never raises the energy."""
        if self.energy_falls != "proved":
            return None, None
        return None, Condition(STEP, "undecided", f"no step is known with {FORM}")

    @cached_property
    def exponential_step(self) -> float | None:
        """The same of exponential Euler."""
        return None
