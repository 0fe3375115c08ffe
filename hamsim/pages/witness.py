"""The evidence of a condition in words: numbers, and states that were evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hamsim.condition import Condition
from hamsim.counted import counted
from hamsim.network import Network
from hamsim.report.words import named

__all__ = ["evidence_of", "place_of"]

MOST_NEURONS = 6  # of a state that are told
MOST_NUMBERS = 8  # of a list
# What arrays over all neurons are.
_STATES = {
    "x": "state",
    "states": "state",
    "low": "lower ends of the box",
    "high": "upper ends of the box",
    "direction": "direction",
    "weights": "weights of the neurons",
}
# What single numbers are that stand for neurons.
_NEURONS = ("receiver", "sender")


def evidence_of(condition: Condition, network: Network | None) -> list[tuple[str, str]]:
    """Names with what is told of them."""
    told = []
    for name, value in condition.evidence.items():
        words = _told(name, value, network)
        if words:
            told.append(("dE/dt" if name == "dE_dt" else name.replace("_", " "), words))
    return told


def place_of(condition: Condition) -> str:
    """Which part of the network a condition speaks of; empty where it is the whole."""
    where: Mapping[str, Any] = condition.where
    words = []
    if group := where.get("group"):
        words.append(f"group {named(str(group))}")
    if neurons := where.get("neurons"):
        some = [named(str(name)) for name in list(neurons)[:MOST_NEURONS]]
        more = len(neurons) - len(some)
        words.append(", ".join(some) + (f" and {more:,} more" if more else ""))
    if edge := where.get("edge"):
        words.append("synapse of " + " and ".join(named(str(name)) for name in edge))
    return "; ".join(words)


def _told(name: str, value: Any, network: Network | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | str):
        return str(value)
    array = np.asarray(value)
    if array.dtype.kind not in "iufb":
        return ""
    if array.ndim == 0:
        if network is not None and name in _NEURONS:
            return named(network.label(int(array)))
        return f"{float(array):.6g}"
    if network is not None and array.shape[-1] == network.n_neurons and name in _STATES:
        rows = array.reshape(-1, array.shape[-1])
        kept = [_state(row, network.numbering.label) for row in rows[:2]]
        more = f"; and {len(rows) - 2} more" if len(rows) > 2 else ""
        return f"{_STATES[name]} {'; another: '.join(kept)}{more}"
    return _listed(array.reshape(-1).tolist())


def _state(row: Any, label: Callable[[int], str]) -> str:
    """The neurons of a state that are furthest from 0, by their names."""
    order = np.argsort(-np.abs(row), kind="stable")[:MOST_NEURONS]
    told = [f"{named(label(int(k)))} = {row[k]:.4g}" for k in sorted(order.tolist()) if row[k] != 0]
    if not told:
        return "with all neurons at 0"
    rest = int(np.count_nonzero(row)) - len(told)
    still = row.size - len(told) - rest
    words = f"with {', '.join(told)}"
    if rest:
        words += f", {counted(rest, 'neuron')} closer to 0"
    return f"{words}, all others 0" if still else words


def _listed(values: Sequence[Any]) -> str:
    told = [f"{float(value):.4g}" for value in values[:MOST_NUMBERS]]
    more = len(values) - len(told)
    return ", ".join(told) + (f" and {more:,} more" if more else "")
