"""Intervals that hold all values of an expression in t over stretches of time.

Many stretches at once: an interval is a pair of arrays. Rounding is not accounted for: who asks
looks at the points that are found, and wants none to be passed over.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.expression import CONSTANTS
from hamsim.signals.functions import NAMED, TIME

__all__ = ["enclose"]

Interval = tuple[Any, Any]
INFINITE = (-np.inf, np.inf)


def enclose(node: ast.expr, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Least and largest values of an expression while t is between low and high, or beyond them."""
    with np.errstate(all="ignore"):
        least, most = _interval(node, (low, high))
    return np.broadcast_to(least, np.shape(low)), np.broadcast_to(most, np.shape(low))


def _interval(node: ast.expr, t: Interval) -> Interval:
    match node:
        case ast.Constant(value=number):
            value = np.float64(number)  # type: ignore[arg-type]
            return value, value
        case ast.Name(id=name):
            return t if name == TIME else (CONSTANTS[name], CONSTANTS[name])
        case ast.UnaryOp(op=op, operand=operand):
            a, b = _interval(operand, t)
            return (-b, -a) if isinstance(op, ast.USub) else (a, b)
        case ast.BinOp(left=left, op=op, right=right):
            found = _BINARY[type(op)](_interval(left, t), _interval(right, t))
            return _known(found)
        case ast.Call(func=ast.Name(id=name), args=args):
            given = [_interval(arg, t) for arg in args]
            if name in _RISING:
                found = tuple(NAMED[name](*ends) for ends in zip(*given, strict=True))
            else:
                found = _CALLS[name](*given)
            return _known(found)
    raise AssertionError(ast.dump(node))


def _known(interval: Interval) -> Interval:
    """Infinite ends where nothing is known."""
    low, high = interval
    unknown = np.isnan(low) | np.isnan(high)
    return np.where(unknown, -np.inf, low), np.where(unknown, np.inf, high)


# --- operators ---------------------------------------------------------------------------------


def _add(x: Interval, y: Interval) -> Interval:
    return x[0] + y[0], x[1] + y[1]


def _subtract(x: Interval, y: Interval) -> Interval:
    return x[0] - y[1], x[1] - y[0]


def _multiply(x: Interval, y: Interval) -> Interval:
    ends = [a * b for a in x for b in y]
    return np.minimum.reduce(ends), np.maximum.reduce(ends)


def _divide(x: Interval, y: Interval) -> Interval:
    ends = [a / b for a in x for b in y]
    low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
    pole = (y[0] <= 0.0) & (y[1] >= 0.0)
    return np.where(pole, -np.inf, low), np.where(pole, np.inf, high)


def _floor_divide(x: Interval, y: Interval) -> Interval:
    low, high = _divide(x, y)
    return np.floor(low), np.floor(high)


def _modulo(x: Interval, y: Interval) -> Interval:
    """What is left of x; all of a period where x goes beyond its end."""
    low, high = _floor_divide(x, y)
    same = (low == high) & (y[0] == y[1])
    within = np.mod(x[0], y[0]), np.mod(x[1], y[0])
    whole = np.minimum(y[0], 0.0), np.maximum(y[1], 0.0)
    return np.where(same, within[0], whole[0]), np.where(same, within[1], whole[1])


def _power(x: Interval, y: Interval) -> Interval:
    ends = [a**b for a in x for b in y]
    low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
    around = (x[0] < 0.0) & (x[1] > 0.0)
    whole = (y[0] == y[1]) & (y[0] == np.floor(y[0]))
    even = whole & (np.mod(y[0], 2.0) == 0.0) & (y[0] > 0.0)
    odd = whole & (y[0] > 0.0)
    low = np.where(around & even, 0.0, np.where(around & ~odd, -np.inf, low))
    return low, np.where(around & ~odd, np.inf, high)


_BINARY: Mapping[type[ast.operator], Callable[[Interval, Interval], Interval]] = {
    ast.Add: _add,
    ast.Sub: _subtract,
    ast.Mult: _multiply,
    ast.Div: _divide,
    ast.FloorDiv: _floor_divide,
    ast.Mod: _modulo,
    ast.Pow: _power,
}

# --- functions ---------------------------------------------------------------------------------

# Those that rise with each of their arguments.
_RISING = (
    *("ceil", "exp", "floor", "heaviside", "log", "log2", "max", "min", "round", "sign", "sinh"),
    *("sqrt", "step", "tanh"),
)


def _abs(x: Interval) -> Interval:
    low, high = np.abs(x[0]), np.abs(x[1])
    around = (x[0] < 0.0) & (x[1] > 0.0)
    return np.where(around, 0.0, np.minimum(low, high)), np.maximum(low, high)


def _cosh(x: Interval) -> Interval:
    low, high = _abs(x)
    return np.cosh(low), np.cosh(high)


def _wave(x: Interval, ends: Interval, top: float) -> Interval:
    """A sine with these values at both ends, which is 1 so many turns behind 0."""
    low, high = np.minimum(*ends), np.maximum(*ends)
    turns = x[0] / (2 * np.pi) - top, x[1] / (2 * np.pi) - top
    has_top = np.ceil(turns[0]) <= np.floor(turns[1])
    has_bottom = np.ceil(turns[0] - 0.5) <= np.floor(turns[1] - 0.5)
    return np.where(has_bottom, -1.0, low), np.where(has_top, 1.0, high)


def _cos(x: Interval) -> Interval:
    return _wave(x, (np.cos(x[0]), np.cos(x[1])), 0.0)


def _sin(x: Interval) -> Interval:
    return _wave(x, (np.sin(x[0]), np.sin(x[1])), 0.25)


def _tan(x: Interval) -> Interval:
    pole = np.ceil(x[0] / np.pi - 0.5) <= np.floor(x[1] / np.pi - 0.5)
    return np.where(pole, -np.inf, np.tan(x[0])), np.where(pole, np.inf, np.tan(x[1]))


def _ramp(u: Interval, start: Interval, stop: Interval) -> Interval:
    fixed = (start[0] == start[1]) & (stop[0] == stop[1])
    a, b = (NAMED["ramp"](end, start[0], stop[0]) for end in u)
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.where(fixed, low, 0.0), np.where(fixed, high, 1.0)


def _pulse(u: Interval, period: Interval, width: Interval) -> Interval:
    low, high = _modulo(u, period)
    on, off = high < width[0], low >= width[1]
    return np.where(on, 1.0, 0.0), np.where(off, 0.0, 1.0)


_CALLS: Mapping[str, Callable[..., Interval]] = {
    "abs": _abs,
    "cos": _cos,
    "cosh": _cosh,
    "pulse": _pulse,
    "ramp": _ramp,
    "sin": _sin,
    "tan": _tan,
}
assert {*_CALLS, *_RISING} == {*NAMED}
