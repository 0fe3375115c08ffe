"""Which method a run takes, and why."""

from __future__ import annotations

from typing import Any, NamedTuple

from hamsim.dynamics.timeline.bound import largest_rate
from hamsim.dynamics.timeline.changes import breaks_of
from hamsim.dynamics.timeline.stepsize import fastest_rate, rate_at_first, times_of
from hamsim.errors import SimulationError, did_you_mean, given
from hamsim.field.instants import explicit_instants
from hamsim.field.preserving import preserves
from hamsim.methods import (
    AUTO_WITH_NOISE,
    FIXED,
    METHOD_NAMES,
    METHODS,
    NOISY,
    STIFFLY,
    Method,
    RungeKutta,
    Stochastic,
)
from hamsim.network import Network, once

__all__ = ["Choice", "Wishes", "calmly", "choose_method", "is_called_to_rest"]

# Where rate times span is above this, steps of explicit methods, of at most about 3 / rate, are
# shorter than their errors ask for, and implicit ones need fewer products; so the more digits, the
# later. Measured by tools/bench/time_methods.py and accuracy.py, as all that follows.
STIFF_FROM, STIFF_TO, DIGITS_FROM, GROWS = 90.0, 300.0, 1e-5, 1.0 / 6.0
# From here on a pair of order 8 needs fewer products than one of order 5.
MANY_DIGITS = 1e-7
# Where slopes of activations jump, orders above 3 are of no use down to this. Below, steps end at
# kinks, next to which errors are seen less well, so that steps keep a part of the tolerance.
KINKED, AT_KINKS = 1e-5, 0.5
# Part of the tolerance that steps keep of networks that nothing calls to rest: along a cycle errors
# of the phase add up. Measured on Wilson and Cowan's oscillator over eight periods.
ADDING_UP = 0.02
# So often a run changes its method at most: each change begins with short steps.
CHANGES = 8


class Wishes(NamedTuple):
    """What else is known of a run when its method is chosen.

    Parameters
    ----------
    fixed : bool
        Whether the length of steps, or how many, is given.
    accurate : bool
        Whether whoever runs it asks for a tolerance.
    begin, end : float
        When the run begins, and is over at the latest.
    rtol : float
        Error relative to a state.
    """

    fixed: bool
    accurate: bool
    begin: float
    end: float
    rtol: float


class Choice(NamedTuple):
    """A method, and why it was chosen.

    Parameters
    ----------
    method : Method
    why : str
        Empty if it was asked for.
    switches : int
        How often a run goes on with another method where it turns out to be stiff, or not any more.
    part : float
        Of the tolerance that was asked for, the part that steps are to keep.
    """

    method: Method
    why: str = ""
    switches: int = 0
    part: float = 1.0


def choose_method(network: Network, name: Any, wishes: Wishes) -> Choice:
    """The method of a name, and why it was chosen where that was left to hamsim.

    Parameters
    ----------
    network : Network
    name : str
        Of a method, or "auto".
    wishes : Wishes

    Raises
    ------
    SimulationError
        There is no such method, or the network has noise and the method knows none.
    """
    if not isinstance(name, str):
        raise SimulationError(f"method is {given(name)}; {did_you_mean('', METHOD_NAMES)}")
    if name not in METHOD_NAMES:
        raise SimulationError(f"unknown method '{name}'; {did_you_mean(name, METHOD_NAMES)}")
    if name == "auto":
        return _as_errors_need(network, _automatic(network, wishes))
    if preserves(network):
        _require_explicit(name)
    elif network.noise is not None and name not in NOISY:
        raise SimulationError(
            f"method {name} knows nothing of noise, which the network has; "
            f"allowed: auto, {', '.join(NOISY)}"
        )
    return Choice(METHODS[name])


def _require_explicit(name: str) -> None:
    """Refuse a method that knows nothing of time constants that keep descent."""
    known = [
        row.name
        for row in METHODS.values()
        if isinstance(row, RungeKutta) and row.steps == "fixed" and not isinstance(row, Stochastic)
    ]
    if name not in known:
        raise SimulationError(
            f"method {name} knows nothing of collective_tau: preserve_energy; allowed: auto, "
            f"{', '.join(known)}"
        )


