"""A picture of training: loss, score and sweeps to rest, epoch after epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hamsim.learning.training.trained import Trained
from hamsim.plotting.style import plain_style
from hamsim.plotting.style.texts import LITERAL, drawn, legend

__all__ = ["draw_training"]

SMALL = 8
# A loss that falls by more is drawn on a logarithmic axis.
FAR = 30.0
_TRAINED, _HELD_OUT, _LEFT_OUT = "tab:blue", "tab:orange", "tab:red"


def draw_training(trained: Trained) -> Figure:
    """Draw loss and score of both parts of the examples, sweeps to rest, and what was left out.

    A dotted line is at the best epoch.

    Parameters
    ----------
    trained : Trained

    Returns
    -------
    matplotlib.figure.Figure
    """
    with plain_style():
        return _draw_changes(trained) if trained.has_no_loss else _draw(trained)


def _draw_changes(trained: Trained) -> Figure:
    """Of a rule that stores what it is shown all that is known: how far weights want to go."""
    figure = Figure(figsize=(5.0, 3.6), layout="constrained")
    axes = figure.subplots()
    style: dict[str, Any] = {"linewidth": 1.4, "marker": "o", "markersize": 3.0}
    axes.plot(trained.table["epoch"], trained.table["norm"], color=_TRAINED, **style)
    _label(axes, "largest change of a weight")
    figure.suptitle(drawn(_title(trained), 120), fontsize=10, **LITERAL)
    return figure


def _draw(trained: Trained) -> Figure:
    table = trained.table
    scored = bool(np.isfinite(table["score"]).any())
    figure = Figure(figsize=(4.0 * (2 + scored), 3.6), layout="constrained")
    panels = figure.subplots(1, 2 + scored, squeeze=False)[0]
    epochs = table["epoch"]
    names = ["loss", "score"] if scored else ["loss"]
    for axes, name in zip(panels, names, strict=False):
        _both(axes, epochs, table[name], table[f"validation_{name}"])
    losses = np.concatenate([table["loss"], table["validation_loss"]])
    known = losses[np.isfinite(losses)]
    if known.size and known.min() > 0 and known.max() > FAR * known.min():
        panels[0].set_yscale("log")
    _sweeps(panels[-1], table)
    for axes, label in zip(panels, [*names, "sweeps to rest"], strict=True):
        if trained.best:
            axes.axvline(trained.best, color="0.6", linewidth=0.9, linestyle=":")
        _label(axes, label)
    figure.suptitle(drawn(_title(trained), 120), fontsize=10, **LITERAL)
    return figure


def _label(axes: Any, label: str) -> None:
    axes.set_xlabel("epoch", fontsize=9)
    axes.set_ylabel(label, fontsize=9)
    axes.grid(color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=SMALL)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _both(axes: Any, epochs: Any, trained: Any, held_out: Any) -> None:
    """Lines of what was trained on, and of what was held out if anything was."""
    style: dict[str, Any] = {"linewidth": 1.4, "marker": "o", "markersize": 3.0}
    lines = axes.plot(epochs, trained, color=_TRAINED, **style)
    names = ["trained on, while it changed"]
    if np.isfinite(held_out).any():
        lines += axes.plot(epochs, held_out, color=_HELD_OUT, **style)
        names.append("held out, after the epoch")
    legend(axes, lines, names, fontsize=SMALL, loc="best")


def _sweeps(axes: Any, table: Any) -> None:
    """Sweeps, and on an axis of its own how many examples were left out."""
    style: dict[str, Any] = {"linewidth": 1.4, "marker": "o", "markersize": 3.0}
    lines = axes.plot(table["epoch"], table["sweeps"], color=_TRAINED, **style)
    if table["unstable"].any():
        other = axes.twinx()
        width = {"width": 0.6, "color": _LEFT_OUT, "alpha": 0.4}
        bars = other.bar(table["epoch"], table["unstable"], **width)
        other.set_ylabel("examples left out", fontsize=9)
        other.tick_params(labelsize=SMALL)
        other.yaxis.set_major_locator(MaxNLocator(integer=True))
        legend(axes, [*lines, bars], ["sweeps", "left out"], fontsize=SMALL, loc="best")


def _title(trained: Trained) -> str:
    name, count = trained.network.name, trained.table.rows
    what = f"{count:,} epoch" + ("" if count == 1 else "s")
    if trained.best:
        what += f", dotted the best, {trained.best:,}"
    return f"{name}: {what}" if name else what
