"""Rules that say themselves which synapses exist: edges, one to one, convolution, pooling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array

from hamsim.arrays import Floats
from hamsim.errors import CompileError
from hamsim.network import Convolution
from hamsim.spec.edges import edge_arrays
from hamsim.spec.fit import (
    first_is_image,
    in_reading_order,
    kernel_array,
    pool_is_first,
)
from hamsim.spec.forms import pairs_form
from hamsim.spec.rules import AveragePool, Conv2d, Edges, OneToOne
from hamsim.spec.schema import ConnectionSpec
from hamsim.spec.symmetric import turned_kernel
from hamsim.spec.values import is_random
from hamsim.spec.windows import image_shape
from hamsim.wiring.arrays import draw, one_a_neuron
from hamsim.wiring.convolution import average_pool, convolution, padding_before
from hamsim.wiring.joining import index_type, mirrored
from hamsim.wiring.making import Made, Making

__all__ = ["LISTED"]


def _turned(connection: ConnectionSpec, forward: csr_array, from_first: bool) -> csr_array:
    """W[rows, columns] of a block that leads from the first end to the second, or back."""
    return forward.T.tocsr() if _starts_from_rows(connection, from_first) else forward


def _starts_from_rows(connection: ConnectionSpec, from_first: bool) -> bool:
    """Whether the rows are the end from which a rule leads to the other.

    The first end of ``between`` and ``within`` are the rows; that of ``from`` are the columns.
    """
    return (connection.kind != "from") == from_first


def _window(
    connection: ConnectionSpec,
    kernel: Floats | None,
    ends: Sequence[Any],
    window: Sequence[int],
    stride: Sequence[int],
    from_first: bool,
) -> Convolution:
    """What has to be known of a window; `ends` are the shapes of image and features."""
    image, found = ends
    down, across = (padding_before(image[k], window[k], stride[k], found[k]) for k in (0, 1))
    return Convolution(
        kernel=kernel,
        image=image,
        found=found,
        window=(int(window[0]), int(window[1])),
        stride=(int(stride[0]), int(stride[1])),
        before=(down, across),
        image_receives=_starts_from_rows(connection, from_first),
    )


def _from_edges(making: Making) -> Made:
    connection, ends, _, files, path = making[:5]
    assert isinstance(connection.weights, Edges)
    first, second = in_reading_order(connection, ends)
    symmetric = connection.kind == "within"
    arrays, problems = edge_arrays(
        connection.weights,
        (first, second),
        symmetric,
        connection.self_connections,
        files,
        connection.sign,
    )
    if problems:
        raise CompileError(f"{path}: {problems[0][1]}")
    a, b = arrays.places
    rows, columns = ends
    i, j = (b, a) if connection.kind == "from" else (a, b)
    if symmetric:
        i, j = np.minimum(a, b), np.maximum(a, b)
    shape = (rows.n, columns.n)
    index = index_type(*shape)
    block = coo_array((arrays.weights, (i.astype(index), j.astype(index))), shape).tocsr()
    block.sort_indices()
    return Made(mirrored(block) if symmetric else block)


def _one_to_one(making: Making) -> Made:
    connection, ends, numbers, files, path = making[:5]
    assert isinstance(connection.weights, OneToOne)
    n = ends[0].n
    values = one_a_neuron(
        connection.weights.one_to_one, (n,), numbers, files, path, form=lambda: pairs_form(ends)
    )
    indptr = np.arange(n + 1, dtype=index_type(n))
    # The indices are a copy, because leaving zeros out writes to both arrays.
    return Made(csr_array((values.reshape(n), indptr[:-1].copy(), indptr), shape=(n, n)))


def _convolution(making: Making) -> Made:
    connection, ends, numbers, files = making[:4]
    rule = connection.weights
    assert isinstance(rule, Conv2d)
    settings = rule.conv2d
    kernel = kernel_array(rule, files)
    first, second = in_reading_order(connection, ends)
    from_first = first_is_image(rule, kernel, first, second)
    image, found = (image_shape(end.shape) for end in (first, second)[:: 1 if from_first else -1])
    assert image is not None
    assert found is not None
    if kernel is None:
        assert settings.window is not None
        shape = (found[2], image[2], *settings.window)
        value: Any = settings.kernel
        kernel = (
            draw(value, shape, numbers.rng) if is_random(value) else np.full(shape, float(value))
        )
    kernel = np.array(kernel, dtype=np.float64)
    if connection.kind == "within":  # exact where it is symmetric already
        kernel = 0.5 * (kernel + turned_kernel(kernel))
    kernel.flags.writeable = False
    forward = convolution(image, kernel, settings.stride, settings.padding)
    kept = _window(
        connection, kernel, (image, found), kernel.shape[2:], settings.stride, from_first
    )
    return Made(_turned(connection, forward, from_first), kept)


def _pooling(making: Making) -> Made:
    connection, ends = making.connection, making.ends
    rule = connection.weights
    assert isinstance(rule, AveragePool)
    pool = rule.average_pool
    first, second = in_reading_order(connection, ends)
    from_first = pool_is_first(rule, first, second)
    image, found = (image_shape(end.shape) for end in (first, second)[:: 1 if from_first else -1])
    assert image is not None
    assert found is not None
    stride = pool.stride or pool.window
    forward = average_pool(image, pool.window, stride, pool.padding)
    kept = _window(connection, None, (image, found), pool.window, stride, from_first)
    return Made(_turned(connection, forward, from_first), kept)


LISTED: Mapping[type, Callable[[Making], Made]] = MappingProxyType(
    {
        Edges: _from_edges,
        OneToOne: _one_to_one,
        Conv2d: _convolution,
        AveragePool: _pooling,
    }
)
