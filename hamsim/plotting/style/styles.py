"""Styles: for a screen, and for the columns of a journal; sizes that pictures can have."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.font_manager import fontManager

from hamsim.errors import PlotError, did_you_mean, given
from hamsim.plotting.style.colours import lines

__all__ = ["SIZES", "STYLES", "Size", "Style", "dots_of", "plain_style", "styled"]

Size = str | tuple[float, float] | None

_MM = 1 / 25.4
# Widths in inches: of a column, and of a page.
SIZES: Mapping[str, float] = MappingProxyType({"column": 89 * _MM, "page": 183 * _MM})
SMALLEST, LARGEST = 0.5, 100.0  # sides in inches
FEWEST_DOTS, MOST_DOTS = 10.0, 2400.0  # an inch
_FONTS = ("font.family", "font.sans-serif", "font.serif", "font.monospace")
# What journals ask for, and what has the same widths; the first that is there is taken.
_JOURNAL_FONTS = ("Arial", "Helvetica", "Liberation Sans", "Nimbus Sans")


@dataclass(frozen=True)
class Style:
    """How pictures look.

    Parameters
    ----------
    name : str
    width : float
        Of a picture of which nobody says it, in inches.
    scale : float
        Size of letters, and with them of panels, where that of a screen is 1.
    dpi : float
        Dots an inch.
    text, small, tiny : float
        Sizes of letters in points: labels and titles, ticks and legends, names beside maps.
    line, thin : float
        Widths of lines in points: of what is drawn, and of frames and marks.
    titled : bool
        Whether facts of the run stand above the panels; in a paper they belong into the caption.
    fonts : tuple of str
        Sans serif ones that come before those of the user.
    settings : mapping
        Besides what follows from these, for matplotlib.
    """

    name: str
    width: float
    scale: float
    dpi: float
    text: float
    small: float
    tiny: float
    line: float
    thin: float
    titled: bool
    fonts: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def size(self, size: Size, height: float, width: float | None = None) -> tuple[float, float]:
        """Width and height in inches.

        Parameters
        ----------
        size : {"column", "page"}, (float, float) or None
            As asked for: a width by name, or both in inches.
        height : float
            That suits the content at the scale of a screen.
        width : float, optional
            The same, of a picture of which nobody says it; else the style's.

        Raises
        ------
        PlotError
        """
        natural = min(height * self.scale, LARGEST)
        if size is None:
            return (self.width if width is None else width * self.scale), natural
        if isinstance(size, str):
            if size not in SIZES:
                raise PlotError(
                    f"size is '{size}'; {did_you_mean(size, SIZES)} or (width, height) in inches"
                )
            return SIZES[size], natural
        try:
            sides = tuple(float(side) for side in size)
        except (TypeError, ValueError, OverflowError):
            sides = ()
        if len(sides) != 2 or not all(SMALLEST <= side <= LARGEST for side in sides):
            raise PlotError(
                f"size is {given(size)}; allowed are 'column', 'page' and (width, height) in "
                f"inches, each from {SMALLEST:g} to {LARGEST:g}"
            )
        return sides[0], sides[1]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let matplotlib's settings be this style's."""
        with plain_style():
            settings: Any = matplotlib.rcParams
            settings.update(self._all())
            yield

    def _all(self) -> dict[str, Any]:
        thin = self.thin
        return {
            "font.size": self.text,
            "axes.labelsize": self.text,
            "axes.titlesize": self.text,
            "figure.titlesize": self.text,
            "figure.labelsize": self.text,
            "xtick.labelsize": self.small,
            "ytick.labelsize": self.small,
            "legend.fontsize": self.small,
            "legend.title_fontsize": self.small,
            "legend.frameon": False,
            "axes.linewidth": thin,
            "xtick.major.width": thin,
            "ytick.major.width": thin,
            "xtick.minor.width": 0.75 * thin,
            "ytick.minor.width": 0.75 * thin,
            "xtick.major.size": 4.5 * thin,
            "ytick.major.size": 4.5 * thin,
            "xtick.minor.size": 2.5 * thin,
            "ytick.minor.size": 2.5 * thin,
            "lines.linewidth": self.line,
            "lines.markersize": 4.0 * self.line,
            "patch.linewidth": thin,
            "hatch.linewidth": thin,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=lines(7)),
            "axes.formatter.limits": (-4, 5),
            "figure.dpi": self.dpi,
            # Letters of a PDF stay letters, with their fonts inside; those of an SVG are outlines.
            "pdf.fonttype": 42,
            "ps.fonttype": 42,
            "svg.fonttype": "path",
            "svg.hashsalt": "hamsim",
            "mathtext.fontset": "dejavusans",
            **self._family(),
            **self.settings,
        }

    def _family(self) -> dict[str, Any]:
        """The style's font; letters that it does not have are taken from the user's."""
        there = [name for name in self.fonts if name in _known_fonts()][:1]
        return {"font.family": [*there, *matplotlib.rcParams["font.family"]]} if there else {}


STYLES: Mapping[str, Style] = MappingProxyType(
    {
        style.name: style
        for style in (
            Style("screen", 8.0, 1.0, 150.0, 9.0, 8.0, 6.5, 1.1, 0.7, titled=True),
            Style(
                *("paper", SIZES["page"], 0.72, 300.0, 7.0, 6.0, 5.0, 0.8, 0.5),
                titled=False,
                fonts=_JOURNAL_FONTS,
            ),
        )
    }
)


@contextmanager
def styled(style: str = "screen") -> Iterator[Style]:
    """Draw in a style: matplotlib's settings are its own within, whatever they are besides.

    Parameters
    ----------
    style : {"screen", "paper"}

    Raises
    ------
    PlotError
    """
    if not isinstance(style, str) or style not in STYLES:
        word = style if isinstance(style, str) else ""
        raise PlotError(f"style is {given(style)}; {did_you_mean(word, STYLES)}")
    with STYLES[style].applied():
        yield STYLES[style]


@contextmanager
def plain_style() -> Iterator[None]:
    """Matplotlib's own settings but for the fonts, and no warning of letters that these lack."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        settings: Any = matplotlib.rcParams
        fonts = {name: settings[name] for name in _FONTS}
        matplotlib.rcdefaults()
        settings.update(fonts)
        yield


def dots_of(dpi: float | None, style: Style) -> float:
    """Dots an inch.

    Raises
    ------
    PlotError
    """
    if dpi is None:
        return style.dpi
    try:
        dots = math.nan if isinstance(dpi, bool | str | bytes) else float(dpi)
    except (TypeError, ValueError, OverflowError):
        dots = math.nan
    if not FEWEST_DOTS <= dots <= MOST_DOTS:
        raise PlotError(
            f"dpi is {given(dpi)}; it must be a number from {FEWEST_DOTS:g} to {MOST_DOTS:g}"
        )
    return dots


@functools.cache
def _known_fonts() -> frozenset[str]:
    return frozenset(font.name for font in fontManager.ttflist)
