"""All connections of a description: their names, and the one matrix that their blocks make up."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.errors import HamsimError
from hamsim.network import Connection, Group
from hamsim.spec.load import load
from hamsim.spec.naming import connection_names
from hamsim.spec.schema import Spec
from hamsim.wiring.assembly import Assembly
from hamsim.wiring.connection import ConnectionWeights
from hamsim.wiring.delays import delays_of
from hamsim.wiring.gates import make_triples
from hamsim.wiring.hopfield import half_ranges, middles
from hamsim.wiring.joining import cut
from hamsim.wiring.making import Making
from hamsim.wiring.places import makings
from hamsim.wiring.scaling import scaled_triples

__all__ = ["connect", "rows"]


def connect(
    spec: Spec, groups: Sequence[Group]
) -> tuple[tuple[Connection, ...], csr_array, Floats | None]:
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
    input : ndarray, shape (n,), or None
        What goes with weights, to be added to the neurons' own, and depends on the Lagrangians;
        None if nothing does.

    Raises
    ------
    CompileError
    """
    assembly = Assembly({group.name: range(group.start, group.stop) for group in groups})
    added: Floats | None = None
    whole: dict[int, csr_array] = {}
    connections: list[Connection] = []
    made = makings(spec)
    names = connection_names(spec.connections, spec.groups)
    for k, (making, name) in enumerate(zip(made, names, strict=True)):
        part = making.connection
        rows, columns, *gate = making.ends
        connection = Connection(name, part.kind, rows.names, columns.names)
        if gate:
            connections.append(_gated(connection, making))
            continue
        weights = ConnectionWeights(making)
        block, convolution = weights.whole()
        if weights.counted_from is not None or weights.threshold:
            added = np.zeros(groups[-1].stop) if added is None else added
            _take_away(added, weights, block, groups, making)
        assembly.add(partial(cut, block), rows, columns, k, part.kind)
        whole[k] = block
        connection = replace(connection, delay=delays_of(making, block))
        del weights, block  # the block is let go as soon as it is copied
        connections.append(replace(connection, convolution=convolution))
    shared = {k: whole[k] for k in assembly.met()}
    whole.clear()
    W = _locked(assembly.assemble())
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


def _take_away(
    added: Floats,
    weights: ConnectionWeights,
    block: csr_array,
    groups: Sequence[Group],
    making: Making,
) -> None:
    """Add the input that goes with weights, which takes away what drives neurons half-way."""
    rows, columns = making.ends
    ways = [(rows, columns, block)]
    if making.connection.kind == "between":
        ways.append((columns, rows, block.T))
    half = np.concatenate([half_ranges(group) for group in groups])
    if weights.counted_from is not None:
        zero = np.concatenate([middles(group) for group in groups]) + weights.counted_from * half
        for receive, send, W in ways:
            added[receive.neurons] -= W @ zero[send.neurons]
    for receive, _, W in ways:
        own = half[receive.neurons]
        added[receive.neurons] -= weights.threshold * own
        if weights.counted_from and len(ways) == 2:
            # What neurons send to themselves by way of others is to be the same for both values.
            added[receive.neurons] += weights.counted_from * own * W.power(2).sum(axis=1)


def rows(
    source: Spec | str | os.PathLike[str] | Mapping[str, Any], start: int, stop: int
) -> csr_array:
    """Some rows of W, each with what one neuron receives from all others.

    Of a connection whose synapses can be made a part at a time no others are made.

    Parameters
    ----------
    source : Spec, path or dict
    start, stop : int
        Numbers of neurons: 0 <= start < stop <= n.

    Returns
    -------
    csr_array, shape (stop - start, n)
        The same bits as `compile(source).W[start:stop]`.

    Raises
    ------
    SpecError, CompileError
    HamsimError
        There are no such neurons.
    """
    spec = load(source)
    starts = accumulate((group.count for group in spec.groups.values()), initial=0)
    groups = {
        name: range(first, first + group.count)
        for (name, group), first in zip(spec.groups.items(), starts, strict=False)
    }
    n = max(group.stop for group in groups.values())
    if not 0 <= start < stop <= n:
        raise HamsimError(f"rows {start} to {stop} are not some of the {n:,} of W")
    assembly = Assembly(groups, range(start, stop))
    for k, making in enumerate(makings(spec)):
        if making.connection.kind == "gate":
            continue
        receive, send = making.ends
        part = ConnectionWeights(making).part
        assembly.add(part, receive, send, k, making.connection.kind)
    return assembly.assemble()


def _gated(connection: Connection, making: Making) -> Connection:
    """A gating connection with its triples."""
    triples = scaled_triples(make_triples(making), making)
    for array in triples:
        array.flags.writeable = False
    return replace(connection, gate=making.ends[2].names, triples=triples)


def _with_kernel(connection: Connection, W: csr_array) -> Connection:
    """Say of a kernel in which matrix it is written out."""
    if connection.convolution is None:
        return connection
    return replace(connection, convolution=replace(connection.convolution, W=W))


def _locked(block: csr_array) -> csr_array:
    for array in (block.data, block.indices, block.indptr):
        array.flags.writeable = False
    return block
