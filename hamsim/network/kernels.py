"""Which weight of a convolution's kernel each synapse of its block has."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.network.parts import Convolution

__all__ = ["kernel_from", "kernel_places"]


def kernel_places(convolution: Convolution, rows: Ints, columns: Ints) -> Ints:
    """Where in the flattened kernel the weights of a block's synapses are."""
    assert convolution.kernel is not None
    pixels, features = (rows, columns) if convolution.image_receives else (columns, rows)
    image = np.unravel_index(pixels, convolution.image)
    found = np.unravel_index(features, convolution.found)
    down, across = (
        image[axis] - convolution.stride[axis] * found[axis] + convolution.before[axis]
        for axis in (0, 1)
    )
    shape = convolution.kernel.shape
    return np.ravel_multi_index((found[2], image[2], down, across), shape).astype(np.int64)


def kernel_from(convolution: Convolution, places: Ints, weights: Floats) -> Floats | None:
    """The kernel that a block with these weights is written out from; None if there is none."""
    assert convolution.kernel is not None
    kernel: Floats = np.array(convolution.kernel)
    kernel.reshape(-1)[places] = weights
    return kernel if np.array_equal(kernel.reshape(-1)[places], weights) else None
