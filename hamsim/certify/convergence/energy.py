"""Convergence because the energy falls and confines the activations."""

from __future__ import annotations

from hamsim.certify.rest import locally_lipschitz
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition, Status

__all__ = ["NAME", "by_energy", "no_energy"]

NAME = "convergence"
THEOREM = (
    "LaSalle's principle with the energy as Lyapunov function: the energy falls, its sublevel sets "
    "are bounded, g is locally Lipschitz; single limits by the Kurdyka-Lojasiewicz inequality"
)


def no_energy() -> Condition:
    """What is known where W cannot be made symmetric."""
    message = "W cannot be made symmetric, so that there is no energy that must fall"
    return Condition(NAME, "undecided", message, theorem=THEOREM)


def by_energy(
    scaled: ScaledNetwork, energy_falls: Status, confined: Condition, instants: Condition
) -> Condition:
    """Decide whether the energy shows that every solution comes to rest.

    Parameters
    ----------
    scaled : ScaledNetwork
        With a symmetric W.
    energy_falls : {"proved", "refuted", "undecided"}
    confined : Condition
        Whether the energy is coercive in the activations.
    instants : Condition
        Whether neurons with tau = 0 have one state.

    Returns
    -------
    Condition
        Proved or undecided, with what is missing.
    """
    needs = {
        "the energy falls": energy_falls == "proved",
        "the energy confines the activations": confined.status == "proved",
        "neurons with tau = 0 have one state": instants.status == "proved",
        "activations are locally Lipschitz": locally_lipschitz(scaled),
    }
    missing = [what for what, shown in needs.items() if not shown]
    if missing:
        message = f"it is not shown that {', nor that '.join(missing)}"
        return Condition(NAME, "undecided", message, theorem=THEOREM)
    message = "the energy falls and confines the activations, so every solution comes to rest"
    if scaled.defect:
        message += f" (up to {scaled.defect:.2g}, rounding of the weights)"
    return Condition(NAME, "proved", message, theorem=THEOREM)
