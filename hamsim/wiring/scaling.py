"""What weights are multiplied by once they are made: the senders' factors, and the scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.errors import CompileError
from hamsim.network import Convolution, Triples
from hamsim.spec.signed_edges import signed_by_edges
from hamsim.spec.signs import sender_factors
from hamsim.wiring.making import Making

__all__ = ["scaled", "scaled_convolution", "scaled_triples"]


def scaled(block: csr_array, making: Making, columns: range) -> csr_array:
    """A connection's weights, each times the factor of its sender and then times the scale.

    Parameters
    ----------
    block : csr_array
        From some neurons, `columns` of the end that sends. Not written to.
    making : Making
    columns : range
    """
    scale, data = making.connection.scale, block.data
    if scale == 1.0 and not _by_sender(making):
        return block
    with np.errstate(over="ignore"):
        if _by_sender(making):
            data = data * _factors(making)[columns.start : columns.stop][block.indices]
        if scale != 1.0:
            data = data * scale
    _require_finite(data, making)
    if data.all():
        return csr_array((data, block.indices, block.indptr), shape=block.shape)
    result = csr_array((data, block.indices.copy(), block.indptr.copy()), shape=block.shape)
    result.eliminate_zeros()
    return result


def scaled_convolution(convolution: Convolution | None, making: Making) -> Convolution | None:
    """The kernel that a scaled block consists of, if there still is one."""
    scale = making.connection.scale
    if convolution is None or _by_sender(making):  # what one kernel sends has several signs
        return None
    if scale == 1.0:
        return convolution
    if convolution.kernel is None:  # a mean is no mean any more
        return None
    with np.errstate(over="ignore"):
        kernel = convolution.kernel * scale
    kernel.flags.writeable = False
    return replace(convolution, kernel=kernel)


def scaled_triples(triples: Triples, making: Making) -> Triples:
    """Gated synapses, each weight times the scale."""
    scale = making.connection.scale
    if scale == 1.0:
        return triples
    with np.errstate(over="ignore"):
        weights = triples.weights * scale
    _require_finite(weights, making)
    some = weights != 0.0
    i, j, k = (neurons[some] for neurons in triples[:3])
    return Triples(i, j, k, weights[some])


def _by_sender(making: Making) -> bool:
    """Whether a connection is signed by the neurons that send."""
    connection = making.connection
    return connection.sign is not None and not signed_by_edges(
        connection.weights, connection.sign, making.files
    )


def _factors(making: Making) -> Floats:
    """One factor for each neuron that sends."""
    assert making.connection.sign is not None
    factors, problems = sender_factors(making.connection.sign, making.ends[1])
    if problems:
        raise CompileError(f"{making.path}: {problems[0][1]}")
    return factors


def _require_finite(weights: Floats, making: Making) -> None:
    if not np.all(np.isfinite(weights)):
        connection = making.path.removesuffix(".weights")
        raise CompileError(f"{connection}: a weight times its scale and sign is not finite")
