"""Some solutions do not come to rest, because the energy falls without end.

Let dE/dt <= 0 along all solutions, and let E have no lower bound. The rest states are the zeros of
u = W g + I - x, and along a curve of them dE = -u.dg = 0. All Lagrangians here, and formulas
without sin and cos, are definable in one o-minimal structure (the Pfaffian closure of the real
field with restricted analytic functions: Speissegger 1999), so that the set of rest states has
finitely many parts, each joined by definable curves (van den Dries 1998): E has finitely many
values on it. A
solution that begins with less energy than all of these cannot come to rest, because its energy
never rises, and E is continuous. Such states are on the ray along which E falls. For neurons with
tau = 0 that do not depend on each other, taking the states that they follow only lowers E.
"""

from __future__ import annotations

import re

from hamsim.certify.convergence.energy import NAME
from hamsim.certify.rest import locally_lipschitz
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition, Status
from hamsim.field.instants import explicit_instants

__all__ = ["escapes"]

THEOREM = (
    "E never rises, has no lower bound, and has finitely many values on rest states (o-minimality: "
    "van den Dries 1998; Speissegger 1999)"
)
# What formulas may not call: functions with infinitely many zeros.
WAVES = re.compile(r"\b(sin|cos|tan)\b")


def escapes(scaled: ScaledNetwork, energy_falls: Status, bounded: Condition) -> Condition | None:
    """Show that solutions of low energy do not come to rest.

    Parameters
    ----------
    scaled : ScaledNetwork
    energy_falls : {"proved", "refuted", "undecided"}
    bounded : Condition
        Whether E has a lower bound; if refuted, with a ray.

    Returns
    -------
    Condition or None
        Refuted, with the ray; None if it could not be shown.
    """
    if energy_falls != "proved" or bounded.status != "refuted":
        return None
    if not locally_lipschitz(scaled) or not explicit_instants(scaled.network):
        return None
    formulas = [group.family.formula for group in scaled.network.groups]
    if any(WAVES.search(formula) for formula in formulas):
        return None
    return Condition(
        NAME,
        "refuted",
        "the energy never rises and has no lower bound, so that solutions from states of low "
        "energy, far out on a ray that is given, do not come to rest",
        where=bounded.where,
        evidence=bounded.evidence,
        theorem=THEOREM,
        repair=bounded.repair,
    )
