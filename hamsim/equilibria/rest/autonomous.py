"""One network that does not change: of those that trials are, and of what acts in the end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hamsim.counted import counted
from hamsim.dynamics.resting.lasting import lasting
from hamsim.errors import SimulationError, given
from hamsim.field.held import with_states
from hamsim.network import Network
from hamsim.network.replaced import sharing
from hamsim.request import Settings, count_of

__all__ = ["autonomous"]


def autonomous(network: Network, trial: int = 0) -> tuple[Network, tuple[str, ...]]:
    """The network as it is in the end, with the stimuli of one trial and currents as its input.

    Parameters
    ----------
    network : Network
    trial : int
        Whose stimuli act, where the file has several.

    Returns
    -------
    network : Network
        What acts on it are clamps of states alone. Of the file's settings it has only how
        neurons with a common Lagrangian move.
    notes : tuple of str
    """
    trial = count_of("trial", trial, 0)
    lasts, notes = lasting(network)
    current, stimuli = np.array(lasts.input), []
    for each in lasts.stimuli:
        value = each.value
        if value.ndim == 2:
            if trial >= len(value):
                raise SimulationError(
                    f"trial is {given(trial)}; the file has {counted(len(value), 'trial')}"
                )
            notes += (f"of stimuli that trials have of their own, those of trial {trial} act",)
            value = value[trial]
        if each.mode == "input":
            np.add.at(current, each.neurons, value)
        else:
            stimuli.append(replace(each, value=value))
    settings = Settings(collective_tau=network.settings.collective_tau)
    changes = {"stimuli": tuple(stimuli), "settings": settings}
    if not np.array_equal(current, lasts.input):
        changes["input"] = current
    return with_states(sharing(lasts, {}, **changes)), tuple(dict.fromkeys(notes))
