"""Small figures over time that cost a few milliseconds: curves, maps, and images of states.

They take the colours of the page around them, so that they can be read in light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import printable, shortened
from hamsim.html.markup import Html, render
from hamsim.html.pixels import coded_scale, coloured, range_of

__all__ = ["Box", "curves", "heat_map", "images"]

# Okabe and Ito (2008), those that can be told apart on white and on black; then dashed.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_DASHES = ("", "5 3", "1.5 2.5")
MOST_LINES = len(_COLOURS) * len(_DASHES)
MOST_LETTERS = 14  # of a line's name
LEAST = 1e-300  # of what has a logarithm


@dataclass(frozen=True)
class Box:
    """Where the axes of a small figure are, in dots."""

    width: int = 460
    height: int = 128
    left: int = 58
    right: int = 356
    top: int = 18
    bottom: int = 98

    @property
    def across(self) -> int:
        """Width within the axes."""
        return self.right - self.left

    @property
    def down(self) -> int:
        """Height within the axes."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Half way between left and right."""
        return (self.left + self.right) / 2


_BOX = Box()


def curves(
    t: Floats,
    lines: Mapping[str, Floats],
    title: str,
    span: tuple[float, float],
    *,
    axis: str = "",
    logarithmic: bool = False,
    box: Box = _BOX,
) -> Html:
    """Curves over time.

    Parameters
    ----------
    t : ndarray, shape (T,)
    lines : mapping of str to ndarray of shape (T,)
        A single one has no legend. Values that are not finite leave gaps.
    title : str
    span : (float, float)
        Of time.
    axis : str, optional
        What time is called, below the figure.
    logarithmic : bool, optional
        Whether values are drawn by their logarithms; only those above 0 are.
    box : Box, optional
    """
    shown = {
        name: _logarithms(values) if logarithmic else values
        for name, values in list(lines.items())[:MOST_LINES]
    }
    low, high = _range(shown.values())
    x = box.left + _parts(t, span) * box.across
    drawn = []
    for k, values in enumerate(shown.values()):
        with np.errstate(all="ignore"):
            y = box.bottom - (values - low) / (high - low) * box.down
        drawn.append((*_pen(k), _pieces(x, y)))
    step = min(12.0, (box.down + 14) / max(1, len(shown)))
    legend = [
        (round(box.top + 4 + step * k, 1), *_pen(k), shortened(printable(name), MOST_LETTERS))
        for k, name in enumerate(shown)
    ]
    return render(
        "chart",
        box=box,
        title=printable(title),
        words=_words(title, lines),
        across=_across(span, box),
        down=_down(low, high, box, logarithmic),
        lines=drawn,
        legend=legend if len(legend) > 1 else (),
        letters=round(min(10.0, step), 1),
        axis=axis,
        pixels="",
        scale="",
        low="",
        high="",
    )


def heat_map(
    values: Floats,
    title: str,
    span: tuple[float, float],
    rows: Sequence[tuple[float, str]] = (),
    *,
    axis: str = "",
    box: Box = _BOX,
) -> Html:
    """A map of rows against time, with the scale of its colours.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        Columns are evenly spaced over the span.
    title : str
    span : (float, float)
    rows : sequence of (float, str), optional
        Names, and where they stand: 0 above, 1 below.
    axis : str, optional
    box : Box, optional
    """
    low, high, has_sign = range_of(values)
    return render(
        "chart",
        box=box,
        title=printable(title),
        words=f"{title}, from {low:.3g} to {high:.3g}",
        across=_across(span, box),
        down=[(box.top + part * box.down, shortened(printable(name), 9)) for part, name in rows],
        lines=(),
        legend=(),
        letters=10,
        axis=axis,
        pixels=coloured(values, low, high, has_sign),
        scale=coded_scale(has_sign),
        low=f"{low:.3g}",
        high=f"{high:.3g}",
    )


