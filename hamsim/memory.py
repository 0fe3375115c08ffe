"""How much memory there is, so that what cannot fit is refused before it is tried."""

from __future__ import annotations

import os

__all__ = ["exceeds_memory"]

SHARE = 0.8


def exceeds_memory(wanted: float) -> bool:
    """Whether so many bytes are more than most of the machine's memory; False if nobody knows."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # not every system tells
        return False
    return wanted > SHARE * memory
