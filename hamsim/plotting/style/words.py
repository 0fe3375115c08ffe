"""Numbers and texts as boxes, arrows and tables of a picture have them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["number", "span", "width"]

# Of a letter of a sans serif font, in its size; those of East Asia are as wide as they are high.
LETTER, CAPITAL, WIDE = 0.56, 0.7, 1.05
BOLD = 1.13  # times as wide
POINTS = 72.0
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float) -> str:
    """A number of three digits, with a minus that is as long as a plus."""
    digits, _, power = f"{value:.3g}".replace("-", "−").partition("e")
    if not power:
        return digits
    digits = {"1": "", "−1": "−"}.get(digits, f"{digits}×")
    sign = "⁻" if power[0] == "−" else ""
    return f"{digits}10{sign}{power[1:].lstrip('0').translate(_RAISED)}"


def span(values: Sequence[float]) -> str:
    """The smallest and the largest of several numbers."""
    low, high = (number(float(value)) for value in values)
    return low if low == high else f"{low} … {high}"


def width(text: str, size: float, bold: bool = False) -> float:
    """About how wide text of so many points is, in inches."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    capital = sum(letter.isupper() for letter in text)
    whole = LETTER * (len(text) - wide - capital) + WIDE * wide + CAPITAL * capital
    return whole * (BOLD if bold else 1.0) * size / POINTS
