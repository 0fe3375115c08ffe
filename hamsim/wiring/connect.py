"""All connections of a description: their names, and the one matrix that their blocks make up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.errors import CompileError
from hamsim.network import Connection, Group
from hamsim.spec.ends import End
from hamsim.spec.rules import Store
from hamsim.spec.schema import ConnectionSpec, Spec
from hamsim.wiring.gates import make_triples
from hamsim.wiring.hebb import middles
from hamsim.wiring.joining import Rows, continue_rows, index_type, tidied, turned
from hamsim.wiring.places import makings
from hamsim.wiring.scaling import scaled, scaled_triples
from hamsim.wiring.synapses import make_block

__all__ = ["connect"]


def connect(
    spec: Spec, groups: Sequence[Group]
) -> tuple[tuple[Connection, ...], csr_array, Floats]:
    """Make the connections of a description, and W.

    Parameters
    ----------
    spec : Spec
    groups : sequence of Group
        In file order.

    Returns
    -------
    connections : tuple of Connection
        In file order.
    W : csr_array, shape (n, n)
        Read-only.
    input : ndarray, shape (n,)
        What goes with weights, to be added to the neurons' own.

    Raises
    ------
    CompileError
    """
    blocks = _Blocks(groups)
    added = np.zeros(groups[-1].stop)
    taken = {part.name for part in spec.connections if part.name is not None}
    connections: list[Connection] = []
    for k, making in enumerate(makings(spec)):
        part = making.connection
        rows, columns, *gate = making.ends
        name = _name(part, making.ends, taken)
        taken.add(name)
        connection = Connection(name, part.kind, rows.names, columns.names)
        if gate:
            triples = scaled_triples(make_triples(making), making)
            for array in triples:
                array.flags.writeable = False
            connection = replace(connection, gate=gate[0].names, triples=triples)
        else:
            made = scaled(make_block(making), making)
            if isinstance(part.weights, Store) and part.weights.store.coding == "binary":
                middle = np.concatenate([middles(group) for group in groups])
                added[rows.neurons] -= made.block @ middle[columns.neurons]
            blocks.cut(made.block, rows, columns, k, part.kind)
            if made.convolution is not None:
                connection = replace(connection, convolution=made.convolution)
            del made  # the block is let go as soon as it is copied
        connections.append(connection)
    shared = blocks.shared()
    W = _locked(blocks.assemble())
    return (
        tuple(
            replace(connection, block=_locked(shared[k]), convolution=None)
            if k in shared
            else _with_kernel(connection, W)
            for k, connection in enumerate(connections)
        ),
        W,
        added,
    )


def _with_kernel(connection: Connection, W: csr_array) -> Connection:
    """Say of a kernel in which matrix it is written out."""
    if connection.convolution is None:
        return connection
    return replace(connection, convolution=replace(connection.convolution, W=W))


def _locked(block: csr_array) -> csr_array:
    for array in (block.data, block.indices, block.indptr):
        array.flags.writeable = False
    return block


def _name(part: ConnectionSpec, ends: Sequence[End], taken: set[str]) -> str:
    if part.name is not None:
        return part.name
    first, second, *gate = ("+".join(end.names) for end in ends)
    name = f"{second}->{first}" if part.kind == "from" else f"{first}-{second}"
    if gate:
        name = f"{name} by {gate[0]}"
    candidate, k = name, 2
    while candidate in taken:
        candidate, k = f"{name}#{k}", k + 1
    return candidate


class _Blocks:
    """Blocks of W by pairs of groups; those that meet are added in the order of the file.

    Adding in one order for both directions keeps W exactly symmetric. What a block is turned into
    for the other direction is a matrix only where it meets another.
    """

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = {group.name: group for group in groups}
        self.blocks: dict[tuple[str, str], csr_array | Rows] = {}
        self.owners: dict[tuple[str, str], list[int]] = {}
        self.whole: dict[int, csr_array] = {}

    def cut(self, block: csr_array, rows: End, columns: End, owner: int, kind: str) -> None:
        """Take W[rows, columns] of a connection, cut at the borders of groups."""
        self.whole[owner] = block
        top = 0
        for row in rows.names:
            height = self.groups[row].size
            strip = block if len(rows.names) == 1 else block[top : top + height]
            top += height
            left = 0
            for column in columns.names:
                width = self.groups[column].size
                piece = strip if len(columns.names) == 1 else strip[:, left : left + width]
                left += width
                self._add(row, column, piece, owner)
                if kind == "between":
                    self._add(column, row, turned(piece), owner)

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
        rows, columns = (self.groups[name].size for name in pair)
        return csr_array((block.data, block.indices, block.indptr), shape=(rows, columns))

    def shared(self) -> dict[int, csr_array]:
        """Whole blocks of connections that meet others; all others are let go."""
        met = {owner for owners in self.owners.values() if len(owners) > 1 for owner in owners}
        kept = {owner: self.whole[owner] for owner in met}
        self.whole.clear()
        return kept

    def assemble(self) -> csr_array:
        """Put all blocks together; each is let go as soon as it is copied."""
        groups, blocks = self.groups, self.blocks
        n = max(group.stop for group in groups.values())
        for pair, owners in self.owners.items():
            if len(owners) > 1:  # each alone is as it has to be
                _tidy_sum(self._matrix(blocks[pair], pair))
        if len(groups) == 1 and len(blocks) == 1:
            pair, block = blocks.popitem()
            return self._matrix(block, pair)
        counts = np.zeros(n + 1, dtype=np.int64)
        for (row, _), block in blocks.items():
            counts[groups[row].start + 1 : groups[row].stop + 1] += (
                block.indptr[1:] - block.indptr[:-1]
            )
        indptr = np.cumsum(counts)
        nnz = int(indptr[-1])
        index = index_type(nnz, n)
        indices, data = np.empty(nnz, dtype=index), np.empty(nnz)
        filled = indptr[:-1].copy()
        # Blocks of a row in the order of their columns, so that the indices come out sorted.
        in_row = Counter(row for row, _ in blocks)
        for row, column in sorted(blocks, key=lambda pair: groups[pair[1]].start):
            block = blocks.pop((row, column))
            if in_row[row] == 1:  # its rows follow each other
                here = slice(indptr[groups[row].start], indptr[groups[row].stop])
                np.add(block.indices, groups[column].start, out=indices[here])
                data[here] = block.data
                continue
            continue_rows(block, filled[groups[row].slice], groups[column].start, indices, data)
        return csr_array((data, indices, indptr.astype(index)), shape=(n, n))


def _tidy_sum(block: csr_array) -> None:
    tidied(block)
    if not np.isfinite(block.data).all():
        raise CompileError("connections: weights that meet add up to more than a number can hold")
