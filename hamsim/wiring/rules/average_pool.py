"""Means of windows."""

from __future__ import annotations

import math

from hamsim.spec.ends import in_reading_order
from hamsim.spec.rules.average_pool import AveragePool, image_is_first
from hamsim.spec.windows import image_shape
from hamsim.wiring.making import Making
from hamsim.wiring.windows import Windows

__all__ = ["WHERE", "count", "make"]

# Of messages: where synapses are that are too many.
WHERE = "of a window"


def make(making: Making) -> Windows:
    """Each channel by itself."""
    rule: AveragePool = making.connection.weights
    pool = rule.average_pool
    first, second = in_reading_order(making.connection, making.ends)
    from_first = image_is_first(rule, first, second)
    image, found = (image_shape(end.shape) for end in (first, second)[:: 1 if from_first else -1])
    assert image is not None
    assert found is not None
    stride = pool.stride or pool.window
    return Windows(making, None, (image, found), pool.window, stride, pool.padding, from_first)


def count(making: Making) -> float:
    """A window for each neuron that is pooled to."""
    rule: AveragePool = making.connection.weights
    neurons = min(end.n for end in making.ends)
    return float(neurons) * math.prod(rule.average_pool.window)
