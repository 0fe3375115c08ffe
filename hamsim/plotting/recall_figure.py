"""A picture of what a network made of cues: overlaps, and the states as images."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from hamsim.arrays import Floats
from hamsim.memory.recalled import Recalled
from hamsim.network import Network
from hamsim.observables import activation
from hamsim.plotting.style import plain_style
from hamsim.plotting.style.texts import LITERAL, drawn

__all__ = ["draw_recall"]

MOST_IMAGES = 12  # cues that are drawn as images
SMALL = 8


def draw_recall(network: Network, found: Recalled) -> Figure:
    """Draw the overlaps of all cues with all patterns, and some cues with what they came to.

    Where the neurons that patterns are of are one group in two dimensions, cues, ends and the
    patterns that were found are images; ends are activations.

    Parameters
    ----------
    network : Network
    found : Recalled

    Returns
    -------
    matplotlib.figure.Figure
    """
    with plain_style():
        return _draw(network, found)


def _draw(network: Network, found: Recalled) -> Figure:
    shape = _image_shape(network, found)
    if shape is None:
        figure = Figure(figsize=(6.4, 4.4), layout="constrained")
        _draw_overlaps(figure, figure.subplots(), found)
    else:
        shown = min(len(found), MOST_IMAGES)
        figure = Figure(figsize=(max(6.4, 0.8 * shown + 1.2), 6.6), layout="constrained")
        parts: Any = figure.subfigures(2, 1, height_ratios=[3.0, 3.2])
        above, below = parts
        _draw_images(above, network, found, shape, shown)
        _draw_overlaps(below, below.subplots(), found)
    count = f"{len(found):,} cues, {len(found.patterns):,} patterns"
    title = f"{network.name}: {count}" if network.name else count
    figure.suptitle(drawn(title, 100), fontsize=10, **LITERAL)
    return figure


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
            if name == "found" and found.found[k] < 0:
                axis.set_axis_off()
                continue
            axis.imshow(images[k].reshape(shape), cmap="gray_r", vmin=low, vmax=size)
        axes[row, 0].set_axis_on()
        axes[row, 0].set_ylabel(name, fontsize=SMALL)
    for k in range(shown):
        axes[0, k].set_title(str(found.kind[k]), fontsize=7)


def _draw_overlaps(figure: Any, axes: Any, found: Recalled) -> None:
    image = axes.imshow(
        found.overlap,
        cmap="RdBu_r",
        vmin=-1.0,
        vmax=1.0,
        aspect="auto",
        interpolation="nearest",
    )
    axes.set_xlabel("pattern", fontsize=9)
    axes.set_ylabel("cue", fontsize=9)
    axes.tick_params(labelsize=SMALL)
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True)
    bar = figure.colorbar(image, ax=axes)
    bar.set_label("overlap", fontsize=9)
    bar.ax.tick_params(labelsize=SMALL)
