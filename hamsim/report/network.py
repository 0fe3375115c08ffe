"""What a network consists of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.errors import printable
from hamsim.layout.choose import choose
from hamsim.network import Connection, Group, Network
from hamsim.report.overtime import MovingFacts, moving_facts, moving_section
from hamsim.report.sections import Fact, Section
from hamsim.report.training_block import TrainingFacts, training_fact, training_facts
from hamsim.report.words import named, size_of, span_of, trimmed

__all__ = [
    "GROUP_COLUMNS",
    "NetworkReport",
    "connection_facts",
    "group_facts",
    "group_row",
    "network_report",
]

MAX_WORD = 200  # letters of formulas, and of words in a description
MOST_ISOLATED, SOME_ISOLATED = 20, 5  # neurons without a synapse that are listed, and told

Span = tuple[float, float]  # smallest, largest


@dataclass(frozen=True)
class GroupFacts:
    """One group.

    Parameters
    ----------
    name : str
    neurons : int
    shape : tuple of int
    lagrangian : str
    expression : str or None
        Of a Lagrangian that a formula states.
    convex : bool or None
        None where it is undecided.
    parameters : dict of str to (smallest, largest)
    over : tuple of int
        Axes along which neurons share a Lagrangian.
    tau, input : (smallest, largest)
    noise : (smallest, largest) or None
        Sigma; None where no neuron has noise.
    noise_tau : (smallest, largest) or None
        Time constants of the noise, 0 where it is white.
    """

    name: str
    neurons: int
    shape: tuple[int, ...]
    lagrangian: str
    expression: str | None
    convex: bool | None
    parameters: dict[str, Span]
    over: tuple[int, ...]
    tau: Span
    input: Span
    noise: Span | None = None
    noise_tau: Span | None = None


@dataclass(frozen=True)
class ConnectionFacts:
    """One connection: its weights that are not 0, between how many neurons, and their range.

    `delay` is the range of its delays, None if it has none.
    """

    name: str
    kind: str
    entries: int
    shape: tuple[int, ...]
    weights: Span
    delay: Span | None = None


@dataclass(frozen=True)
class StorageFacts:
    """How a part of the weights is stored while the network runs."""

    where: str
    layout: str
    synapses: int
    bytes: int
    why: str


@dataclass(frozen=True)
class LayoutFacts:
    """How the weights are stored while the network runs, and why neurons lie in another order."""

    parts: tuple[StorageFacts, ...]
    reordered: str | None


@dataclass(frozen=True)
class DegreeFacts:
    """Synapses that a neuron receives."""

    smallest: int
    median: float
    mean: float
    largest: int


@dataclass(frozen=True)
class NetworkReport:
    """What a network consists of.

    Parameters
    ----------
    name, description : str
    neurons, synapses, triples : int
        Synapses are entries of W.
    density : float
        Of W.
    bytes : int
        Of W in memory.
    symmetric : bool
    trials : int or None
    groups, connections : tuple
    layout : LayoutFacts
    degree : DegreeFacts
    connected_parts, largest_part : int
        Parts of the network that do not depend on each other, and neurons in the largest.
    isolated : tuple of str
        Neurons without a synapse; the first of many.
    isolated_count : int
    over_time : tuple
        What acts on it and changes over time.
    training : TrainingFacts or None
    """

    name: str
    description: str
    neurons: int
    synapses: int
    triples: int
    density: float
    bytes: int
    symmetric: bool
    trials: int | None
    groups: tuple[GroupFacts, ...]
    connections: tuple[ConnectionFacts, ...]
    layout: LayoutFacts
    degree: DegreeFacts
    connected_parts: int
    largest_part: int
    isolated: tuple[str, ...]
    isolated_count: int
    over_time: tuple[MovingFacts, ...] = ()
    training: TrainingFacts | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text, tuples and dicts, for JSON."""
        return asdict(self)

    def sections(self) -> tuple[Section, ...]:
        """The same in words."""
        return (
            Section(named(self.name), self._in_short()),
            Section("groups", self._noise(), GROUP_COLUMNS, tuple(map(group_row, self.groups))),
            *((moving_section(self.over_time),) if self.over_time else ()),
            self._connections(),
            self._layout(),
            Section("", self._structure()),
        )

    def _in_short(self) -> tuple[Fact, ...]:
        facts = []
        if self.description:
            words = trimmed(printable(self.description), MAX_WORD)
            facts.append(Fact("description", self.description, words))
        size = f"{counted(self.neurons, 'neuron')}, {counted(self.synapses, 'synapse')}"
        if self.triples:
            size += f", {self.triples:,} gated triples"
        symmetric = f"W is {'symmetric' if self.symmetric else 'not symmetric'}"
        words = f"{size}, density {self.density:.3g}, {size_of(self.bytes)} of weights; {symmetric}"
        facts.append(Fact("size", self.neurons, words, "neurons"))
        if self.trials is not None:
            facts.append(Fact("trials", self.trials, counted(self.trials, "trial")))
        if self.training is not None:
            facts.append(training_fact(self.training))
        return tuple(facts)

    def _noise(self) -> tuple[Fact, ...]:
        return tuple(
            Fact("noise", group.noise, f"noise of {named(group.name)}: {_noise_words(group)}")
            for group in self.groups
            if group.noise is not None
        )

    def _connections(self) -> Section:
        if not self.connections:
            return Section("", (Fact("connections", 0, "no connections"),))
        rows = tuple(
            (
                named(part.name),
                part.kind,
                " x ".join(f"{side:,}" for side in part.shape),
                f"{part.entries:,}",
                span_of(part.weights),
            )
            for part in self.connections
        )
        late = tuple(
            Fact("delay", part.delay, f"delay of {named(part.name)}: {span_of(part.delay)}")
            for part in self.connections
            if part.delay is not None
        )
        return Section("connections", late, ("name", "kind", "block", "entries", "weights"), rows)

    def _layout(self) -> Section:
        rows = tuple(
            (named(part.where), part.layout, f"{part.synapses:,}", size_of(part.bytes), part.why)
            for part in self.layout.parts
        )
        why = self.layout.reordered
        words = f"neurons are brought closer together: {why}"
        moved = (Fact("order", why, words),) if why else ()
        columns = ("weights", "stored as", "synapses", "memory", "why")
        return Section("layout while it runs", moved, columns, rows if self.synapses else ())

    def _structure(self) -> tuple[Fact, ...]:
        degree = self.degree
        words = f"each neuron receives {counted(degree.largest, 'synapse')}"
        if degree.smallest < degree.largest:
            words = (
                f"synapses a neuron receives: {degree.smallest} to {degree.largest}, "
                f"median {degree.median:g}, mean {degree.mean:.4g}"
            )
        facts = [Fact("degree", degree.mean, words, "synapses")]
        whole = "one part: synapses join all neurons, directly or through others"
        apart = (
            f"{self.connected_parts:,} parts that do not depend on each other; "
            f"neurons in the largest: {self.largest_part:,}"
        )
        parts = self.connected_parts
        facts.append(Fact("parts", parts, whole if parts == 1 else apart))
        if count := self.isolated_count:
            some = ", ".join(map(named, self.isolated[:SOME_ISOLATED]))
            some += ", ..." if count > SOME_ISOLATED else ""
            neurons = counted(count, "neuron")
            words = f"warning: {neurons} without a synapse: {some}"
            facts.append(Fact("isolated", self.isolated, words))
        return tuple(facts)


