"""`simulate`: from a network and an initial state to a trace."""

from __future__ import annotations

import os
import time as clock
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.dynamics.checkpoints import WithFile, checkpoint_of
from hamsim.dynamics.instants import require_instants
from hamsim.dynamics.resuming import (
    beginning_of,
    go_on_with,
    request_of,
    require_same,
    state_in,
)
from hamsim.dynamics.room import require_memory
from hamsim.dynamics.run import Progress, Run
from hamsim.dynamics.starts import begin
from hamsim.dynamics.sweep_run import SweepRun
from hamsim.dynamics.timeline.asked import Asked
from hamsim.dynamics.timeline.discrete import method_name, plan_sweeps, refuse_sweeps
from hamsim.dynamics.timeline.schedule import plan_time
from hamsim.errors import (
    HamsimError,
    SimulationError,
    SimulationInterrupted,
    SimulationWarning,
    given,
)
from hamsim.field.scaled import require_scale
from hamsim.methods import DISCRETE
from hamsim.network import Network, Record
from hamsim.request import count_of, record_of
from hamsim.telling import telling
from hamsim.trace.outcome import Outcome
from hamsim.trace.state import State
from hamsim.trace.stats import Stats
from hamsim.trace.trace import MemorySink, Sink, Trace

__all__ = ["prepare", "simulate", "simulate_into"]

# What they are called, of those that are allowed.
DTYPES = ("float64", "float32", "double", "single", "float", "f8", "f4", "d", "f")


