"""Small pictures of arrays, a dot a number, without a library for figures."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats

__all__ = ["coded_scale", "coloured", "png", "range_of"]

_COLOURS = 256
_MISSING = 208  # grey, where there is no number
# Numbers that differ by this part of their size, or less, differ by how they were rounded.
_ROUNDING = 1e-9
# Every sixteenth colour of the maps that figures have: importing these takes as long as all that
# is shown here. Without a sign viridis, with one from blue over white at 0 to red.
_UNSIGNED = (
    "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 "
    "84d44b addc30 d8e219 fde725"
)
_SIGNED = (
    "1a477f 275c95 3473ad 428ac4 67a0cf 87b7db a6cee6 d0e3ef f6f6f6 f7d8d0 f3b9aa ed9b88 e47c68 "
    "d95b49 bd463a a2312b 891c1e"
)


def range_of(values: Floats) -> tuple[float, float, bool]:
    """Range of the colours of some numbers, and whether these have a sign: then 0 is in the middle.

    It begins at 0 where all are the same but for rounding: colours never stand for noise.

    Parameters
    ----------
    values : ndarray
        Those that are not finite do not count.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0, False
    low, high = float(finite.min()), float(finite.max())
    if low < 0:
        most = max(-low, high)
        return -most, most, True
    if high - low <= _ROUNDING * high:
        return 0.0, high or 1.0, False
    return low, high, False


def coloured(values: Floats, low: float, high: float, has_sign: bool) -> str:
    """A picture of numbers, as PNG in base64; grey where there is none.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    low, high : float
        Of the colours.
    has_sign : bool
    """
    with np.errstate(all="ignore"):  # the range itself may overflow
        scaled = (values / 2 - low / 2) / (high / 2 - low / 2)
        places = np.clip(np.nan_to_num(scaled, nan=0.0) * _COLOURS, 0, _COLOURS - 1)
    rows = places.astype(np.uint8)
    table = _table(has_sign)
    if np.isnan(values).any():
        picture = table[rows]
        picture[np.isnan(values)] = _MISSING
        return base64.b64encode(png(picture)).decode("ascii")
    return base64.b64encode(png(rows, table)).decode("ascii")


@cache
def coded_scale(has_sign: bool) -> str:
    """The colours themselves, the highest on top."""
    return base64.b64encode(png(_table(has_sign)[::-4][:, None])).decode("ascii")


@cache
def _table(has_sign: bool) -> NDArray[np.uint8]:
    """Colours from the lowest to the highest, shape (256, 3)."""
    anchors = np.array([list(bytes.fromhex(each)) for each in _named(has_sign).split()])
    places = np.linspace(0, len(anchors) - 1, _COLOURS)
    parts = [np.interp(places, np.arange(len(anchors)), part) for part in anchors.T]
    return np.stack(parts, axis=1).round().astype(np.uint8)


def _named(has_sign: bool) -> str:
    return _SIGNED if has_sign else _UNSIGNED


def png(rows: NDArray[np.uint8], palette: NDArray[np.uint8] | None = None) -> bytes:
    """A PNG [ISO/IEC 15948].

    Parameters
    ----------
    rows : ndarray of uint8, shape (height, width, 3), or (height, width) with a palette
    palette : ndarray of uint8, shape (256, 3), optional
    """
    height, width = rows.shape[:2]
    # Each line begins with 0, the filter that leaves it as it is.
    lines = np.zeros((height, 1 + rows[0].size), dtype=np.uint8)
    lines[:, 1:] = rows.reshape(height, -1)
    kind = 2 if palette is None else 3  # colours, or places of a palette
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = [(b"IHDR", head)]
    chunks += [] if palette is None else [(b"PLTE", palette.tobytes())]
    chunks += [(b"IDAT", zlib.compress(lines.tobytes(), 3)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