GROUP_COLUMNS = ("name", "neurons", "shape", "Lagrangian", "tau", "input")


def group_row(group: GroupFacts) -> tuple[str, ...]:
    """A row of a table with `GROUP_COLUMNS`."""
    parameters = "".join(f" {name} {span_of(span)}" for name, span in group.parameters.items())
    shared = "" if len(group.over) in (0, len(group.shape)) else f" over {list(group.over)}"
    return (
        named(group.name),
        f"{group.neurons:,}",
        " x ".join(map(str, group.shape)),
        named((group.expression or group.lagrangian) + parameters + shared, MAX_WORD),
        span_of(group.tau),
        span_of(group.input),
    )


def _noise_words(group: GroupFacts) -> str:
    assert group.noise is not None
    assert group.noise_tau is not None
    kind = "white" if group.noise_tau == (0.0, 0.0) else f"tau {span_of(group.noise_tau)}"
    return f"sigma {span_of(group.noise)}, {kind}"


# --- finding out -------------------------------------------------------------------------------


def network_report(network: Network) -> NetworkReport:
    """Find out what a network consists of.

    Parameters
    ----------
    network : Network

    Returns
    -------
    NetworkReport
    """
    W, n = network.W, network.n_neurons
    receives = np.diff(W.indptr)
    sends = np.bincount(W.indices, minlength=n)
    parts, part = connected_components(_links(network), directed=False)
    in_triple = np.zeros(n, dtype=bool)
    if network.triples is not None:
        in_triple[np.concatenate(network.triples[:3])] = True
    isolated = np.flatnonzero((receives == 0) & (sends == 0) & ~in_triple)
    return NetworkReport(
        name=network.name,
        description=" ".join(network.description.split()),
        neurons=n,
        synapses=int(W.nnz),
        triples=0 if network.triples is None else int(network.triples.weights.size),
        density=W.nnz / n**2,
        bytes=int(W.data.nbytes + W.indices.nbytes + W.indptr.nbytes),
        symmetric=network.symmetric,
        trials=network.trials,
        groups=tuple(group_facts(network, group) for group in network.groups),
        connections=tuple(connection_facts(network, part) for part in network.connections),
        layout=_layout(network),
        degree=DegreeFacts(
            int(receives.min()),
            float(np.median(receives)),
            float(receives.mean()),
            int(receives.max()),
        ),
        connected_parts=int(parts),
        largest_part=int(np.bincount(part).max()),
        isolated=tuple(network.label(int(i)) for i in isolated[:MOST_ISOLATED]),
        isolated_count=int(isolated.size),
        over_time=moving_facts(network),
        training=training_facts(network),
    )


