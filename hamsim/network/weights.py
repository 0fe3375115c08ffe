"""Other weights for a network that is compiled already, on the same pattern of synapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, issparse

from hamsim.arrays import Floats
from hamsim.errors import HamsimError, did_you_mean, given, shown
from hamsim.kernels.jit import first_call
from hamsim.kernels.weights import are_alike, copy_finite
from hamsim.network.delays import turned_delay
from hamsim.network.edges import edges_of, spread_edges
from hamsim.network.kernels import kernel_from, kernel_places
from hamsim.network.parts import Connection
from hamsim.network.pattern import Mirror, Pattern, Places
from hamsim.network.replaced import frozen, numbers, sharing

if TYPE_CHECKING:
    from hamsim.network.network import Network

__all__ = ["add_blocks", "is_symmetric", "require_places", "with_connections", "with_edges"]


# --- all weights of W --------------------------------------------------------------------------


def with_edges(network: Network, edges: ArrayLike) -> Network:
    """See `Network.with_weights`."""
    for connection in network.connections:
        if connection.block is not None:
            raise HamsimError(
                f"connection '{connection.name}' shares places of W with others, so that weights "
                "of W are not its own; give weights by connection"
            )
    W = network.pattern.matrix(_all_of(network, edges))
    symmetric = is_symmetric(network.pattern.mirror, W.data)
    connections: list[Connection] = []
    for connection in network.connections:
        apart = [] if symmetric else _apart(network, connection, W.data)
        connections += apart or [_with_its_kernel(network, connection, W)]
    said = {"edges": f"replaced, shape [{W.nnz}]"}
    return sharing(network, said, W=W, symmetric=symmetric, connections=tuple(connections))


def _all_of(network: Network, edges: ArrayLike) -> Floats:
    """One number an entry of W, as a new array."""
    try:
        if np.iscomplexobj(edges):
            raise TypeError
        values = np.ascontiguousarray(edges, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise HamsimError(f"edges must be numbers, not {shown(edges)}") from None
    if values.shape != (network.W.nnz,):
        edges_there = edges_of(network)
        count = edges_there.there.size
        if values.shape != (count,):
            raise HamsimError(
                f"edges has shape {values.shape}; it must be ({count},), one number for each row "
                f"of network.edges, or ({network.W.nnz},), one for each entry of network.W.data"
            )
        values = spread_edges(edges_there, values, network.W.nnz)
    data = np.empty(values.size)
    with first_call("copy finite"):
        finite = copy_finite(_read_only(values), data)
    if not finite:
        raise HamsimError("edges holds numbers that are not finite")
    result: Floats = frozen(data)
    return result


def _apart(network: Network, connection: Connection, data: Floats) -> list[Connection]:
    """One-way connections in the place of one whose two directions have unlike weights."""
    if connection.kind in ("from", "gate"):
        return []
    places = network.pattern.places(connection)
    there = data[places.there]
    one_way = replace(connection, kind="from", convolution=None)
    if connection.kind == "within":
        return [] if is_symmetric(places.mirror, there) else [one_way]
    if np.array_equal(there, data[places.back]):
        return []
    delay = turned_delay(network, connection)
    back = replace(one_way, rows=connection.columns, columns=connection.rows, delay=delay)
    return [one_way, replace(back, name=f"{connection.name} back")]


# --- weights of connections --------------------------------------------------------------------


def with_connections(network: Network, weights: Mapping[str, Any] | None) -> Network:
    """See `Network.with_weights`."""
    if not isinstance(weights, Mapping):
        raise HamsimError(f"weights are {given(weights)}; allowed is a mapping of connections")
    named = {connection.name: connection for connection in network.connections}
    changed = dict(named)
    data = np.array(network.W.data, dtype=np.float64)
    for name, value in weights.items():
        if name not in named:
            wrong = name if isinstance(name, str) else ""
            raise HamsimError(f"no connection {given(name)}; {did_you_mean(wrong, list(named))}")
        if named[name].triples is not None:
            changed[name] = _with_triples(named[name], value)
        else:
            changed[name] = _with_weights(network, named[name], value, data)
    connections = list(changed.values())
    if any(changed[name].block is not None for name in weights):
        add_blocks(network.pattern, connections, data)
    only_gates = all(named[name].triples is not None for name in weights)
    W = network.W if only_gates else network.pattern.matrix(frozen(data))
    one_way = any(connection.kind == "from" for connection in connections)
    return sharing(
        network,
        {f"weights of {name}": "replaced" for name in weights},
        W=W,
        symmetric=(network.symmetric and not one_way)
        or is_symmetric(network.pattern.mirror, W.data),
        connections=tuple(
            _in_matrix(connection, W) if _is_kernel(network, named[name]) else connection
            for name, connection in changed.items()
        ),
    )


def _with_triples(connection: Connection, value: Any) -> Connection:
    assert connection.triples is not None
    size = connection.triples.weights.size
    weights = numbers(f"weights of '{connection.name}'", value)
    if weights.shape not in ((), (size,)):
        raise _misfit(connection, weights.shape, f"({size},), one number a triple")
    own = frozen(np.array(np.broadcast_to(weights, (size,))))
    return replace(connection, triples=connection.triples._replace(weights=own))


def _with_weights(network: Network, connection: Connection, value: Any, data: Floats) -> Connection:
    """A connection with other weights, which are written to W's data too if they are all there."""
    places = network.pattern.places(connection)
    kernel = None
    if _is_kernel(network, connection):
        connection, weights, kernel = _with_kernel(connection, places, value)
    if kernel is None:
        weights = _of_block(connection, places, value)
    block = csr_array((weights, places.block.indices, places.block.indptr), places.block.shape)
    if connection.kind == "within" and not is_symmetric(places.mirror, weights):
        other = block.T.tocsr()
        row, column = (int(ends[0]) for ends in (block != other).nonzero())
        ends = network.neurons(connection.rows)
        raise HamsimError(
            f"weights of '{connection.name}' are not symmetric: {block[row, column]:g} from neuron "
            f"{network.label(int(ends[column]))} to {network.label(int(ends[row]))} and "
            f"{block[column, row]:g} back"
        )
    if connection.block is not None:
        for array in (block.data, block.indices, block.indptr):
            frozen(array)
        return replace(connection, block=block)
    data[places.there] = weights
    if places.back is not None:
        data[places.back] = weights
    if kernel is not None:
        return connection
    return _with_its_kernel(network, connection, network.pattern.matrix(data))


