"""Connections that are made, and found again where only the neurons have other values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.network import Connection, Group, Pattern
from hamsim.spec.schema import GroupSpec, Spec
from hamsim.wiring.connect import connect
from hamsim.wiring.joining import Rows, turned

__all__ = ["Wired", "Wires", "wire"]

MOST = 64  # wirings that are kept
MOST_BYTES = 2**27  # of the weights of all but the last one
# What connections do not depend on, of a group.
OF_NEURONS = ("lagrangian", "tau", "input", "initial", "noise")


class Wired(NamedTuple):
    """The connections of a description.

    Parameters
    ----------
    connections : tuple of Connection
    W : csr_array, shape (n, n)
    added : ndarray, shape (n,), or None
        See `connect`.
    symmetric : bool
        Whether W is.
    pattern : Pattern or None
        That networks with these connections and Lagrangians are to share.
    """

    connections: tuple[Connection, ...]
    W: csr_array
    added: Floats | None
    symmetric: bool
    pattern: Pattern | None = None


def wire(spec: Spec, groups: Sequence[Group]) -> Wired:
    """Make the connections of a description.

    Raises
    ------
    CompileError
    """
    connections, W, added = connect(spec, groups)
    one_way = any(connection.kind == "from" for connection in connections)
    return Wired(connections, W, added, not one_way or _is_symmetric(W))


class Wires:
    """Connections of descriptions that were wired before, of one file with some other values.

    What data files hold must not change meanwhile.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Spec, Wired]] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return Wires, ()  # whoever reads a copy makes its own

    def wire(self, spec: Spec, groups: Sequence[Group]) -> Wired:
        """The same as `wire`, to the bit."""
        for place in reversed(range(len(self._kept))):
            known, wired = self._kept[place]
            if not _same_connections(known, spec):
                continue
            if _same_lagrangians(known, spec):
                self._kept.append(self._kept.pop(place))
                return wired
            if wired.added is None:
                return self._keep(spec, wired, groups)
        return self._keep(spec, wire(spec, groups), groups)

    def _keep(self, spec: Spec, wired: Wired, groups: Sequence[Group]) -> Wired:
        pattern = Pattern(wired.W, tuple(groups), wired.connections)
        self._kept.append((spec, wired._replace(pattern=pattern)))
        sizes = [each.W.data.nbytes for _, each in self._kept]
        while len(self._kept) > 1 and (len(sizes) > MOST or sum(sizes[:-1]) > MOST_BYTES):
            del self._kept[0], sizes[0]
        return self._kept[-1][1]


def _same_connections(one: Spec, other: Spec) -> bool:
    return (
        one.seed == other.seed
        and list(one.groups) == list(other.groups)
        and one.connections == other.connections
        and all(map(_same_places, one.groups.values(), other.groups.values()))
    )


def _same_places(one: GroupSpec, other: GroupSpec) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in GroupSpec.model_fields
        if name not in OF_NEURONS
    )


def _same_lagrangians(one: Spec, other: Spec) -> bool:
    pairs = zip(one.groups.values(), other.groups.values(), strict=True)
    return all(group.lagrangian == others.lagrangian for group, others in pairs)


def _is_symmetric(W: csr_array) -> bool:
    senders = np.bincount(W.indices, minlength=W.shape[1])
    if not np.array_equal(senders, np.diff(W.indptr)):
        return False
    return all(map(np.array_equal, turned(W), Rows(W.indptr, W.indices, W.data)))
