"""A picture of what a network made of cues: overlaps, and the states as images."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import PlotError
from hamsim.memory.recalled import Recalled
from hamsim.network import Network
from hamsim.observables import activation
from hamsim.plotting.style import Picture, signed
from hamsim.plotting.style.colours import grey
from hamsim.plotting.style.making import headline, new_picture

__all__ = ["draw_recall"]

MOST_IMAGES = 12  # cues that are drawn as images


def draw_recall(
    found: Recalled,
    network: Network | None = None,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw the overlaps of all cues with all patterns, and some cues with what they came to.

    Where the neurons that patterns are of are one group in two dimensions, cues, ends and the
    patterns that were found are images; ends are activations.

    Parameters
    ----------
    found : Recalled
    network : Network, optional
        That recalled them, if they do not know it.
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture
    """
    network = found.network if network is None else network
    if network is None:
        raise PlotError("these cues do not know their network; give it, as network")
    shape = _image_shape(network, found)
    shown = 0 if shape is None else min(len(found), MOST_IMAGES)
    sides = (4.4, 6.4) if shape is None else (6.6, max(6.4, 0.8 * shown + 1.2))
    with new_picture(*sides, size, dpi, style) as picture:
        if shape is None:
            _draw_overlaps(picture, picture.subplots(), found)
        else:
            parts: Any = picture.subfigures(2, 1, height_ratios=[3.0, 3.2])
            _draw_images(parts[0], network, found, shape, shown)
            _draw_overlaps(parts[1], parts[1].subplots(), found)
        count = f"{len(found):,} cues, {len(found.patterns):,} patterns"
        headline(picture, title, f"{network.name}: {count}" if network.name else count)
        left_out = (
            () if shape is None or shown == len(found) else (f"images of the cues from {shown} on",)
        )
        picture.describe(_description(network, found), left_out)
    return picture


def _description(network: Network, found: Recalled) -> str:
    name = f" of {network.name}" if network.name else ""
    words, counts = np.unique(found.kind, return_counts=True)
    kinds = ", ".join(f"{count:,} {word}" for word, count in zip(words, counts, strict=True))
    return (
        f"What became of {len(found):,} cues{name}: overlaps with {len(found.patterns):,} "
        f"patterns, and what was found: {kinds}."
    )


def _image_shape(network: Network, found: Recalled) -> tuple[int, ...] | None:
    """Shape of the group that patterns are of; None if it is no image."""
    for group in network.groups:
        own = np.arange(group.start, group.stop)
        if len(group.shape) == 2 and np.array_equal(own, found.neurons):
            return group.shape
    return None


def _draw_images(
    figure: Any, network: Network, found: Recalled, shape: tuple[int, ...], shown: int
) -> None:
    """A column a cue: what it began with, its end, and the pattern that was found."""
    ends = activation(network, found.state[:shown])[:, found.neurons]
    patterns = found.patterns[found.found[:shown]]
    rows: tuple[tuple[str, Floats], ...] = (
        ("cue", found.start[:shown, found.neurons]),
        ("end", ends),
        ("found", patterns),
    )
    axes = figure.subplots(len(rows), shown, squeeze=False)
    for row, (name, images) in enumerate(rows):
        size = float(np.abs(images).max(initial=0.0)) or 1.0
        low = -size if np.any(images < 0) else 0.0
        for k in range(shown):
            axis = axes[row, k]
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_visible(True)
            if name == "found" and found.found[k] < 0:
                axis.set_axis_off()
                continue
            axis.imshow(images[k].reshape(shape), cmap=grey(), vmin=low, vmax=size)
        axes[row, 0].set_axis_on()
        axes[row, 0].set_ylabel(name)
    for k in range(shown):
        axes[0, k].set_title(str(found.kind[k]), fontsize="small")


def _draw_overlaps(figure: Any, axes: Any, found: Recalled) -> None:
    image = axes.imshow(
        found.overlap,
        cmap=signed(),
        vmin=-1.0,
        vmax=1.0,
        aspect="auto",
        interpolation="nearest",
    )
    axes.set_xlabel("pattern")
    axes.set_ylabel("cue")
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    bar = figure.colorbar(image, ax=axes)
    bar.set_label("overlap")
