"""What a trace says at its beginning: what is recorded, and what made it."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from hamsim import __version__
from hamsim.lazy import unread
from hamsim.network import Network, Record
from hamsim.provenance import Provenance, now
from hamsim.trace.acting import acting_of
from hamsim.trace.trace import Header, columns_of

__all__ = ["header_of"]


def header_of(
    network: Network,
    record: Record | None,
    trials: int | None,
    dtype: DTypeLike,
    threads: int,
    method: str,
    dt: float | None,
    end: float | None = None,
) -> Header:
    """Head of the trace of a run; without `record` it holds the last state and energy.

    `end` is when the run ends at the latest: until then the courses of what moves are kept.
    """
    name = "float64" if dtype is np.float64 else np.dtype(dtype).name
    made = Provenance(
        hamsim=__version__,
        date=now(),
        seed=network.seed,
        overrides=network.overrides,
        method=method,
        dt=dt,
        dtype=name,
        threads=threads,
    )
    return Header(
        network.name,
        network.groups,
        columns_of(network, record),
        trials,
        ("x", "energy") if record is None else record.what,
        network.tau,
        unread(network, "source"),
        name,
        made,
        acting_of(network, None if record is None else end),
        network.symmetric,
    )