def simulate(
    network: Network | Any,
    initial: ArrayLike | Mapping[Any, ArrayLike] | Trace | State | None = None,
    method: str | None = None,
    dt: float | Literal["auto"] | None = None,
    t_end: float | None = None,
    steps: int | None = None,
    until: float | str | Mapping[str, Any] | None = None,
    record: Record | Mapping[str, Any] | Literal["auto"] | None = "auto",
    threads: int | None = None,
    progress: Callable[[Progress], None] | bool | None = None,
    energy: Literal["plain", "scaled"] | None = None,
    layout: Literal["auto", "rows", "half", "tiles", "dense", "convolution"] = "auto",
    dtype: DTypeLike | None = None,
    trials: int | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int | None = None,
    t_start: float | None = None,
    checkpoint: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    order: str | ArrayLike | None = None,
    sweeps: int | None = None,
    temperature: float | ArrayLike | None = None,
) -> Trace:
    """Integrate tau dx/dt = W g + I - x, or set neurons one by one.

    What is None comes from the file's `simulation` block, else from a default. With
    ``method="euler"``, `dt` and `steps` the result is exactly the iteration
    x <- x + (dt/tau)(W g + I - x) of all neurons at once. With "asynchronous" and "synchronous"
    time counts sweeps, in each of which every neuron that is not clamped is set once: one of two
    values to that of lower energy, any other, and all of a group that share a Lagrangian at once,
    to W g + I. There is a record after each sweep.

    Parameters
    ----------
    network : Network, Spec, path or dict
    initial : array_like of shape (n,) or (trials, n), mapping, or Trace, optional
        States at the beginning in file order. With a trace, or its `state`, the run goes on where
        that one ended, to the bit: with its time, and with its method, dt and whatever else is not
        said here. The network must be the same.
        Of neurons with tau = 0 they are ignored. Or states of groups, ranges and single neurons by
        name, ``{"exc": 1.0, "exc.N027": 2.0}``: one number each, or one a neuron, or one more axis
        in front for trials. What is more particular holds, and the others are the file's. A series
        of pandas has neurons for its index, a table for its columns, with one row a trial.
    method : str, optional
        The name of a row in `hamsim.methods`, or "auto": rk4 where `dt` or `steps` is given, else
        what the network's rates, its noise, delays and stimuli, and the tolerance ask for. What it
        took, and why, is in `stats`.
    dt : float or "auto", optional
        Step in the unit of tau; "auto", and nobody saying anything, leave it to the method: fixed
        steps are then as short as the fastest rate of the network asks for, and a whole number of
        them lies between two records. A step within which a stimulus begins or ends is cut into
        shorter ones that end there. Of methods that choose their steps it is the first one that is
        tried.
    t_end : float, optional
        When the run ends; 100 times the largest tau after it begins if nobody says.
    steps : int, optional
        Exactly so many steps of `dt`, instead of `t_end`; with `dt`, also of methods that choose
        their steps otherwise.
    until : float, str or mapping, optional
        What ends the run earlier: a number is a residual, text a condition; or several of
        ``{"residual": 1e-6, "energy": 1e-6, "time": 50, "wall": "5m", "expression": "..."}``, any
        of which does. *residual*: max|W g + I - x| of the neurons that are free to move is at most
        this. *energy*: from one record to the next it changes by at most this per unit of time.
        Both are asked after the last change of a stimulus, and must hold in all trials that have
        not diverged, as must *expression*: a condition on ``t``, ``energy``, ``residual`` and
        neurons, as ``"mean(pixels.g) > 0.9 and max(abs(exc.x)) < 1"``; see `hamsim.criterion`. It
        is asked at each record, and after each step where all or none are recorded. *wall*: in
        seconds, or as ``"90s"``, ``"5m"`` and ``"2h"``, after which the run is interrupted. With
        ``{"residual": 1e-10, "method": "rest"}`` the trajectory is followed until it is close to
        rest, or its time is over, and the run ends at the rest state to which each trial goes from
        there, as `hamsim.fixed_point` finds it: the last record, at the time at which trajectories
        were left. `Stats.basin` says what is known of it.
    record : "auto", Record, mapping or None
        "auto": what the file says, else x and energy at t = 0 and after every step, cut ones
        included. A mapping is a `Record` as it stands in a file, ``{"every": 0.5, "neurons":
        ["AVAL"]}``, and takes the place of the file's. None: only the last state, at no cost per
        step.
    threads : int, optional
        At most this many; small networks stay on one. The result's bits do not depend on it.
    progress : True or callable, optional
        Called with a `Progress` about ten times a second. True shows a bar, in a notebook or on
        the terminal; `hamsim.live_view` makes one that shows a picture of the run.
    energy : {"plain", "scaled"}, optional
        Which energy is recorded and watched; "scaled" is that of `hamsim.energy(..., scaled=True)`,
        which falls where W is symmetrizable.
    layout : {"auto", "rows", "half", "tiles", "dense", "convolution"}
        How the weights are stored while the network runs; "auto" takes what was measured to be
        fastest. It changes no result beyond rounding. See `hamsim info`.
    dtype : {"float64", "float32"}, optional
        Of the weights while the network runs, and of what is recorded of x and g; float64 if nobody
        says. float32 halves what has to be read in each step. States, sums and the energy are
        float64 in any case, so that the energy of the rounded weights still falls to rounding of
        float64.
    trials : int, optional
        So many trials, the same as those of `trials` in the file's `simulation`: what the file
        draws at random of initial states and stimuli is drawn for each, all else is repeated.
    rtol, atol : float, optional
        Error rtol |x| + atol that a step may add to a state, of methods that choose their steps;
        1e-4, and a hundredth of rtol, if nobody says.
    seed : int, optional
        Of the network's noise, and of orders and temperatures; what the file says, or 0, if nobody
        does. It changes nothing else. Each trial has draws of its own, the same however many there
        are.
    t_start : float, optional
        Time of the initial states; 0 if nobody says. What was over by then does not act.
    checkpoint : path or {"file": path, "every": "60s"}, optional
        Write the trace to this file as well while the run goes on, with its state every so often:
        after a kill it goes on from ``initial=hamsim.load_trace(path)``.
    order : {"random", "sequential"} or array_like of int, shape (k,) or (sweeps, k), optional
        Of ``method="asynchronous"``: in which order a sweep sets the neurons. "random", if nobody
        says: drawn anew for each sweep and trial from `seed`; "sequential": as in the file; or
        numbers or names of neurons, each at most once, the same in all sweeps or a row for each.
    sweeps : int, optional
        Of discrete dynamics: so many at most; 1000 if nobody says. It ends before where no neuron
        wants to change, or where synchronous updates go back and forth between two states.
    temperature : float or array_like of shape (sweeps,), optional
        Of discrete dynamics: neurons of two values take each with its probability in a heat bath
        (Glauber dynamics), 1 / (1 + exp(-2 h / T)) that of 1 where the other is -1; one number a
        sweep lets it cool. At 0, if nobody says, each takes the value of lower energy, and keeps
        its own where both are the same.

    Returns
    -------
    Trace

    Raises
    ------
    SimulationError
        The request is wrong: shapes, unknown method, coupled neurons with tau = 0.
    SimulationInterrupted
        Ctrl-C; a KeyboardInterrupt that holds the trace until then.

    Warns
    -----
    SimulationWarning
        Before the run starts: `dt` chosen so small that it takes more than a million steps, or
        records that may not fit into memory.

    Notes
    -----
    A trial that diverges stays at its last finite state, from then on with NaN for its energy and
    an infinite residual; the others go on, with the same bits as if it had not diverged. See
    `Trace.outcomes`.

    [HAM, eq. 2]: Krotov, arXiv:2107.06446. The energy is compared with the step before after each
    step as long as it is recorded; see `Stats.energy`. Where W is not symmetric the energy is
    recorded all the same, but nothing says that it should fall.
    """
    run = prepare(
        as_network(network),
        initial,
        method=method,
        dt=dt,
        t_end=t_end,
        steps=steps,
        until=until,
        record=record,
        threads=threads,
        energy=energy,
        layout=layout,
        dtype=dtype,
        trials=trials,
        rtol=rtol,
        atol=atol,
        seed=seed,
        t_start=t_start,
        order=order,
        sweeps=sweeps,
        temperature=temperature,
    )
    require_memory(run)
    for text in run.warnings:
        warnings.warn(text, SimulationWarning, stacklevel=2)
    kept = checkpoint_of(checkpoint)
    sink = MemorySink() if kept is None else WithFile(kept[0])
    run.checkpoint = None if kept is None else kept[1]
    with telling(progress, "run") as tell:
        simulate_into(sink, run, tell)
        if run.interrupted:  # also where it came too late to end anything
            raise SimulationInterrupted(sink.trace)
    return sink.trace