def _automatic(network: Network, wishes: Wishes) -> Choice:
    """The method that meets what is asked for with the least work, as far as can be foreseen."""
    if preserves(network):
        return Choice(FIXED, "collective_tau: preserve_energy is known of fixed steps")
    if network.noise is not None:
        return Choice(AUTO_WITH_NOISE, "the network has noise")
    if wishes.fixed:
        return Choice(FIXED, "steps of dt were asked for")
    if network.delays is not None:
        return Choice(METHODS["tsit5"], "the network has delays")
    if not explicit_instants(network):
        return Choice(STIFFLY, "neurons with tau = 0 depend on each other")
    jumps = once(network, "jumps", lambda: _jumping(network))
    if jumps and not wishes.accurate:
        return Choice(FIXED, f"activations of {jumps[0]} jump, where chosen steps would crowd")
    return _by_rate(network, wishes)


def _jumping(network: Network) -> list[str]:
    """Groups whose activations jump somewhere."""
    return [group.name for group in network.groups if (group.fact("jumps", 0.0) != 0).any()]


def is_called_to_rest(network: Network) -> bool:
    """Whether an energy would fall as far as W, delays and what acts are concerned."""
    return network.symmetric and network.delays is None and not network.over_time


def _as_errors_need(network: Network, choice: Choice) -> Choice:
    """Steps that are chosen, stricter where errors need not die out."""
    if choice.method.steps != "chosen" or is_called_to_rest(network):
        return choice
    alone = network.symmetric and network.delays is None
    why = "as long as what acts changes" if alone else "without an energy"
    told = f"{choice.why}; {why} errors add up, so that steps keep {ADDING_UP:g} rtol"
    return choice._replace(part=ADDING_UP, why=told)


def _by_rate(network: Network, wishes: Wishes) -> Choice:
    """Decide by how often the fastest rate fits between two changes of what acts."""
    # Implicit methods begin anew, with short steps, where stimuli change.
    pieces = 1 + breaks_of(network, wishes.begin, wishes.end).times.size
    span = (wishes.end - wishes.begin) / pieces
    most = largest_rate(network)
    stiff = _stiff_from(wishes.rtol)
    bounded = most * span <= stiff  # so that no state is stiff, and nobody need look for the rate
    rate = most if bounded else _rate(network)
    often = times_of(rate, span, "method")
    told = f"fastest rate {'at most ' if bounded else ''}{rate:.3g} for a time of {span:.3g}"
    if often > stiff:
        return Choice(STIFFLY, f"stiff, {told}", CHANGES)
    kinked = [group.name for group in network.groups if group.family.kinks]
    # It does not notice stiffness, so that none must be possible.
    if kinked and wishes.rtol >= KINKED and (bounded or fastest_rate(network) * span <= stiff):
        return Choice(METHODS["bs32"], f"not stiff, slopes of {kinked[0]} jump, {told}")
    return calmly(network, wishes.rtol, told)


def calmly(network: Network, rtol: float, told: str) -> Choice:
    """The pair that takes the steps of a network that is not stiff, and notices if it is.

    Parameters
    ----------
    network : Network
    rtol : float
    told : str
        What is known of its rates.
    """
    kinked = any(group.family.kinks for group in network.groups)
    if rtol <= MANY_DIGITS and not kinked:
        return Choice(METHODS["dop853"], f"many digits and not stiff, {told}", CHANGES)
    part = AT_KINKS if kinked and rtol < KINKED else 1.0
    return Choice(METHODS["tsit5"], f"not stiff, {told}", CHANGES, part)


def _stiff_from(rtol: float) -> float:
    """Rate times span from which on a network is called stiff."""
    grown: float = STIFF_FROM * (DIGITS_FROM / rtol) ** GROWS
    return min(max(grown, STIFF_FROM), STIFF_TO)


def _rate(network: Network) -> float:
    """Fastest rate where the network starts, or where it is driven to first, if that is finite."""
    return rate_at_first(network) if (network.tau > 0).all() else fastest_rate(network)
