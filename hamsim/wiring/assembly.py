"""Blocks of weights put together to one matrix, or to some of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from scipy.sparse import csr_array

from hamsim.errors import CompileError
from hamsim.spec.ends import End
from hamsim.wiring.joining import Rows, continue_rows, cut, index_type, tidied, turned

__all__ = ["Assembly"]


class Assembly:
    """Blocks of W by pairs of groups; those that meet are added in the order of the file.

    Adding in one order for both directions keeps W exactly symmetric. What a block is turned into
    for the other direction is a matrix only where it meets another.

    Parameters
    ----------
    groups : mapping of str to range
        Numbers of each group's neurons, in file order.
    rows : range, optional
        Neurons whose rows are wanted; all if nothing is said.
    """

    def __init__(self, groups: Mapping[str, range], rows: range | None = None) -> None:
        self.groups = groups
        self.n = max(group.stop for group in groups.values())
        self.rows = range(self.n) if rows is None else rows
        self.wanted = {
            name: range(max(group.start, self.rows.start), min(group.stop, self.rows.stop))
            for name, group in groups.items()
        }
        self.blocks: dict[tuple[str, str], csr_array | Rows] = {}
        self.owners: dict[tuple[str, str], list[int]] = {}

    def add(
        self,
        part: Callable[[range, range], csr_array],
        rows: End,
        columns: End,
        owner: int,
        kind: str,
    ) -> None:
        """Add W[rows, columns] of a connection, cut at the borders of groups.

        Parameters
        ----------
        part : callable
            Gives the synapses from some neurons to some others, by their numbers in the ends.
        rows, columns : End
        owner : int
            Number of the connection.
        kind : str
            Of the connection; of ``between`` the other direction is added too.
        """
        for row, here in self._wanted(rows):
            strip = part(here, range(columns.n))
            for column, there in _groups(columns):
                self._add(row, column, cut(strip, range(len(here)), there), owner)
        if kind != "between":
            return
        for column, there in self._wanted(columns):
            strip = part(range(rows.n), there)
            for row, here in _groups(rows):
                piece = cut(strip, here, range(len(there)))
                self._add(column, row, turned(piece), owner)

    def _wanted(self, end: End) -> Iterator[tuple[str, range]]:
        """Groups of an end with wanted rows, and the numbers of these neurons within the end."""
        for name, there in _groups(end):
            wanted, shift = self.wanted[name], there.start - self.groups[name].start
            if wanted:
                yield name, range(wanted.start + shift, wanted.stop + shift)

    def _add(self, row: str, column: str, block: csr_array | Rows, owner: int) -> None:
        """Add W[row group, column group]."""
        pair = (row, column)
        self.owners.setdefault(pair, []).append(owner)
        present = self.blocks.get(pair)
        if present is not None:
            block = self._matrix(present, pair) + self._matrix(block, pair)
        self.blocks[pair] = block

    def _matrix(self, block: csr_array | Rows, pair: tuple[str, str]) -> csr_array:
        if not isinstance(block, Rows):
            return block
        shape = (len(self.wanted[pair[0]]), len(self.groups[pair[1]]))
        return csr_array((block.data, block.indices, block.indptr), shape=shape)

    def met(self) -> set[int]:
        """Connections of which some block meets another's."""
        return {owner for owners in self.owners.values() if len(owners) > 1 for owner in owners}

    def assemble(self) -> csr_array:
        """Put all blocks together; each is let go as soon as it is copied.

        Returns
        -------
        csr_array, shape (len(rows), n)
        """
        groups, wanted, blocks = self.groups, self.wanted, self.blocks
        for pair, owners in self.owners.items():
            if len(owners) > 1:  # each alone is as it has to be
                _tidy_sum(self._matrix(blocks[pair], pair))
        if len(groups) == 1 and len(blocks) == 1:
            pair, block = blocks.popitem()
            return self._matrix(block, pair)
        starts = {name: part.start - self.rows.start for name, part in wanted.items()}
        counts = np.zeros(len(self.rows) + 1, dtype=np.int64)
        for (row, _), block in blocks.items():
            here = slice(starts[row] + 1, starts[row] + len(wanted[row]) + 1)
            counts[here] += block.indptr[1:] - block.indptr[:-1]
        indptr = np.cumsum(counts)
        nnz = int(indptr[-1])
        index = index_type(nnz, self.n)
        indices, data = np.empty(nnz, dtype=index), np.empty(nnz)
        filled = indptr[:-1].copy()
        # Blocks of a row in the order of their columns, so that the indices come out sorted.
        in_row = Counter(row for row, _ in blocks)
        for row, column in sorted(blocks, key=lambda pair: groups[pair[1]].start):
            block, first = blocks.pop((row, column)), starts[row]
            last = first + len(wanted[row])
            if in_row[row] == 1:  # its rows follow each other
                entries = slice(indptr[first], indptr[last])
                np.add(block.indices, groups[column].start, out=indices[entries])
                data[entries] = block.data
                continue
            continue_rows(block, filled[first:last], groups[column].start, indices, data)
        return csr_array((data, indices, indptr.astype(index)), shape=(len(self.rows), self.n))


def _groups(end: End) -> Iterator[tuple[str, range]]:
    """Groups of an end, and the numbers of their neurons within it."""
    start = 0
    for name, group in zip(end.names, end.groups, strict=True):
        yield name, range(start, start + group.count)
        start += group.count


def _tidy_sum(block: csr_array) -> None:
    tidied(block)
    if not np.isfinite(block.data).all():
        raise CompileError("connections: weights that meet add up to more than a number can hold")
