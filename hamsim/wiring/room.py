"""What the arrays of a description take, asked once and before any of them is made."""

from __future__ import annotations

from collections.abc import Iterator

from hamsim.counted import counted
from hamsim.errors import CompileError
from hamsim.ram import require_memory
from hamsim.spec.cues import Corrupt
from hamsim.spec.distributions import is_random
from hamsim.spec.schema import Spec
from hamsim.spec.weights import rule_of
from hamsim.wiring.makers import maker_of
from hamsim.wiring.making import Making, count_of_pairs
from hamsim.wiring.need import FEWER, Need
from hamsim.wiring.places import makings

__all__ = ["require_room", "require_trials"]

# Weights of one connection, and triples: more are a mistake on any machine.
MAX_SYNAPSES, MAX_TRIPLES = 2e9, 5e8
# A weight and its index.
BYTES_A_SYNAPSE = 12.0
# Three neurons and a weight, twice while they are sorted.
BYTES_A_TRIPLE = 64.0
# Numbers a neuron has besides parameters and states: tau, input, and both once more on the way.
NUMBERS_A_NEURON = 4
# Rows of numbers a trial has for each that is drawn: as it is drawn, put in order, and kept.
ROWS_A_TRIAL = 3


def require_room(spec: Spec) -> None:
    """Refuse a description whose arrays have no room: of a part if it alone has none, or of all.

    Parameters
    ----------
    spec : Spec
        Checked; of what it draws and of its rules nothing has been made.

    Raises
    ------
    CompileError
    """
    neurons = sum(group.count for group in spec.groups.values())
    needs = [_of_neurons(spec, neurons)]
    needs[0].require()
    for making in makings(spec):
        for need in _of_triples(making) if len(making.ends) == 3 else _of_synapses(making):
            need.require()
            needs.append(need)
    wanted = sum(need.kept for need in needs) + max(need.passing for need in needs)
    require_memory(
        wanted,
        lambda size: CompileError(
            f"{needs[0].what} with their {counted(len(spec.connections), 'connection')} need "
            f"{size} of memory, more than there is"
        ),
    )


def require_trials(trials: int, neurons: int) -> None:
    """Refuse first states of so many trials, where a file says how many there are.

    Raises
    ------
    CompileError
    """
    Need(8.0 * trials * neurons, 8.0 * trials * neurons, _in_words(neurons, trials)).require()


def _of_neurons(spec: Spec, neurons: int) -> Need:
    """Neurons, their first states and stimuli, with a row for each trial where they have rows."""
    trials = spec.simulation.trials
    parameters = sum(
        group.count * len(group.lagrangian.parameters) for group in spec.groups.values()
    )
    # A row of states is there even where nothing is drawn: a file says how many there are.
    rows = 1 if trials is None else ROWS_A_TRIAL * trials
    kept = 8.0 * (neurons * (NUMBERS_A_NEURON + rows) + parameters)
    drawn, largest = 0.0, 0.0
    for stimulus in spec.stimuli:
        if not (is_random(stimulus.value) or isinstance(stimulus.value, Corrupt)):
            continue
        size = neurons if stimulus.group is None else spec.groups[stimulus.group].count
        if stimulus.neurons is not None:
            size = len(stimulus.neurons)
        drawn += 8.0 * size * (trials or 1)
        largest = max(largest, 8.0 * size * (trials or 1))
    what = _in_words(neurons, trials)
    if drawn > kept:
        what = f"stimuli of {what}"
    return Need(kept + drawn, (ROWS_A_TRIAL - 1) * largest, what, ", more than there is")


def _in_words(neurons: int, trials: int | None) -> str:
    return counted(neurons, "neuron") + (f" in {trials:,} trials" if (trials or 1) > 1 else "")


# --- connections -------------------------------------------------------------------------------


def _of_synapses(making: Making) -> Iterator[Need]:
    """Of a connection between pairs of neurons, and of what its rule needs beside them."""
    connection, (rows, columns) = making.connection, making.ends
    rule, maker = rule_of(connection.weights), maker_of(connection.weights)
    if hasattr(maker, "needs"):
        yield from maker.needs(making)
    count = getattr(maker, "count", count_of_pairs)(making)
    where = getattr(maker, "WHERE", f"between {rows.n:,} and {columns.n:,} neurons")
    block = BYTES_A_SYNAPSE * count
    yield Need(
        block * (2 if connection.kind == "between" else 1),
        block,
        f"{making.path}: {count:.2g} synapses {where} are too many, and",
        "" if rule is not None and rule.lists else FEWER,
        count > MAX_SYNAPSES,
    )


def _of_triples(making: Making) -> Iterator[Need]:
    """Of a gating connection."""
    count = getattr(maker_of(making.connection.weights), "count", count_of_pairs)(making)
    yield Need(
        BYTES_A_TRIPLE / 2 * count,
        BYTES_A_TRIPLE / 2 * count,
        f"{making.path}: {count:.2g} triples of {' x '.join(f'{end.n:,}' for end in making.ends)} "
        "neurons are too many, and",
        "; density: or probability: leaves some out",
        count > MAX_TRIPLES,
    )
