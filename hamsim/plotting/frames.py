"""A group's images at many moments as small numbers, for what shows one of them at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.methods import DISCRETE
from hamsim.plotting.style.colours import MISSING, of_images, span
from hamsim.plotting.traces.chosen import choose, is_image
from hamsim.plotting.traces.reduce import drawable
from hamsim.trace.trace import Trace

__all__ = ["Frames", "frames_of", "image_groups"]

MOST_MOMENTS = 80
FEWEST_MOMENTS = 8
MOST_IMAGES = 10
NOT_FINITE = 255  # place of the colour of what is no number


class Frames(NamedTuple):
    """Images of a group at several moments.

    Parameters
    ----------
    name : str
        Of the group.
    values : ndarray of uint8, shape (moments, images, rows, columns)
        Places in `colours`.
    colours : ndarray of uint8, shape (256, 4)
    low, high : float
        What the colours 0 and 254 stand for; 255 is of what is not finite.
    moments : tuple of str
    labels : tuple of str
        Of the images.
    left_out : tuple of str
        What is not in them.
    """

    name: str
    values: NDArray[np.uint8]
    colours: NDArray[np.uint8]
    low: float
    high: float
    moments: tuple[str, ...]
    labels: tuple[str, ...]
    left_out: tuple[str, ...]


def image_groups(trace: Trace) -> list[str]:
    """Groups that were recorded whole, and whose neurons stand in rows and columns."""
    return [group.name for group in trace.header.recorded_groups if is_image(group)]


def frames_of(trace: Trace, name: str, most: int = 300_000) -> Frames | None:
    """Images of a group, evenly over the records.

    Parameters
    ----------
    trace : Trace
    name : str
        Of a group that `image_groups` names.
    most : int, optional
        Dots in all; None is returned where a few moments of one image have more.
    """
    (panel,) = choose(trace.header, [name])
    rows, columns = panel.group.shape[:2]
    records, trials = trace.t.size, trace.trials or 1
    moments = min(records, MOST_MOMENTS)
    images = min(trials, MOST_IMAGES)
    while images > 1 and images * moments * rows * columns > most:
        images, moments = _fewer(images, moments, records)
    moments = min(moments, max(most // (rows * columns), 1))
    if moments < min(records, FEWEST_MOMENTS):
        return None
    chosen = np.unique(np.linspace(0, records - 1, moments).round().astype(int))
    arrays = {what: values[chosen][:, :images] for what, values in trace.arrays.items()}
    shown = panel.values(arrays).reshape(-1, images, rows, columns)
    shown = drawable(shown)
    is_binary = panel.shows == "activation" and panel.group.family.two_valued
    low, high, colours = _colours(shown, is_binary)
    left_out = []
    if images < trials:
        left_out.append(f"The first {images} of {trials:,} trials.")
    if chosen.size < records:
        left_out.append(f"{chosen.size} of {records:,} records, evenly.")
    unit = "sweep" if trace.made.method in DISCRETE else "t ="
    return Frames(
        name,
        _places(shown, low, high),
        colours,
        low,
        high,
        tuple(f"{unit} {trace.t[k]:.4g}" for k in chosen),
        tuple(f"trial {k}" for k in range(images)) if trials > 1 else ("",),
        tuple(left_out),
    )


def _fewer(images: int, moments: int, records: int) -> tuple[int, int]:
    """Give up some moments first, then images."""
    enough = min(records, 3 * FEWEST_MOMENTS)
    return (images, max(enough, moments // 2)) if moments > enough else (images - 1, moments)


def _places(values: Floats, low: float, high: float) -> NDArray[np.uint8]:
    """Where values stand among the colours."""
    scale = 254.0 / (high - low) if high > low else 0.0
    with np.errstate(invalid="ignore"):
        places = np.clip(np.rint((values - low) * scale), 0.0, 254.0)
    return np.where(np.isfinite(values), places, NOT_FINITE).astype(np.uint8)


def _colours(values: Floats, is_binary: bool) -> tuple[float, float, NDArray[np.uint8]]:
    """The range of values, and its colours: those of images in figures, centred at 0 with signs."""
    low, high, has_sign = span(values)
    scale = of_images(has_sign, is_binary)
    colours = np.concatenate([scale(np.linspace(0.0, 1.0, 255)), [to_rgba(MISSING)]])
    return low, high, np.rint(255 * colours).astype(np.uint8)
