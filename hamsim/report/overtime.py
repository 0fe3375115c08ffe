"""What acts on a network and changes over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamsim.counted import counted
from hamsim.network import Network, OverTime
from hamsim.report.sections import Section
from hamsim.report.words import named
from hamsim.signals import Sampled

__all__ = ["MovingFacts", "moving_facts", "moving_section"]

MAX_WORD = 200  # letters of an expression


@dataclass(frozen=True)
class MovingFacts:
    """One input or stimulus that changes over time.

    Parameters
    ----------
    what : str
        Where it stands in the description.
    mode : {"clamp", "input"}
    neurons : int
    value : str
        The expression, or what is known of the table.
    start : float
    stop : float or None
        None is never.
    """

    what: str
    mode: str
    neurons: int
    value: str
    start: float
    stop: float | None


def moving_facts(network: Network) -> tuple[MovingFacts, ...]:
    """All of a network."""
    return tuple(
        MovingFacts(
            each.what,
            each.mode,
            int(each.neurons.size),
            _value(each),
            each.start,
            each.stop if np.isfinite(each.stop) else None,
        )
        for each in network.over_time
    )


def moving_section(facts: tuple[MovingFacts, ...]) -> Section:
    """The same in words."""
    rows = tuple(
        (
            named(each.what),
            each.mode,
            f"{each.neurons:,}",
            named(each.value, MAX_WORD),
            f"{each.start:g} to {'the end' if each.stop is None else f'{each.stop:g}'}",
        )
        for each in facts
    )
    return Section("over time", (), ("what", "mode", "neurons", "value", "from"), rows)


def _value(each: OverTime) -> str:
    signal = each.signal
    if not isinstance(signal, Sampled):
        return str(signal.plain())
    first, last = signal.times[[0, -1]]
    low, high = signal.values.min(), signal.values.max()
    beyond = {"error": "", "hold": ", then held", "repeat": ", then repeated"}[signal.beyond]
    return (
        f"{counted(signal.times.size, 'time')} from {first:g} to {last:g}{beyond}; "
        f"{signal.between}; "
        f"{low:g} to {high:g}"
    )
