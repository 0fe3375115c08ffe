"""Which pictures a trace has, and how they are asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from hamsim.errors import PlotError, given
from hamsim.plotting.style import Picture, title_of
from hamsim.plotting.style.styles import Size
from hamsim.plotting.traces import asked as records_of_it
from hamsim.plotting.traces.asked import Asked, asked_of
from hamsim.plotting.traces.figure import draw_traces, not_drawn
from hamsim.trace.reader import load_trace
from hamsim.trace.trace import Trace

__all__ = ["KINDS", "draw_trace", "left_out", "not_drawn"]

# Kinds for which a trace is not enough: planes of its network.
PLANES = {
    "phase": "the phase plane of two neurons, with the run in it",
    "landscape": "the energy over a plane, with the run in it",
}
KINDS: Mapping[str, str] = MappingProxyType({**records_of_it.KINDS, **PLANES})


def draw_trace(
    trace: Trace | str | os.PathLike[str],
    groups: Any = None,
    neurons: Any = None,
    *,
    kind: str | None = None,
    trials: Any = None,
    times: Any = None,
    beside: Any = None,
    network: Any = None,
    size: Size = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Picture:
    """Draw a trace, or several side by side; see `Trace.plot`.

    Parameters
    ----------
    trace : Trace or path
        A file is read piece by piece, so that it need not fit into memory.

    Raises
    ------
    PlotError
        What is asked for cannot be drawn.
    TraceError
        A trace does not hold it, or cannot be read.
    """
    others = _beside(beside)
    asked = asked_of(groups, neurons, kind, trials, times, KINDS)
    look: dict[str, Any] = {"size": size, "dpi": dpi, "style": style, "title": title_of(title)}
    if kind in PLANES:
        if others:
            raise PlotError(f"a picture of kind '{kind}' is of one trace; leave beside out")
        picture = _plane(trace, asked, network, look)
    else:
        if network is not None:
            raise PlotError(f"network is for the kinds {' and '.join(PLANES)}; leave it out")
        picture = draw_traces([trace, *others], asked, **look)
    if out is not None:
        picture.save(out)
    return picture


def left_out(trace: Trace) -> tuple[str, ...]:
    """Recorded groups that are not drawn if nobody names groups."""
    return not_drawn(trace.header)


def _plane(
    trace: Trace | str | os.PathLike[str], asked: Asked, network: Any, look: dict[str, Any]
) -> Picture:
    # They compile the network, which pictures of records need not.
    from hamsim.plotting.planes.asked import landscape_of_trace, phase_of_trace

    if asked.groups is not None:
        raise PlotError("a plane is spanned by two neurons or states; name neurons, no groups")
    held = trace if isinstance(trace, Trace) else load_trace(trace)
    trials = asked.trials_of(1 if held.trials is None else held.trials, held.trials is None)
    times = None if not np.isfinite(asked.window).any() else asked.window
    draw = phase_of_trace if asked.kind == "phase" else landscape_of_trace
    picture: Picture = draw(
        held, asked.neurons, trials=trials, times=times, network=network, **look
    )
    return picture


def _beside(beside: Any) -> Sequence[Any]:
    if beside is None:
        return ()
    try:
        found = [beside] if isinstance(beside, Trace | str | os.PathLike) else list(beside)
    except TypeError:
        found = [beside]
    for each in found:
        if not isinstance(each, Trace | str | os.PathLike):
            raise PlotError(f"beside holds {given(each)}; it must be a trace, or several")
    return found
