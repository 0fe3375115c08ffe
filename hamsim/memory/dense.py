"""Dense associative memories: other interactions F of a network that is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.lagrangians.families import formula_family
from hamsim.memory.patterns import stored_of
from hamsim.network import Group, Network
from hamsim.network.replaced import frozen, sharing
from hamsim.spec.interaction import dense_of

__all__ = ["with_dense"]


def with_dense(network: Network, dense: Mapping[str, Any], group: str | None = None) -> Network:
    """Give memory neurons another F, as `dense` beside `memories` does; they follow at once.

    Parameters
    ----------
    network : Network
    dense : mapping
        ``{"degree": 3}``, with ``"kind"`` one of power, rectified and exponential; the last has
        ``"beta"`` and no degree.
    group : str, optional
        Which memory neurons. If nothing is said, all graded groups with tau = 0, or if there are
        none those that the description has for memories.

    Returns
    -------
    Network
        With the Lagrangian F in place of theirs, and tau = 0. It shares all else with the network
        and has no `source`, because none describes it.

    Raises
    ------
    HamsimError
        If there is no such F or group, or the group has neurons of two values.

    Notes
    -----
    The energy of neurons of -1 and 1 is then minus the sum of F(pattern . s) [Krotov and Hopfield
    2016, arXiv:1606.01164, eq. 2]. Their rule, a neuron takes the value of lower energy, is
    ``method="asynchronous"``. Rates couple each neuron to itself by way of the memories: where
    these are many, they keep cues that the rule leaves.
    """
    lagrangian = dense_of(dense).lagrangian
    values = {k: v for k, v in lagrangian.parameters.items() if isinstance(v, float)}
    family = formula_family(lagrangian.expression, {name: (v, v) for name, v in values.items()})
    chosen = _chosen(network, group)

    def of(group: Group) -> Group:
        own = {name: frozen(np.full(group.size, value)) for name, value in values.items()}
        return replace(group, family=family, parameters=own, over=())

    groups = tuple(of(each) if each.name in chosen else each for each in network.groups)
    said = {f"groups.{name}.lagrangian": lagrangian.expression for name in sorted(chosen)}
    made = sharing(network, said, groups=groups)
    slow = {
        each.name: 0.0 for each in groups if each.name in chosen and network.tau[each.slice].any()
    }
    return made.replace(tau=slow) if slow else made


def _chosen(network: Network, name: str | None) -> set[str]:
    """Names of the groups that get F."""
    graded = [group.name for group in network.groups if not group.family.two_valued]
    if name is not None:
        names = [group.name for group in network.groups]
        if name not in names:
            wrong = name if isinstance(name, str) else ""
            raise HamsimError(f"no group {given(name)}; {did_you_mean(wrong, names)}")
        if name not in graded:
            raise HamsimError(f"group '{name}' has neurons of two values: F is of memory neurons")
        return {name}
    at_once = {
        group.name
        for group in network.groups
        if group.name in graded and np.all(network.tau[group.slice] == 0.0)
    }
    return at_once or _memories(network)


def _memories(network: Network) -> set[str]:
    """Groups that the description's patterns are the weights of."""
    none = "no group has tau = 0, nor is one described as memories: say which is to have F"
    try:
        stored = stored_of(network)
    except HamsimError:
        raise HamsimError(none) from None
    connection = next(each for each in network.connections if each.name == stored.name)
    seen = {network.neurons((group.name,))[0]: group.name for group in network.groups}
    visible = {seen[i] for i in stored.neurons.tolist() if i in seen}
    found = {*connection.rows, *connection.columns} - visible
    if connection.kind != "between" or not found:
        raise HamsimError(none)
    return found
