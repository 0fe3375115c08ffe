"""The network whose W is transposed: what receives sends."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Ints
from hamsim.network.delays import turned_delay
from hamsim.network.network import Network
from hamsim.network.parts import Connection
from hamsim.network.pattern import Pattern
from hamsim.network.replaced import copied, frozen

__all__ = ["transposed"]


class _Turned(NamedTuple):
    """The transpose of a pattern, and which entry of W each of its entries is."""

    pattern: Pattern
    order: Ints


_KEPT: WeakKeyDictionary[Pattern, dict[tuple[tuple[str, str], ...], _Turned]] = WeakKeyDictionary()


def transposed(network: Network) -> Network:
    """A network with the transpose of W, in which connections of one direction lead back.

    What is found out about its pattern is kept, so that to transpose other weights of the same
    pattern costs little.

    Parameters
    ----------
    network : Network

    Returns
    -------
    Network
        The same one if W is symmetric.
    """
    if network.symmetric:
        return network
    kept = _KEPT.setdefault(network.pattern, {})
    key = tuple((connection.name, connection.kind) for connection in network.connections)
    found = kept.get(key)
    order = _order(network) if found is None else found.order
    if found is None:
        W = csr_array(network.W.T.tocsr())
        W.sort_indices()
        for array in (W.data, W.indices, W.indptr):
            frozen(array)
    else:
        W = found.pattern.matrix(frozen(network.W.data[order]))
    connections = tuple(_turned(network, each, W) for each in network.connections)
    made = copied(network, W=W, connections=connections, source="", origin="", overrides={})
    if found is None:
        kept[key] = _Turned(made.pattern, order)
    else:
        vars(made)["pattern"] = found.pattern
    return made


def _order(network: Network) -> Ints:
    """The entries of W in the order of its transpose."""
    numbered = network.pattern.matrix(np.arange(network.W.nnz))
    turned = csr_array(numbered.T.tocsr())
    turned.sort_indices()
    order: Ints = turned.data
    return order


def _turned(network: Network, connection: Connection, W: csr_array) -> Connection:
    own = connection.convolution
    one_way = connection.kind == "from"
    if own is not None:
        # Of a matrix that is not this network's it describes nothing.
        receives = own.image_receives != one_way
        described = W if own.W is network.W else None
        own = replace(own, image_receives=receives, W=described)
    if not one_way:
        return replace(connection, convolution=own)
    block = connection.block
    if block is not None:
        block = csr_array(block.T.tocsr())
        block.sort_indices()
        frozen(block.data)
    return replace(
        connection,
        rows=connection.columns,
        columns=connection.rows,
        block=block,
        convolution=own,
        delay=turned_delay(network, connection),
    )
