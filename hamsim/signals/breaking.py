"""Where an expression in t, or its derivative, jumps.

A call such as step(u) jumps where u crosses 0, floor(u) at whole numbers, abs(u) has a kink at 0.
Where u is a straight line in t these times follow from it. Else they are looked for in intervals
that are halved until they hold no such place, so that none is passed over however short it lasts.
"""

from __future__ import annotations

import ast
import math

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.errors import SimulationError
from hamsim.expression import evaluate
from hamsim.signals.enclosure import enclose
from hamsim.signals.functions import NAMED, TIME
from hamsim.signals.signal import NO_BREAKS, Breaks, merged

__all__ = ["breaks_of"]

MOST = 1_000_000  # breaks of one expression
# Intervals that are looked at in one go, and how short those get that are not halved any more, as
# a part of the time.
AT_ONCE, SHORT = 100_000, 1e-11
HALVINGS = 60  # from an interval to neighbouring numbers


def breaks_of(tree: ast.expr, begin: float, end: float) -> Breaks:
    """Breaks between two times.

    Parameters
    ----------
    tree : ast.expr
        Of numbers and t.
    begin, end : float

    Raises
    ------
    SimulationError
        There are too many.
    """
    parts = []
    for node in ast.walk(tree):
        for crossing, whole, jumps in _crossings(node):
            times = _whole(crossing, begin, end) if whole else _zeros(crossing, begin, end)
            parts.append(Breaks.alike(times, jumps))
    return merged(parts, begin, end) if parts else NO_BREAKS


def _crossings(node: ast.AST) -> list[tuple[ast.expr, bool, bool]]:
    """Expressions at whose zeros, or whole numbers, a node breaks, and whether it jumps there."""
    match node:
        case ast.Call(func=ast.Name(id="step" | "heaviside" | "sign"), args=[u]):
            return [(u, False, True)]
        case ast.Call(func=ast.Name(id="abs" | "sqrt"), args=[u]):
            return [(u, False, False)]
        case ast.Call(func=ast.Name(id="max" | "min"), args=[u, v]):
            return [(ast.BinOp(u, ast.Sub(), v), False, False)]
        case ast.Call(func=ast.Name(id="floor" | "ceil"), args=[u]):
            return [(u, True, True)]
        case ast.Call(func=ast.Name(id="round"), args=[u]):
            return [(ast.BinOp(u, ast.Sub(), ast.Constant(0.5)), True, True)]
        case ast.BinOp(left=u, op=ast.Mod() | ast.FloorDiv(), right=v):
            return [(ast.BinOp(u, ast.Div(), v), True, True)]
        case ast.Call(func=ast.Name(id="pulse"), args=[u, period, width]):
            late = ast.BinOp(u, ast.Sub(), width)
            ends = [ast.BinOp(each, ast.Div(), period) for each in (u, late)]
            return [(each, True, True) for each in ends]
        case ast.Call(func=ast.Name(id="ramp"), args=[u, start, stop]):
            ends = [ast.BinOp(u, ast.Sub(), each) for each in (start, stop)]
            return [(each, False, False) for each in ends]
    return []


def _line(node: ast.expr) -> tuple[float, float] | None:
    """Slope and value at 0 of a straight line in t; None for anything else."""
    if not any(isinstance(part, ast.Name) and part.id == TIME for part in ast.walk(node)):
        value = evaluate(node, finite=False, functions=NAMED)
        return (0.0, value) if math.isfinite(value) else None
    match node:
        case ast.Name():
            return 1.0, 0.0
        case ast.UnaryOp(op=op, operand=operand):
            line = _line(operand)
            sign = -1.0 if isinstance(op, ast.USub) else 1.0
            return line and (sign * line[0], sign * line[1])
        case ast.BinOp(left=left, op=op, right=right):
            one, two = _line(left), _line(right)
            if one is None or two is None:
                return None
            match op:
                case ast.Add():
                    return one[0] + two[0], one[1] + two[1]
                case ast.Sub():
                    return one[0] - two[0], one[1] - two[1]
                case ast.Mult() if one[0] == 0.0 or two[0] == 0.0:
                    return one[0] * two[1] + two[0] * one[1], one[1] * two[1]
                case ast.Div() if two[0] == 0.0 and two[1] != 0.0:
                    return one[0] / two[1], one[1] / two[1]
    return None


