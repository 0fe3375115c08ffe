"""Whether the weights of a connection fit the groups that it connects.

One function a rule. Where a rule could be read in two directions (which end is the image, which
one holds the memories), the direction is found here, and `hamsim.wiring` asks for it again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.sparse import issparse

from hamsim.errors import CompileError
from hamsim.spec.coding import CodingError, decoded, require_half_way
from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.edges import edge_arrays
from hamsim.spec.ends import End
from hamsim.spec.forms import (
    Form,
    Unread,
    block_form,
    kernel_form,
    memories_form,
    pairs_form,
    patterns_form,
    triples_form,
)
from hamsim.spec.misfit import WEIGHTS, Misfit, Path
from hamsim.spec.patterns import DrawnPatterns
from hamsim.spec.rules import (
    AveragePool,
    Conv2d,
    Distance,
    Edges,
    Memories,
    OneToOne,
    Sparse,
    Store,
    StoreSettings,
)
from hamsim.spec.schema import ConnectionSpec
from hamsim.spec.signed_edges import sign_problems
from hamsim.spec.sparse import sparse_matrix
from hamsim.spec.symmetric import (
    require_no_centre,
    require_no_diagonal,
    require_symmetric,
    require_symmetric_kernel,
)
from hamsim.spec.values import FileValue, is_random, read_value
from hamsim.spec.windows import find_image

__all__ = [
    "as_patterns",
    "first_is_image",
    "in_reading_order",
    "kernel_array",
    "misfits",
    "pool_is_first",
    "second_has_memories",
    "stored_patterns",
]


def misfits(
    connection: ConnectionSpec,
    ends: Sequence[End],
    files: DataFiles,
    headers: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[tuple[Path, str]]:
    """Mistakes of a connection's weights, with their paths within the connection.

    Parameters
    ----------
    connection : ConnectionSpec
    ends : sequence of End
        As in `ConnectionSpec.ends`: receiving and sending end, and the gate if there is one.
    files : DataFiles
    headers : mapping of str to sequence of str
        Columns of the tables that groups were read from, for hints.
    """
    check = _CHECKS.get(type(connection.weights), _check_array)
    try:
        check(connection, ends, files)
        _check_degree(connection, ends)
    except Misfit as misfit:
        return [(path, text) for path, text in misfit.problems]
    return sign_problems(connection, ends, files, headers)


def in_reading_order(connection: ConnectionSpec, ends: Sequence[End]) -> Sequence[End]:
    """Ends in the order in which the file names them: of one-way connections the sender first."""
    return ends[::-1] if connection.kind == "from" else ends


def _read(value: Any, files: DataFiles, form: Form, *path: Any) -> Any:
    """An array of a list, a file or entries; a float of a number."""
    if isinstance(value, Sparse):
        return sparse_matrix(value)
    if isinstance(value, FileValue):
        try:
            return read_value(value, files, form)
        except DataFileError as error:
            raise Misfit(path, str(error)) from None
    return np.asarray(value, dtype=np.float64)


def _read_dense(value: Any, files: DataFiles, form: Form, *path: Any) -> Any:
    array = _read(value, files, form, *path)
    if issparse(array) or (isinstance(array, Unread) and array.sparse):
        raise Misfit(path, "must be a plain array; this file holds a sparse matrix")
    return array


def _check_degree(connection: ConnectionSpec, ends: Sequence[End]) -> None:
    degree, at = connection.degree, ("degree",)
    if degree is None:
        return
    listed = isinstance(connection.weights, Edges | OneToOne | Conv2d | AveragePool)
    if connection.kind == "within":
        n = ends[0].n
        if connection.self_connections:
            raise Misfit(at, "counts other neurons only; with self_connections give density")
        if listed:
            raise Misfit(at, "within a group is for weights of every pair; give density")
        if degree >= n:
            raise Misfit(at, f"must be at most {n - 1}: the group has {n} neurons")
        if n * degree % 2:
            raise Misfit(at, f"neurons times degree must be even, not {n} x {degree}")
    elif not listed:
        to_itself = set(ends[0].names) & set(ends[1].names) and not connection.self_connections
        others = ends[1].n - bool(to_itself)
        if degree > others:
            what = f"neurons of [{', '.join(ends[1].names)}]"
            what = f"other {what}" if to_itself else what
            raise Misfit(at, f"must be at most {others}, the number of {what}")


# --- numbers -------------------------------------------------------------------------------------


def _check_array(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    weights = connection.weights
    if not isinstance(weights, tuple | FileValue | Sparse):
        return
    form = triples_form(ends) if connection.kind == "gate" else block_form(*ends)
    block = _read(weights, files, form, *WEIGHTS)
    if block.ndim == 0:
        return
    flat = tuple(end.n for end in ends)
    shaped = tuple(side for end in ends for side in end.shape)
    if block.shape not in (flat, shaped):
        names = [f"[{', '.join(end.names)}]" for end in ends]
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        shape = list(block.shape)
        hint = ""
        if _may_be_edges(block, flat):
            hint = "; a list of edges is written {edges: [[a, b, weight], ...]}"
        raise Misfit(WEIGHTS, f"shape {shape} does not fit; {listed} need {list(flat)}{hint}")
    if connection.kind == "gate":
        return
    if not issparse(block):
        block = block.reshape(flat)
    if connection.kind == "within":
        require_symmetric(block)
    if not connection.self_connections:
        require_no_diagonal(block, *ends)


def _may_be_edges(block: Any, sizes: tuple[int, ...]) -> bool:
    """Whether numbers that do not fit as a block look like neurons and a weight a row."""
    if not isinstance(block, np.ndarray) or block.shape[1:] != (len(sizes) + 1,):
        return False
    numbers = block[:, :-1]
    return bool(np.all((numbers >= 0) & (numbers == np.floor(numbers))))


# --- distance, edges, one to one -----------------------------------------------------------------


def _check_distance(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    rule = connection.weights
    assert isinstance(rule, Distance)
    rows, columns = (end.shape for end in ends)
    if rows != columns:
        shapes = f"{list(rows)} and {list(columns)}"
        raise Misfit(WEIGHTS, f"of_distance needs groups of one shape, not {shapes}")
    if rule.space in ("ring", "line") and len(rows) != 1:
        message = f"a {rule.space} has one axis, the group has shape {list(rows)}"
        raise Misfit((*WEIGHTS, "space"), message)


def _check_edges(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    assert isinstance(connection.weights, Edges)
    _, problems = edge_arrays(
        connection.weights,
        in_reading_order(connection, ends),
        connection.kind == "within",
        connection.self_connections,
        files,
        connection.sign,
    )
    if problems:
        (path, message), *more = (((*WEIGHTS, *at), text) for at, text in problems)
        raise Misfit(path, message, *more)


def _check_one_to_one(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    assert isinstance(connection.weights, OneToOne)
    value = connection.weights.one_to_one
    sizes = [end.n for end in ends]
    if len(set(sizes)) > 1:
        raise Misfit(WEIGHTS, f"one_to_one needs ends of one size, not {sizes}")
    if len(ends) == 2 and not connection.self_connections:
        places = [end.offsets for end in ends]
        own = [name for name in ends[0].names if places[0][name] == places[1].get(name)]
        if own:
            raise Misfit(
                WEIGHTS,
                f"connects neurons of [{', '.join(own)}] to themselves; allow that by "
                "self_connections: true",
            )
    if is_random(value) or isinstance(value, float | int):
        return
    array = _read_dense(value, files, pairs_form(ends), *WEIGHTS, "one_to_one")
    if array.ndim and array.shape not in [(sizes[0],), *(end.shape for end in ends)]:
        raise Misfit(
            (*WEIGHTS, "one_to_one"),
            f"shape {list(array.shape)} does not fit; allowed are one number or [{sizes[0]}]",
        )


# --- images --------------------------------------------------------------------------------------


def kernel_array(rule: Conv2d, files: DataFiles) -> Any:
    """Kernel with four axes; None if it is one number or drawn at random.

    Raises
    ------
    Misfit
    """
    settings, at = rule.conv2d, (*WEIGHTS, "conv2d", "kernel")
    if is_random(settings.kernel) or isinstance(settings.kernel, float | int):
        if settings.window is None:
            raise Misfit(at[:2], "needs a window, since the kernel has no shape of its own")
        return None
    kernel = _read_dense(settings.kernel, files, kernel_form(settings.window), *at)
    if kernel.ndim == 2 and not isinstance(kernel, Unread):
        kernel = kernel[None, None]
    if isinstance(kernel, Unread) or kernel.ndim != 4 or min(kernel.shape) < 1:
        raise Misfit(
            at,
            f"shape {list(kernel.shape)} is not [channels out, channels in, height, width]",
        )
    if settings.window is not None and settings.window != kernel.shape[2:]:
        raise Misfit(
            (*WEIGHTS, "conv2d", "window"),
            f"{list(settings.window)} is not that of the kernel, {list(kernel.shape[2:])}",
        )
    return kernel


def first_is_image(rule: Conv2d, kernel: Any, first: End, second: End) -> bool:
    """Whether a convolution goes from the first end to the second, or from the second."""
    settings = rule.conv2d
    window = settings.window if kernel is None else kernel.shape[2:]
    assert window is not None
    channels = "any" if kernel is None else kernel.shape[:2]
    return _find(first, second, "conv2d", window, settings.stride, settings.padding, channels)


def pool_is_first(rule: AveragePool, first: End, second: End) -> bool:
    """Whether the first end is the image that is pooled, or the second."""
    pool = rule.average_pool
    stride = pool.stride or pool.window
    return _find(first, second, "average_pool", pool.window, stride, pool.padding, "alike")


def _find(first: End, second: End, key: str, *window: Any) -> bool:
    try:
        return find_image(first.shape, second.shape, *window)
    except CompileError as error:
        raise Misfit((*WEIGHTS, key), str(error)) from None


def _check_conv2d(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    rule = connection.weights
    assert isinstance(rule, Conv2d)
    kernel = kernel_array(rule, files)
    if connection.kind == "within":
        require_symmetric_kernel(rule, kernel)
    first_is_image(rule, kernel, *in_reading_order(connection, ends))
    if ends[0].names == ends[1].names and not connection.self_connections and kernel is not None:
        require_no_centre(kernel)


def _check_pool(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    assert isinstance(connection.weights, AveragePool)
    if connection.kind == "within":
        raise Misfit(WEIGHTS, "average_pool is for two groups: between: [image, pooled]")
    pool_is_first(connection.weights, *in_reading_order(connection, ends))


# --- patterns ------------------------------------------------------------------------------------


def as_patterns(value: Any, files: DataFiles, form: Form, *key: str) -> Any:
    """Patterns as an array with one row each; further axes are those of a group's shape."""
    at = (*WEIGHTS, *key)
    patterns = _read_dense(value, files, form, *at)
    if patterns.ndim < 2:
        raise Misfit(at, f"shape {list(patterns.shape)}: patterns are rows, [patterns, neurons]")
    if 0 in patterns.shape:
        raise Misfit(at, f"shape {list(patterns.shape)}: there is no pattern")
    return patterns


