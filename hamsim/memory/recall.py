"""`recall`: from cues to what a network makes of them, many at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats, Ints
from hamsim.compiler import as_network
from hamsim.counted import counted
from hamsim.dynamics.run import Progress
from hamsim.dynamics.simulate import simulate
from hamsim.dynamics.starts import begin
from hamsim.errors import HamsimError, SimulationInterrupted, given, shown
from hamsim.memory.dense import with_dense
from hamsim.memory.kinds import Kinds, kinds_of
from hamsim.memory.overlap import Scale, overlaps, scale_of
from hamsim.memory.patterns import stored_of
from hamsim.memory.recalled import Recalled, updates_of
from hamsim.network import Network
from hamsim.observables import activation, energy
from hamsim.request import number_of
from hamsim.trace.trace import Trace

__all__ = ["THRESHOLD", "Visible", "own_method", "recall", "require_threshold"]

THRESHOLD = 0.9
# The method of networks whose visible neurons jump, where nobody says another.
DISCRETE = "asynchronous"


class Visible(NamedTuple):
    """Patterns, and the neurons in which they are seen.

    Parameters
    ----------
    given : ndarray, shape (patterns, n)
        Patterns as they were given.
    neurons : ndarray of int, shape (n,)
    scale : Scale
        What the activations of these neurons mean.
    """

    given: Floats
    neurons: Ints
    scale: Scale


def recall(
    network: Network | Any,
    cues: ArrayLike | None = None,
    patterns: ArrayLike | str | None = None,
    order: str | ArrayLike | None = None,
    dense: Mapping[str, Any] | None = None,
    *,
    threshold: float = THRESHOLD,
    method: str | None = None,
    sweeps: int | None = None,
    temperature: float | ArrayLike | None = None,
    dt: float | Literal["auto"] | None = None,
    t_end: float | None = None,
    until: float | str | Mapping[str, Any] | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Callable[[Progress], None] | bool | None = None,
) -> Recalled:
    """Let a network go on from cues, and tell which of its patterns each has come to.

    All cues are trials of one run.

    Parameters
    ----------
    network : Network, Spec, path or dict
    cues : array_like, shape (cues, n), optional
        States from which it starts: of the neurons that the patterns are of, of all neurons, or of
        those of one group alone; one cue may come without the first axis. Other neurons start as
        the file says, in its first trial. The file's own initial states if nothing is given.
    patterns : array_like of shape (patterns, n), or str, optional
        What is looked for; or the name of the connection that stores them or has them for memories,
        where several do. Those of the description if nothing is given.
    dense : mapping, optional
        ``{"degree": 3}``, with ``"kind"`` one of power, rectified and exponential: F of neurons
        with tau = 0 that have the patterns for memories, in place of their Lagrangian. Neurons of
        two values that are set one by one then follow the rule of Krotov and Hopfield 2016; see
        `hamsim.memory.dense`.
    order, sweeps, temperature, method, dt, t_end, until, seed
        As of `hamsim.simulate`. Where the file names no method either, it is "asynchronous" if the
        activations of all visible neurons jump, as those of sign and step do.
    threshold : float
        From which overlap on a pattern, its negative or a mixture of three counts as found.
    threads : int, optional
    progress : True or callable, optional
        As of `hamsim.simulate`.

    Returns
    -------
    Recalled
        After Ctrl-C as far as it came, with `interrupted`.

    Raises
    ------
    HamsimError
        Shapes do not fit; nothing says what is stored; the network cannot be simulated so.

    Notes
    -----
    The overlap with a pattern is the cosine between it and what neurons say, see
    `hamsim.memory.overlap`; kinds of states are in `hamsim.memory.kinds`.
    """
    compiled = as_network(network)
    require_threshold(threshold)
    visible = _visible(compiled, patterns)
    start = None if cues is None else _start(compiled, visible.neurons, cues)
    if dense is not None:
        compiled = with_dense(compiled, dense)
    method = own_method(compiled, visible.scale) if method is None else method
    asked: dict[str, Any] = {
        "order": None if method != DISCRETE and order == "random" else order,
        "sweeps": sweeps,
        "temperature": temperature,
        "dt": dt,
        "t_end": t_end,
        "until": until,
        "seed": seed,
        "threads": threads,
        "progress": progress,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    interrupted = False
    try:
        trace = simulate(compiled, start, method, record=None, **asked)
    except SimulationInterrupted as stop:
        trace, interrupted = stop.trace, True
    _, first, _ = begin(compiled, start, None)
    return _recalled(compiled, first, trace, visible, threshold, interrupted)


def require_threshold(threshold: Any) -> None:
    """Refuse a threshold that is no overlap above 0.

    Raises
    ------
    HamsimError
    """
    if not 0.0 < number_of(threshold) <= 1.0:
        raise HamsimError(
            f"threshold is {given(threshold)}; it must be an overlap above 0, and at most 1"
        )


def own_method(network: Network, scale: Scale) -> str | None:
    """The method by which a network recalls where nobody says; None leaves it to the file."""
    return DISCRETE if network.settings.method == "auto" and scale.jumping else None


# --- patterns and cues ---------------------------------------------------------------------------


def _visible(network: Network, patterns: Any) -> Visible:
    if patterns is None or isinstance(patterns, str):
        stored = stored_of(network, patterns)
        values, neurons = stored.values, stored.neurons
    else:
        values = _rows("patterns", patterns)
        neurons = _neurons_of(network, values.shape[1])
    return Visible(values, neurons, scale_of(network.groups, neurons))


def _rows(what: str, values: Any) -> Floats:
    """Rows of numbers, one a pattern or cue; further axes are those of a group's shape."""
    try:
        if np.iscomplexobj(values):  # numpy would drop a part of them with a warning
            raise TypeError
        rows = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise HamsimError(f"{what} must be an array of numbers, not {shown(values)}") from None
    if rows.ndim == 0 or rows.size == 0:
        raise HamsimError(f"{what} have shape {rows.shape}; allowed are ({what}, neurons)")
    if not np.all(np.isfinite(rows)):
        raise HamsimError(f"{what} hold numbers that are not finite")
    return rows.reshape(1 if rows.ndim == 1 else len(rows), -1)


