"""Linear networks exactly at their threshold: integrators with lines of rest states, or drifts.

With A = 1 / gain - W the network is T x' = - (A g - I), the gradient flow of the energy
1/2 g.A g - I.g in the metric gain T. Where A is positive semidefinite, every solution of a flow
with a rest state comes to one (the flow of a convex quadratic function); where A z = I has no
solution there is no rest state.
"""

from __future__ import annotations

import numpy as np

from hamsim.certify.coercive.exact import critical_linear
from hamsim.certify.convergence.energy import NAME
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition

__all__ = ["at_the_threshold"]

THEOREM = "gradient flow of a convex quadratic function, in exact arithmetic"


def at_the_threshold(scaled: ScaledNetwork) -> Condition | None:
    """Decide whether a linear network at its threshold comes to rest.

    Parameters
    ----------
    scaled : ScaledNetwork

    Returns
    -------
    Condition or None
        None for other networks.
    """
    if np.any(scaled.network.tau == 0):
        return None
    critical = critical_linear(scaled)
    if critical is None:
        return None
    evidence = {"direction": critical.direction}
    if critical.rests:
        message = (
            "feedback just cancels the leak along a direction of rest states, to one of which "
            "every solution comes"
        )
        return Condition(NAME, "proved", message, evidence=evidence, theorem=THEOREM)
    message = (
        "feedback just cancels the leak along a direction in which the input drives, so that "
        "states drift for ever"
    )
    return Condition(NAME, "refuted", message, evidence=evidence, theorem=THEOREM)
