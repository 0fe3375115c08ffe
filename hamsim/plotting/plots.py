"""Pictures as they are asked for by kind: of traces, alone and side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hamsim.errors import PlotError, TraceError, given
from hamsim.plotting.style import Picture
from hamsim.plotting.style.styles import Size
from hamsim.plotting.traces.asked import KINDS, asked_of
from hamsim.plotting.traces.figure import draw_traces
from hamsim.trace.trace import Trace

__all__ = ["OTHER_KINDS", "plot_traces"]

# Kinds of pictures of one trace that need its network: functions of the trace, the network or
# None, and keywords groups, neurons, trials, times, size, dpi, style, title.
OTHER_KINDS: dict[str, Callable[..., Picture]] = {}


def plot_traces(
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
    """Draw a trace, or several side by side; `hamsim.Trace.plot` says how."""
    others = _beside(beside)
    asked = asked_of(groups, neurons, kind, trials, times, (*KINDS, *OTHER_KINDS))
    look: Mapping[str, Any] = {"size": size, "dpi": dpi, "style": style, "title": title}
    if kind in OTHER_KINDS:
        if others:
            raise PlotError(f"kind {kind} draws one trace; leave beside out")
        chosen = {"groups": asked.groups, "neurons": neurons, "trials": trials, "times": times}
        picture = OTHER_KINDS[kind](trace, network, **chosen, **look)
    else:
        if network is not None:
            raise PlotError("network is for kinds that need one, " + " and ".join(OTHER_KINDS))
        picture = draw_traces([trace, *others], asked, **look)
    if out is not None:
        picture.save(out)
    return picture


def _beside(beside: Any) -> Sequence[Any]:
    if beside is None:
        return ()
    found = [beside] if isinstance(beside, Trace | str | os.PathLike) else list(beside)
    for each in found:
        if not isinstance(each, Trace | str | os.PathLike):
            raise TraceError(f"beside is {given(each)}; it must be a trace, or several")
    return found
