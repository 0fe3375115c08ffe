"""A picture of attractors: energies or the tree of minima, shares of basins, and states."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator

from hamsim.arrays import Floats, Ints
from hamsim.equilibria.landscape.found import CONTINUOUS, CYCLE, Attractors
from hamsim.equilibria.landscape.tree import Tree
from hamsim.errors import HamsimError, PlotError
from hamsim.network import Group, Network
from hamsim.observables import activation
from hamsim.plotting.style import Picture, drawn, lines, signed, unsigned
from hamsim.plotting.style.colours import grey
from hamsim.plotting.style.making import headline, new_picture
from hamsim.plotting.traces.chosen import is_image

__all__ = ["attractor_colours", "draw_attractors"]

MOST = 24  # attractors side by side
SIX = 6  # colours of lines, without black
FEWEST = 4  # for which there is room, so that one is no wide bar
MOST_ALONG = 3  # continuous attractors and cycles whose states are drawn
MOST_IMAGES = 3  # groups of images under each attractor
LIGHT = {"color": "0.85", "linewidth": 0.6}


def attractor_colours(count: int) -> list[Any]:
    """A colour for each attractor, which are as different as there are many."""
    import matplotlib

    # Six that everybody can tell apart, then dark ones and light ones of these.
    own = [np.array(to_rgb(colour)) for colour in lines(SIX)]
    own += [0.5 * colour for colour in own] + [0.4 * colour + 0.6 for colour in own]
    if count <= len(own):
        return [tuple(colour.tolist()) for colour in own[:count]]
    golden = np.modf(0.13 + 0.6180339887498949 * np.arange(count))[0]
    return [matplotlib.colormaps["hsv"](float(each)) for each in golden]


def draw_attractors(
    found: Attractors,
    network: Network | None = None,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw what `hamsim.attractors` has found.

    Above are the energies, or if saddles were looked for the tree in which minima come together:
    each line goes up from a minimum to the saddles over which others are reached. Below are the
    shares of basins with their 95 % intervals, and the activations of each attractor. Of continuous
    attractors and cycles the states along them are drawn besides.

    Parameters
    ----------
    found : Attractors
    network : Network, optional
        Whose attractors these are, if they do not know it.
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture

    Raises
    ------
    HamsimError
        There is no attractor.
    """
    if len(found) == 0:
        raise HamsimError("no attractor was found, so there is nothing to draw")
    network = found.network if network is None else network
    if network is None:
        raise PlotError("these attractors do not know their network; give it, as network")
    plan = _planned(network, found)
    width = float(np.clip(1.8 + 0.62 * len(plan.order), 5.0, 14.0))
    with new_picture(sum(plan.heights) + 0.7, width, size, dpi, style) as picture:
        _draw(picture, network, found, plan)
        headline(picture, title, _title(network, found, len(plan.order)))
        left_out = found.notes
        if len(plan.order) < len(found):
            left_out = (f"attractors {len(plan.order)} to {len(found) - 1} are left out", *left_out)
        picture.describe(_description(network, found), left_out)
    return picture


class _Plan(NamedTuple):
    """What is drawn below one another: heights in inches, and whether energies and states are."""

    order: list[int]
    along: list[int]
    images: list[Group]
    energies: bool
    states: bool
    heights: list[float]


def _planned(network: Network, found: Attractors) -> _Plan:
    order = _order(found)
    along = [k for k in order if found.kind[k] in (CONTINUOUS, CYCLE)][:MOST_ALONG]
    images = [group for group in network.groups if is_image(group)][:MOST_IMAGES]
    has_energy = bool(np.isfinite(found.energy[order]).any())
    states = len(order) > 1 or not along  # else they are drawn along it
    heights = [2.6] * has_energy + [1.4]
    heights += ([0.62 * len(images) + 0.2] if images else [1.8]) * states
    heights += [1.7] * len(along)
    return _Plan(order, along, images, has_energy, states, heights)


