"""A picture of training: loss, score and sweeps to rest, epoch after epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from hamsim.learning.training.trained import Trained
from hamsim.plotting.style import Picture, legend, lines
from hamsim.plotting.style.making import headline, new_picture

__all__ = ["draw_training"]

# A loss that falls by more is drawn on a logarithmic axis.
FAR = 30.0
_TRAINED, _LEFT_OUT = lines(2)
_HELD_OUT = lines(5)[4]


def draw_training(
    trained: Trained,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw loss and score of both parts of the examples, sweeps to rest, and what was left out.

    A dotted line is at the best epoch.

    Parameters
    ----------
    trained : Trained
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture
    """
    scored = bool(np.isfinite(trained.table["score"]).any())
    width = 5.0 if trained.has_no_loss else 4.0 * (2 + scored)
    with new_picture(3.6, width, size, dpi, style) as picture:
        if trained.has_no_loss:
            _draw_changes(picture, trained)
        else:
            _draw(picture, trained, scored)
        headline(picture, title, _title(trained))
        picture.describe(_description(trained))
    return picture


def _draw_changes(picture: Picture, trained: Trained) -> None:
    """Of a rule that stores what it is shown all that is known: how far weights want to go."""
    axes = picture.subplots()
    table = trained.table
    axes.plot(table["epoch"], table["norm"], color=_TRAINED, **_dotted(picture))
    _label(axes, "largest change of a weight")


def _dotted(picture: Picture) -> dict[str, Any]:
    line = picture.style.line
    return {"linewidth": 1.2 * line, "marker": "o", "markersize": 2.7 * line}


def _draw(picture: Picture, trained: Trained, scored: bool) -> None:
    table = trained.table
    panels = picture.subplots(1, 2 + scored, squeeze=False)[0]
    epochs = table["epoch"]
    names = ["loss", "score"] if scored else ["loss"]
    for axes, name in zip(panels, names, strict=False):
        _both(picture, axes, epochs, table[name], table[f"validation_{name}"])
    losses = np.concatenate([table["loss"], table["validation_loss"]])
    known = losses[np.isfinite(losses)]
    if known.size and known.min() > 0 and known.max() > FAR * known.min():
        panels[0].set_yscale("log")
    _sweeps(picture, panels[-1], table)
    for axes, label in zip(panels, [*names, "sweeps to rest"], strict=True):
        if trained.best:
            axes.axvline(trained.best, color="0.6", linewidth=picture.style.line, linestyle=":")
        _label(axes, label)


def _label(axes: Any, label: str) -> None:
    axes.set_xlabel("epoch")
    axes.set_ylabel(label)
    axes.grid(color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _both(picture: Picture, axes: Any, epochs: Any, trained: Any, held_out: Any) -> None:
    """Lines of what was trained on, and of what was held out if anything was."""
    style = _dotted(picture)
    drawn = axes.plot(epochs, trained, color=_TRAINED, **style)
    names = ["trained on, while it changed"]
    if np.isfinite(held_out).any():
        drawn += axes.plot(epochs, held_out, color=_HELD_OUT, **style)
        names.append("held out, after the epoch")
    legend(axes, drawn, names, loc="best")


def _sweeps(picture: Picture, axes: Any, table: Any) -> None:
    """Sweeps, and on an axis of its own how many examples were left out."""
    drawn = axes.plot(table["epoch"], table["sweeps"], color=_TRAINED, **_dotted(picture))
    if table["unstable"].any():
        other = axes.twinx()
        width = {"width": 0.6, "color": _LEFT_OUT, "alpha": 0.4}
        bars = other.bar(table["epoch"], table["unstable"], **width)
        other.spines["right"].set_visible(True)
        other.set_ylabel("examples left out")
        other.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        legend(axes, [*drawn, bars], ["sweeps", "left out"], loc="best")


def _title(trained: Trained) -> str:
    name, count = trained.network.name, trained.table.rows
    what = f"{count:,} epoch" + ("" if count == 1 else "s")
    if trained.best:
        what += f", dotted the best, {trained.best:,}"
    return f"{name}: {what}" if name else what


def _description(trained: Trained) -> str:
    table = trained.table
    name = f" of {trained.network.name}" if trained.network.name else ""
    text = f"Training{name} over {table.rows:,} epoch{'' if table.rows == 1 else 's'}"
    if not table.rows:
        return f"{text}."
    if trained.has_no_loss:
        ends = table["norm"][[0, -1]]
        return f"{text}: the largest change of a weight goes from {ends[0]:.3g} to {ends[1]:.3g}."
    parts = []
    for key, word in (("loss", "the loss"), ("score", "the score")):
        values = table[key][np.isfinite(table[key])]
        if values.size:
            parts.append(f"{word} goes from {values[0]:.3g} to {values[-1]:.3g}")
    text += f": {', '.join(parts)}." if parts else "."
    return text + (f" The best epoch is {trained.best:,}." if trained.best else "")
