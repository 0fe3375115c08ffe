"""What is kept of a run, taken from its trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.criterion import Quantity
from hamsim.dynamics.watching.looks import numbers_of
from hamsim.errors import HamsimError, given
from hamsim.network import Network
from hamsim.observables import activation
from hamsim.scale.plan.kept import Kept
from hamsim.trace.outcome import Outcome
from hamsim.trace.trace import Trace

__all__ = ["outcome_of", "values_of"]


def values_of(
    keep: Iterable[Kept], network: Network, trace: Trace, trial: int | None
) -> dict[str, Any]:
    """What is kept of a run.

    Parameters
    ----------
    keep : iterable of Kept
    network : Network
    trace : Trace
    trial : int or None
        One of its trials; None for all that it has.

    Returns
    -------
    dict of str to ndarray
        Arrays with trials have them as their first axis. Records are ``records.t``,
        ``records.x`` and so on.

    Raises
    ------
    HamsimError
        A function failed.
    """
    assert trace.state is not None
    seen = _Seen(network, trace, trial)
    found: dict[str, Any] = {}
    for each in keep:
        if each.quantity is not None:
            found[each.name] = seen.number(each.quantity)
        elif callable(each.what):
            found |= _called(each, seen)
        elif each.what == "records":
            found |= {f"{each.name}.{what}": values for what, values in seen.records().items()}
        else:
            found[each.name] = np.asarray(seen.word(str(each.what)))
    return found


class _Seen:
    """What is seen of a run, or of one of its trials."""

    def __init__(self, network: Network, trace: Trace, trial: int | None) -> None:
        self._network, self._trace, self._trial = network, trace, trial
        self._single = trace.trials is None or trial is not None

    def _of(self, rows: Any) -> Any:
        """Of values with trials in front: those of the trial, or all; of a single run its own."""
        rows = np.asarray(rows)
        if self._trial is not None:
            return rows[self._trial]
        return rows[0] if self._trace.trials is None else rows

    @cached_property
    def x(self) -> Floats:
        """Last states of all neurons."""
        assert self._trace.state is not None
        states = np.asarray(self._trace.state.x)
        found: Floats = states if self._trial is None else states[self._trial]
        return found

    @cached_property
    def g(self) -> Floats:
        """Their activations."""
        return activation(self._network, self.x)

    def word(self, word: str) -> Any:
        """What one of the words of `KEPT` stands for."""
        stats = self._trace.stats
        match word:
            case "final":
                return self.x
            case "activation":
                return self.g
            case "energy":
                energy = self._trace.energy
                last = energy[..., -1]
                return last if self._trial is None else last[self._trial]
            case "residual":
                return self._of(stats.residuals)
            case "time":
                times = times_of(self._trace)
                return float(stats.time) if times is None else self._of(times)
        products = stats.products
        return self._of(products) if isinstance(products, tuple) else products

    def number(self, quantity: Quantity) -> Any:
        """A number, or one a trial."""
        seen: dict[str, Any] = {"t": np.array([[self.word("time")]])}
        for name in ("energy", "residual"):
            if name in quantity.names:
                seen[name] = np.atleast_1d(self.word(name))[:, None]
        for name, places in numbers_of(quantity, self._network).items():
            values = self.x if quantity.references[name][1] == "x" else self.g
            seen[name] = np.atleast_2d(values)[:, places]
        found = quantity.of(seen)
        return found[0] if self._single else np.broadcast_to(found, (self._trace.trials or 1,))

    def records(self) -> dict[str, Any]:
        """All that was recorded, with its times."""
        trace = self._trace
        found: dict[str, Any] = {"t": trace.t}
        for what in trace.arrays:
            values = getattr(trace, what)
            found[what] = values if self._trial is None else values[self._trial]
        return found

    def trace(self) -> Trace:
        """The trace of the trial alone."""
        return self._trace if self._trial is None else alone(self._trace, self._trial)


def _called(kept: Kept, seen: _Seen) -> dict[str, Any]:
    assert callable(kept.what)
    try:
        value = kept.what(seen.trace())
        if isinstance(value, Mapping):
            return {f"{kept.name}.{key}": _as_array(item) for key, item in value.items()}
        return {kept.name: _as_array(value)}
    except Exception as error:
        raise HamsimError(f"keep: {kept.name}: {type(error).__name__}: {error}") from None


def _as_array(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "biufcUS":
        raise TypeError(f"gave {given(value)}, not numbers or text")
    return array


def alone(trace: Trace, trial: int) -> Trace:
    """The trace of one trial, without a state to go on from."""
    residual = trace.stats.residuals[trial]
    return replace(
        trace,
        header=replace(trace.header, trials=None),
        arrays={what: values[:, trial : trial + 1] for what, values in trace.arrays.items()},
        outcome=_outcome(trace, trial),
        stats=replace(trace.stats, residual=residual, residuals=(residual,)),
        state=None,
    )


def _outcome(trace: Trace, trial: int) -> Outcome:
    """How one trial ended."""
    outcome = trace.outcome
    kind = trace.outcomes[trial]
    times = times_of(trace)
    time = outcome.time if times is None else float(times[trial])
    if kind == "diverged":
        return Outcome(kind, f"a state stopped being finite before t = {time:g}", time)
    return Outcome(kind, f"{kind} at t = {time:g}", time)


def times_of(trace: Trace) -> Any:
    """When each trial ended whose steps are its own; None where all have the same."""
    return None if trace.state is None else trace.state.values.get("adaptive.time")


def outcome_of(trace: Trace, trial: int | None) -> tuple[str, str]:
    """How a run, or one of its trials, ended: a word, and a sentence."""
    ended = trace.outcome if trial is None else _outcome(trace, trial)
    return ended.kind, ended.message
