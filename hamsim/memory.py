"""How much memory there is, so that what cannot fit is refused before it is tried."""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path

__all__ = ["exceeds_memory", "free_memory", "in_words"]

SHARE = 0.8


def exceeds_memory(wanted: float) -> bool:
    """Whether so many bytes are more than most of the machine's memory; False if nobody knows."""
    return wanted > SHARE * _memory()


@cache
def _memory() -> float:
    """Bytes of memory of the machine; infinite if nobody knows."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (ValueError, OSError, AttributeError):  # not every system tells
        return math.inf


def free_memory() -> float | None:
    """Bytes of memory that a process could have now, or None if nobody knows."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * float(line.split()[1])
    except (OSError, ValueError, IndexError):  # not every system tells
        pass
    return None


def in_words(size: float) -> str:
    """A number of bytes in words."""
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:.1f} MiB"