def stored_patterns(store: StoreSettings, files: DataFiles, form: Form) -> Any:
    """Patterns to store, one a row, in the values that the rules are made for."""
    patterns = as_patterns(store.patterns, files, form, "store", "patterns")
    if isinstance(patterns, Unread):
        return patterns  # their shape will be told to be wrong
    try:
        return decoded(patterns, store.coding)
    except CodingError as error:
        raise Misfit((*WEIGHTS, "store", "patterns"), str(error)) from None


def second_has_memories(patterns: Any, first: End, second: End) -> bool:
    """Whether the second end has a neuron for each pattern, or the first."""
    for visible, memory, is_second in ((first, second, True), (second, first, False)):
        fits = patterns.shape[1:] in ((visible.n,), visible.shape)
        if patterns.shape[0] == memory.n and fits:
            return is_second
    raise Misfit(
        (*WEIGHTS, "memories"),
        f"shape {list(patterns.shape)} does not fit: {patterns.shape[0]} patterns of "
        f"{math.prod(patterns.shape[1:])} neurons; the groups have {first.n} and {second.n}",
    )


def _check_memories(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    assert isinstance(connection.weights, Memories)
    if connection.kind == "within":
        raise Misfit(WEIGHTS, "memories is for between: [visible, memory]; within: takes store")
    if common := [name for name in ends[0].names if name in ends[1].names]:
        raise Misfit(WEIGHTS, f"memories is for two groups, but [{', '.join(common)}] is at both")
    pair = in_reading_order(connection, ends)
    if isinstance(connection.weights.memories, DrawnPatterns):
        if connection.weights.memories.is_of_second(*pair) is None:
            sizes = f"{pair[0].n} and {pair[1].n}"
            message = f"must be the number of memory neurons: the groups have {sizes}"
            raise Misfit((*WEIGHTS, "memories", "count"), message)
        return
    patterns = as_patterns(connection.weights.memories, files, memories_form(*pair), "memories")
    second_has_memories(patterns, *pair)


def _check_store(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    assert isinstance(connection.weights, Store)
    if connection.kind != "within":
        raise Misfit(WEIGHTS, "store is for within: GROUP; two groups take memories")
    store = connection.weights.store
    if isinstance(store.patterns, DrawnPatterns):
        patterns = np.empty((0, ends[0].n))
        try:
            store.patterns.require_coding(store.coding)
        except CodingError as error:
            raise Misfit((*WEIGHTS, "store", "patterns"), str(error)) from None
    else:
        patterns = stored_patterns(store, files, patterns_form(ends[0]))
    if patterns.shape[1:] not in ((ends[0].n,), ends[0].shape):
        raise Misfit(
            (*WEIGHTS, "store", "patterns"),
            f"shape {list(patterns.shape)} does not fit; patterns of [{', '.join(ends[0].names)}] "
            f"have {ends[0].n} neurons",
        )
    if store.coding == "binary":
        try:
            require_half_way(ends[0].names, [group.lagrangian.row for group in ends[0].groups])
        except CodingError as error:
            raise Misfit((*WEIGHTS, "store", "coding"), str(error)) from None


_CHECKS: dict[type, Callable[[ConnectionSpec, Sequence[End], DataFiles], None]] = {
    Distance: _check_distance,
    Edges: _check_edges,
    OneToOne: _check_one_to_one,
    Conv2d: _check_conv2d,
    AveragePool: _check_pool,
    Memories: _check_memories,
    Store: _check_store,
}