def images(
    pictures: Mapping[str, Floats], title: str, height: int = 96, width: int | None = None
) -> Html:
    """Images side by side, of one scale.

    Parameters
    ----------
    pictures : mapping of str to ndarray of shape (rows, columns)
        By what each is of, for those who do not see it.
    title : str
    height, width : int, optional
        In dots; the width goes with the rows and columns if nothing is said.
    """
    low, high, has_sign = range_of(np.concatenate([each.ravel() for each in pictures.values()]))
    rows, columns = next(iter(pictures.values())).shape
    width = width or min(4 * height, max(8, round(height * columns / rows)))
    return render(
        "tiles",
        title=printable(title),
        range=f"{low:.3g} to {high:.3g}",
        tiles=[
            (coloured(values, low, high, has_sign), printable(words))
            for words, values in pictures.items()
        ],
        width=width,
        height=height,
    )


# --- axes ----------------------------------------------------------------------------------------


def _pen(k: int) -> tuple[str, str]:
    return _COLOURS[k % len(_COLOURS)], _DASHES[k // len(_COLOURS) % len(_DASHES)]


def _logarithms(values: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.where(values > LEAST, np.log10(np.maximum(values, LEAST)), np.nan)


def _range(lines: object) -> tuple[float, float]:
    """Smallest and largest of all that is finite, with some room between."""
    finite = [values[np.isfinite(values)] for values in lines]  # type: ignore[attr-defined]
    known = np.concatenate([*finite, np.empty(0)])
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    least = 1e-9 * max(abs(low), abs(high), 1e-3)
    if high - low < least:
        return low - least, high + least
    return low, high


def _parts(values: Floats, span: tuple[float, float]) -> Floats:
    """Where values lie in a span, from 0 to 1."""
    first, last = span
    return np.clip((values - first) / (last - first), 0.0, 1.0) if last > first else 0.0 * values


def _pieces(x: Floats, y: Floats) -> list[str]:
    """Points of a curve, a text for each stretch without gaps."""
    found: list[list[str]] = [[]]
    for across, down in zip(x.tolist(), y.tolist(), strict=True):
        if math.isfinite(down):
            found[-1].append(f"{across:.1f},{down:.1f}")
        elif found[-1]:
            found.append([])
    return [" ".join(piece if len(piece) > 1 else piece * 2) for piece in found if piece]


def ticks(low: float, high: float, least: int = 3) -> list[float]:
    """Round numbers between two others, so many at least: 1, 2 or 5 times a power of ten apart."""
    if not (math.isfinite(high - low) and high > low):
        return [low] if math.isfinite(low) else []
    power = 10.0 ** math.floor(math.log10(high - low))
    for step in (5 * power, 2 * power, power, power / 2, power / 5, power / 10, power / 20):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 >= least:
            break
    return [step * k for k in range(first, last + 1)]


def _across(span: tuple[float, float], box: Box) -> list[tuple[str, str]]:
    places = _parts(np.array(found := ticks(*span)), span)
    return [
        (f"{box.left + part * box.across:.1f}", f"{tick:.6g}")
        for part, tick in zip(places.tolist(), found, strict=True)
    ]


def _down(low: float, high: float, box: Box, logarithmic: bool) -> list[tuple[float, str]]:
    found = ticks(low, high, 2)
    if logarithmic:
        found = sorted({float(round(tick)) for tick in found if low <= round(tick) <= high})
    return [
        (
            round(box.bottom - (tick - low) / (high - low) * box.down, 1),
            f"1e{tick:.0f}" if logarithmic else f"{tick:.6g}",
        )
        for tick in found
    ]


def _words(title: str, lines: Mapping[str, Floats]) -> str:
    """What curves show, for those who do not see them."""
    if len(lines) != 1:
        return f"{title}: {len(lines)} curves"
    (values,) = lines.values()
    known = values[np.isfinite(values)]
    if not known.size:
        return f"{title}: nothing that is finite"
    return f"{title}, from {known[0]:.4g} to {known[-1]:.4g}"
