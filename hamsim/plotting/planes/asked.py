"""Planes as people ask for them: of a network, or of a trace with its trajectories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.equilibria.energy_plane import EnergyPlane, energy_plane
from hamsim.equilibria.moment import moment_of
from hamsim.equilibria.phase_plane import PhasePlane, phase_plane
from hamsim.errors import HamsimError, PlotError, given
from hamsim.methods import DISCRETE
from hamsim.network import Network
from hamsim.plotting.planes.energy import draw_energy_plane
from hamsim.plotting.planes.paths import MOST_PATHS
from hamsim.plotting.planes.phase import draw_phase_plane
from hamsim.plotting.style import Picture
from hamsim.spec.text import parse_text
from hamsim.trace.trace import Trace

__all__ = [
    "draw_energy",
    "draw_phase",
    "landscape_of_network",
    "landscape_of_trace",
    "network_of",
    "phase_of_network",
    "phase_of_trace",
]

NUMBERS = 5_000_000  # of states that trajectories in a landscape are made of
MARGIN = 0.15  # around trajectories, as a part of what they span


def draw_phase(
    plane: PhasePlane, trace: Trace | None = None, trials: Any = None, **looks: Any
) -> Picture:
    """Draw a phase plane, with the trajectories of a trace where one is given."""
    if trace is None:
        return draw_phase_plane(plane, **looks)
    shown = _shown(trace, trials, None)
    paths = _of_two(trace, shown, plane.neurons, plane.what)
    return draw_phase_plane(plane, paths, left_out=shown.left_out, **looks)


def draw_energy(
    plane: EnergyPlane, trace: Trace | None = None, trials: Any = None, **looks: Any
) -> Picture:
    """Draw an energy over a plane, with the trajectories of a trace where one is given."""
    if trace is None:
        return draw_energy_plane(plane, **looks)
    shown = _shown(trace, trials, None)
    network = network_of(trace, plane.network)
    paths = _states(trace, network, shown)
    return draw_energy_plane(plane, paths, left_out=shown.left_out, **looks)


def phase_of_network(
    network: Network,
    neurons: Sequence[Any] | None = None,
    *,
    through: Any = "initial",
    what: str = "x",
    range: Sequence[float] | None = None,
    t: float | None = None,
    trial: int = 0,
    **looks: Any,
) -> Picture:
    """Draw the phase plane of two neurons: the two that move, where nobody names any.

    Options are those of `hamsim.phase_plane`, and `size`, `dpi`, `style`, `title`, `out`.
    """
    a, b = _two(network, neurons, t, trial)
    plane = phase_plane(network, a, b, through=through, what=what, range=range, t=t, trial=trial)
    return draw_phase_plane(plane, **looks)


def landscape_of_network(
    network: Network,
    neurons: Sequence[Any] | None = None,
    *,
    through: Any = None,
    what: str | None = None,
    range: Sequence[float] | None = None,
    t: float | None = None,
    trial: int = 0,
    **looks: Any,
) -> Picture:
    """Draw the energy over the plane of two neurons or states, or of the attractors.

    Options are those of `hamsim.energy_plane`, whose a and b are `neurons`, and `size`, `dpi`,
    `style`, `title`, `out`.
    """
    a, b = (None, None) if neurons is None else _pair(network, neurons)
    plane = energy_plane(network, a, b, through=through, what=what, range=range, t=t, trial=trial)
    return draw_energy_plane(plane, **looks)


def phase_of_trace(
    trace: Trace,
    neurons: Sequence[Any] | None = None,
    *,
    trials: Iterable[int] | int | None = None,
    times: tuple[float, float] | None = None,
    network: Any = None,
    **looks: Any,
) -> Picture:
    """Draw a run in the phase plane of two neurons.

    Inputs act as at the end of what is drawn; other neurons are held at the last state of the first
    trial that is drawn.

    Parameters
    ----------
    trace : Trace
    neurons : pair, optional
        The two that move, where nobody names any.
    trials : int or iterable of int, optional
    times : (float, float), optional
    network : optional
        Where the trace does not hold all of its description.
    **looks
        `size`, `dpi`, `style`, `title`, `out`.
    """
    if trace.made.method in DISCRETE:
        raise PlotError(
            f"the run was made in sweeps ({trace.made.method}), which have no velocities; its "
            "energy can be drawn: kind landscape"
        )
    shown = _shown(trace, trials, times)
    compiled = network_of(trace, network)
    pair = _two(compiled, neurons, shown.time, int(shown.trials[0]))
    what = "x" if "x" in trace.arrays else "g"
    paths = _of_two(trace, shown, pair, what)
    ends = _around(np.concatenate(paths)) if what == "x" else None
    plane = phase_plane(
        compiled,
        *pair,
        through=_last(trace, compiled, shown),
        what=what,
        range=ends,
        t=shown.time,
        trial=int(shown.trials[0]),
        where=_where(trace, shown),
    )
    return draw_phase_plane(plane, paths, left_out=shown.left_out, **looks)


def landscape_of_trace(
    trace: Trace,
    neurons: Sequence[Any] | None = None,
    *,
    trials: Iterable[int] | int | None = None,
    times: tuple[float, float] | None = None,
    network: Any = None,
    **looks: Any,
) -> Picture:
    """Draw a run in the energy over the plane of its principal axes, or of two neurons or states.

    Parameters
    ----------
    trace, trials, times, network, **looks
        As of `phase_of_trace`.
    neurons : pair, optional
        What spans the plane, as of `hamsim.energy_plane`.
    """
    if "x" not in trace.arrays:
        raise PlotError("the trace does not hold x, without which a run has no place in a plane")
    shown = _shown(trace, trials, times)
    compiled = network_of(trace, network)
    paths = _states(trace, compiled, shown)
    a, b = (None, None) if neurons is None else _pair(compiled, neurons)
    states = np.concatenate([each[np.isfinite(each).all(axis=1)] for each in paths])
    if not len(states):
        raise PlotError("no state of the trace is finite, so there is nothing to draw")
    first = int(shown.trials[0])
    if neurons is None:
        plane = energy_plane(compiled, states=states, t=shown.time, trial=first)
    else:
        plane = energy_plane(compiled, a, b, t=shown.time, trial=first)
    return draw_energy_plane(plane, paths, left_out=shown.left_out, **looks)


def network_of(trace: Trace, network: Any = None) -> Network:
    """The network of a trace: the one that is given, or what its description says.

    Raises
    ------
    PlotError
        It does not hold its description, or has other neurons than the network given.
    """
    if network is not None:
        found = as_network(network)
    else:
        source = trace.header.source
        if not source:
            raise PlotError(
                "the trace does not hold the description of its network: give it, as network"
            )
        try:
            found = as_network(parse_text(source)[0])
        except (HamsimError, OSError) as error:
            raise PlotError(
                f"the network of the trace cannot be made again ({error}); give it, as network"
            ) from None
    there = [(group.name, group.size) for group in found.groups]
    if there != [(group.name, group.size) for group in trace.header.groups]:
        raise PlotError("the network has other groups than that of the trace")
    return found


class _Shown(NamedTuple):
    """What of a trace is drawn."""

    records: slice
    trials: Any
    time: float
    left_out: tuple[str, ...]


def _shown(trace: Trace, trials: Any, times: Any) -> _Shown:
    if trace.t.size == 0:
        raise PlotError("the trace holds no records, so there is nothing to draw")
    count = 1 if trace.trials is None else trace.trials
    said: tuple[str, ...] = ()
    if trials is None:
        chosen = np.arange(min(count, MOST_PATHS))
        if count > MOST_PATHS:
            said = (f"trials {MOST_PATHS} to {count - 1} are left out",)
    else:
        chosen = np.atleast_1d(np.asarray(trials, dtype=np.int64))
        if not chosen.size or chosen.min() < 0 or chosen.max() >= count:
            raise PlotError(f"trials is {given(trials)}; the trace has {count}, from 0 on")
    low, high = (-np.inf, np.inf) if times is None else _times(times)
    inside = np.flatnonzero((trace.t >= low) & (trace.t <= high))
    if not inside.size:
        raise PlotError(
            f"the trace has no record from {low:g} to {high:g}; it goes from {trace.t[0]:g} to "
            f"{trace.t[-1]:g}"
        )
    records = slice(int(inside[0]), int(inside[-1]) + 1)
    return _Shown(records, chosen, float(trace.t[inside[-1]]), said)


def _times(times: Any) -> tuple[float, float]:
    try:
        low, high = (float(each) for each in times)
    except (TypeError, ValueError):
        raise PlotError(f"times is {given(times)}; give the first and the last time") from None
    return low, high


def _pair(network: Network, neurons: Any) -> tuple[Any, Any]:
    """What spans a plane: two neurons or states, or what names two neurons at once."""
    found = [neurons] if isinstance(neurons, str) else list(neurons)
    if len(found) == 1 and isinstance(found[0], str):
        found = [network.label(k) for k in _numbers(network, found[0])]
    if len(found) != 2:
        raise PlotError(f"a plane is spanned by two; neurons names {len(found)}")
    return found[0], found[1]


def _numbers(network: Network, named: Any) -> list[int]:
    """Numbers of the neurons that something names."""
    numbers: list[int] = np.atleast_1d(np.arange(network.n_neurons)[network.index(named)]).tolist()
    return numbers


def _two(network: Network, neurons: Any, t: float | None, trial: int) -> tuple[str, str]:
    """Labels of two neurons: those that are named, or the only two that move at a time."""
    if neurons is None:
        moving = np.setdiff1d(np.flatnonzero(network.tau > 0), moment_of(network, t, trial).held)
        if moving.size < 2:
            raise PlotError(
                f"a phase plane is of two neurons that move, and the network has {moving.size}"
            )
        if moving.size > 2:
            raise PlotError(
                f"{moving.size:,} neurons move; name the two of a phase plane, as "
                "neurons=['a', 'b']"
            )
        numbers = moving.tolist()
    else:
        numbers = []
        for each in _pair(network, neurons):
            found = _numbers(network, each)
            if len(found) != 1:
                raise PlotError(f"'{each}' is {len(found):,} neurons; a phase plane is of two")
            numbers += found
    return network.label(numbers[0]), network.label(numbers[1])


def _of_two(trace: Trace, shown: _Shown, pair: Sequence[Any], what: str) -> list[Floats]:
    """Trajectories of two neurons, each of shape (T, 2)."""
    if what not in trace.arrays:
        raise PlotError(f"the trace does not hold {what}, so there is no trajectory to draw")
    index = trace.header.recorded.index(list(pair))
    if isinstance(index, str):
        raise PlotError(index)
    values = trace.arrays[what][shown.records][:, shown.trials][..., index[0]]
    return [values[:, k].astype(np.float64) for k in np.arange(values.shape[1])]


def _last(trace: Trace, network: Network, shown: _Shown) -> Floats:
    """A state of all neurons: the last that is known of the first trial that is drawn."""
    trial = int(shown.trials[0])
    if trace.state is not None:
        rows = np.atleast_2d(trace.state.x)
    else:
        rows = np.atleast_2d(network.initial)
    state = np.array(rows[trial if trial < len(rows) else 0])
    if "x" in trace.arrays:
        last = trace.arrays["x"][shown.records][-1, trial]
        state[trace.neurons] = last
    return np.where(np.isfinite(state), state, 0.0)


def _where(trace: Trace, shown: _Shown) -> str:
    """Which state `_last` is, in words."""
    if "x" in trace.arrays or shown.records.stop == trace.t.size:
        return "the last state"
    return "the state at the run's end, as x was not recorded"


def _states(trace: Trace, network: Network, shown: _Shown) -> list[Floats]:
    """Trajectories as states of all neurons; those that were not recorded stay where they ended."""
    n = network.n_neurons
    records = np.arange(trace.t.size)[shown.records]
    most = max(2, NUMBERS // (n * len(shown.trials)))
    if records.size > most:
        records = records[np.unique(np.linspace(0, records.size - 1, most).astype(int))]
    paths = []
    for trial in shown.trials:
        rows = np.tile(_last(trace, network, shown._replace(trials=[trial])), (records.size, 1))
        rows[:, trace.neurons] = trace.arrays["x"][records, trial]
        paths.append(rows)
    return paths


def _around(values: Floats) -> list[float] | None:
    """Ranges of both neurons that hold their trajectories; None where there is nothing finite."""
    ends: list[float] = []
    for k in (0, 1):
        fine = values[..., k][np.isfinite(values[..., k])]
        if not fine.size:
            return None
        low, high = float(fine.min()), float(fine.max())
        half = MARGIN * (high - low) or 0.5 * max(abs(high), 1.0)
        ends += [low - half, high + half]
    return ends
