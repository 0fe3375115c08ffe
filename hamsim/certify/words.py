"""What the answers of a certificate are called, and what they mean for whoever runs the network."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hamsim.certify.certificate import Certificate
from hamsim.condition import Status

__all__ = ["ASKED", "TITLES", "meaning"]

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "energy_decreases": "energy decreases",
        "bounded_below": "bounded below",
        "converges": "converges",
        "unique_equilibrium": "one rest state",
        "globally_stable": "globally stable",
        "instant_well_posed": "tau = 0",
    }
)
# What a network may be refuted for: a memory has many rest states, and that is no fault.
ASKED = ("energy_decreases", "bounded_below", "converges", "instant_well_posed")

_MEANING: Mapping[str, Mapping[Status, str]] = {
    "energy_decreases": {
        "proved": "The energy never rises, whatever the state.",
        "refuted": "There is a state in which the energy rises.",
        "undecided": "It is open whether the energy can rise.",
    },
    "bounded_below": {
        "proved": "The energy cannot fall below a bound.",
        "refuted": "The energy can fall without end.",
        "undecided": "It is open whether the energy has a lower bound.",
    },
    "converges": {
        "proved": "Every run comes to rest, wherever it starts.",
        "refuted": "Some runs never come to rest.",
        "undecided": "It is open whether every run comes to rest.",
    },
    "unique_equilibrium": {
        "proved": "There is exactly one rest state.",
        "refuted": "There is not exactly one rest state: a memory has several.",
        "undecided": "It is open how many rest states there are.",
    },
    "globally_stable": {
        "proved": "All runs end in the same state.",
        "refuted": "Not all runs end in one state.",
        "undecided": "It is open whether all runs end in one state.",
    },
    "instant_well_posed": {
        "proved": "Neurons with tau = 0, if there are any, always have exactly one state.",
        "refuted": "Neurons with tau = 0 may have no state, or several: a run is not defined.",
        "undecided": "It is open whether neurons with tau = 0 always have exactly one state.",
    },
}


def meaning(certificate: Certificate) -> dict[str, str]:
    """Say in a sentence what each answer means.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    dict of str to str
        By the names of the certificate's fields.
    """
    return {name: _MEANING[name][getattr(certificate, name)] for name in certificate.FIELDS}
