"""Drawing again, with one row for each trial, what a description leaves to chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hamsim.arrays import Floats
from hamsim.draws.stream import Stream
from hamsim.errors import CompileError
from hamsim.network import Draw, Network, Stimulus
from hamsim.spec.datafiles import DataFiles
from hamsim.wiring.copies import Copy, copies
from hamsim.wiring.values import one_a_neuron

__all__ = ["draw_rows", "initial_rows", "own_trials", "stimuli_of_trials"]


def draw_rows(draw: Draw, trials: int) -> Floats:
    """One row a trial, the same as if the file had asked for so many trials."""
    path = ".".join(draw.names)
    if isinstance(draw.value, Copy):
        rows = copies(draw.value, draw.size, trials, Stream(draw.seed, *draw.names))
        if not np.all(np.isfinite(rows)):
            raise CompileError(f"{path}.corrupt: a number is not finite")
    else:
        numbers = Stream(draw.seed, *draw.names)
        rows = one_a_neuron(draw.value, (draw.size,), numbers, DataFiles(), path, trials)
    return rows[:, draw.places]


def own_trials(network: Network) -> int | None:
    """Number of trials that states and stimuli of a network have and must keep."""
    fixed = [] if _is_as_drawn(network) and network.draws.trials is None else [network.initial]
    fixed += [s.value for k, s in enumerate(network.stimuli) if _drawn(network, k) is None]
    stated = [values.shape[0] for values in fixed if values.ndim == 2]
    stated += [each.trials for each in network.over_time if each.trials is not None]
    return next(iter(stated), None)


def initial_rows(network: Network, trials: int) -> Floats:
    """States at t = 0 for so many trials, (trials, n); what the file draws is drawn for each."""
    if network.initial.ndim == 2 and network.initial.shape[0] == trials:
        return network.initial
    rows = np.repeat(np.atleast_2d(network.initial)[:1], trials, axis=0)
    for draw in network.draws.initial if _is_as_drawn(network) else ():
        rows[:, draw.neurons] = draw_rows(draw, trials)
    return rows


def stimuli_of_trials(network: Network, trials: int) -> Network:
    """The network with one row a trial in those stimuli whose values the file draws."""
    stimuli: list[Stimulus] = []
    for k, stimulus in enumerate(network.stimuli):
        draw = _drawn(network, k)
        if draw is not None and stimulus.value.shape[:-1] != (trials,):
            stimulus = replace(stimulus, value=draw_rows(draw, trials))
        stimuli.append(stimulus)
    same = all(a is b for a, b in zip(stimuli, network.stimuli, strict=True))
    return network if same else replace(network, stimuli=tuple(stimuli))


def _is_as_drawn(network: Network) -> bool:
    """Whether the states are those of the file, and not put in their place since."""
    return network.draws.states is network.initial


def _drawn(network: Network, k: int) -> Draw | None:
    draws = network.draws
    as_drawn = k < len(draws.made) and draws.made[k] is network.stimuli[k]
    return draws.stimuli.get(k) if as_drawn else None
