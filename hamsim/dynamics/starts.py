"""Where runs begin: states at t = 0 from arrays, tables and names, and the number of trials."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError, given
from hamsim.field.held import with_states
from hamsim.network import Network
from hamsim.ram import exceeds_memory, in_words
from hamsim.request import count_of
from hamsim.wiring.redrawn import initial_rows, own_trials, stimuli_of_trials

__all__ = ["begin", "require_room"]

MAX_TRIALS = 1_000_000_000
# Arrays of a number for each neuron and trial that a run has besides those of its method's stages.
ARRAYS = 10
# Rows of numbers that what is drawn for each trial takes: as it is drawn, put in order, and kept.
ROWS_A_TRIAL = 3


def begin(network: Network, initial: Any, trials: Any) -> tuple[Network, Floats, int | None]:
    """Decide where a run begins.

    Parameters
    ----------
    network : Network
    initial : array_like, mapping of neurons to values, table or None
    trials : int or None

    Returns
    -------
    network : Network
        With one row a trial in stimuli that are drawn for each.
    states : ndarray, shape (trials or 1, n)
    trials : int or None
        None for a single run without an axis for trials.
    """
    wanted = None if trials is None else count_of("trials", trials, 1)
    if wanted is not None:
        drawn = sum(network.stimuli[k].neurons.size for k in network.draws.stimuli)
        require_room(wanted, network.n_neurons, 0, ROWS_A_TRIAL * drawn)
        own = own_trials(network) if initial is None or _named(initial) else None
        if own not in (None, wanted):
            raise SimulationError(f"trials is {wanted}, but the network's states have {own}")
    if (labels := _labels(initial)) is not None and _are_places(network, labels):
        initial = initial.to_numpy()
    named = _entries(network, initial) if _named(initial) else None
    if named is not None:
        states = _named_states(network, named, wanted)
    elif initial is not None:
        states = _array(network, initial)
    elif wanted is not None:
        states = initial_rows(network, wanted)
    else:
        states = network.initial
    if not np.all(np.isfinite(states)):
        raise SimulationError("initial holds numbers that are not finite")
    if wanted is not None:
        network = stimuli_of_trials(network, wanted)
    network = with_states(network)
    counts = {"trials": wanted} if wanted is not None else {}
    counts |= {"initial": states.shape[0]} if states.ndim == 2 else {}
    for number, stimulus in enumerate(network.stimuli):
        if stimulus.value.ndim == 2:
            counts[f"stimuli[{number}]"] = stimulus.value.shape[0]
    counts |= {each.what: each.trials for each in network.over_time if each.trials is not None}
    if len(set(counts.values())) > 1:
        listed = ", ".join(
            f"trials is {count}" if name == "trials" else f"{name} has {count}"
            for name, count in counts.items()
        )
        raise SimulationError(f"numbers of trials differ: {listed}")
    count = next(iter(counts.values()), None)
    rows = np.atleast_2d(states)
    if count is not None and rows.shape[0] != count:
        require_room(count, network.n_neurons, 0)
        rows = np.repeat(rows, count, axis=0)
    return network, rows, count


def require_room(trials: int, n_neurons: int, stages: int, drawn: int = 0) -> None:
    """Refuse so many trials before anything is allocated for them.

    Parameters
    ----------
    trials, n_neurons, stages : int
    drawn : int
        Numbers that are drawn for each trial besides its states.

    Raises
    ------
    SimulationError
    """
    wanted = 8.0 * min(trials, 10**15) * (n_neurons * (ARRAYS + stages) + drawn)
    if exceeds_memory(wanted) or trials > MAX_TRIALS:
        count = f"{trials:,}" if trials < 10**15 else given(trials)
        raise SimulationError(
            f"{count} trials of {n_neurons:,} neurons need {in_words(wanted)} of memory"
        )


def _array(network: Network, initial: Any) -> Floats:
    """States as they stand, (n,) or (trials, n)."""
    n = network.n_neurons
    if hasattr(initial, "final") and hasattr(initial, "arrays"):
        raise SimulationError("initial is a trace; its last states are trace.final")
    _require_rows(network, initial, n)
    try:
        if np.iscomplexobj(initial):  # numpy would drop a part of them with a warning
            raise TypeError
        values = np.asarray(initial, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise SimulationError(
            f"initial is not an array of numbers of shape ({n},), nor a dict of groups or neurons"
        ) from None
    if values.ndim not in (1, 2) or values.shape[-1] != n or values.size == 0:
        raise SimulationError(
            f"initial has shape {values.shape}; allowed are ({n},) and (trials, {n})"
        )
    return values


def _require_rows(network: Network, values: Any, width: int) -> None:
    """Refuse an array of more rows than there is room for trials; it may be a view of one number.

    Raises
    ------
    SimulationError
    """
    shape = getattr(values, "shape", ())
    if isinstance(shape, tuple) and shape:
        require_room(math.prod(shape) // max(width, 1), network.n_neurons, 0)


# --- by name -----------------------------------------------------------------------------------


def _named(initial: Any) -> bool:
    """Whether states come with the names of neurons: a mapping, or a table with labels."""
    return isinstance(initial, Mapping) or _labels(initial) is not None


def _labels(table: Any) -> list[Any] | None:
    """Labels of a series, or of the columns of a table, as of pandas; None for anything else."""
    if not hasattr(table, "to_numpy"):
        return None
    labels = getattr(table, "columns", getattr(table, "index", None))
    return None if labels is None or callable(labels) else [_label(item) for item in labels]


def _are_places(network: Network, labels: list[Any]) -> bool:
    """Whether labels only count the neurons, which is what a table has without names."""
    n = network.n_neurons
    counting = len(labels) == n and all(label == k for k, label in enumerate(labels))
    return counting and not network.numbering.numerals


def _label(label: Any) -> Any:
    """A label of several levels as ``group.name``."""
    return ".".join(map(str, label)) if isinstance(label, tuple) else label


def _entries(network: Network, initial: Any) -> list[tuple[Any, Ints, Any]]:
    """Names, numbers of neurons and values, groups first, single neurons last."""
    labels = _labels(initial)
    if labels is None:
        items = list(initial.items())
    else:
        table = np.asarray(initial.to_numpy())
        items = [(label, table[..., k]) for k, label in enumerate(labels)]
    if not items:
        raise SimulationError("initial names no neuron")
    groups = {group.name for group in network.groups}
    found = []
    for name, value in items:
        numbers = network.numbering.select(name)
        if isinstance(numbers, str):
            raise SimulationError(f"initial: {numbers}")
        level = 0 if name in groups else 1 if numbers.ndim else 2
        if numbers.ndim and (own := _labels(value)) is not None:
            value = _in_order(network, name, numbers.reshape(-1), own, value.to_numpy())
        found.append((level, name, numbers, value))
    found.sort(key=lambda item: item[0])
    _refuse_twice(network, [(level, numbers) for level, _, numbers, _ in found])
    return [item[1:] for item in found]


def _in_order(network: Network, name: Any, numbers: Ints, labels: list[Any], values: Any) -> Floats:
    """Values of a group or range, in the order of its neurons, by the labels that they have."""
    if all(label == k for k, label in enumerate(labels)):  # as where nobody gave any
        return np.asarray(values)
    group = name if any(group.name == name for group in network.groups) else None
    places = []
    for label in labels:
        number = network.numbering.select(label)
        if isinstance(number, str) and group is not None:  # a name that other groups have too
            number = network.numbering.select(f"{group}.{label}")
        if isinstance(number, str) or number.ndim or int(number) not in numbers:
            why = number if isinstance(number, str) else f"{given(label)} is not one of its neurons"
            raise SimulationError(f"initial: of {name!r} {why}")
        places.append(int(number))
    if sorted(places) != sorted(numbers.tolist()):
        raise SimulationError(
            f"initial: of {name!r} the labels must name each of its {numbers.size} neurons once"
        )
    order = np.argsort(places)[np.argsort(np.argsort(numbers))]
    return np.asarray(values)[..., order]


def _refuse_twice(network: Network, found: list[tuple[int, Ints]]) -> None:
    for level in range(3):
        parts = [numbers.reshape(-1) for at, numbers in found if at == level]
        numbers = np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *parts]))
        again = np.flatnonzero(numbers[1:] == numbers[:-1])
        if again.size:
            label = network.label(int(numbers[again[0]]))
            raise SimulationError(f"initial: {label} is named twice")


def _named_states(
    network: Network, entries: list[tuple[Any, Ints, Any]], trials: int | None
) -> Floats:
    """States of the network with some of them replaced."""
    for _, numbers, value in entries:
        _require_rows(network, value, numbers.size)
    values = [_values(name, numbers.shape, value) for name, numbers, value in entries]
    counts = {part.shape[0] for part in values if part.ndim == 2}
    if network.initial.ndim == 2 and (own := own_trials(network)) is not None:
        counts.add(own)
    if trials is not None:
        counts.add(trials)
    if len(counts) > 1:
        raise SimulationError(f"initial: numbers of trials differ: {sorted(counts)}")
    if counts:
        (count,) = counts
        require_room(count, network.n_neurons, 0)
        states = initial_rows(network, count).copy()
    else:
        states = network.initial.copy()
    for (_, numbers, _), part in zip(entries, values, strict=True):
        states[..., numbers.reshape(-1)] = part
    return states


def _values(name: Any, shape: tuple[int, ...], value: Any) -> Floats:
    """Numbers for neurons that are arranged so: one, one a neuron, or (trials, neurons)."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        hint = "; what is drawn stands in the file, or in overrides of hamsim.compile"
        raise SimulationError(
            f"initial: of {name!r} it is not a number or an array of numbers"
            f"{hint if isinstance(value, Mapping) else ''}"
        ) from None
    size = int(np.prod(shape))
    if array.ndim == 0:
        return array
    if array.shape in (shape, (size,)) and shape:
        return array.reshape(size)
    if array.ndim > 1 and array.shape[1:] in (shape, (size,)):
        return array.reshape(array.shape[0], size)
    if not shape and array.ndim == 1 and array.size:
        return array[:, None]
    sides = ", ".join(map(str, shape))
    allowed = f"[{sides}] or [trials, {sides}]" if shape else "[trials]"
    raise SimulationError(
        f"initial: of {name!r} it has shape {list(array.shape)}; allowed are one number, {allowed}"
    )
