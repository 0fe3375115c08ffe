"""Dense associative memories: other interactions F of a network that is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.lagrangians.families import formula_family
from hamsim.network import Group, Network
from hamsim.network.replaced import frozen, sharing
from hamsim.spec.interaction import dense_of

__all__ = ["with_dense"]


def with_dense(network: Network, dense: Mapping[str, Any], group: str | None = None) -> Network:
    """Give memory neurons that follow at once another F, as `dense` beside `memories` does.

    Parameters
    ----------
    network : Network
    dense : mapping
        ``{"degree": 3}``, with ``"kind"`` one of power, rectified and exponential; the last has
        ``"beta"`` and no degree.
    group : str, optional
        Which memory neurons; all groups with tau = 0 if nothing is said.

    Returns
    -------
    Network
        With the Lagrangian F in place of theirs. It shares all else with the network and has no
        `source`, because none describes it.

    Raises
    ------
    HamsimError
        If there is no such F or group, or the group does not follow at once.

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
    return sharing(network, said, groups=groups)


def _chosen(network: Network, name: str | None) -> set[str]:
    """Names of the groups that get F."""
    names = [group.name for group in network.groups]
    if name is not None and name not in names:
        wrong = name if isinstance(name, str) else ""
        raise HamsimError(f"no group {given(name)}; {did_you_mean(wrong, names)}")
    at_once = {
        group.name
        for group in network.groups
        if not group.family.two_valued and np.all(network.tau[group.slice] == 0.0)
    }
    if name is not None and name not in at_once:
        raise HamsimError(
            f"group '{name}' does not have tau = 0: F is of memories that follow at once"
        )
    if not at_once:
        raise HamsimError("no group has tau = 0: F is of memories that follow at once")
    return at_once if name is None else {name}
