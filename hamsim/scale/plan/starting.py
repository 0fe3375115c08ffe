"""A compiled network as it begins for one point of a sweep: its states and stimuli."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hamsim.compiler import restarted
from hamsim.errors import HamsimError
from hamsim.network import Network
from hamsim.scale.plan.source import Description, Source

__all__ = ["begins", "is_start", "with_start"]

_STIMULUS = re.compile(r"stimuli(?:\[|\.)(\d+)\]?\.value\Z")
_OF_GROUP = re.compile(
    r"groups\.[^.\[\]]+\.(neurons(?:\[\d+\]|\.[^.\[\]]+)\.)?initial(?:[.\[].*)?\Z"
)


def is_start(name: str) -> bool:
    """Whether a name is of something that no compiled network depends on."""
    return begins(name) or bool(_STIMULUS.match(name) or _OF_GROUP.match(name))


def begins(name: str) -> bool:
    """Whether it is handed to `simulate`: ``initial``, or ``initial.NAME``."""
    return name == "initial" or name.startswith("initial.")


def with_start(
    source: Source, network: Network, overrides: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[Network, Any]:
    """Put values of axes over trials in a network.

    Parameters
    ----------
    source : Source
    network : Network
        What the source is with the overrides.
    overrides : mapping of str to value
    values : mapping of str to value
        By names of which `is_start` holds.

    Returns
    -------
    network : Network
    initial : array_like, mapping or None
        For `simulate`.

    Raises
    ------
    HamsimError
        A value does not fit.
    """
    inside = {name: value for name, value in values.items() if not begins(name)}
    states = {name: value for name, value in values.items() if begins(name)}
    if inside and isinstance(source, Description):
        network = restarted(network, source.spec({**overrides, **inside}))
    else:
        network = _stimulated(network, inside)
    if not states:
        return network, None
    if "initial" in states:
        return network, states["initial"]
    return network, {name.removeprefix("initial."): value for name, value in states.items()}


def _stimulated(network: Network, values: Mapping[str, Any]) -> Network:
    """A compiled network whose stimuli have other constant values."""
    if not values:
        return network
    stimuli = list(network.stimuli)
    for name, value in values.items():
        found = _STIMULUS.match(name)
        if found is None:
            raise HamsimError(f"{name} cannot be changed in a compiled network; initial can")
        number = int(found[1])
        if number >= len(stimuli):
            raise HamsimError(
                f"there is no {name}; the network has {len(stimuli)} constant stimuli"
            )
        size = stimuli[number].neurons.size
        numbers = np.asarray(value, dtype=np.float64)
        if numbers.shape not in ((), (size,)):
            raise HamsimError(
                f"{name} has shape {list(numbers.shape)}; it must be one number or {size:,}"
            )
        held = np.ascontiguousarray(np.broadcast_to(numbers, (size,)))
        stimuli[number] = replace(stimuli[number], value=held)
    made = replace(network, stimuli=tuple(stimuli))
    vars(made)["pattern"] = network.pattern
    return made
