"""What each connection adds to the energy: -1/2 g.W g over its synapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.kernels.jit import first_call
from hamsim.kernels.quadratic import add_quadratic_forms
from hamsim.network import Connection, Group, Network, Triples

__all__ = ["ConnectionEnergies"]

_UNSCALED = np.zeros(0)


class Stretches(NamedTuple):
    """Entries of W: stretches of rows in stretches of columns, and how often each counts."""

    rows: Ints  # (stretches, 2)
    columns: Ints  # (stretches, 2)
    upper: bool  # entries behind the diagonal stand for both directions
    factor: float  # -1/2, or -1 where another direction is alike


class Kept(NamedTuple):
    """A block of a connection that shares places of W with others."""

    block: csr_array
    rows: Ints
    columns: Ints
    both: bool


class ConnectionEnergies:
    """The connections of a network, prepared; W itself is read, not copied.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        W = network.W
        self._indptr = W.indptr.astype(np.int64)
        indices = W.indices if W.indices.itemsize == 4 else W.indices.astype(np.uint32)
        self._indices = _read_only(indices.view(np.uint32))
        self._weights = _read_only(W.data.astype(np.float64, copy=False))
        groups = {group.name: group for group in network.groups}
        self._parts = [_prepared(network, groups, one) for one in network.connections]

    def __call__(self, g: Floats, scale: Floats | None = None) -> list[Floats]:
        """Energies of rows of activations, in the order of the connections.

        Parameters
        ----------
        g : ndarray, shape (rows, n)
        scale : ndarray, shape (n,), optional
            D of each neuron, with D W symmetric.

        Returns
        -------
        list of ndarray, each of shape (rows,)
        """
        columns = np.array(g.T, order="C")  # (n, rows), as the kernel reads them
        return [self._energy(part, g, columns, scale) for part in self._parts]

    def _energy(
        self,
        part: Triples | Kept | list[Stretches],
        g: Floats,
        columns: Floats,
        scale: Floats | None,
    ) -> Floats:
        if isinstance(part, Triples):
            i, j, k, weights = part
            own = weights if scale is None else scale[i] * weights
            result: Floats = -(g[:, i] * g[:, j] * g[:, k]) @ own
            return result
        if isinstance(part, Kept):
            return _energy_of_block(part, columns, scale)
        out = np.zeros(g.shape[0])
        factors = _UNSCALED if scale is None else np.array(scale, dtype=np.float64)
        for some in part:
            with first_call("quadratic forms"):
                add_quadratic_forms(
                    self._indptr,
                    self._indices,
                    self._weights,
                    some.rows,
                    some.columns,
                    some.upper,
                    factors,
                    columns,
                    some.factor,
                    out,
                )
        return out


def _read_only(array: Floats | Ints) -> Floats | Ints:
    """A view of one type to the kernels, whether or not the array can be written."""
    view = array.view()
    view.flags.writeable = False
    return view


def _energy_of_block(part: Kept, g: Floats, scale: Floats | None) -> Floats:
    g_rows, g_columns = g[part.rows], g[part.columns]
    to_rows = g_rows if scale is None else scale[part.rows, None] * g_rows
    result: Floats = -0.5 * np.einsum("it,it->t", to_rows, part.block @ g_columns)
    if part.both:  # and the same block the other way
        to_columns = g_columns if scale is None else scale[part.columns, None] * g_columns
        result -= 0.5 * np.einsum("it,it->t", g_rows, part.block @ to_columns)
    return result


def _prepared(
    network: Network, groups: Mapping[str, Group], connection: Connection
) -> Triples | Kept | list[Stretches]:
    if connection.triples is not None:
        return connection.triples
    both = connection.kind == "between"
    if connection.block is not None:
        rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
        return Kept(connection.block, rows, columns, both)
    rows, columns = (
        _stretches([groups[name] for name in names])
        for names in (connection.rows, connection.columns)
    )
    if connection.kind == "from":
        return [Stretches(rows, columns, False, -0.5)]
    if not network.symmetric:  # each direction as it is
        there = Stretches(rows, columns, False, -0.5)
        return [there, Stretches(columns, rows, False, -0.5)] if both else [there]
    if both:
        return [Stretches(rows, columns, False, -1.0)]
    return [Stretches(rows, columns, True, -0.5)]


def _stretches(groups: Sequence[Group]) -> Ints:
    """Stretches of neurons that groups make up, in file order; those that touch are one."""
    merged: list[list[int]] = []
    for group in sorted(groups, key=lambda group: group.start):
        if merged and merged[-1][1] == group.start:
            merged[-1][1] = group.stop
        else:
            merged.append([group.start, group.stop])
    return np.array(merged, dtype=np.int64)
