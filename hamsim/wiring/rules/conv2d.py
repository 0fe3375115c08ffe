"""Convolution: a kernel that sees an image through a window, alike wherever it stands."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.spec.ends import in_reading_order
from hamsim.spec.rules.conv2d import Conv2d, image_is_first, kernel_array, turned_kernel
from hamsim.spec.values import is_random
from hamsim.spec.windows import image_shape
from hamsim.wiring.distributions import draw
from hamsim.wiring.making import Making
from hamsim.wiring.windows import Windows

__all__ = ["WHERE", "count", "make"]

# Of messages: where synapses are that are too many.
WHERE = "of a window"


def make(making: Making) -> Windows:
    """The kernel that a description states, or one that is drawn."""
    connection = making.connection
    rule: Conv2d = connection.weights
    settings, stated = rule.conv2d, kernel_array(rule, making.files)
    first, second = in_reading_order(connection, making.ends)
    from_first = image_is_first(rule, stated, first, second)
    image, found = (image_shape(end.shape) for end in (first, second)[:: 1 if from_first else -1])
    assert image is not None
    assert found is not None
    kernel = np.array(
        _unstated(making, (found[2], image[2])) if stated is None else stated, dtype=np.float64
    )
    if connection.kind == "within":  # exact where it is symmetric already
        kernel = 0.5 * (kernel + turned_kernel(kernel))
    kernel.flags.writeable = False
    window = kernel.shape[2:]
    return Windows(
        making, kernel, (image, found), window, settings.stride, settings.padding, from_first
    )


def _unstated(making: Making, channels: tuple[int, int]) -> Floats:
    """A kernel of one number, or of draws."""
    settings = making.connection.weights.conv2d
    shape = (*channels, *settings.window)
    value: Any = settings.kernel
    if is_random(value):
        numbers = making.numbers.at("weights")
        return draw(value, numbers, math.prod(shape)).reshape(shape)
    return np.full(shape, float(value))


def count(making: Making) -> float:
    """What is in a kernel, at each place of its window."""
    rule: Conv2d = making.connection.weights
    kernel = kernel_array(rule, making.files)
    images = [image_shape(end.shape) for end in making.ends]
    # A window makes nothing larger than the image: it stands on as many pixels as the smaller has.
    pixels = min(float(image[0] * image[1]) for image in images if image is not None)
    if kernel is not None:
        return pixels * int(np.count_nonzero(kernel))
    window = rule.conv2d.window or ()
    return pixels * math.prod(window) * math.prod(image[2] for image in images if image is not None)
