"""Which neurons are connected, and where the synapses of a connection lie in W."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Ints
from hamsim.network.parts import Connection, Group

if TYPE_CHECKING:
    from hamsim.network.edges import Edges

__all__ = ["Mirror", "Pattern", "Places"]


class Places(NamedTuple):
    """Where the synapses of a connection's block are, in the order of the block's data."""

    block: csr_array  # its pattern
    there: Ints | slice  # entries of W[rows, columns] in W.data; -1 where W has none
    back: Ints | None  # of W[columns, rows]; None of one-way and lateral connections
    mirror: Mirror | None  # pairs of entries of a lateral block that are equal

    @property
    def rows(self) -> Ints:
        """Rows of the synapses in the block."""
        return np.repeat(np.arange(self.block.shape[0]), np.diff(self.block.indptr))


class Mirror(NamedTuple):
    """Entries of a symmetric pattern above its diagonal, and those that mirror them."""

    first: NDArray[np.uint32] | NDArray[np.uint64]
    second: NDArray[np.uint32] | NDArray[np.uint64]


class Pattern:
    """The pattern of W; shared by networks that differ only in values.

    Parameters
    ----------
    W : csr_array, shape (n, n)
    groups : tuple of Group
    connections : sequence of Connection
        Blocks of those that share places of W with others belong to the pattern.
    """

    def __init__(
        self, W: csr_array, groups: tuple[Group, ...], connections: Sequence[Connection]
    ) -> None:
        self.indptr, self.indices, self.n = W.indptr, W.indices, W.shape[0]
        self.groups = groups
        self._slices = {group.name: group.slice for group in groups}
        self._blocks = {c.name: c.block for c in connections if c.block is not None}
        self._places: dict[tuple[str, str], Places] = {}
        # What `network.edges` has found, by what goes one way; None where W is symmetric.
        self.edges: dict[frozenset[str] | None, Edges] = {}
        self._first: Pattern | None = None

    @property
    def first(self) -> Pattern:
        """The pattern that knows of synapses what this one does; itself if it is no other's."""
        return self if self._first is None else self._first

    def with_groups(self, groups: tuple[Group, ...]) -> Pattern:
        """One of the same synapses, for neurons with other parameters.

        What is prepared for neurons is kept by the pattern, so that they need one of their own.
        """
        made = object.__new__(Pattern)
        vars(made).update(vars(self))
        made.groups, made._first = groups, self.first
        return made

    def places(self, connection: Connection) -> Places:
        """Where the synapses of a connection are; looked up once."""
        # A name may come to mean one direction of what it was, where other weights were given.
        key = connection.name, connection.kind
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = self._find(connection)
        return found

    @cached_property
    def mirror(self) -> Mirror | None:
        """Pairs of entries that are equal in a symmetric W; None where one has no partner."""
        return mirror_of(self.matrix(np.arange(self.indices.size)))

    def matrix(self, data: NDArray[Any]) -> csr_array:
        """A matrix of this pattern."""
        made = csr_array((data, self.indices, self.indptr), shape=(self.n, self.n))
        made.has_sorted_indices = made.has_canonical_format = True
        return made

    def neurons(self, names: Sequence[str]) -> Ints:
        """Neurons of groups, one group after another."""
        parts = [np.arange(self.n)[self._slices[name]] for name in names]
        return np.concatenate(parts)

    def _find(self, connection: Connection) -> Places:
        rows, columns = self.neurons(connection.rows), self.neurons(connection.columns)
        # Entries of W by their numbers, from 1 on.
        numbers = self.matrix(np.arange(1, self.indices.size + 1))
        there = _sorted(numbers[rows][:, columns])
        back, lateral = None, connection.kind == "within"
        if connection.kind == "between":
            back = _sorted(csr_array(numbers[columns][:, rows].T))
        block = self._blocks.get(connection.name, there)
        at = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        own = at * block.shape[1] + block.indices
        first = _looked_up(there, own)
        whole = first.size and np.array_equal(first, np.arange(first[0], first[0] + first.size))
        return Places(
            block,
            slice(int(first[0]), int(first[0]) + first.size) if whole and first[0] >= 0 else first,
            None if back is None else _looked_up(back, own),
            mirror_of(_with_data(block, np.arange(own.size))) if lateral else None,
        )


def mirror_of(numbers: csr_array) -> Mirror | None:
    """`Mirror` of a matrix that holds the numbers of its entries, from 0 on, in sorted rows."""
    turned = _sorted(csr_array(numbers.T))
    alike = np.array_equal(turned.indptr, numbers.indptr)
    if not alike or not np.array_equal(turned.indices, numbers.indices):
        return None
    counted: Any = np.uint32 if turned.nnz < 2**32 else np.uint64
    first = np.flatnonzero(turned.data > numbers.data)
    return Mirror(first.astype(counted), turned.data[first].astype(counted))


def _sorted(block: csr_array) -> csr_array:
    made = csr_array(block)
    made.sort_indices()
    return made


def _with_data(block: csr_array, data: NDArray[Any]) -> csr_array:
    return csr_array((data, block.indices, block.indptr), shape=block.shape)


def _looked_up(numbers: csr_array, wanted: Ints) -> Ints:
    """Entries of W at places of a block, which are row * width + column; -1 where there is none."""
    row = np.repeat(np.arange(numbers.shape[0]), np.diff(numbers.indptr))
    known = row * numbers.shape[1] + numbers.indices
    if np.array_equal(known, wanted):
        exact: Ints = numbers.data.astype(np.int64)
        return exact - 1
    if known.size == 0:
        return np.full(wanted.size, -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(known, wanted), known.size - 1)
    found = np.where(known[at] == wanted, numbers.data[at], 0)
    return found.astype(np.int64) - np.int64(1)
