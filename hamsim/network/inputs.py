"""Inputs that are put in the place of others: constant ones apart from those that move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.counted import counted
from hamsim.errors import ExpressionError, HamsimError
from hamsim.network.overtime import OverTime
from hamsim.signals import Sampled, Several, Signal, Written, is_over_time, with_numbers
from hamsim.signals.values import ValuesOverTime, over_time

if TYPE_CHECKING:
    from hamsim.network.network import Network

__all__ = ["split_input"]

# Keys of values with times, as a file has them.
KEYS = ("times", "values", "between", "beyond")


def split_input(network: Network, value: Any) -> tuple[Any, tuple[OverTime, ...] | None]:
    """What of new inputs is constant, and all that moves from then on.

    Parameters
    ----------
    network : Network
    value : object
        Of `Network.replace`: what moves is an expression in t, `ValuesOverTime`, or a mapping of
        `KEYS`; or such of neurons by name, beside numbers.

    Returns
    -------
    constant : object or None
        As `Network.replace` takes it; None where nothing constant changes.
    over_time : tuple of OverTime, or None
        None where nothing of that changes.
    """
    stimuli = tuple(each for each in network.over_time if each.after is not None)
    own = [each for each in network.over_time if each.after is None]
    everyone = np.arange(network.n_neurons)
    if (signal := _signal_of(value, everyone.size, "input")) is not None:
        moving = OverTime("input", everyone, signal, what="input")
        return 0.0, (moving, *stimuli)
    if not isinstance(value, Mapping):
        return value, stimuli if own else None
    constant: dict[Any, Any] = {}
    for key, part in sorted(value.items(), key=lambda item: -network.neurons([item[0]]).size):
        neurons = network.neurons([key])
        own = [rest for each in own if (rest := _without(each, neurons)) is not None]
        signal = _signal_of(part, neurons.size, f"input of {key}")
        constant[key] = part if signal is None else 0.0
        if signal is not None:
            own.append(OverTime("input", neurons, signal, what=f"input of {key}"))
    return constant, (*own, *stimuli)


def _without(each: OverTime, neurons: Ints) -> OverTime | None:
    """The same for those of its neurons that are not among these."""
    rest = np.flatnonzero(~np.isin(each.neurons, neurons))
    if rest.size == each.neurons.size:
        return each
    if not rest.size:
        return None
    return replace(each, neurons=each.neurons[rest], signal=each.signal.take(rest))


def _signal_of(value: Any, n: int, what: str) -> Signal | None:
    """A function of time for so many neurons; None of what is constant."""
    if isinstance(value, str) and is_over_time(value):
        try:
            return Written(with_numbers(value, {}))
        except ExpressionError as error:
            raise HamsimError(f"{what}: {error}") from None
    if isinstance(value, list | tuple) and any(isinstance(item, str) for item in value):
        return _listed(tuple(value), n, what)
    if isinstance(value, Mapping) and "times" in value and set(value) <= set(KEYS):
        value = over_time(**{"values": None, **value})
    if not isinstance(value, ValuesOverTime):
        return None
    values: Floats = value.values
    if values.shape[1:] not in ((), (1,), (n,)):
        raise HamsimError(
            f"{what} has values of shape {values.shape}; allowed are [{value.times.size}] and "
            f"[{value.times.size}, {n}]"
        )
    rows = values.reshape(value.times.size, -1, 1)
    return Sampled(value.times, rows, value.between, value.beyond)


def _listed(values: tuple[Any, ...], n: int, what: str) -> Signal:
    """Expressions in t and numbers, one a neuron."""
    if len(values) != n:
        raise HamsimError(f"{what} has {counted(len(values), 'value')} for {counted(n, 'neuron')}")
    try:
        return Several.of(
            tuple(with_numbers(v, {}) if isinstance(v, str) else float(v) for v in values)
        )
    except ExpressionError as error:
        raise HamsimError(f"{what}: {error}") from None
    except (TypeError, ValueError):
        raise HamsimError(f"{what} must be numbers and expressions in t") from None
