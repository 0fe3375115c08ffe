"""Synapses with a delay: which they are, the network without them, and other delays.

Row i receives W_ij g_j(t - d_ij). W holds the weights of all synapses: states at rest do not depend
on delays. Where connections of other delays share a place of W, each of their synapses is one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.network.parts import Connection
from hamsim.network.replaced import copied, frozen, numbers, sharing

if TYPE_CHECKING:
    from hamsim.network.network import Network

__all__ = ["Delays", "find_delays", "turned_delay", "with_delays", "without_delayed"]


class Delays(NamedTuple):
    """Synapses with a delay above 0.

    Parameters
    ----------
    receivers, senders : ndarray of int, shape (synapses,)
    weights : ndarray, shape (synapses,)
    times : ndarray, shape (synapses,)
        How long each takes, in the unit of tau.
    """

    receivers: Ints
    senders: Ints
    weights: Floats
    times: Floats


class _Entries(NamedTuple):
    """Synapses of a connection in one direction, and their places in W.data; -1 for none."""

    receivers: Ints
    senders: Ints
    weights: Floats
    times: Floats
    at: Ints


def find_delays(network: Network) -> Delays | None:
    """Synapses with a delay, connection by connection; None without any."""
    late = [c for c in network.connections if np.any(np.asarray(c.delay) > 0)]
    if not late:
        return None
    parts = [each for connection in late for each in _entries(network, connection)]
    columns = [np.concatenate(column) for column in list(zip(*parts, strict=True))[:4]]
    some = columns[3] > 0
    if not some.any():  # connections without a synapse
        return None
    return Delays(*(frozen(column[some]) for column in columns))


def _entries(network: Network, connection: Connection) -> list[_Entries]:
    """Synapses of a connection, of ``between`` in both directions."""
    places = network.pattern.places(connection)
    receive, send = network.neurons(connection.rows), network.neurons(connection.columns)
    i, j = receive[places.rows], send[places.block.indices]
    own = connection.block
    size = network.W.nnz
    there = np.arange(size)[places.there] if isinstance(places.there, slice) else places.there
    weights = network.W.data[there] if own is None else own.data
    times = np.broadcast_to(np.asarray(connection.delay, dtype=np.float64), weights.shape)
    found = [_Entries(i, j, weights, times, there)]
    if places.back is not None:
        weights = network.W.data[places.back] if own is None else own.data
        found.append(_Entries(j, i, weights, times, places.back))
    return found


def without_delayed(network: Network) -> Network:
    """The network with its other synapses alone; itself if none has a delay."""
    if network.delays is None:
        return network
    keep = np.ones(network.W.nnz, dtype=bool)
    added: list[_Entries] = []
    for connection in network.connections:
        if connection.gate or (connection.block is None and not np.any(connection.delay)):
            continue
        for entries in _entries(network, connection):
            prompt = entries.times == 0.0
            if connection.block is None:
                keep[entries.at[~prompt]] = False
                continue
            keep[entries.at[entries.at >= 0]] = False
            added.append(_Entries(*(column[prompt] for column in entries)))
    W = _matrix(network, keep, added)
    connections = []
    for connection in network.connections:
        own = connection.convolution
        if not connection.gate and np.any(connection.delay):
            continue
        if own is not None:
            connection = replace(connection, convolution=replace(own, W=W))
        connections.append(connection)
    symmetric = (W != W.T).nnz == 0
    return copied(network, W=W, connections=tuple(connections), symmetric=symmetric)


def _matrix(network: Network, keep: Any, added: list[_Entries]) -> csr_array:
    """Entries of W that are kept, and others in the order in which they are added up."""
    n, entries = network.n_neurons, network.W.tocoo()
    i, j, weights = entries.row[keep], entries.col[keep], entries.data[keep]
    if added:
        i, j = (np.concatenate([a, *b]) for a, b in zip((i, j), _ends(added), strict=True))
        weights = np.concatenate([weights, *(each.weights for each in added)])
    places, which = np.unique(i.astype(np.int64) * n + j, return_inverse=True)
    data = np.zeros(places.size)
    np.add.at(data, which.reshape(-1), weights)
    some = data != 0.0
    rows, columns = np.divmod(places[some], n)
    indptr = np.zeros(n + 1, dtype=network.W.indptr.dtype)
    np.cumsum(np.bincount(rows, minlength=n), out=indptr[1:])
    indices = columns.astype(network.W.indices.dtype)
    W = csr_array((data[some], indices, indptr), shape=(n, n))
    for array in (W.data, W.indices, W.indptr):
        frozen(array)
    return W


def _ends(added: list[_Entries]) -> tuple[list[Ints], list[Ints]]:
    return [each.receivers for each in added], [each.senders for each in added]


def turned_delay(network: Network, connection: Connection) -> float | Floats:
    """Delays of a connection's block in the order of its transpose."""
    if not isinstance(connection.delay, np.ndarray):
        return connection.delay
    block = network.pattern.places(connection).block
    order = csr_array((np.arange(block.indices.size), block.indices, block.indptr), block.shape)
    turned = csr_array(order.T)
    turned.sort_indices()
    result: Floats = frozen(connection.delay[turned.data])
    return result


# --- other delays ------------------------------------------------------------------------------


def with_delays(network: Network, delay: ArrayLike | Mapping[str, ArrayLike]) -> Network:
    """A network whose connections have other delays; see `Network.replace`."""
    named = {c.name: c for c in network.connections if not c.gate}
    wanted = delay if isinstance(delay, Mapping) else dict.fromkeys(named, delay)
    changed = {connection.name: connection for connection in network.connections}
    for name, value in wanted.items():
        if name not in named:
            wrong = name if isinstance(name, str) else ""
            raise HamsimError(
                f"no connection {given(name)} that may have a delay; "
                f"{did_you_mean(wrong, list(named))}"
            )
        changed[name] = replace(named[name], delay=_checked(network, named[name], value))
    said = {f"delay of {name}": "replaced" for name in wanted}
    return sharing(network, said, connections=tuple(changed.values()))


def _checked(network: Network, connection: Connection, value: ArrayLike) -> float | Floats:
    what = f"delay of '{connection.name}'"
    found = numbers(what, value)
    places = network.pattern.places(connection)
    size, shape = places.block.indices.size, places.block.shape
    if found.shape == shape:
        found = found[places.rows, places.block.indices]
    if found.shape not in ((), (size,)):
        raise HamsimError(
            f"{what} has shape {found.shape}; it must be one number, {shape} or ({size},), one "
            "number a synapse"
        )
    if np.any(found < 0):
        raise HamsimError(f"{what} is {found.min():g}: it must be at least 0")
    if found.ndim == 0:
        return float(found)
    mirror = places.mirror
    if mirror is not None and np.any(found[mirror.first] != found[mirror.second]):
        raise HamsimError(f"{what} is not symmetric: synapses within a group go both ways alike")
    return frozen(found)