def _zeros(node: ast.expr, begin: float, end: float) -> Floats:
    """Times at which an expression may cross 0."""
    line = _line(node)
    if line is None:
        return _found(node, begin, end)
    return np.array([-line[1] / line[0]] if line[0] != 0.0 else [])


def _whole(node: ast.expr, begin: float, end: float) -> Floats:
    """Times at which an expression may cross whole numbers."""
    line = _line(node)
    if line is None:
        turns = ast.BinOp(ast.Constant(math.pi), ast.Mult(), node)
        return _found(ast.Call(ast.Name("sin"), [turns], []), begin, end)
    slope, at_0 = line
    if slope == 0.0:
        return np.zeros(0)
    ends = slope * begin + at_0, slope * end + at_0
    if abs(ends[1] - ends[0]) > MOST:
        raise _too_many(begin, end)
    numbers = np.arange(math.ceil(min(ends)), math.floor(max(ends)) + 1, dtype=np.float64)
    result: Floats = (numbers - at_0) / slope
    return result


def _found(node: ast.expr, begin: float, end: float) -> Floats:
    """Zeros of an expression that is no straight line, by halving intervals that may hold one."""
    edges = np.linspace(begin, end, 1025)
    waiting, short = [(edges[:-1], edges[1:])], []
    count = 0
    while waiting:
        low, high = waiting.pop()
        least, most = enclose(node, low, high)
        may = (least <= 0.0) & (most >= 0.0) & (least < most)  # all of it 0: it crosses nothing
        low, high = low[may], high[may]
        size = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-6 * (end - begin))
        done = high - low <= SHORT * size
        short.append((low[done], high[done]))
        count += int(np.count_nonzero(done))
        middle = 0.5 * (low + high)[~done]
        low, high = np.concatenate([low[~done], middle]), np.concatenate([middle, high[~done]])
        if count > MOST or low.size > MOST:
            raise _too_many(begin, end)
        waiting += [
            (low[k : k + AT_ONCE], high[k : k + AT_ONCE]) for k in range(0, low.size, AT_ONCE)
        ]
    return _refined(node, *(np.concatenate(ends) for ends in zip(*short, strict=True)))


def _refined(node: ast.expr, low: Floats, high: Floats) -> Floats:
    """The place in short intervals at which an expression changes its sign; else their middle."""
    if not low.size:
        return low
    order = np.argsort(low)
    low, high = low[order], high[order]
    first = np.concatenate([[True], low[1:] > high[:-1]])  # neighbours are one
    starts = np.flatnonzero(first)
    low, high = low[starts], np.maximum.reduceat(high, starts)

    def positive(times: Floats) -> NDArray[np.bool_]:
        values = evaluate(node, {TIME: times}, finite=False, functions=NAMED)
        result: NDArray[np.bool_] = np.broadcast_to(values, times.shape) >= 0.0
        return result

    at_low = positive(low)
    changes = at_low != positive(high)
    middle = 0.5 * (low + high)
    for _ in range(HALVINGS):
        same = positive(middle) == at_low
        low, high = np.where(same, middle, low), np.where(same, high, middle)
        halved = 0.5 * (low + high)
        if np.array_equal(halved, middle):
            break
        middle = np.where(changes, halved, middle)
    return np.where(changes, high, middle)


def _too_many(begin: float, end: float) -> SimulationError:
    return SimulationError(
        f"it jumps or bends more than {MOST:,} times between t = {begin:g} and {end:g}; give a "
        "table instead"
    )
