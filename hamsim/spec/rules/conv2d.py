"""Feature neurons that see an image through a window, alike wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End, in_reading_order
from hamsim.spec.forms import Unread, kernel_form
from hamsim.spec.misfit import ROUNDING, WEIGHTS, Misfit
from hamsim.spec.numbers import Part
from hamsim.spec.readarray import read_dense
from hamsim.spec.rule import Example, Rule
from hamsim.spec.values import Value, is_random
from hamsim.spec.windows import Padding, Sides, first_is_image

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Conv2d", "image_is_first", "kernel_array", "turned_kernel"]


class ConvolutionSettings(Part):
    """A kernel of shape (channels out, channels in, height, width) and how it moves.

    Parameters
    ----------
    kernel : value
        Its numbers; height and width alone where there is one channel. With a window one number,
        or a distribution.
    window : (int, int), optional
        Pixels down and across of a kernel that has no shape of its own; one number for both.
    stride : (int, int)
        From one place of the window to the next, down and across.
    padding : {"valid", "same"}
        Windows stay inside the image, or reach beyond its edges, so that none is left out.
    """

    kernel: Value
    window: Sides | None = None
    stride: Sides = (1, 1)
    padding: Padding = "valid"


class Conv2d(Part):
    """Feature neurons that see an image through a window, alike wherever it stands.

    Parameters
    ----------
    conv2d : mapping
        The kernel, and how it moves.
    """

    conv2d: ConvolutionSettings


def _fit(rule: Conv2d, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    kernel = kernel_array(rule, files)
    if connection.kind == "within":
        _require_symmetric(rule, kernel)
    image_is_first(rule, kernel, *in_reading_order(connection, ends))
    if ends[0].names == ends[1].names and not connection.self_connections and kernel is not None:
        _require_no_centre(kernel)


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
    kernel = read_dense(settings.kernel, files, kernel_form(settings.window), *at)
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


def image_is_first(rule: Conv2d, kernel: Any, first: End, second: End) -> bool:
    """Whether a convolution goes from the first end to the second, or from the second."""
    settings = rule.conv2d
    window = settings.window if kernel is None else kernel.shape[2:]
    assert window is not None
    channels = "any" if kernel is None else kernel.shape[:2]
    moved = window, settings.stride, settings.padding, channels
    return first_is_image(first, second, "conv2d", *moved)


def _require_no_centre(kernel: Any) -> None:
    """Refuse a kernel by which pixels send to themselves.

    Features of the image's own shape come only from windows that move by 1 and stay inside, or
    reach beyond the edges evenly: then the window's middle is the pixel itself.

    Raises
    ------
    Misfit
    """
    down, across = ((side - 1) // 2 for side in kernel.shape[2:])
    own = kernel[:, :, down, across].diagonal()
    beyond = np.flatnonzero(np.abs(own) > ROUNDING * np.abs(kernel).max())
    if beyond.size:
        channel = int(beyond[0])
        raise Misfit(
            (*WEIGHTS, "conv2d", "kernel"),
            f"its entry [{channel}, {channel}, {down}, {across}] is {own[channel]:g} and connects "
            "neurons to themselves; allow that by self_connections: true",
        )


def turned_kernel(kernel: Any) -> Any:
    """The kernel of the transpose, within a group."""
    return kernel[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)


def _require_symmetric(rule: Conv2d, kernel: Any) -> None:
    """Refuse a kernel that does not treat both neurons of a pair alike.

    Raises
    ------
    Misfit
    """
    settings = rule.conv2d
    window = settings.window if kernel is None else kernel.shape[2:]
    assert window is not None
    odd = all(side % 2 for side in window)
    if settings.padding != "same" or settings.stride != (1, 1) or not odd:
        raise Misfit(
            (*WEIGHTS, "conv2d"),
            "within a group needs stride 1, padding: same and a window of odd sides",
        )
    if is_random(settings.kernel):
        raise Misfit(
            (*WEIGHTS, "conv2d", "kernel"),
            "is drawn and so not symmetric, as connections within a group are",
        )
    if kernel is None or kernel.shape[0] != kernel.shape[1]:
        defect = 0.0 if kernel is None else np.inf
    else:
        defect = np.abs(kernel - turned_kernel(kernel)).max() / (np.abs(kernel).max() or 1.0)
    if defect > ROUNDING:
        raise Misfit(
            (*WEIGHTS, "conv2d", "kernel"),
            "not symmetric: within a group kernel[a, b, y, x] must be kernel[b, a, -y, -x], "
            "seen from the window's middle (from: and to: are one-way)",
        )


RULE = Rule(
    Conv2d,
    _fit,
    Example(
        {"image": [1, 3], "found": [1, 2]},
        {"from": "image", "to": "found", "weights": {"conv2d": {"kernel": [[5, 7]]}}},
        [[0] * 5, [0] * 5, [0] * 5, [5, 7, 0, 0, 0], [0, 5, 7, 0, 0]],
    ),
    lists=True,
    place=3,
)
