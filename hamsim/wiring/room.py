"""What the arrays of a description take, asked once and before any of them is made."""

from __future__ import annotations

import math
from collections.abc import Iterator

from hamsim.errors import CompileError
from hamsim.memory import require_memory
from hamsim.spec.cues import Corrupt
from hamsim.spec.schema import Spec
from hamsim.spec.values import is_random
from hamsim.wiring.makers import maker
from hamsim.wiring.making import Making
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
            f"{needs[0].what} with their {len(spec.connections)} connections need {size} of "
            "memory, more than there is"
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
    return f"{neurons:,} neurons" + (f" in {trials:,} trials" if (trials or 1) > 1 else "")


# --- connections -------------------------------------------------------------------------------


def _of_synapses(making: Making) -> Iterator[Need]:
    """Of a connection between pairs of neurons, and of what its rule makes on the way."""
    connection, (rows, columns), path = making.connection, making.ends, making.path
    rule = maker(connection.weights)
    if hasattr(rule, "needs"):
        yield from rule.needs(making)
    synapses = rule.count(making) if hasattr(rule, "count") else None
    if synapses is not None:
        what, hint = f"{path}: {synapses:.2g} synapses of a window are too many, and", ""
    else:
        part = connection.density or connection.probability or 1.0
        degree = connection.degree
        synapses = float(rows.n) * (columns.n * part if degree is None else degree)
        what = (
            f"{path}: {synapses:.2g} synapses between {rows.n:,} and {columns.n:,} neurons are too "
            "many, and"
        )
        hint = FEWER
    block = BYTES_A_SYNAPSE * synapses
    kept = block * (2 if connection.kind == "between" else 1)
    yield Need(kept, block, what, hint, synapses > MAX_SYNAPSES)


def _of_triples(making: Making) -> Iterator[Need]:
    """Of a gating connection."""
    connection, rule = making.connection, maker(making.connection.weights)
    shape = [end.n for end in making.ends]
    if hasattr(rule, "triples"):
        triples = rule.count(making)
    else:
        triples = math.prod(shape) * (connection.density or connection.probability or 1.0)
    yield Need(
        BYTES_A_TRIPLE / 2 * triples,
        BYTES_A_TRIPLE / 2 * triples,
        f"{making.path}: {triples:.2g} triples of {' x '.join(f'{n:,}' for n in shape)} neurons "
        "are too many, and",
        "; density: or probability: leaves some out",
        triples > MAX_TRIPLES,
    )
