"""What a Lagrangian that was given as text does with its parameters: dL/dtheta, and y.dg/dtheta."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

from hamsim.arrays import Floats
from hamsim.formula.formula import Formula
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.tree.derivative import derivative, gradient
from hamsim.formula.tree.rewriting import product
from hamsim.formula.tree.tree import ONE, Node, V, X, name
from hamsim.formula.values.arrays import evaluate_computed
from hamsim.formula.values.constants import computed

__all__ = ["lagrangian_slope", "pulled_back"]


class _Trees(NamedTuple):
    slope: Node
    back: Node


@functools.lru_cache(maxsize=256)
def _trees(text: str, parameter: str) -> _Trees:
    """Derivative of L by a parameter, and what the parameter does along y in all activations."""
    formula = Formula.parse(text)
    theta = name(parameter)
    if not formula.collective:
        slope = derivative(formula.L, {theta: ONE})
        back = product(V, derivative(formula.g, {theta: ONE}))
    elif parameter in formula.outside:
        theta = Node("shared", label=parameter)
        slope = derivative(formula.L, {theta: ONE}, through=True)
        change = tidied(derivative(formula.g, {theta: ONE}, through=True))
        back = Node("sum", (product(V, change),))
    else:
        # A neuron's own value moves the activations of all: sum_i y_i dg_i/dtheta_j is what
        # dL/dtheta_j changes along y.
        slope = tidied(gradient(formula.L, theta))
        back = derivative(slope, {X: V}, through=True)
    return _Trees(*computed([tidied(slope), tidied(back)]))


def lagrangian_slope(
    text: str, parameter: str, x: Floats, parameters: Mapping[str, Floats]
) -> Floats:
    """Derivative of L by a parameter, each neuron's own or, with one last place, a group's.

    Parameters
    ----------
    text : str
        As of `Formula.parse`.
    parameter : str
    x : ndarray, shape (..., neurons)
        In a collective formula the last axis is the group.
    parameters : mapping of str to ndarray
        Broadcast against `x`; those that stand outside every reduction have one last place.

    Returns
    -------
    ndarray
        Of a shape that can be broadcast to that of `x`.
    """
    return evaluate_computed([_trees(text, parameter).slope], {**parameters, "x": x})[0]


def pulled_back(
    text: str, parameter: str, x: Floats, y: Floats, parameters: Mapping[str, Floats]
) -> Floats:
    """Sum of y dg/dtheta over neurons that share the Lagrangian, as `lagrangian_slope`.

    `y` has the shape of `x`.
    """
    given = {**parameters, "x": x, V.label: y}
    return evaluate_computed([_trees(text, parameter).back], given)[0]