def _of_block(connection: Connection, places: Places, value: Any) -> Floats:
    """Weights in the order of a block's data."""
    what, shape = f"weights of '{connection.name}'", places.block.shape
    size = places.block.indices.size
    if issparse(value):
        return _of_sparse(connection, places, csr_array(value))
    weights = numbers(what, value)
    if weights.shape in ((), (size,)) and weights.shape != shape:
        return np.array(np.broadcast_to(weights, (size,)))
    if weights.shape != shape:
        allowed = f"{shape}, a matrix, or ({size},), one number a synapse"
        raise _misfit(connection, weights.shape, allowed)
    rows, columns = places.rows, places.block.indices
    result: Floats = weights[rows, columns]
    if np.count_nonzero(weights) != np.count_nonzero(result):
        weights[rows, columns] = 0.0
        row, column = (int(ends[0]) for ends in np.nonzero(weights))
        raise _no_synapse(connection, row, column)
    return result


def _of_sparse(connection: Connection, places: Places, value: csr_array) -> Floats:
    shape = places.block.shape
    if value.shape != shape:
        raise _misfit(connection, value.shape, f"{shape}")
    own = (numbers("weights", value.data), value.indices, value.indptr)
    given_ = csr_array(own, shape=shape, copy=True)  # what follows writes to it
    given_.sum_duplicates()
    given_.eliminate_zeros()
    # Each synapse with a number from 1 on, so that what has none shows.
    ones = np.ones(places.block.indices.size)
    have = csr_array((ones, places.block.indices, places.block.indptr), shape=shape)
    astray = csr_array(abs(given_.sign()) - have.multiply(abs(given_.sign())))
    if astray.count_nonzero():
        row, column = (int(ends[0]) for ends in astray.nonzero())
        raise _no_synapse(connection, row, column)
    keys = places.rows * shape[1] + places.block.indices
    at = np.repeat(np.arange(shape[0]), np.diff(given_.indptr)) * shape[1] + given_.indices
    result = np.zeros(keys.size)
    result[np.searchsorted(keys, at)] = given_.data
    return result


