"""A picture of a Lagrangian: L, its activation g and the diagonal of its Hessian H."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.network import Group, Network
from hamsim.observables import activation, hessian_product, lagrangian
from hamsim.plotting.style import Picture, dashes, lines
from hamsim.plotting.style.making import headline, new_picture

__all__ = ["draw_lagrangian"]

POINTS = 601


def draw_lagrangian(
    network: Network,
    low: float = -4.0,
    high: float = 4.0,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw the Lagrangian of a network's only group while its first neuron's state is moved.

    Parameters
    ----------
    network : Network
        With one group. The first neuron moves from `low` to `high`; where neurons share a
        Lagrangian, the others stay at their initial states, and their activations are drawn too.
    low, high : float
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture
    """
    group = network.groups[0]
    x = np.linspace(low, high, POINTS)
    states = np.repeat(np.atleast_2d(network.initial)[:1], POINTS, axis=0)
    states[:, 0] = x
    moved = np.zeros_like(states)
    moved[:, 0] = 1.0
    L = lagrangian(network, states)[group.name]
    g = activation(network, states)
    h = hessian_product(network, states, moved)

    with new_picture(3.0, 9.0, size, dpi, style) as picture:
        _draw(picture, group, states, L, g, h)
        headline(picture, title, _title(group))
        picture.describe(
            f"{_title(group)}. From x = {low:g} to {high:g}, L goes from {L.min():.4g} to "
            f"{L.max():.4g} and g of the first neuron from {g[:, 0].min():.4g} to "
            f"{g[:, 0].max():.4g}."
        )
    return picture


def _draw(picture: Picture, group: Group, states: Floats, L: Floats, g: Floats, h: Floats) -> None:
    """Three panels: L, g and H over the first neuron's state."""
    x = states[:, 0]
    axes: Any = picture.subplots(1, 3)
    colours, dashed = lines(group.size), dashes(group.size)
    for panel, values in zip(axes, (L, g[:, 0], h[:, 0]), strict=True):
        panel.plot(x, values, color=colours[0])
    names = ("L(x)", "g = dL/dx", "h = dg/dx")
    if group.size > 1:
        fixed = ", ".join(f"{value:g}" for value in states[0, 1:])
        names = (f"L(x, {fixed})", "g", "column 1 of H")
        for k in range(1, group.size):
            look = {"color": colours[k], "linestyle": dashed[k]}
            axes[1].plot(x, g[:, k], label=f"g of x = {states[0, k]:g}", **look)
            axes[2].plot(x, h[:, k], **look)
        axes[1].legend()
    for axis, name in zip(axes, names, strict=True):
        axis.set_title(name)
        axis.set_xlabel("x" if group.size == 1 else "x of the first neuron")
        for line in (axis.axhline, axis.axvline):
            line(0.0, color="0.6", linewidth=picture.style.thin, zorder=0)


def _title(group: Group) -> str:
    parameters = ", ".join(f"{name} = {values[0]:g}" for name, values in group.parameters.items())
    text = group.family.formula or group.lagrangian
    return f"{text}{': ' if parameters else ''}{parameters}"
