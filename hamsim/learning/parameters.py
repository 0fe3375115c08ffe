"""Derivatives by parameters of Lagrangians, of whole networks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import prod

import numpy as np

from hamsim.arrays import Floats
from hamsim.lagrangians.sensitivity import Sensitivity, sensitivity_of
from hamsim.network import Group, Network

__all__ = ["lagrangian_gradient", "lagrangian_slopes"]

_Named = dict[str, dict[str, Floats]]


def lagrangian_gradient(
    network: Network,
    x: Floats,
    y: Floats,
    only: Mapping[str, Collection[str]] | None = None,
) -> _Named:
    """Products y.dg/dtheta with the parameters of all Lagrangians.

    Parameters
    ----------
    network : Network
    x, y : ndarray, shape (rows, n)
        States, and a number an activation.
    only : mapping of str to collection of str, optional
        Groups and their parameters that are asked for; all if nothing is said.

    Returns
    -------
    dict of str to dict of str to ndarray, shape (rows, size)
        By groups and parameters; groups without parameters are left out. Where neurons that share
        a Lagrangian have one value, each has an equal part of the product with it, so that their
        sum is the product with that value, and the group's is that with one number for the group.
    """

    def back(of: Sensitivity, group: Group, p: dict[str, Floats]) -> Floats:
        return of.back(_apart(x, group), _apart(y, group), p)

    return _of_groups(network, x.shape[0], back, only)


def lagrangian_slopes(
    network: Network, x: Floats, only: Mapping[str, Collection[str]] | None = None
) -> _Named:
    """Derivatives dL/dtheta at states, as `lagrangian_gradient` gives its products.

    They are those of L up to what no state changes: only differences between states mean
    something.
    """

    def slope(of: Sensitivity, group: Group, p: dict[str, Floats]) -> Floats:
        return of.slope(_apart(x, group), p)

    return _of_groups(network, x.shape[0], slope, only)


def _of_groups(
    network: Network,
    rows: int,
    what: Callable[[Sensitivity, Group, dict[str, Floats]], Floats],
    only: Mapping[str, Collection[str]] | None,
) -> _Named:
    result: _Named = {}
    for group in network.groups:
        names = [
            parameter.name
            for parameter in group.family.parameters
            if only is None or parameter.name in only.get(group.name, ())
        ]
        if not names:
            continue
        p = {name: _sets(values[None], group)[0] for name, values in group.parameters.items()}
        with np.errstate(all="ignore"):  # what is not finite is what arithmetic makes of it
            result[group.name] = {
                name: _together(what(sensitivity_of(group.family, name), group, p), rows, group)
                for name in names
            }
    return result


def _apart(x: Floats, group: Group) -> Floats:
    """States of a group, neurons that share a Lagrangian along the last axis."""
    return _sets(x[:, group.slice], group)


def _sets(values: Floats, group: Group) -> Floats:
    """Rows over a group's neurons with its sharing sets apart; as they are if there are none."""
    if group.family.additive:
        return values
    rows, shape, over = values.shape[0], group.shape, group.over
    last = tuple(range(1 + len(shape) - len(over), 1 + len(shape)))
    moved = np.moveaxis(values.reshape(rows, *shape), [1 + axis for axis in over], last)
    return moved.reshape(rows, group.size // group.shared, group.shared)


def _together(found: Floats, rows: int, group: Group) -> Floats:
    """The way back of `_sets`; what a set has in common in equal parts."""
    if group.family.additive:
        return np.broadcast_to(found, (rows, group.size)).copy()
    shared, shape, over = group.shared, group.shape, group.over
    if found.ndim == 0 or found.shape[-1] == 1:
        found = found / shared
    wide = np.broadcast_to(found, (rows, group.size // shared, shared))
    rest = [n for axis, n in enumerate(shape) if axis not in over]
    moved = wide.reshape(rows, *rest, *(shape[axis] for axis in over))
    last = tuple(range(1 + len(rest), 1 + len(shape)))
    back = np.moveaxis(moved, last, [1 + axis for axis in over])
    return np.ascontiguousarray(back).reshape(rows, prod(shape))