def _misfit(connection: Connection, shape: Sequence[int], allowed: str) -> HamsimError:
    return HamsimError(
        f"weights of '{connection.name}' have shape {tuple(shape)}; it must be {allowed}"
    )


def _no_synapse(connection: Connection, row: int, column: int) -> HamsimError:
    return HamsimError(
        f"weights of '{connection.name}' have one at [{row}, {column}], where there is no synapse; "
        "to add synapses compile the network anew"
    )


def require_places(pattern: Pattern, connections: Sequence[Connection]) -> None:
    """Raise HamsimError if W lacks synapses that connections have."""
    for connection in connections:
        if connection.block is None:
            continue
        places = pattern.places(connection)
        for at in (places.there, places.back):
            if isinstance(at, np.ndarray) and at.size and at.min() < 0:
                raise HamsimError(
                    "where connections share places of W some of their weights cancelled, so that "
                    "W has no synapses there; compile the network anew"
                )


def add_blocks(pattern: Pattern, connections: Sequence[Connection], data: Floats) -> None:
    """Add up the blocks of connections that share places of W, in the order of the file."""
    parts = []
    for connection in connections:
        if connection.block is not None:
            places = pattern.places(connection)
            parts += [(places.there, connection.block.data)]
            parts += [] if places.back is None else [(places.back, connection.block.data)]
    require_places(pattern, connections)
    for at, _ in parts:
        data[at] = 0.0
    with np.errstate(over="ignore"):
        for at, weights in parts:
            data[at] += weights
    if not np.isfinite(data).all():
        raise HamsimError("weights that meet add up to more than a number can hold")


# --- convolutions ------------------------------------------------------------------------------


def _with_kernel(
    connection: Connection, places: Places, value: Any
) -> tuple[Connection, Floats, Floats | None]:
    """A convolution with another kernel, and the weights of its block; None if none is given."""
    own = connection.convolution
    nothing = np.zeros(0)
    if own is None or own.kernel is None or issparse(value) or np.ndim(value) != 4:
        return connection, nothing, None
    kernel = numbers(f"weights of '{connection.name}'", value)
    if kernel.shape != own.kernel.shape:
        raise _misfit(connection, kernel.shape, f"{own.kernel.shape}, that of its kernel")
    if np.any((kernel != 0.0) & (own.kernel == 0.0)):
        where = tuple(int(k[0]) for k in np.nonzero((kernel != 0.0) & (own.kernel == 0.0)))
        raise HamsimError(
            f"weights of '{connection.name}' have one at {list(where)} of the kernel, where there "
            "was none; to add synapses compile the network anew"
        )
    at = kernel_places(own, places.rows, places.block.indices)
    made = replace(connection, convolution=replace(own, kernel=frozen(kernel)))
    return made, kernel.reshape(-1)[at], kernel


def _with_its_kernel(network: Network, connection: Connection, W: csr_array) -> Connection:
    """A connection with the kernel that W has for it, if it had one and has one still."""
    own = connection.convolution
    if own is None or not _is_kernel(network, connection):
        return connection
    places = network.pattern.places(connection)
    weights = W.data[places.there]
    if own.kernel is None:
        same = np.array_equal(weights, network.W.data[places.there])
        return replace(connection, convolution=replace(own, W=W) if same else None)
    kernel = kernel_from(own, kernel_places(own, places.rows, places.block.indices), weights)
    if kernel is None:
        return replace(connection, convolution=None)
    return replace(connection, convolution=replace(own, kernel=frozen(kernel), W=W))


def _is_kernel(network: Network, connection: Connection) -> bool:
    """Whether a connection is a kernel that is written out in W of this network."""
    return connection.convolution is not None and connection.convolution.W is network.W


def _in_matrix(connection: Connection, W: csr_array) -> Connection:
    """Say of a kernel that it is written out in W."""
    own = connection.convolution
    return connection if own is None else replace(connection, convolution=replace(own, W=W))


# --- checks ------------------------------------------------------------------------------------


def is_symmetric(mirror: Mirror | None, data: Floats) -> bool:
    """Whether entries of a matrix or a block are equal to those that mirror them."""
    if mirror is None:
        return False
    with first_call(f"are alike {mirror.first.dtype}"):
        return bool(are_alike(_read_only(data), *mirror))


def _read_only(array: Any) -> Any:
    """A view of one type to the kernels, whether or not the array can be written."""
    view = array.view()
    view.flags.writeable = False
    return view
