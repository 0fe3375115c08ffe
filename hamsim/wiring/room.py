"""What the arrays of a description take, asked once and before any of them is made."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from hamsim.errors import CompileError
from hamsim.memory import exceeds_memory, in_words, require_memory
from hamsim.spec.cues import Corrupt
from hamsim.spec.distributions import is_random
from hamsim.spec.fit import kernel_array
from hamsim.spec.patterns import DrawnPatterns
from hamsim.spec.rules import AveragePool, Conv2d, Distance, Edges, Memories, OneToOne, Store
from hamsim.spec.schema import Spec
from hamsim.spec.sparse import Sparse
from hamsim.spec.values import FileValue
from hamsim.spec.windows import image_shape
from hamsim.wiring.making import Making
from hamsim.wiring.places import makings

__all__ = ["require_room", "require_trials"]

# Weights of one connection, and triples: more are a mistake on any machine.
MAX_SYNAPSES, MAX_TRIPLES = 2e9, 5e8
# A weight and its index.
BYTES_A_SYNAPSE = 12.0
# Three neurons and a weight, twice while they are sorted.
BYTES_A_TRIPLE = 64.0
# A distance is worked out for all pairs at once, in so many numbers a pair.
BYTES_A_DISTANCE = 48.0
# Numbers a neuron has besides parameters and states: tau, input, and both once more on the way.
NUMBERS_A_NEURON = 4
# Rows of numbers a trial has for each that is drawn: as it is drawn, put in order, and kept.
ROWS_A_TRIAL = 3
FEWER = "; density:, degree: or probability: leaves some out"


class Need(NamedTuple):
    """Memory that a part of a description needs.

    Parameters
    ----------
    kept, passing : float
        Bytes for as long as the network is there, and besides while the part is made.
    what, hint : str
        Of a message: what needs it, and how it could be less.
    too_many : bool
        Whether it is refused, however much memory there is.
    """

    kept: float
    passing: float
    what: str
    hint: str = ""
    too_many: bool = False

    def require(self) -> None:
        """Refuse the part by itself.

        Raises
        ------
        CompileError
        """
        wanted = self.kept + self.passing
        if self.too_many or exceeds_memory(wanted):
            raise CompileError(f"{self.what} need {in_words(wanted)} of memory{self.hint}")


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
    """Of a connection between pairs of neurons, and of the patterns that it is made of."""
    connection, (rows, columns), path = making.connection, making.ends, making.path
    weights: Any = connection.weights
    yield from _of_patterns(making)
    count = COUNTS.get(type(weights))
    if count is not None:
        synapses = count(making)
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
    passing = block
    if isinstance(weights, Distance) and connection.degree is None and part == 1.0:
        passing = BYTES_A_DISTANCE * synapses
    kept = block * (2 if connection.kind == "between" else 1)
    yield Need(kept, passing, what, hint, synapses > MAX_SYNAPSES)


def _of_patterns(making: Making) -> Iterator[Need]:
    """Patterns that are drawn, and the matrix with a weight for each pair that stores any."""
    weights, (first, second), path = making.connection.weights, making.ends[:2], making.path
    if isinstance(weights, Store):
        patterns: Any = weights.store.patterns
        n = first.n
        # The weights as a matrix, and another beside it while the rule works.
        what = f"{path}: patterns of {n:,} neurons are stored in {n**2:.2g} weights, which"
        yield Need(0.0, 16.0 * n * n, what)
    elif isinstance(weights, Memories):
        patterns = weights.memories
        n = max(first.n, second.n)
        if isinstance(patterns, DrawnPatterns) and patterns.count == n:
            n = min(first.n, second.n)
    else:
        return
    if isinstance(patterns, DrawnPatterns):
        what = f"{path}: {patterns.count:,} patterns of {n:,} neurons"
        yield Need(0.0, 8.0 * patterns.count * n, what)


def _of_triples(making: Making) -> Iterator[Need]:
    """Of a gating connection."""
    connection, weights = making.connection, making.connection.weights
    shape = [end.n for end in making.ends]
    if isinstance(weights, Edges | OneToOne):
        triples = float(shape[0]) if isinstance(weights, OneToOne) else 0.0
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


def _of_no_rule(making: Making) -> float:
    """Of what has been read, or is in memory, and has been found to have room there."""
    return 0.0


def _of_pairs(making: Making) -> float:
    return float(making.ends[0].n)


def _of_kernel(making: Making) -> float:
    rule = making.connection.weights
    assert isinstance(rule, Conv2d)
    kernel = kernel_array(rule, making.files)
    images = [image_shape(end.shape) for end in making.ends]
    # A window makes nothing larger than the image: it stands on as many pixels as the smaller has.
    pixels = min(float(image[0] * image[1]) for image in images if image is not None)
    if kernel is not None:
        return pixels * int(np.count_nonzero(kernel))
    window = rule.conv2d.window or ()
    return pixels * math.prod(window) * math.prod(image[2] for image in images if image is not None)


def _of_pool(making: Making) -> float:
    rule = making.connection.weights
    assert isinstance(rule, AveragePool)
    return float(min(end.n for end in making.ends)) * math.prod(rule.average_pool.window)


# Synapses of what has fewer than a weight for every pair.
COUNTS: Mapping[type, Callable[[Making], float]] = MappingProxyType(
    {
        Edges: _of_no_rule,
        FileValue: _of_no_rule,
        Sparse: _of_no_rule,
        OneToOne: _of_pairs,
        Conv2d: _of_kernel,
        AveragePool: _of_pool,
    }
)
