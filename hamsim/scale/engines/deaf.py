"""What workers of a local cluster of Dask load first: Ctrl-C is for who started them."""

from __future__ import annotations

import signal
from typing import Any

__all__ = ["dask_setup"]


def dask_setup(worker: Any) -> None:
    """Let the process, whose main thread this is, not end at Ctrl-C: it has rows to store."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
