"""Parameters of Lagrangians in the shape in which a description has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.network import Group, Network
from hamsim.spec.text import parse_text

__all__ = ["in_own_shape"]


def in_own_shape(
    network: Network, by_neuron: Mapping[str, Mapping[str, Floats]]
) -> dict[str, dict[str, Any]]:
    """Derivatives by parameters: one number where the description has one.

    Parameters
    ----------
    network : Network
    by_neuron : mapping of groups to mapping of parameters to ndarray of shape (size,)
        Where neurons share a Lagrangian, their sum is the parameter's.
    """
    stated = _stated(network)
    result: dict[str, dict[str, Any]] = {}
    for group in network.groups:
        for name, values in by_neuron.get(group.name, {}).items():
            one = _is_one(group, name, stated.get(group.name, {}))
            result.setdefault(group.name, {})[name] = float(values.sum()) if one else values
    return result


def _is_one(group: Group, name: str, stated: Mapping[str, Any]) -> bool:
    """Whether a parameter is one number for all neurons of a group."""
    if name in stated:
        return isinstance(stated[name], int | float)
    values = group.parameters[name]
    return bool(np.all(values == values[0]))


def _stated(network: Network) -> dict[str, dict[str, Any]]:
    """Parameters of each group as the resolved description has them."""
    text = network.source or network.origin
    if not text:
        return {}
    groups = parse_text(text)[0].get("groups", {})
    lagrangians = {name: each.get("lagrangian") for name, each in groups.items()}
    return {name: each for name, each in lagrangians.items() if isinstance(each, dict)}
