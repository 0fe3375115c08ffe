"""Activations that are straight lines between some breaks."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from hamsim.formula.arithmetic.rationals import Number, as_float
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.tree.algebra import negative, subtract
from hamsim.formula.tree.derivative import derivative
from hamsim.formula.tree.rewriting import make
from hamsim.formula.tree.tree import MINUS_ONE, ONE, ZERO, Node, X, number, postorder, rebuild

__all__ = ["Pieces", "linear_pieces"]

_BENT = ("abs", "max", "pick", "relu", "sign")
_MOST_BREAKS = 8


class Pieces(NamedTuple):
    """Lines next to each other, no two of which are the same.

    Parameters
    ----------
    breaks : list of Fraction
        Where they meet, or g jumps.
    slopes, offsets : list of Fraction
        One more: g = slope x + offset on each piece.
    """

    breaks: list[Number]
    slopes: list[Number]
    offsets: list[Number]

    @property
    def range(self) -> tuple[float, float]:
        """Bounds of g."""
        ends = [
            slope * place + offset
            for k, place in enumerate(self.breaks)
            for slope, offset in zip(self.slopes[k : k + 2], self.offsets[k : k + 2], strict=True)
        ]
        ends = ends or [self.offsets[0]]
        first, last = self.slopes[0], self.slopes[-1]
        low = -math.inf if first > 0 or last < 0 else as_float(min(ends))
        high = math.inf if first < 0 or last > 0 else as_float(max(ends))
        return low, high


def linear_pieces(g: Node, h: Node) -> Pieces | None:
    """Lines that an activation is made of.

    Parameters
    ----------
    g, h : Node
        An activation without parameters, and its slope.

    Returns
    -------
    Pieces or None
        None if g is not of this kind.
    """
    if tidied(derivative(h, {X: ONE})) != ZERO:
        return None
    breaks: list[Number] = []
    for node in postorder(g):
        if node.op in _BENT and node.varies:
            found = {place for low, high in _pieces(breaks) for place in _zeros(node, low, high)}
            breaks = sorted({*breaks, *found})
        if len(breaks) > _MOST_BREAKS:
            return None
    lines = [_straight(g, _inside(low, high)) for low, high in _pieces(breaks)]
    known_lines = [line for line in lines if line is not None]
    if len(known_lines) < len(lines):
        return None
    bends = [k for k, (one, two) in enumerate(pairwise(known_lines)) if one != two]
    slopes, offsets = zip(known_lines[0], *(known_lines[k + 1] for k in bends), strict=True)
    return Pieces([breaks[k] for k in bends], list(slopes), list(offsets))


_End = Number | None


def _pieces(breaks: list[Number]) -> list[tuple[_End, _End]]:
    return list(pairwise([None, *breaks, None]))


def _inside(low: _End, high: _End) -> Number:
    """A state inside of a piece."""
    if low is not None and high is not None:
        return (low + high) / 2
    return low + 1 if low is not None else high - 1 if high is not None else Fraction(0)


def _straight(root: Node, at: Number) -> tuple[Number, Number] | None:
    """Slope and offset of the line that a tree is around a state; None if it is none."""
    lines: dict[Node, Node] = {}
    for node in postorder(root):
        args = tuple(lines[arg] for arg in node.args)
        line = _side(node, args, at) if node.op in _BENT else make(node, args)
        if line is None:
            return None
        lines[node] = line
    slope = tidied(derivative(lines[root], {X: ONE})).value
    offset = _value(lines[root], Fraction(0))
    return None if slope is None or offset is None else (slope, offset)


def _value(line: Node, at: Number) -> Number | None:
    return rebuild([line], make, {X: number(at)})[0].value


def _side(node: Node, args: tuple[Node, ...], at: Number) -> Node | None:
    """What a bent function of lines is around a state."""
    condition = subtract(*args) if node.op == "max" else args[0]
    value = _value(condition, at)
    if value is None:
        return None
    match node.op:
        case "abs":
            return args[0] if value > 0 else negative(args[0])
        case "relu":
            return args[0] if value > 0 else ZERO
        case "sign":
            return ONE if value > 0 else MINUS_ONE
        case "max":
            return args[0] if value > 0 else args[1]
    return args[1] if value > 0 else args[2]


def _zeros(node: Node, low: _End, high: _End) -> list[Number]:
    """Where a bent function bends inside of a piece."""
    condition = subtract(*node.args) if node.op == "max" else node.args[0]
    line = _straight(condition, _inside(low, high))
    if line is None or line[0] == 0:
        return []
    place = -line[1] / line[0]
    return [place] if (low is None or place > low) and (high is None or place < high) else []
