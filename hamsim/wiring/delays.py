"""Delays of a connection's synapses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.errors import CompileError
from hamsim.network.pattern import mirror_of
from hamsim.spec.delays import NOT_NEGATIVE, delay_form, shapes_of_block
from hamsim.spec.ends import End
from hamsim.spec.values import FileValue, is_random
from hamsim.wiring.distributions import draw
from hamsim.wiring.joining import rows_of
from hamsim.wiring.making import Making
from hamsim.wiring.values import read_file

__all__ = ["delays_of"]


def delays_of(making: Making, block: csr_array) -> float | Floats:
    """Delays of the synapses of a connection.

    Parameters
    ----------
    making : Making
    block : csr_array
        The connection's synapses, with sorted indices.

    Returns
    -------
    float or ndarray, shape (block.nnz,)
        One number where all synapses have the same; else one each, in the order of `block.data`.

    Raises
    ------
    CompileError
        A draw is below 0, the number of delays is not that of the synapses, or the two synapses of
        a pair within a group have different ones.
    """
    value = making.connection.delay
    if value is None or type(value) is float:
        return 0.0 if value is None else value
    path = f"{making.path.removesuffix('.weights')}.delay"
    lateral = making.connection.kind == "within"
    if is_random(value):
        found = _drawn(value, making, block, lateral, path)
    else:
        if isinstance(value, FileValue):
            value = read_file(value, making.files, path, delay_form(making.ends))
        found = _stated(value, making.ends, block, path)
    if found.ndim == 0 or (found.size and np.all(found == found[0])):
        return float(found.flat[0])
    if lateral:
        _require_alike(found, block, making.ends[0], path)
    found.flags.writeable = False
    return found if found.size else 0.0


def _stated(value: Any, ends: Sequence[End], block: csr_array, path: str) -> Floats:
    """Delays that stand in the description, for the synapses that there are."""
    if issparse(value):
        there = csr_array(value)[rows_of(block.indptr), block.indices]
        return np.asarray(there.todense() if issparse(there) else there, dtype=float).reshape(-1)
    array = np.asarray(value, dtype=np.float64)
    if array.ndim == 0:
        return array
    flat, shaped = shapes_of_block(ends)
    if array.ndim > 1 and array.shape in (flat, shaped):
        pairs: Floats = array.reshape(flat)[rows_of(block.indptr), block.indices]
        return pairs
    if array.shape != (block.nnz,):
        raise CompileError(
            f"{path}: {counted(array.size, 'number')}, but the connection has "
            f"{counted(block.nnz, 'synapse')}"
        )
    return array.copy()


def _drawn(value: Any, making: Making, block: csr_array, lateral: bool, path: str) -> Floats:
    """Draws, one a synapse in the order of the block; of a symmetric one for its upper triangle."""
    stream = making.numbers.at("delay")
    if not lateral:
        found = draw(value, stream, block.nnz)
    else:
        upper = block.indices >= rows_of(block.indptr)
        found = np.empty(block.nnz)
        found[upper] = draw(value, stream, int(np.count_nonzero(upper)))
        mirror = _mirror(block)
        found[mirror[1]] = found[mirror[0]]
    if (bad := NOT_NEGATIVE.broken(found)).any():
        first = float(found[int(np.argmax(bad))])
        raise CompileError(
            f"{path}: a draw is {first:g}, but must be at least 0; lognormal keeps to that"
        )
    if not np.isfinite(found).all():
        raise CompileError(f"{path}: a draw is not finite")
    return found


def _mirror(block: csr_array) -> Any:
    """Entries above the diagonal of a symmetric block, and those that mirror them."""
    numbers = csr_array((np.arange(block.nnz), block.indices, block.indptr), shape=block.shape)
    mirror = mirror_of(numbers)
    assert mirror is not None
    return mirror


def _require_alike(delays: Floats, block: csr_array, end: End, path: str) -> None:
    first, second = _mirror(block)
    unlike = np.flatnonzero(delays[first] != delays[second])
    if unlike.size == 0:
        return
    one, two = int(first[unlike[0]]), int(second[unlike[0]])
    i = end.label(int(rows_of(block.indptr)[one]))
    j = end.label(int(block.indices[one]))
    raise CompileError(
        f"{path}: {delays[one]:g} from neuron {j} to {i} and {delays[two]:g} back; connections "
        "within a group go both ways alike (from: and to: are one-way)"
    )
