"""A network at one moment, or as it stays in the end: inputs that do not change, and what is held.

Planes through the state space are drawn of such a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.equilibria.rest.autonomous import autonomous
from hamsim.errors import HamsimError, SimulationError, given
from hamsim.field.held import with_states
from hamsim.field.settled import settled
from hamsim.network import Network, OverTime, Stimulus
from hamsim.network.replaced import sharing
from hamsim.operator import operator_of
from hamsim.request import Settings, number_of

__all__ = ["Moment", "moment_of", "shortened"]

# Numbers of neurons that are evaluated together.
AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class Moment:
    """What drives the neurons, with nothing that moves by itself.

    Parameters
    ----------
    network : Network
        Without stimuli, noise and delays. Neurons that a stimulus holds have no tau of 0: their
        states are what they are given.
    held : ndarray of int, shape (k,)
        Neurons whose states stimuli hold.
    values : ndarray, shape (k,)
        Where they are held.
    notes : tuple of str
        What was left out.
    """

    network: Network
    held: Ints
    values: Floats
    notes: tuple[str, ...]

    def put(self, x: Floats) -> Floats:
        """A state, or rows of states, with what stimuli hold at its place."""
        states = np.array(x, dtype=np.float64)
        states[..., self.held] = self.values
        return states

    def settled(self, x: Floats) -> Floats:
        """A state in which neurons with tau = 0 are where the others put them."""
        rows = self.put(x)[None]
        operator = operator_of(self.network)
        if operator.has_instant:
            rows = operator.evaluate(settled(self.network, rows))[0]
        found: Floats = rows[0]
        return found

    def rows_at_once(self, rows: int) -> int:
        """How many states are evaluated together, of so many."""
        return max(1, min(rows, AT_ONCE // self.network.n_neurons))


def moment_of(network: Network, t: float | None = None, trial: int = 0) -> Moment:
    """The network at a time with the stimuli that act then; as it stays in the end without one.

    Parameters
    ----------
    network : Network
    t : float, optional
    trial : int
        Of inputs and stimuli that trials have of their own, those of this trial act.

    Raises
    ------
    SimulationError
        An input changes for ever and no time is given, or is not known at this time.
    """
    if t is None:
        try:
            made, notes = autonomous(network, trial)
        except SimulationError as error:
            if "changes for ever" in str(error):
                raise HamsimError(
                    f"{_moving(network)} changes for ever: give t, the time to look at"
                ) from None
            raise
        notes = shortened(notes)
    else:
        made, notes = _at(network, t, trial)
    held = np.full(made.n_neurons, np.nan)
    for each in made.stimuli:
        held[each.neurons] = each.value
    places = np.flatnonzero(~np.isnan(held))
    changes: dict[str, Any] = {"stimuli": ()} if made.stimuli else {}
    if np.any(made.tau[places] == 0):
        tau = np.array(made.tau)
        tau[places[tau[places] == 0]] = 1.0
        changes["tau"] = tau
    return Moment(sharing(made, {}, **changes), places, held[places], notes)


# What `lasting` says of rest states, as it is for planes.
_NO_NOISE = "noise is left out"
_NO_DELAYS = "delays are left out, so that what runs with them do may cross itself"
_SHORT = {
    "noise is left out: with it the network does not rest": _NO_NOISE,
    "delays are left out: rest states do not depend on them, but which is reached": _NO_DELAYS,
}


def shortened(notes: tuple[str, ...]) -> tuple[str, ...]:
    """What is said of rest states, as it is for planes."""
    return tuple(_SHORT.get(note, note) for note in notes)


def _moving(network: Network) -> str:
    """What of a network moves without end."""
    return next((each.what for each in network.over_time if not np.isfinite(each.stop)), "an input")


def _at(network: Network, t: float, trial: int) -> tuple[Network, tuple[str, ...]]:
    """The network with constant inputs as they are at a time; clamps are its stimuli."""
    when = number_of(t)
    if not np.isfinite(when):
        raise HamsimError(f"a time is a finite number, not {given(t)}")
    current = np.array(network.input)
    clamps: list[Stimulus] = []
    notes: list[str] = []
    for each in network.acting:
        if not each.start <= when < each.stop:
            continue
        value = _value(each, when, trial)
        if each.mode == "input":
            np.add.at(current, each.neurons, value)
        else:
            clamps.append(Stimulus(each.mode, each.neurons, value, 0.0, np.inf))
    if network.noise is not None:
        notes.append(_NO_NOISE)
    if network.delays is not None:
        notes.append(_NO_DELAYS)
        network = network.replace(delay=0.0)
    settings = Settings(collective_tau=network.settings.collective_tau)
    made = sharing(
        network,
        {},
        input=current,
        stimuli=tuple(clamps),
        over_time=(),
        noise=None,
        settings=settings,
    )
    return with_states(made), tuple(notes)


def _value(each: OverTime | Stimulus, when: float, trial: int) -> Floats:
    """What acts on each of its neurons at a time, shape (k,)."""
    if isinstance(each, Stimulus):
        value = each.value
        found = value if value.ndim == 1 else value[_of(trial, len(value))]
    else:
        values = each.at(np.array([when]))[0]
        found = values[:, _of(trial, values.shape[1])]
    return np.broadcast_to(found, each.neurons.shape).astype(np.float64)


def _of(trial: int, trials: int) -> int:
    """Which of so many trials is meant; one that all share is every trial's."""
    if trials == 1:
        return 0
    if not 0 <= trial < trials:
        raise HamsimError(f"there is no trial {trial}: there are {trials}")
    return trial
