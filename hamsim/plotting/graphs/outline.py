"""What the picture of a network's groups shows, as data: boxes, and arrows between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.network import Connection, Group, Network
from hamsim.plotting.style.words import span

__all__ = ["Arrow", "Box", "Outline", "outline", "owners"]

# Formulas of users are as long as they like.
MAX_LAGRANGIAN = 30
_GREEK = {"beta": "β", "epsilon": "ε", "delta": "δ", "alpha": "α", "sigma": "σ"}


@dataclass(frozen=True)
class Box:
    """One group.

    Parameters
    ----------
    name : str
    lagrangian : str
        Its kind and parameters, in words.
    size : str
        Its neurons, as ``8 × 8``.
    tau : str
    neurons : int
    """

    name: str
    lagrangian: str
    size: str
    tau: str
    neurons: int


@dataclass(frozen=True)
class Arrow:
    """The synapses of one connection between two groups, or within one.

    Parameters
    ----------
    name : str
        Of the connection.
    kind : {"both", "one way", "gated"}
        Gated synapses go every way.
    sender, receiver : int
        Numbers of boxes; where synapses go both ways, the first in the file is the sender.
    gate : int or None
    synapses : int
        Counted once where they go both ways.
    low, high : float
        The smallest and the largest weight.
    norm : float
        Square root of the sum of their squares.
    delay : (smallest, largest) or None
    """

    name: str
    kind: Literal["both", "one way", "gated"]
    sender: int
    receiver: int
    gate: int | None
    synapses: int
    low: float
    high: float
    norm: float
    delay: tuple[float, float] | None = None

    @property
    def sign(self) -> int:
        """1 where no weight is below 0, -1 where none is above, 0 where there are both."""
        return 1 if self.low >= 0 else -1 if self.high <= 0 else 0

    @property
    def words(self) -> str:
        """Its weights and delay, short."""
        weights = span((self.low, self.high))
        weights = f"w = {weights}" if self.low == self.high else weights
        return weights if self.delay is None else f"{weights}; delay {span(self.delay)}"


class Outline(NamedTuple):
    """Groups and connections of a network, in the order of the file."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


class _Synapses(NamedTuple):
    receivers: Ints
    senders: Ints
    gates: Ints | None
    weights: Floats
    delays: Floats | None


def outline(network: Network) -> Outline:
    """Say which boxes and arrows a network has.

    Parameters
    ----------
    network : Network

    Returns
    -------
    Outline
        A connection among several groups is an arrow for each pair that it connects.
    """
    arrows = [arrow for c in network.connections for arrow in _arrows(network, c)]
    return Outline(tuple(_box(network, group) for group in network.groups), tuple(arrows))


def owners(network: Network, neurons: Ints) -> Ints:
    """Numbers of the groups to which neurons belong."""
    starts = np.array([group.start for group in network.groups])
    found: Ints = np.searchsorted(starts, neurons, side="right") - 1
    return found


def _box(network: Network, group: Group) -> Box:
    own = [
        f"{_GREEK.get(name, name)} = {span((values.min(), values.max()))}"
        for name, values in group.parameters.items()
        if name != "gain" or np.any(values != 1.0)
    ]
    kind = group.family.formula or group.lagrangian
    if len(kind) > MAX_LAGRANGIAN:
        kind, own = f"{kind[: MAX_LAGRANGIAN - 1]}…", []
    tau = network.tau[group.slice]
    return Box(
        group.name,
        ", ".join([kind.replace("_", " ") if not group.family.formula else kind, *own[:1]]),
        " × ".join(f"{side:,}" for side in group.shape),
        f"τ = {span((tau.min(), tau.max()))}",
        group.size,
    )


def _arrows(network: Network, connection: Connection) -> Iterator[Arrow]:
    """An arrow for each pair of groups that a connection connects."""
    count = len(network.groups)
    synapses = _synapses(network, connection)
    if not synapses.weights.size:
        return
    to, of = owners(network, synapses.receivers), owners(network, synapses.senders)
    by = np.zeros_like(to) if synapses.gates is None else owners(network, synapses.gates)
    if connection.kind != "from":  # each pair once
        to, of = np.maximum(to, of), np.minimum(to, of)
    keys, where = np.unique((to * count + of) * count + by, return_inverse=True)
    order = np.argsort(where.reshape(-1), kind="stable")
    bounds = np.searchsorted(where.reshape(-1)[order], np.arange(keys.size + 1))
    kinds: dict[str, Literal["both", "one way", "gated"]] = {"from": "one way", "gate": "gated"}
    for m, key in enumerate(keys.tolist()):
        here = order[bounds[m] : bounds[m + 1]]
        weights = synapses.weights[here]
        late = None if synapses.delays is None else synapses.delays[here]
        pair, gate = divmod(key, count)
        receiver, sender = divmod(pair, count)
        twice = connection.kind == "within"
        yield Arrow(
            connection.name,
            kinds.get(connection.kind, "both"),
            sender,
            receiver,
            None if synapses.gates is None else gate,
            _once(synapses, here) if twice else int(weights.size),
            float(weights.min()),
            float(weights.max()),
            float(np.sqrt(np.square(weights).sum() / (1 + (twice and receiver != sender)))),
            None if late is None else (float(late.min()), float(late.max())),
        )


def _once(synapses: _Synapses, here: Ints) -> int:
    """How many synapses there are if those of both directions are one."""
    receivers, senders = synapses.receivers[here], synapses.senders[here]
    return int(np.count_nonzero(receivers >= senders))


def _synapses(network: Network, connection: Connection) -> _Synapses:
    delay = np.asarray(connection.delay, dtype=np.float64)
    if connection.triples is not None:
        i, j, k, weights = connection.triples
        return _Synapses(i, j, k, weights, None)
    block = network.block(connection).tocoo()
    rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
    delays = np.broadcast_to(delay, block.data.shape) if np.any(delay > 0) else None
    return _Synapses(rows[block.row], columns[block.col], None, block.data, delays)
