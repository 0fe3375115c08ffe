"""A picture of a Lagrangian: L, its activation g and the diagonal of its Hessian H."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from hamsim.arrays import Floats
from hamsim.network import Group, Network
from hamsim.observables import activation, hessian_product, lagrangian
from hamsim.plotting.style import plain_style
from hamsim.plotting.style.texts import LITERAL, drawn

__all__ = ["draw_lagrangian"]

POINTS = 601


def draw_lagrangian(network: Network, low: float = -4.0, high: float = 4.0) -> Figure:
    """Draw the Lagrangian of a network's only group while its first neuron's state is moved.

    Parameters
    ----------
    network : Network
        With one group. The first neuron moves from `low` to `high`; where neurons share a
        Lagrangian, the others stay at their initial states, and their activations are drawn too.
    low, high : float

    Returns
    -------
    matplotlib.figure.Figure
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

    with plain_style():
        return _draw(group, states, L, g, h)


def _draw(group: Group, states: Floats, L: Floats, g: Floats, h: Floats) -> Figure:
    """Three panels: L, g and H over the first neuron's state."""
    x = states[:, 0]
    figure = Figure(figsize=(9.0, 3.0), layout="constrained")
    axes: Any = figure.subplots(1, 3)
    axes[0].plot(x, L)
    axes[1].plot(x, g[:, 0])
    axes[2].plot(x, h[:, 0])
    names = ("L(x)", "g = dL/dx", "h = dg/dx")
    if group.size > 1:
        fixed = ", ".join(f"{value:g}" for value in states[0, 1:])
        names = (f"L(x, {fixed})", "g", "column 1 of H")
        for k in range(1, group.size):
            axes[1].plot(x, g[:, k], linewidth=1.0, label=f"g of x = {states[0, k]:g}")
            axes[2].plot(x, h[:, k], linewidth=1.0)
        axes[1].legend(frameon=False, fontsize=7)
    for axis, name in zip(axes, names, strict=True):
        axis.set_title(name, fontsize=9)
        axis.set_xlabel("x" if group.size == 1 else "x of the first neuron", fontsize=8)
        axis.axhline(0.0, color="gray", linewidth=0.5)
        axis.axvline(0.0, color="gray", linewidth=0.5)
        axis.tick_params(labelsize=7)
    parameters = ", ".join(f"{name} = {values[0]:g}" for name, values in group.parameters.items())
    text = group.family.formula or group.lagrangian
    title = textwrap.fill(drawn(f"{text}{': ' if parameters else ''}{parameters}", 400), 130)
    figure.suptitle(title, fontsize=9, **LITERAL)
    return figure
