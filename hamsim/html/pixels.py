"""Small pictures of arrays, a dot a number, without a library for figures."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats

__all__ = ["coded_scale", "coloured", "png", "range_of"]

_COLOURS = 256


def range_of(values: Floats) -> tuple[float, float, bool]:
    """Range of the colours of some numbers, and whether these have a sign."""
    from hamsim.plotting.style.colours import span

    return span(values)


def coloured(values: Floats, low: float, high: float, has_sign: bool) -> str:
    """A picture of numbers, as PNG in base64; grey where there is none.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    low, high : float
        Of the colours.
    has_sign : bool
    """
    with np.errstate(all="ignore"):
        scaled = (values - low) / (high - low) if high > low else np.zeros(values.shape)
        places = np.clip(np.nan_to_num(scaled, nan=0.0) * _COLOURS, 0, _COLOURS - 1)
    rows = places.astype(np.uint8)
    table = _table(has_sign)
    if np.isnan(values).any():
        picture = table[rows]
        picture[np.isnan(values)] = 208
        return base64.b64encode(png(picture)).decode("ascii")
    return base64.b64encode(png(rows, table)).decode("ascii")


@cache
def coded_scale(has_sign: bool) -> str:
    """The colours themselves, the highest on top."""
    return base64.b64encode(png(_table(has_sign)[::-4][:, None])).decode("ascii")


@cache
def _table(has_sign: bool) -> NDArray[np.uint8]:
    """Colours from the lowest to the highest, shape (256, 3)."""
    from hamsim.plotting.style.colours import signed, unsigned

    colours: Any = signed() if has_sign else unsigned()
    found: NDArray[np.uint8] = colours(np.linspace(0.0, 1.0, _COLOURS), bytes=True)[:, :3]
    return np.ascontiguousarray(found)


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