def _draw(picture: Picture, network: Network, found: Attractors, plan: _Plan) -> None:
    order, along, images, has_energy, states, heights = plan
    single = len(heights) - len(along)
    axes: Any = picture.subplots(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    colours = attractor_colours(len(found))
    if has_energy and found.tree is not None and found.tree.energy.size:
        _draw_tree(axes[0], found.tree, order, colours)
    elif has_energy:
        _draw_energies(axes[0], found, order, colours)
    _draw_shares(axes[int(has_energy)], found, order, colours)
    g = activation(network, found.x)
    if states and images:
        _draw_images(axes[single - 1], images, g, order)
    elif states:
        _draw_map(picture, axes[single - 1], g[order].T)
    wide = max(0.5 * (FEWEST - len(order)), 0.0)
    for part in axes[:single]:
        part.set_xlim(-0.6 - wide, len(order) - 0.4 + wide)
        part.set_xticks(range(len(order)), [str(k) for k in order])
    axes[single - 1].set_xlabel("attractor")
    for part, k in zip(axes[single:], along, strict=True):
        _draw_along(picture, part, network, found, k)


def _description(network: Network, found: Attractors) -> str:
    text = f"{_title(network, found, len(found))}."
    for k in range(min(len(found), MOST)):
        text += f" Attractor {k}: {found.kind[k]}"
        if np.isfinite(found.energy[k]):
            text += f", E = {found.energy[k]:.5g}"
        text += f", {100.0 * found.share[k]:.1f} % of starts."
    return text


def _title(network: Network, found: Attractors, shown: int) -> str:
    noun = "attractor" if len(found) == 1 else "attractors"
    text = f"{len(found):,} {noun} of {found.starts:,} starts"
    if shown < len(found):
        text += f", the {shown} most frequent shown"
    return f"{network.name}: {text}" if network.name else text


def _order(found: Attractors) -> list[int]:
    """Attractors from left to right: those that come together early in the tree are neighbours."""
    chosen = range(min(len(found), MOST))
    if found.tree is None:
        return list(chosen)
    n, tree = len(found), found.tree
    result: list[int] = []

    def walk(node: int) -> None:
        if node < n:
            result.append(node)
            return
        for child in sorted(tree.children[node - n], key=lambda each: _lowest(tree, each)):
            walk(child)

    for root in sorted(tree.roots, key=lambda each: _lowest(tree, each)):
        walk(root)
    result += [k for k in range(n) if k not in set(result)]
    return [k for k in result if k in chosen]


def _lowest(tree: Tree, node: int) -> tuple[float, int]:
    """Energy and number of the lowest minimum below a joint."""
    n = tree.leaves.size
    if node < n:
        return float(tree.leaves[node]), node
    return min(_lowest(tree, child) for child in tree.children[node - n])


def _draw_tree(axes: Any, tree: Tree, order: list[int], colours: list[Any]) -> None:
    """The minima, and lines that come together at the energies of saddles."""
    n = tree.leaves.size
    place = {k: float(number) for number, k in enumerate(order)}
    top = float(tree.energy.max())
    low = float(tree.leaves[[k for k in order if np.isfinite(tree.leaves[k])]].min())
    head = top + 0.06 * (top - low)
    line = {"color": "0.25", "linewidth": 1.1}
    for number, (height, children) in enumerate(zip(tree.energy, tree.children, strict=True)):
        shown = [child for child in children if child in place]
        if not shown:
            continue
        for child in shown:
            bottom = tree.leaves[child] if child < n else tree.energy[child - n]
            axes.plot([place[child]] * 2, [bottom, height], **line)
        ends = [place[child] for child in shown]
        axes.plot([min(ends), max(ends)], [height, height], **line)
        place[n + number] = float(np.mean(ends))
    for root in tree.roots:
        if root in place:
            bottom = tree.leaves[root] if root < n else tree.energy[root - n]
            axes.plot([place[root]] * 2, [bottom, head], **line)
    for k in order:
        if np.isfinite(tree.leaves[k]):
            axes.plot([place[k]], [tree.leaves[k]], "o", color=colours[k], markersize=5)
    axes.set_ylabel("energy E")
    axes.set_title("minima, and the saddles over which they are joined")


def _draw_energies(axes: Any, found: Attractors, order: list[int], colours: list[Any]) -> None:
    """A point for each energy; whatever is no minimum is open."""
    axes.grid(axis="y", **LIGHT)
    for place, k in enumerate(order):
        if np.isfinite(found.energy[k]):
            here = found.stability[k]
            full = here is None or here.index == 0
            face = colours[k] if full else "white"
            axes.plot(
                [place], [found.energy[k]], "o", color=colours[k], markersize=6, mfc=face, zorder=3
            )
    for place, k in enumerate(order):
        if found.kind[k] == CYCLE:
            axes.text(place, 0.08, "cycle", transform=_x_data(axes), ha="center")
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.set_ylabel("energy E")
    axes.margins(y=0.15)


def _x_data(axes: Any) -> Any:
    """Places along x in data, along y in parts of the axes."""
    return axes.get_xaxis_transform()


def _draw_shares(axes: Any, found: Attractors, order: list[int], colours: list[Any]) -> None:
    share = 100.0 * found.share[order]
    ends = 100.0 * np.stack([found.share_low[order], found.share_high[order]])
    bars = np.abs(ends - share)
    axes.grid(axis="y", **LIGHT)
    axes.set_axisbelow(True)
    axes.bar(range(len(order)), share, width=0.62, color=[colours[k] for k in order], alpha=0.85)
    axes.errorbar(
        range(len(order)), share, yerr=bars, fmt="none", ecolor="0.2", elinewidth=1.0, capsize=2
    )
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("share of starts, %")


def _draw_images(axes: Any, images: list[Group], g: Floats, order: list[int]) -> None:
    """Activations of groups that are images, a small one under each attractor."""
    axes.set_ylim(0.0, float(len(images)))
    axes.set_yticks(
        [len(images) - k - 0.5 for k in range(len(images))],
        [drawn(group.name, 16) for group in images],
    )
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    for row, group in enumerate(images):
        values = g[:, group.slice]
        largest = float(np.abs(values[order]).max()) or 1.0
        has_sign = bool(values[order].min() < -1e-9 * largest)
        for place, k in enumerate(order):
            bottom = len(images) - row - 1 + 0.04
            inner = axes.inset_axes([place - 0.45, bottom, 0.9, 0.92], transform=axes.transData)
            inner.imshow(
                values[k].reshape(group.shape[:2]),
                cmap=signed() if has_sign else grey(),
                vmin=-largest if has_sign else 0.0,
                vmax=largest,
                interpolation="nearest",
            )
            inner.set_xticks([])
            inner.set_yticks([])
            inner.spines[:].set_visible(True)
            inner.spines[:].set_linewidth(0.5)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _draw_map(figure: Picture, axes: Any, values: Floats, extent: Any = None) -> None:
    """Activations as a map: a row a neuron, in colours around 0 if there are negative ones."""
    largest = float(np.abs(values).max()) or 1.0
    has_sign = bool(values.min() < -1e-9 * largest)
    image = axes.imshow(
        values,
        aspect="auto",
        interpolation="nearest",
        cmap=signed() if has_sign else unsigned(),
        vmin=-largest if has_sign else 0.0,
        vmax=largest,
        extent=extent,
    )
    bar = figure.colorbar(image, ax=axes, fraction=0.04, pad=0.01)
    bar.set_label("activation g")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    axes.set_ylabel("neuron")


def _draw_along(figure: Picture, axes: Any, network: Network, found: Attractors, k: int) -> None:
    """The states of a continuous attractor or a cycle, in their order."""
    states = found.members[k]
    if found.kind[k] == CYCLE:
        order: Ints = np.arange(len(states))
        name = f"cycle {k}: period {found.period[k]:.4g}, amplitude {found.amplitude[k]:.3g}"
        span, across = (0.0, float(found.period[k])), "time"
    else:
        order = _in_a_row(states)
        name = f"attractor {k}: continuous, of dimension {found.dimension[k]}"
        span, across = (-0.5, len(states) - 0.5), "state, in order of the phase"
    g = activation(network, states[order])
    _draw_map(figure, axes, g.T, (*span, g.shape[1] - 0.5, -0.5))
    axes.set_title(name)
    axes.set_xlabel(across)


def _in_a_row(states: Floats) -> Ints:
    """Order of states by their angle in the plane of their first two principal axes."""
    centred = states - states.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    plane = centred @ axes.T
    angles = np.arctan2(plane[:, -1], plane[:, 0])
    order: Ints = np.argsort(angles, kind="stable")
    return order
