"""What `gradient` is asked: trials, what holds and drives neurons, and what cannot be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints, Mask
from hamsim.compiler import as_network
from hamsim.dynamics.resting.lasting import last_change, lasting
from hamsim.dynamics.starts import begin
from hamsim.equilibria.rest.following import follow
from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.learning.losses import Loss
from hamsim.learning.posed import Posed
from hamsim.network import Network, OverTime, Stimulus
from hamsim.network.replaced import numbers, sharing

__all__ = ["Asked", "posed_of"]

# Relative tolerance with which a trajectory goes through stimuli that begin or end.
THROUGH = 1e-6


class Asked(NamedTuple):
    """A question, and what is to be said of it.

    Parameters
    ----------
    posed : Posed
    alike : bool
        Whether one start was given for all trials.
    notes : tuple of str
    """

    posed: Posed
    alike: bool
    notes: tuple[str, ...]


class _Given(NamedTuple):
    """Values for some neurons, shape (k,) or (trials, k)."""

    neurons: Ints
    values: Floats


def posed_of(
    source: Any,
    initial: Any,
    loss: Loss,
    clamp: Mapping[Any, Any] | None,
    input: Mapping[Any, Any] | None,
    tolerance: float,
    at_rest: bool,
    tells: str = "",
) -> Asked:
    """Put together the network, the trials and the loss.

    Parameters
    ----------
    source : Network, Spec, path or dict
    initial : array_like, mapping, table or None
        As of `hamsim.simulate`.
    loss : Loss
    clamp, input : mapping of names to array_like, or None
        What holds neurons, and what is added to their currents, besides what the file says; for
        the whole of the run.
    tolerance : float
        Residual at which a state rests.
    at_rest : bool
        Whether the gradient is one of rest states, which see nothing but what lasts.
    tells : str
        Name of the method, for messages.

    Raises
    ------
    HamsimError
        Numbers of trials differ, a name is unknown, a shape does not fit, an input changes for
        ever, or a cue is in initial states alone and is not seen at rest.
    """
    network = as_network(source)
    holds = _values(network, "clamp", clamp)
    drives = _values(network, "input", input)
    network = _without_clamps(network, holds)
    network, starts, count = begin(network, initial, None)
    alike = len(starts) == 1 or bool((starts == starts[0]).all())
    starts, count = _of_trials(starts, count, {"clamp": holds, "input": drives}, loss, network)
    notes: tuple[str, ...] = ()
    current = np.zeros_like(starts)
    for part in drives:
        current[:, part.neurons] += part.values
    held = np.zeros(network.n_neurons, dtype=bool)
    if at_rest:
        network, starts, held, notes = _lasting(network, starts, current)
    starts = np.array(starts)
    for part in holds:
        held[part.neurons] = True
        starts[:, part.neurons] = part.values
    posed = Posed(
        network,
        starts,
        held,
        current if current.any() else None,
        loss.bound(network, count),
        tolerance,
    )
    if at_rest:
        _require_a_lasting_cue(posed, initial, tells)
    return Asked(posed, alike, notes)


# --- what the call holds and drives -----------------------------------------------------------


def _values(network: Network, what: str, value: Mapping[Any, Any] | None) -> list[_Given]:
    """Values by name as rows of numbers; a neuron may be named once."""
    if value is None:
        return []
    if not isinstance(value, Mapping):
        raise HamsimError(f"{what} is {given(value)}; allowed is a mapping of groups to values")
    found = []
    for name, part in value.items():
        neurons = network.neurons([name])
        group = next((g for g in network.groups if g.name == name), None)
        shape = (neurons.size,) if group is None else group.shape
        found.append(_Given(neurons, _rows(f"{what} of {name}", part, neurons.size, shape)))
    everything = np.concatenate([np.zeros(0, dtype=np.int64), *(f.neurons for f in found)])
    unique, counts = np.unique(everything, return_counts=True)
    if (counts > 1).any():
        raise HamsimError(f"{what}: {network.label(int(unique[counts > 1][0]))} is named twice")
    return found


def _rows(what: str, value: Any, size: int, shape: tuple[int, ...]) -> Floats:
    values = numbers(what, value)
    if values.ndim == 0:
        return np.full(size, values[()])
    if values.shape in (shape, (size,)):
        return values.reshape(size)
    if values.ndim > 1 and values.shape[1:] in (shape, (size,)) and len(values):
        return values.reshape(len(values), size)
    sides = ", ".join(map(str, shape))
    raise HamsimError(
        f"{what} has shape {list(values.shape)}; allowed are one number, [{sides}] and "
        f"[trials, {sides}]"
    )


def _without_clamps(network: Network, holds: list[_Given]) -> Network:
    """The network whose own clamps leave alone the neurons that the call holds."""
    if not holds:
        return network
    ours = np.concatenate([part.neurons for part in holds])
    stimuli: list[Stimulus] = []
    for each in network.stimuli:
        rest = ~np.isin(each.neurons, ours)
        if each.mode == "input" or rest.all():
            stimuli.append(each)
        elif rest.any():
            stimuli.append(replace(each, neurons=each.neurons[rest], value=each.value[..., rest]))
    moving: list[OverTime] = []
    for over in network.over_time:
        rest = ~np.isin(over.neurons, ours)
        if over.mode == "input" or rest.all():
            moving.append(over)
        elif rest.any():
            signal = over.signal.take(np.flatnonzero(rest))
            moving.append(replace(over, neurons=over.neurons[rest], signal=signal))
    if stimuli == list(network.stimuli) and moving == list(network.over_time):
        return network
    return sharing(network, {}, stimuli=tuple(stimuli), over_time=tuple(moving))


# --- trials ------------------------------------------------------------------------------------


def _of_trials(
    starts: Floats,
    count: int | None,
    parts: dict[str, list[_Given]],
    loss: Loss,
    network: Network,
) -> tuple[Floats, int]:
    """Starts of as many trials as anything is given for, and their number."""
    counts = {} if count is None else {"initial": count}
    for name, found in parts.items():
        for part in found:
            if part.values.ndim == 2:
                counts.setdefault(name, len(part.values))
                if counts[name] != len(part.values):
                    raise HamsimError(
                        f"{name} has values for {counts[name]} and for {len(part.values)} trials"
                    )
    targets = loss.trials(network)
    if targets is not None:
        counts["target"] = targets
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} has {n}" for name, n in counts.items())
        raise HamsimError(f"numbers of trials differ: {listed}")
    trials = next(iter(counts.values()), 1)
    return (np.repeat(starts, trials, axis=0) if len(starts) < trials else starts), trials


# --- at rest -----------------------------------------------------------------------------------


def _lasting(
    network: Network, starts: Floats, current: Floats
) -> tuple[Network, Floats, Mask, tuple[str, ...]]:
    """The network as it stays, without stimuli: they go into starts, currents and who is held."""
    stays, notes = lasting(network)
    change = last_change(network)
    if change > 0.0:
        quiet = network if network.noise is None else network.replace(noise=0.0)
        starts = follow(quiet, starts, THROUGH, None, change).x
        notes += (f"the trajectory goes through what changes until t = {change:g}",)
    starts, held = np.array(starts), np.zeros(network.n_neurons, dtype=bool)
    for each in stays.stimuli:
        if each.mode == "input":
            current[:, each.neurons] += each.value
        else:
            starts[:, each.neurons], held[each.neurons] = each.value, True
    return (sharing(stays, {}, stimuli=()) if stays.stimuli else stays), starts, held, notes


def _require_a_lasting_cue(posed: Posed, initial: Any, method: str) -> None:
    """Refuse trials that differ in where they begin alone.

    Raises
    ------
    HamsimError
    """
    starts, held, current = posed.starts, posed.held, posed.current
    free = ~held
    begins_apart = bool((starts[:, free] != starts[0, free]).any())
    lasts_apart = bool((starts[:, held] != starts[0, held]).any())
    lasts_apart |= current is not None and bool((current != current[0]).any())
    nothing_acts = current is None and not held.any() and not posed.network.input.any()
    named = isinstance(initial, Mapping) and nothing_acts
    if (begins_apart and not lasts_apart) or named:
        raise HamsimError(
            f"method '{method}' is a gradient at rest states, which do not see a cue that is only "
            "in initial: hold it by clamp= or add it by input=, or take method='through_time'"
        )


def names_of(by: Any, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """What is differentiated by, checked; everything if nobody says."""
    if by is None:
        return allowed
    names = (by,) if isinstance(by, str) or not isinstance(by, Iterable) else tuple(by)
    for name in names:
        if name not in allowed:
            raise HamsimError(f"by: no {given(name)}; {did_you_mean(str(name), allowed)}")
    return names
