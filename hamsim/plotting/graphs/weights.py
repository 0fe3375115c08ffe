"""A picture of the weights: W as a map, in which row i receives and column j sends."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import AutoLocator, MaxNLocator

from hamsim.arrays import Floats
from hamsim.network import Network
from hamsim.plotting.style import LITERAL, Picture, drawn, signed, styled
from hamsim.plotting.style.words import number

__all__ = ["MOST_CELLS", "draw_weights"]

MOST_CELLS = 600  # along a side; more neurons are averaged
MOST_NAMES = 40  # of neurons along an axis
FEW_GROUPS = 20  # beyond which lines between them are faint
LEAST_SHARE = 0.035  # of an axis, that a group's name needs
MAX_NAME = 18
SIDE = 4.6  # inches


def draw_weights(
    network: Network,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw the matrix W, with lines between groups and white for 0.

    Parameters
    ----------
    network : Network
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture
        Of more than 600 neurons means over blocks of neurons; `left_out` says so, and that gated
        synapses are not in W.
    """
    with styled(style) as look:
        n = network.n_neurons
        cells = min(n, MOST_CELLS)
        values = _cells(network, cells)
        named = sum(len(group.neuron_names) for group in network.groups) == n <= MOST_NAMES
        picture = Picture(look, size, SIDE, SIDE * 1.2, dpi, layout="constrained")
        axes: Any = picture.add_subplot()
        most = float(np.abs(values).max()) or 1.0
        colours = {"cmap": signed(), "vmin": -most, "vmax": most}
        extent = (-0.5, n - 0.5, n - 0.5, -0.5)
        image = axes.imshow(values, extent=extent, interpolation="nearest", **colours)
        bar = picture.colorbar(image, ax=axes, fraction=0.046, pad=0.02)
        bar.set_label("mean weight" if cells < n else "weight")
        grey = "0.5" if len(network.groups) <= FEW_GROUPS else "0.88"
        for group in network.groups[1:]:
            for line in (axes.axhline, axes.axvline):
                line(group.start - 0.5, color=grey, linewidth=look.thin)
        _name(axes, network, named, look.tiny)
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_locator(), AutoLocator):
                axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_xlabel("sends")
        axes.set_ylabel("receives")
        for spine in axes.spines.values():
            spine.set_visible(True)
        name = title if title is not None else network.name if look.titled else ""
        if name:
            axes.set_title(drawn(name, 60), **LITERAL)
        picture.describe(_words(network), _left_out(network, cells))
        return picture


def _left_out(network: Network, cells: int) -> list[str]:
    n, said = network.n_neurons, []
    if cells < n:
        said.append(f"{n:,} neurons are averaged to {cells:,} along each side")
    if network.triples is not None:
        said.append(f"{network.triples.weights.size:,} gated synapses are not in W")
    return said


def _words(network: Network) -> str:
    W = network.W
    span = f", from {number(W.data.min())} to {number(W.data.max())}" if W.nnz else ""
    groups = ", ".join(drawn(group.name, 40) for group in network.groups[:20])
    name = drawn(network.name) or "a network"
    return (
        f"Weights of {name} as a map: {network.n_neurons:,} neurons that receive, downwards, by "
        f"those that send, to the right, of {groups}; {W.nnz:,} synapses{span}."
    )


def _cells(network: Network, cells: int) -> Floats:
    """Weights, or their means over blocks of neurons."""
    n, W = network.n_neurons, network.W.tocoo()
    cell = np.arange(n) * cells // n
    sums = np.bincount(cell[W.row] * cells + cell[W.col], weights=W.data, minlength=cells**2)
    counts = np.bincount(cell, minlength=cells)
    found: Floats = sums.reshape(cells, cells) / np.outer(counts, counts)
    return found


def _name(axes: Any, network: Network, named: bool, size: float) -> None:
    """Names of neurons, or of groups at their middles; of small groups there is no room for any."""
    n, several = network.n_neurons, len(network.groups) > 1
    if named:
        names = [drawn(name, MAX_NAME) for group in network.groups for name in group.neuron_names]
        places = [float(k) for k in range(n)]
    elif several:
        groups = [group for group in network.groups if group.size >= LEAST_SHARE * n]
        names = [drawn(group.name, MAX_NAME) for group in groups]
        places = [(group.start + group.stop - 1) / 2 for group in groups]
    else:
        return
    if not names:
        return
    long = max(map(len, names)) * len(names) > 60
    turned: dict[str, Any] = {"rotation": 90} if long else {}
    axes.set_xticks(places, names, fontsize=size, **LITERAL, **turned)
    axes.set_yticks(places, names, fontsize=size, **LITERAL)
    if several and not named:
        axes.tick_params(length=0)
