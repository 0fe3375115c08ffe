"""What weights are multiplied by once they are made: the senders' factors, and the scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import CompileError
from hamsim.network import Convolution, Triples
from hamsim.spec.signed_edges import signed_by_edges
from hamsim.spec.signs import sender_factors
from hamsim.wiring.making import Made, Making

__all__ = ["scaled", "scaled_triples"]


def scaled(made: Made, making: Making) -> Made:
    """A connection's weights, each times the factor of its sender and then times the scale.

    Parameters
    ----------
    made : Made
        Its weights are written to.
    making : Making
    """
    connection = making.connection
    scale, sign = connection.scale, connection.sign
    by_sender = sign is not None and not signed_by_edges(connection.weights, sign, making.files)
    if scale == 1.0 and not by_sender:
        return made
    block, convolution = made
    with np.errstate(over="ignore"):
        if by_sender:
            assert sign is not None
            factors, problems = sender_factors(sign, making.ends[1])
            if problems:
                raise CompileError(f"{making.path}: {problems[0][1]}")
            block.data *= factors[block.indices]
            convolution = None  # what one kernel sends has several signs
        if scale != 1.0:
            block.data *= scale
            convolution = _scaled_kernel(convolution, scale)
    _require_finite(block.data, making)
    block.eliminate_zeros()
    return Made(block, convolution)


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


def _scaled_kernel(convolution: Convolution | None, scale: float) -> Convolution | None:
    """The kernel that a scaled block consists of; a mean is no mean any more."""
    if convolution is None or convolution.kernel is None:
        return None
    kernel = convolution.kernel * scale
    kernel.flags.writeable = False
    return replace(convolution, kernel=kernel)


def _require_finite(weights: Floats, making: Making) -> None:
    if not np.all(np.isfinite(weights)):
        connection = making.path.removesuffix(".weights")
        raise CompileError(f"{connection}: a weight times its scale and sign is not finite")
