"""Pictures of a page: what is drawn of which subject."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from hamsim.counted import counted
from hamsim.errors import HamsimError
from hamsim.html.elements import notes
from hamsim.html.markup import Html, joined
from hamsim.html.page import frames, zoomable
from hamsim.html.pictures import picture
from hamsim.learning.training.trained import Trained
from hamsim.network import Network
from hamsim.report.words import named
from hamsim.scale.results.results import KNOWN, SweepResults
from hamsim.trace.trace import Trace

__all__ = ["of_network", "of_run", "of_sweep", "of_training"]

# Dots of all images that move, and groups that have such; more would not fit into 2 MB.
MOST_DOTS = 600_000
MOST_MOVING = 3
MOST_NUMBERS = 6  # of a sweep that are drawn
MOST_IN_A_PLANE = 12  # neurons of a network of which two may move
DPI = 110.0


def of_network(network: Network) -> Html:
    """The graph of groups and connections."""
    from hamsim.plotting.network_pictures import draw_network

    name = f"the graph of {named(network.name) or 'the network'}"
    return _shown(draw_network(network), name)


def of_run(
    trace: Trace,
    groups: Iterable[str] | None = None,
    neurons: Any = None,
    network: Network | None = None,
) -> Html:
    """What happened against time, in the plane of two neurons, and as images at any moment."""
    from hamsim.plotting.trace_pictures import draw_trace

    if trace.t.size == 0:
        return notes(["The trace holds no records, so there is nothing to draw."])
    chosen = None if groups is None else tuple(groups)
    if chosen is not None or neurons is not None:
        whole = _shown(draw_trace(trace, chosen, neurons), "the run against time")
        return joined([whole, *_moving(trace, chosen or ())])
    try:
        parts = [_shown(draw_trace(trace), "the run against time")]
    except HamsimError as error:  # as of records that are no states
        parts = [notes([f"The run is not drawn: {error}"])]
    return joined([*parts, *_plane(trace, network), *_moving(trace, None)])


def _plane(trace: Trace, network: Network | None) -> Iterable[Html]:
    """The phase plane of a network in which two neurons move."""
    from hamsim.plotting.trace_pictures import draw_trace

    if network is None or network.n_neurons > MOST_IN_A_PLANE or trace.t.size < 2:
        return
    with suppress(HamsimError):  # more than two move, or in sweeps
        plane = draw_trace(trace, kind="phase", network=network)
        yield _shown(plane, "the phase plane")


def of_sweep(results: SweepResults, show: Iterable[str] | None = None) -> Html:
    """A picture of each number that was kept."""
    from hamsim.plotting.sweep_figure import draw_sweep

    kept = [name for name, values in results.columns.items() if _is_number(name, values)]
    chosen = list(show) if show is not None else kept[:MOST_NUMBERS]
    if not chosen or not results.dims:
        return notes(["No single number was kept of each run, so there is nothing to draw."])
    drawn: list[Html] = []
    reasons: list[str] = []
    for name in chosen:
        try:
            drawn.append(_shown(draw_sweep(results, name), f"{name} over the sweep"))
        except HamsimError as error:  # as of axes that hold arrays
            if show is not None:
                raise
            reasons.append(f"{name} is not drawn: {error}")
    rest = len(kept) - len(chosen) if show is None else 0
    if rest > 0:
        verb = "was kept, and is" if rest == 1 else "were kept, and are"
        reasons.append(f"{counted(rest, 'more number')} {verb} in the table.")
    return joined([*drawn, notes(reasons)])


def of_training(trained: Trained) -> Html:
    """Loss, score and sweeps, epoch after epoch."""
    from hamsim.plotting.training_figure import draw_training

    return _shown(draw_training(trained), "training, epoch by epoch")


def _is_number(name: str, values: Any) -> bool:
    return name not in KNOWN and values.shape == () and values.dtype.kind in "iufb"


def _moving(trace: Trace, chosen: tuple[str, ...] | None) -> Iterable[Html]:
    """Sliders over time, of groups whose neurons stand in rows and columns."""
    from hamsim.plotting.frames import frames_of, image_groups

    if not {"x", "g"} & set(trace.arrays) or trace.t.size < 2:
        return
    names = [name for name in image_groups(trace) if chosen is None or name in chosen]
    names = names[:MOST_MOVING]
    for name in names:
        made = frames_of(trace, name, MOST_DOTS // len(names))
        if made is None:
            continue
        many = f", {made.labels[0]} to {made.labels[-1]}" if len(made.labels) > 1 else ""
        words = (
            f"Activations of {named(name)} as images{many}, from {made.moments[0]} to "
            f"{made.moments[-1]}; values from {made.low:.4g} to {made.high:.4g}"
        )
        caption = f"Activations of {named(name)}. {' '.join(made.left_out)}".strip()
        yield frames(made, words, caption)


def _shown(figure: Any, label: str) -> Html:
    words = str(getattr(figure, "description", "")) or f"A picture of {label}"
    return zoomable(picture(figure, description=words, dpi=DPI), label)
