"""Colours: of lines, that everybody can tell apart, and of maps, in which steps look as they are.

Lines have the colours of Okabe and Ito (2008). A map of unsigned data is viridis; that of signed
data goes from white at 0 along two arms, blue and red, whose lightness falls evenly and equally.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap, ListedColormap

from hamsim.arrays import Floats

__all__ = [
    "MISSING",
    "STATUS",
    "dashes",
    "grey",
    "lines",
    "of_images",
    "of_rounding",
    "signed",
    "span",
    "unsigned",
]

# Those that stand out on white come first; the yellow of the eight does not, and is left out.
_LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES = ("-", "--", ":", "-.")
# What was proved, refuted and left open.
STATUS: Mapping[str, str] = MappingProxyType(
    {"proved": "#009E73", "refuted": "#D55E00", "undecided": "#666666"}
)
MISSING = "#D0D0D0"  # where a map has no number
# Numbers that differ by this part of their size, or less, differ by how they were rounded.
ROUNDING = 1e-9
# Arms of the signed map in CIELAB, from white to the darkest: (L, a, b), L falling evenly.
_BLUE = ((97.0, 0.0, 0.0), (80.0, -8.0, -17.0), (55.0, -4.0, -37.0), (30.0, 6.0, -36.0))
_RED = ((97.0, 0.0, 0.0), (80.0, 19.0, 16.0), (55.0, 48.0, 35.0), (30.0, 45.0, 28.0))
_STEPS = 128  # colours of an arm
# From CIE XYZ with the white D65 to linear sRGB [IEC 61966-2-1].
_WHITE = np.array([0.95047, 1.0, 1.08883])
_TO_RGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)


def lines(n: int) -> list[str]:
    """Colours of n lines; from the eighth on they come again, with `dashes` beside them."""
    return [_LINES[k % len(_LINES)] for k in range(n)]


def dashes(n: int) -> list[str]:
    """How n lines are dashed, so that those of one colour differ."""
    return [_DASHES[k // len(_LINES) % len(_DASHES)] for k in range(n)]


@functools.cache
def signed() -> Colormap:
    """A map of numbers with a sign: white is 0 where the range is `span`'s."""
    blue, red = (_arm(points) for points in (_BLUE, _RED))
    rows = np.concatenate([blue[::-1], red])
    return ListedColormap([tuple(row) for row in rows.tolist()], "hamsim signed")


def unsigned() -> Colormap:
    """A map of numbers without a sign."""
    return colormaps["viridis"]


def grey() -> Colormap:
    """A map from white to black, for what is on or off."""
    return colormaps["gray_r"]


def of_images(has_sign: bool, two_valued: bool) -> Colormap:
    """The map of images: grey, but where signs are to be told apart."""
    return signed() if has_sign and not two_valued else grey()


def of_rounding(low: float, high: float) -> bool:
    """Whether numbers between two others differ by how they were rounded, or not at all."""
    return high - low <= ROUNDING * max(abs(low), abs(high))


def span(values: Floats) -> tuple[float, float, bool]:
    """Range of the colours of some numbers, and whether it is that of a signed map.

    Parameters
    ----------
    values : ndarray
        Those that are not finite do not count.

    Returns
    -------
    low, high : float
        Centred at 0 where there are numbers below 0, and from there on where all are the same but
        for rounding: colours never stand for noise.
    has_sign : bool
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0, False
    low, high = float(finite.min()), float(finite.max())
    if low < 0:
        most = max(-low, high)
        return -most, most, True
    if of_rounding(low, high):
        return (0.0, high, False) if high > 0 else (0.0, 1.0, False)
    return low, high, False


def _arm(points: tuple[tuple[float, float, float], ...]) -> Floats:
    """Colours along an arm, shape (steps, 3)."""
    lab = np.array(points)
    lightness = np.linspace(lab[0, 0], lab[-1, 0], _STEPS)
    along = [np.interp(-lightness, -lab[:, 0], lab[:, k]) for k in (1, 2)]
    return _rgb(np.stack([lightness, *along], axis=1))


def _rgb(lab: Floats) -> Floats:
    """Colours of sRGB from those of CIELAB; both of shape (n, 3)."""
    y = (lab[:, 0] + 16) / 116
    f = np.stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200], axis=1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _WHITE
    linear = np.clip(xyz @ _TO_RGB.T, 0.0, 1.0)
    curved = 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    found: Floats = np.clip(np.where(linear > 0.0031308, curved, 12.92 * linear), 0.0, 1.0)
    return found
