"""What changes over time does to a guarantee.

With an input that depends on time the derivative of the energy has one more term,

    dE/dt = - x'. diag(tau) H x' - dI/dt . g,

so that the energy may rise while the input moves, whatever else holds [HAM, eq. 4, with I(t)].
Claims for every constant input remain claims about each moment at which it is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hamsim.certify.certificate import Certificate
from hamsim.condition import Condition, worst
from hamsim.network import Network, OverTime, Stimulus

__all__ = ["NAME", "acting_at_last", "own_inputs", "with_moving"]

NAME = "input over time"
THEOREM = "dE/dt = - x'. diag(tau) H x' - dI/dt . g [HAM, eq. 4, with an input I(t)]"
# Places in the description that are named; the others are counted.
NAMED = 3


def own_inputs(network: Network) -> list[OverTime]:
    """Inputs of groups and neurons that change over time; stimuli are not among them."""
    return [each for each in network.over_time if each.after is None]


def acting_at_last(network: Network, t_end: float) -> tuple[list[Stimulus], list[OverTime]]:
    """What acts at the end of a run as constant stimuli, and which of it moves still."""
    acting: list[Stimulus] = []
    moving: list[OverTime] = []
    for each in network.acting:
        if not (each.start < t_end <= each.stop or each.start <= 0.0 == t_end):
            continue
        if isinstance(each, Stimulus):
            acting.append(each)
            continue
        breaks = each.breaks(0.0, t_end).times
        since = max(each.start, float(breaks[-1]) if breaks.size else 0.0)
        last = each.during(since, t_end, (True, True))
        if isinstance(last, OverTime):
            moving.append(each)
            last = _at(last, t_end)
        acting.append(last)
    return acting, moving


def _at(each: OverTime, time: float) -> Stimulus:
    """A constant stimulus of the value at a time."""
    value = each.at(np.array([time]))[0]
    rows = np.broadcast_to(value, (each.neurons.size, value.shape[1])).T
    return Stimulus(each.mode, each.neurons, rows if each.trials else rows[0], each.start, time)


def with_moving(certificate: Certificate, moving: Sequence[OverTime]) -> Certificate:
    """What remains of a certificate for every constant input where the input moves.

    Parameters
    ----------
    certificate : Certificate
    moving : sequence of OverTime
    """
    where = ", ".join(each.what for each in moving[:NAMED])
    more = f" and {len(moving) - NAMED} more" if len(moving) > NAMED else ""
    changes, does = ("changes", "it does") if len(moving) == 1 else ("change", "they do")
    message = (
        f"{where}{more} {changes} over time, which adds -dI/dt . g to dE/dt: the energy may rise "
        f"while {does}"
    )
    condition = Condition(
        NAME,
        "undecided",
        message,
        where={"what": [each.what for each in moving]},
        theorem=THEOREM,
        repair="network.at(t) is the network with its input held as it is at a time",
    )
    return replace(
        certificate,
        energy_decreases=worst(certificate.energy_decreases, "undecided"),
        converges="undecided",
        unique_equilibrium="undecided",
        globally_stable="undecided",
        max_step=None,
        conditions=(condition, *certificate.conditions),
    )
