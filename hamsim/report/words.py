"""Numbers and names in words."""

from __future__ import annotations

from collections.abc import Sequence

from hamsim.errors import printable, shortened

__all__ = ["MAX_NAME", "duration", "named", "size_of", "span_of", "trimmed"]

# Letters of a name in lines and tables.
MAX_NAME = 60


def named(name: str, most: int = MAX_NAME) -> str:
    """A name in a line or a table: one line, without control characters, not too long."""
    return printable(shortened(name, most))


def trimmed(text: str, most: int) -> str:
    """Text whose words have at most so many letters."""
    if len(text) <= most:
        return text
    return " ".join(shortened(word, most) for word in text.split(" "))


def span_of(span: Sequence[float]) -> str:
    """The smallest and the largest of several numbers."""
    low, high = span
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def size_of(count: int) -> str:
    """A number of bytes."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


def duration(seconds: float) -> str:
    """A time, in a unit of its size."""
    if seconds >= 1.0:
        for unit, length in (("h", 3600.0), ("min", 60.0)):
            if seconds >= 1.5 * length:
                return f"{seconds / length:.3g} {unit}"
        return f"{seconds:.3g} s"
    return f"{seconds * 1e6:.3g} us" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"
