"""What weights are made to hold after each step: signs, norms, and the gain of the network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.learning.synapses import LearnedWeights
from hamsim.learning.synapses.parts import Part
from hamsim.learning.training.gain import Gain
from hamsim.learning.training.task import Constrained
from hamsim.network import Group, Network

__all__ = ["Constraints"]

ALL = "all"


class Constraints:
    """Moves weights that have left what they are to hold back to it.

    Parameters
    ----------
    network : Network
        As it is before training.
    weights : LearnedWeights
        Which are written to.
    learned : collection of str
        Connections whose weights are learned; only these are changed.
    wanted : Constrained
        Names may be "all", for all connections that are learned.

    Raises
    ------
    HamsimError
        A connection is unknown or not learned, has no norm, or the gain has no bound.
    """

    def __init__(
        self,
        network: Network,
        weights: LearnedWeights,
        learned: Collection[str],
        wanted: Constrained,
    ) -> None:
        self._weights = weights
        parts = [part for part in weights.synapses.parts if part.name in learned]
        signs = _chosen("nonnegative", wanted.nonnegative, parts)
        self._nonnegative = [part.slice for part in signs]
        self._norms: list[Callable[[], None]] = []
        every = wanted.norm.get(ALL)
        most = {name: value for name, value in wanted.norm.items() if name != ALL}
        for part in _chosen("norm", [*most, *([ALL] if every is not None else [])], parts):
            limit = most.get(part.name, every)
            if part.gates is not None and part.name not in most:
                continue
            assert limit is not None
            self._norms.append(_norm_of(part, weights.flat, float(limit)))
        self._gain = None
        if wanted.gain is not None:
            slices = [part.slice for part in parts]
            self._gain = Gain(network, weights, slices, float(wanted.gain))

    @property
    def has_gain(self) -> bool:
        """Whether the gain has a bound."""
        return self._gain is not None

    def project(self, groups: Sequence[Group] | None = None) -> None:
        """After a step: signs and norms hold, and the gain about so.

        Parameters
        ----------
        groups : sequence of Group, optional
            With the Lagrangians as they are now, where these are learned too.
        """
        if self._gain is not None:
            self._gain.project(groups)
        self._bound()

    def settle(self, groups: Sequence[Group] | None = None) -> None:
        """At the start, and at the end of an epoch: all of them hold, the gain to rounding."""
        self._bound()
        if self._gain is not None:
            for _ in range(self._gain.most_rounds):
                if not self._gain.lower(groups):
                    break
                self._bound()
            self._gain.settle(groups)
        self.begin(groups)

    def begin(self, groups: Sequence[Group] | None = None) -> None:
        """Before weights that were settled are learned: what follows depends on them alone."""
        if self._gain is not None:
            self._gain.begin(groups)

    def _bound(self) -> None:
        """Signs and norms."""
        for at in self._nonnegative:
            values = self._weights.flat[at]
            np.maximum(values, 0.0, out=values)
        for shorten in self._norms:
            shorten()


def _chosen(what: str, names: Sequence[str], parts: Sequence[Part]) -> list[Part]:
    """Parts that are named, each once."""
    known = {part.name: part for part in parts}
    for name in names:
        if name not in known and name != ALL:
            word = name if isinstance(name, str) else ""
            raise HamsimError(
                f"constraints: {what}: no connection {given(name)} is learned; "
                f"{did_you_mean(word, list(known))}"
            )
    if ALL in names:
        return list(parts)
    return [known[name] for name in dict.fromkeys(names)]


# --- norms -------------------------------------------------------------------------------------


def _norm_of(part: Part, flat: Floats, most: float) -> Callable[[], None]:
    """A function that makes weights shorter which a neuron receives by one connection.

    The Euclidean norm is at most `most`, of a convolution that of each feature's kernel. Where
    synapses go both ways it is so at both of their ends.
    """
    if part.gates is not None:
        raise HamsimError(
            f"constraints: norm: '{part.name}' is gated: its synapses have no norm of a neuron's"
        )
    values = flat[part.slice]
    if part.kernel is not None:
        there = part.kernel >= 0
        which, features = part.kernel[there], np.nonzero(there)[0]
        return lambda: _shorten_kernel(values, which, features, most)
    rows, columns = part.block_ends
    if part.lateral:
        return lambda: _shorten_lateral(values, rows, columns, most)
    ends = [rows, columns] if part.both else [rows]
    return lambda: _shorten(values, ends, most)


def _factors(squares: NDArray[Any], most: float) -> Floats:
    """What neurons' weights are multiplied by so that no norm is above `most`."""
    norms = np.sqrt(squares)
    return np.where(norms > most, most / np.maximum(norms, most), 1.0)


def _shorten(values: Floats, ends: Sequence[Ints], most: float) -> None:
    for end in ends:
        values *= _factors(np.bincount(end, values**2), most)[end]


def _shorten_lateral(values: Floats, rows: Ints, columns: Ints, most: float) -> None:
    """Each weight is at two neurons, and is made as short as either of them needs."""
    others = rows != columns
    size = int(columns.max(initial=-1)) + 1
    squares = np.bincount(rows, values**2, size)
    squares += np.bincount(columns[others], values[others] ** 2, size)
    factors = _factors(squares, most)
    values *= np.minimum(factors[rows], factors[columns])


def _shorten_kernel(values: Floats, which: Ints, features: Ints, most: float) -> None:
    """Of a symmetric kernel a weight may be of two features."""
    factors = _factors(np.bincount(features, values[which] ** 2), most)
    least = np.ones(values.size)
    np.minimum.at(least, which, factors[features])
    values *= least
