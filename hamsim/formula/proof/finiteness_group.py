"""Whether a collective formula is finite, and at which states it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import ExpressionError
from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Ranges
from hamsim.formula.formula import Formula
from hamsim.formula.proof.dangers import Danger, dangers
from hamsim.formula.proof.finiteness import (
    Domain,
    breach,
    corners,
    is_defined,
    said,
    shared_by_all,
)
from hamsim.formula.tree.tree import REDUCTIONS, Node, V, number, postorder
from hamsim.formula.values.arrays import evaluate
from hamsim.formula.values.states import place, states

__all__ = ["check_group"]

_NAMES = ("L", "g", "h", "x.g - L, which the energy is made of,")
# States within this are not expected to overflow anything.
_MODERATE = 100.0


def check_group(formula: Formula, special: Formula, domain: Domain, ranges: Ranges) -> bool:
    """Refuse a collective formula that is not finite; say whether it is proved to be.

    Parameters
    ----------
    formula : Formula
        What is computed.
    special : Formula
        The same with the values of parameters put in where they are known.
    domain : tuple of float
    ranges : mapping of str to tuple of float

    Raises
    ------
    ExpressionError
        With the state.
    """
    at = corners(ranges)
    defined = True
    for which, tree in (("L", special.L), ("g", special.g), ("h", special.h)):
        if all(_is_safe(danger, domain, ranges) for danger in dangers(tree, ranges)):
            continue
        defined = False
        found: dict[int, str] = {}
        for k, corner in enumerate(at):
            message = _breach(which, tree, domain, Corner(corner, ranges, formula.outside))
            if message:
                found[k] = message
        message = shared_by_all(found, at, ranges)
        if message:
            raise ExpressionError(message)
    found = {}
    for k, corner in enumerate(at):
        message = _overflow(formula, domain, Corner(corner, ranges, formula.outside))
        if message:
            found[k] = message
    message = shared_by_all(found, at, ranges)
    if message:
        raise ExpressionError(message)
    return defined


@dataclass(frozen=True)
class Corner:
    """Values of the parameters to look at.

    Parameters
    ----------
    values : mapping of str to float
        One end of each range.
    ranges : mapping of str to tuple of float
    outside : frozenset of str
        Parameters that are the same for all neurons of a group.
    """

    values: Mapping[str, float]
    ranges: Ranges
    outside: frozenset[str]

    def at(self, x: Floats) -> dict[str, Any] | None:
        """Parameters of each neuron, of which one has one end and another the other end."""
        given: dict[str, Any] = dict(self.values)
        for label, (low, high) in self.ranges.items():
            if low != high and label not in self.outside:
                if x.shape[-1] == 1:
                    return None
                given[label] = np.full(x.shape[-1], self.values[label])
                given[label][1] = high if self.values[label] == low else low
        return given


def _is_own(argument: Node) -> bool:
    """Whether an argument is a function of one neuron's state."""
    return "x" in argument.bare and not any(n.op in REDUCTIONS for n in postorder(argument))


def _is_safe(danger: Danger, domain: Domain, ranges: Ranges) -> bool:
    argument = danger.argument
    if argument.op == "size":
        return True
    if _is_own(argument):
        return is_defined(_broken_by(danger), domain, ranges)
    given = {label: Interval(*ends) for label, ends in ranges.items()}
    u = bounds([argument], {**given, "x": Interval(*domain), V.label: Interval(-np.inf, np.inf)})
    return bool(danger.is_safe(u[argument]))


def _broken_by(danger: Danger) -> Node:
    """Operation that is defined where the danger is not there."""
    exponent = {"not zero": -1.0, "positive": -0.5, "not negative": 0.5}[danger.rule]
    return Node("pow", (danger.argument, number(exponent)))


def _breach(which: str, tree: Node, domain: Domain, corner: Corner) -> str:
    ranges = {label: (value, value) for label, value in corner.values.items()}
    for danger in dangers(tree, ranges):
        argument = danger.argument
        if not argument.varies or _is_safe(danger, domain, ranges):
            continue
        if _is_own(argument):
            found = breach(_broken_by(danger), domain, corner.values)
            if found is not None:
                return f"{which} is not finite at {said(found[0])} of a neuron ({found[1]})"
            continue
        for x in states(domain):
            given = corner.at(x)
            if given is None:
                continue
            value = evaluate([argument], {**given, "x": x, V.label: np.ones_like(x)})[0]
            value = np.broadcast_to(value, x.shape)[:, 0]
            message = _breach_of(danger, x, value, corner)
            if message:
                return f"{which} is not finite {message}"
    return ""


def _breach_of(danger: Danger, x: Floats, value: Floats, corner: Corner) -> str:
    broken = np.asarray(danger.is_broken(Interval(value, value)))
    if np.any(broken):
        k = int(np.argmax(broken))
        return f"{place(x[k])} ({danger.reason(float(value[k]))})"
    above, below = np.flatnonzero(value > 0), np.flatnonzero(value < 0)
    if not len(above) or not len(below) or not danger.at_zero:
        return ""
    root = _between(danger.argument, x[below[0]], x[above[0]], corner)
    return f"{place(root)} ({danger.at_zero})"


def _between(argument: Node, below: Floats, above: Floats, corner: Corner) -> Floats:
    """State between two others at which the argument is nearest to 0."""
    for _ in range(80):
        middle = 0.5 * (below + above)
        given = corner.at(middle) or {}
        value = evaluate([argument], {**given, "x": middle[None, :], V.label: np.ones(1)})[0]
        if float(value.reshape(-1)[0]) > 0:
            above = middle
        else:
            below = middle
    return above


def _overflow(formula: Formula, domain: Domain, corner: Corner) -> str:
    """Message about a state at which something is not a number, or infinite without need."""
    trees = [formula.L, formula.g, formula.h, formula.dual]
    for x in states(domain):
        rng = np.random.default_rng(3)
        given = corner.at(x)
        if given is None:
            continue
        values = evaluate(trees, {**given, "x": x, V.label: rng.normal(size=x.shape)})
        whole = [np.broadcast_to(v, (len(x), v.shape[-1] if v.ndim else 1)) for v in values]
        too_large = ~np.all(np.isfinite(whole[0]), axis=-1) | ~np.all(np.isfinite(whole[1]), -1)
        for which, value in zip(_NAMES, whole, strict=True):
            lost = np.any(np.isnan(value), axis=-1)
            moderate = np.max(np.abs(x), axis=-1) <= _MODERATE
            lost |= np.any(np.isinf(value), axis=-1) & (np.max(np.abs(x), axis=-1) <= 1.0)
            if which == _NAMES[-1]:  # where L itself is too large, nobody asks for it
                lost &= ~too_large
            if np.any(lost):
                order = np.argsort(~(lost & moderate), kind="stable")
                k = int(order[0]) if lost[order[0]] else int(np.argmax(lost))
                if moderate[k]:
                    return f"{which} is not finite {place(x[k])}"
                return (
                    f"{which} cannot be computed {place(x[k])}, because a part of it overflows; "
                    "write it in a form that does not"
                )
    return ""