def _neurons_of(network: Network, width: int) -> Ints:
    """The neurons that patterns of so many values are of."""
    if width == network.n_neurons:
        return np.arange(width)
    fitting = [group for group in network.groups if group.size == width]
    if len(fitting) > 1:  # what follows at once is what others are seen by
        fitting = [group for group in fitting if np.any(network.tau[group.slice] > 0)]
    if len(fitting) == 1:
        return np.arange(fitting[0].start, fitting[0].stop)
    try:
        stored = stored_of(network)
    except HamsimError:
        stored = None
    if stored is not None and stored.neurons.size == width:
        return stored.neurons
    sizes = ", ".join(f"{group.name} has {group.size:,}" for group in network.groups)
    why = (
        "several groups have"
        if width in (group.size for group in network.groups)
        else "no group has"
    )
    raise HamsimError(f"patterns of {counted(width, 'value')}, but {why} so many neurons: {sizes}")


def _start(network: Network, neurons: Ints, cues: Any) -> Floats:
    """States of all neurons at the beginning, a row a cue.

    What a cue is of is told by how many values it has: all neurons, those of the patterns, or those
    of the only group that has so many.
    """
    whole = np.arange(network.n_neurons)
    sizes = [group.size for group in network.groups]
    known = {
        group.size: np.arange(group.start, group.stop)
        for group in network.groups
        if sizes.count(group.size) == 1
    }
    known |= {neurons.size: neurons, whole.size: whole}
    shape = getattr(cues, "shape", None) or np.shape(cues)
    if math.prod(shape[1:]) not in known and math.prod(shape) in known:
        cues = np.asarray(cues)[None]  # one cue, in the shape of its group
    rows = _rows("cues", cues)
    if rows.shape[1] not in known:
        allowed = ", ".join(f"{size:,}" for size in sorted(known))
        raise HamsimError(
            f"cues have {counted(rows.shape[1], 'value')} each; allowed are {allowed}, one a neuron"
        )
    start = np.repeat(np.atleast_2d(network.initial)[:1], len(rows), axis=0)
    start[:, known[rows.shape[1]]] = rows
    return start


# --- what became of them -------------------------------------------------------------------------


def _recalled(
    network: Network,
    start: Floats,
    trace: Trace,
    visible: Visible,
    threshold: float,
    interrupted: bool,
) -> Recalled:
    assert trace.state is not None
    state = np.atleast_2d(np.array(trace.state.x))
    patterns = visible.scale.meant(visible.given)
    said = visible.scale.said(activation(network, state)[:, visible.neurons])
    overlap = overlaps(said, patterns)
    kinds = kinds_of(said, patterns, overlap, threshold, visible.scale.bounded)
    time = trace.stats.time if network.over_time else None
    return Recalled(
        start,
        state,
        overlap,
        kinds.found,
        kinds.kind,
        kinds.mixture,
        kinds.signs,
        _errors(said, patterns, kinds, visible.scale),
        np.atleast_1d(energy(network, state, t=time).total),
        updates_of(trace, len(state)),
        tuple(trace.outcomes),
        visible.given,
        visible.neurons,
        float(threshold),
        trace.stats.method,
        interrupted,
        network,
    )


def _errors(said: Floats, patterns: Floats, kinds: Kinds, scale: Scale) -> Ints:
    """Neurons whose sign is another one than that of what was found."""
    errors = np.full(len(said), -1)
    if not scale.bounded:
        return errors
    found = kinds.found >= 0
    sign = np.where(kinds.kind == "negative", -1.0, 1.0)
    meant = sign[found, None] * patterns[kinds.found[found]]
    errors[found] = np.count_nonzero(said[found] * meant <= 0, axis=1)
    for k in np.flatnonzero(kinds.kind == "mixture").tolist():
        mixed = kinds.signs[k] @ patterns[kinds.mixture[k]]
        errors[k] = np.count_nonzero(said[k] * mixed <= 0)
    return errors