def prepare(
    network: Network,
    initial: Any = None,
    method: str | None = None,
    **asked: Any,
) -> Run | SweepRun:
    """Check a request and allocate what it needs; the parameters are those of `simulate`."""
    return _prepare(network, Asked(initial=initial, method=method, **asked))


def _prepare(network: Network, asked: Asked) -> Run | SweepRun:
    state = state_in(asked.initial)
    asked = replace(asked, beginning=beginning_of(state, asked.t_start))
    if state is not None:
        asked = go_on_with(state, asked, network)
        require_same(network, state, asked.trials)
    record = _record(network, asked.record)
    network, start, count = begin(network, asked.initial, asked.trials)
    if state is not None:
        count = len(start) if state.values["has_trials"] else None
    name = method_name(network, asked)
    if isinstance(name, str) and name in DISCRETE:
        sweeps = _prepare_sweeps(network, asked, record, start, count)
        if state is not None:
            sweeps.go_on(state, asked.same_trace)
        return sweeps
    refuse_sweeps(name, asked)
    schedule = plan_time(network, asked, record)
    require_instants(network.undelayed, schedule.method)
    energy = network.settings.energy if asked.energy is None else asked.energy
    if not isinstance(energy, str) or energy not in ("plain", "scaled"):
        raise SimulationError(f"energy is {given(energy)}; allowed are 'plain' and 'scaled'")
    scale = require_scale(network) if energy == "scaled" else None
    dtype = np.float64 if asked.dtype is None else asked.dtype
    _refuse_dtype(dtype)
    seed = (network.seed or 0) if asked.seed is None else count_of("seed", asked.seed, 0)
    how = (asked.threads, scale, asked.layout, dtype, seed)
    run = Run(network, schedule, record, start, count, *how)
    run.request = request_of(asked, schedule, run.header, record, energy) | {"seed": seed}
    if state is not None:
        run.go_on(state, asked.same_trace)
    return run


def _prepare_sweeps(
    network: Network, asked: Asked, record: Record | None, start: Floats, count: int | None
) -> SweepRun:
    """The same of a run of discrete dynamics."""
    schedule = plan_sweeps(network, asked, record)
    dtype = np.float64 if asked.dtype is None else asked.dtype
    _refuse_dtype(dtype)
    seed = (network.seed or 0) if asked.seed is None else count_of("seed", asked.seed, 0)
    run = SweepRun(network, schedule, record, start, count, asked.threads, dtype, seed)
    run.request = request_of(asked, schedule, run.header, record, "plain") | {"seed": seed}
    return run


def _record(network: Network, record: Any) -> Record | None:
    if isinstance(record, str) and record == "auto":
        return network.settings.record or Record()
    try:
        return None if record is None else record_of(record)
    except HamsimError as error:
        raise SimulationError(str(error)) from None


def _refuse_dtype(dtype: Any) -> None:
    try:
        # NumPy warns of some texts that it takes for types.
        known = not isinstance(dtype, str) or dtype.lstrip("<=") in DTYPES
        known = known and np.dtype(dtype) in (np.dtype(np.float64), np.dtype(np.float32))
    except Exception:  # NumPy asks an object of any kind whether it is a type
        known = False
    if not known:
        raise SimulationError(f"dtype is {given(dtype)}; allowed are 'float64' and 'float32'")


def simulate_into(
    sink: Sink, run: Run | SweepRun, progress: Callable[[Progress], None] | None = None
) -> tuple[Outcome, Stats]:
    """Go through a prepared run and hand its records to `sink`, block by block.

    Ctrl-C is not raised but told in the outcome, after the sink has been closed.
    """
    began = clock.perf_counter()
    sink.open(run.header)
    try:
        outcome = run.go(sink, progress)
        stats = run.stats(clock.perf_counter() - began)
        sink.close(outcome, stats)
    except BaseException:
        sink.abandon()
        raise
    return outcome, stats
