"""Values of a group that nothing reads, because every neuron has its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hamsim.spec.parameters import words_in

__all__ = ["only_in", "unread_keys", "why_unread"]

_KEYS = ("tau", "input", "initial")


def unread_keys(group: Any) -> tuple[str, ...]:
    """Keys of a group, as it is written, of which every neuron of its list has its own."""
    neurons = group.get("neurons") if isinstance(group, Mapping) else None
    if not isinstance(neurons, list) or not neurons:
        return ()
    if not all(isinstance(neuron, Mapping) for neuron in neurons):
        return ()
    return tuple(key for key in _KEYS if all(key in neuron for neuron in neurons))


def only_in(keys: tuple[str, ...], group: Mapping[str, Any]) -> set[str]:
    """Words in these values of a group, which may be names of parameters, and nowhere else."""
    words = words_in({key: group[key] for key in keys if key in group})
    if not words:
        return words
    return words - words_in({key: item for key, item in group.items() if key not in keys})


def why_unread(name: str, key: str, written: Any, neurons: list[dict[str, Any]]) -> str:
    """Why nothing reads a value of a group, and what would be read.

    Parameters
    ----------
    name, key : str
        Of the group, and of its value.
    written : list or mapping
        What the description says of its neurons: these, or a table.
    neurons : list of dict
    """
    why = f"nothing reads this: every neuron of '{name}' has its own {key}"
    if isinstance(written, Mapping):
        return f"{why}, in '{Path(str(written.get('file'))).name}'"
    return f"{why}; set groups.{name}.neurons.{neurons[0].get('id')}.{key}"