def _span(values: Floats) -> Span:
    return float(values.min()), float(values.max())


def group_facts(network: Network, group: Group) -> GroupFacts:
    """Find out what a group is."""
    noise = network.noise
    noisy = noise is not None and bool(noise.sigma[group.slice].any())
    return GroupFacts(
        name=group.name,
        neurons=group.size,
        shape=tuple(group.shape),
        lagrangian=group.lagrangian,
        expression=group.family.formula or None,
        convex=group.family.convex,
        parameters={name: _span(values) for name, values in group.parameters.items()},
        over=tuple(group.over),
        tau=_span(network.tau[group.slice]),
        input=_span(network.input[group.slice]),
        noise=_span(noise.sigma[group.slice]) if noise is not None and noisy else None,
        noise_tau=_span(noise.tau[group.slice]) if noise is not None and noisy else None,
    )


def connection_facts(network: Network, connection: Connection) -> ConnectionFacts:
    """Find out what a connection is; takes its block out of W."""
    if connection.triples is not None:
        ends = (connection.rows, connection.columns, connection.gate)
        shape = tuple(int(network.neurons(names).size) for names in ends)
        weights = connection.triples.weights
    else:
        block = network.block(connection)
        shape, weights = tuple(block.shape), block.data
    span = _span(weights) if weights.size else (0.0, 0.0)
    delay = _span(np.asarray(connection.delay))
    facts = (connection.name, connection.kind, int(weights.size), shape, span)
    return ConnectionFacts(*facts, delay if delay[1] > 0 else None)


def _layout(network: Network) -> LayoutFacts:
    choice = choose(network.undelayed, network.trials or 1)
    parts = tuple(
        StorageFacts(part.where, part.layout, part.synapses, part.bytes, part.why)
        for part in choice.parts
    )
    return LayoutFacts(parts, choice.reordered or None)


def _links(network: Network) -> Any:
    """What lets one neuron depend on another: synapses, gated ones, and shared Lagrangians."""
    ends: list[Any] = [] if network.triples is None else [network.triples[:2], network.triples[1:3]]
    for group in network.groups:
        if group.over:
            numbers = np.arange(group.start, group.stop).reshape(group.shape)
            first = [slice(0, 1) if k in group.over else slice(None) for k in range(numbers.ndim)]
            together = np.broadcast_to(numbers[tuple(first)], numbers.shape)
            ends.append((together.reshape(-1), numbers.reshape(-1)))
    if not ends:
        return network.W
    i, j = (np.concatenate(side) for side in zip(*ends, strict=True))
    return abs(network.W) + coo_array((np.ones(i.size), (i, j)), network.W.shape).tocsr()
