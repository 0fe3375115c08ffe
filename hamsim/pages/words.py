"""The questions that a certificate answers, for people who do not know its words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["QUESTIONS", "SYMMETRY"]

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "energy_decreases": "Does the energy fall?",
        "bounded_below": "Does the energy have a lower bound?",
        "converges": "Does every solution come to rest?",
        "unique_equilibrium": "Is there exactly one rest state?",
        "globally_stable": "Does every solution go to the same rest state?",
        "instant_well_posed": "Do neurons with tau = 0 have one state each?",
    }
)
SYMMETRY: Mapping[str, str] = MappingProxyType(
    {
        "symmetric": "W is equal to its transpose: each synapse acts both ways with one weight.",
        "symmetrizable": "Positive scales of the neurons make W symmetric: there is an energy.",
        "signed": "Scales of the neurons make W symmetric, some of which are negative.",
        "none": "No scales of the neurons make W symmetric: no energy is known to fall.",
    }
)
