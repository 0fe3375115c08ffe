"""Windows that move over images: which images they make, and which of two ends is the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ValidationInfo

from hamsim.errors import CompileError
from hamsim.spec.messages import wrong
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import as_whole

if TYPE_CHECKING:
    from hamsim.spec.ends import End

__all__ = ["Padding", "Sides", "find_image", "first_is_image", "image_shape", "output_shape"]

Padding = Literal["valid", "same"]
# Pixels along an axis of a window.
MAX_SIDE = 10_000


def _sides(given: Any, info: ValidationInfo) -> Any:
    """A whole number for both axes of an image, or one for each."""
    if not isinstance(given, list | tuple):
        side = as_whole(given, info)
        given = (side, side)
    if len(given) != 2:
        raise wrong(f"must be a whole number, or two: [down, across], not {len(given)}")
    sides = tuple(as_whole(side, info) for side in given)
    if min(sides) < 1:
        raise wrong(f"must be at least 1, not {min(sides)}")
    if max(sides) > MAX_SIDE:
        raise wrong(f"must be at most {MAX_SIDE:,}, not {max(sides):g}")
    return sides


Sides: TypeAlias = Annotated[
    tuple[int, int],
    BeforeValidator(_sides, json_schema_input_type=int | str | tuple[int | str, int | str]),
]


def output_shape(
    image: Sequence[int], window: Sequence[int], stride: Sequence[int], padding: Padding
) -> tuple[int, int]:
    """Height and width of what a window finds as it moves over an image.

    Parameters
    ----------
    image, window : (height, width)
    stride : (down, across)
        Steps of the window, in pixels.
    padding : "valid" or "same"
        ``valid``: the window stays inside the image. ``same``: it reaches beyond the edges, just
        far enough that the output has ceil(image / stride) pixels along each axis.

    Returns
    -------
    (height, width)

    Raises
    ------
    CompileError
        A window that has to stay inside the image is larger than it.
    """
    if padding == "valid" and (window[0] > image[0] or window[1] > image[1]):
        raise CompileError(
            f"a window of {window[0]} x {window[1]} does not fit into an image of {image[0]} x "
            f"{image[1]} (height x width); padding: same lets it reach beyond the edges"
        )
    height, width = (
        -(-n // s) if padding == "same" else (n - k) // s + 1
        for n, k, s in zip(image, window, stride, strict=True)
    )
    return height, width


def image_shape(shape: Sequence[int]) -> tuple[int, int, int] | None:
    """Height, width and channels of a group's shape; None if it is not that of an image."""
    if len(shape) == 2:
        return (shape[0], shape[1], 1)
    return (shape[0], shape[1], shape[2]) if len(shape) == 3 else None


def find_image(
    first: Sequence[int],
    second: Sequence[int],
    window: Sequence[int],
    stride: Sequence[int],
    padding: Padding,
    channels: tuple[int, int] | Literal["alike", "any"],
) -> bool:
    """Whether the first of two ends is the image that a window moves over, or the second.

    Parameters
    ----------
    first, second : sequence of int
        Shapes of the groups; where both ways fit, the first is the image.
    channels : (int, int), "alike" or "any"
        Channels of what the window finds and of the image, as in a kernel's shape.

    Raises
    ------
    CompileError
        Neither way fits; says what the window would make of the larger one.
    """
    ends = (image_shape(first), image_shape(second))
    for shape, end in ((first, ends[0]), (second, ends[1])):
        if end is None:
            raise CompileError(
                f"an image has the shape [height, width] or [height, width, channels], "
                f"not {list(shape)}"
            )
    reasons = []
    for image, found, is_first in ((*ends, True), (*ends[::-1], False)):
        assert image is not None
        assert found is not None
        if channels == "any":
            pair = (found[2], image[2])
        else:
            pair = (image[2], image[2]) if channels == "alike" else channels
        try:
            made = (*output_shape(image[:2], window, stride, padding), pair[0])
        except CompileError as error:
            reasons.append(str(error))
            continue
        if made == found and pair[1] == image[2]:
            return is_first
        if pair[1] != image[2]:
            reasons.append(
                f"the kernel is for {pair[1]} channels, the image {list(image)} has {image[2]}"
            )
            continue
        size = f"{window[0]} x {window[1]}"
        reasons.append(
            f"a window of {size} makes {list(made)} of the image {list(image)}, not {list(found)}"
        )
    # A window makes nothing larger than the image, so the larger end is the one that was meant.
    sizes = [shape[0] * shape[1] for shape in (first, second)]
    raise CompileError(reasons[0 if sizes[0] >= sizes[1] else 1])


def first_is_image(first: End, second: End, key: str, *window: Any) -> bool:
    """Whether the first of two ends is the image of the rule `key`, or the second.

    Raises
    ------
    Misfit
        Neither can be; `window` and what follows it are those of `find_image`.
    """
    try:
        return find_image(first.shape, second.shape, *window)
    except CompileError as error:
        raise Misfit((*WEIGHTS, key), str(error)) from None
