"""Places where an operation of a formula is not defined, or not finite.

All else that a formula is made of is finite for every number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Ranges
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.algebra import factors
from hamsim.formula.tree.rewriting import SIMPLEST
from hamsim.formula.tree.tree import ZERO, Node, is_constant, postorder
from hamsim.formula.values.arrays import evaluate

__all__ = ["Danger", "dangers"]


@dataclass(frozen=True)
class Danger:
    """An argument that must keep away from zero or from negative numbers.

    Parameters
    ----------
    argument : Node
    rule : str
        ``not zero``, ``positive`` or ``not negative``.
    at_zero, below : str
        What it is called if the argument is zero, or negative.
    """

    argument: Node
    rule: str
    at_zero: str
    below: str

    def is_safe(self, u: Interval) -> Any:
        """Whether no number within the bounds breaks the rule."""
        if self.rule == "positive":
            return u.low > 0
        if self.rule == "not negative":
            return u.low >= 0
        return (u.low > 0) | (u.high < 0)

    def is_broken(self, u: Interval) -> Any:
        """Whether every number within the bounds breaks the rule."""
        if self.rule == "positive":
            return u.high <= 0
        if self.rule == "not negative":
            return u.high < 0
        return (u.low == 0) & (u.high == 0)

    def reason(self, value: float) -> str:
        """What breaks the rule."""
        return self.below if value < 0 else self.at_zero


def dangers(root: Node, ranges: Ranges) -> list[Danger]:
    """All dangers of a tree, innermost first."""
    found: dict[Danger, None] = {}
    for node in postorder(root):
        for danger in _of_node(node, ranges):
            found[danger] = None
    return list(found)


def _of_node(node: Node, ranges: Ranges) -> Iterable[Danger]:
    match node.op:
        case "term" | "expsum":
            if not node.args[0].positive:
                yield Danger(
                    node.args[0],
                    "not negative",
                    "the logarithm of 0",
                    "the logarithm of what may be negative",
                )
        case "pow":
            yield from _of_power(node.args[0], node.args[1], ranges)
        case op if op in FUNCTIONS:
            (u,) = node.args
            for undefined in FUNCTIONS[op].undefined:
                edge = SIMPLEST.made(undefined.edge, u)
                yield Danger(edge, "positive", undefined.at_zero, undefined.below)


def _of_power(base: Node, exponent: Node, ranges: Ranges) -> Iterable[Danger]:
    if exponent.varies:
        return  # an exponential, in a tree that is not rewritten yet
    if base.positive and is_constant(base):
        return
    low, high = _range(exponent, ranges)
    if low == high and low.is_integer():
        if low < 0:
            for part in _zero_with(base):
                yield Danger(part, "not zero", "a division by 0", "a division by 0")
        return
    half = low == high and abs(low) == 0.5
    below = "the square root of a negative number" if half else "a power of a negative number"
    rule = "positive" if low < 0 else "not negative"
    if rule == "positive" or not base.nonnegative:
        yield Danger(base, rule, "a division by 0", below)


def _range(exponent: Node, ranges: Ranges) -> tuple[float, float]:
    """Range of an exponent, which is a number or an expression of parameters."""
    if exponent.names and all(ranges[label][0] == ranges[label][1] for label in exponent.names):
        value = float(evaluate([exponent], {n: ranges[n][0] for n in exponent.names})[0])
        return value, value
    given = {label: Interval(*ranges[label]) for label in exponent.names}
    found = bounds([exponent], given)[exponent]
    return float(found.low), float(found.high)


def _zero_with(base: Node) -> list[Node]:
    """Simplest expressions of which one is zero where the base is."""
    parts = [factor for factor in factors(base) if factor != ZERO]
    found: list[Node] = []
    for part in parts:
        exponent = factors(base)[part]
        if exponent.value is not None and exponent.value < 0:
            continue  # it never is
        if part.op in FUNCTIONS and FUNCTIONS[part.op].vanishes_with_argument:
            found.extend(_zero_with(part.args[0]))
        elif not part.positive:
            found.append(part)
    return found
