"""Derivatives of expressions in t, exact but for rounding.

Value and derivative go through the expression together [Griewank and Walther, Evaluating
Derivatives, 2nd ed. 2008, section 3.1]. Where it jumps or bends, one of the two sides counts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.expression import CONSTANTS
from hamsim.signals.functions import NAMED, TIME

__all__ = ["slope_of"]

Both = tuple[Any, Any]  # a value and its derivative


def slope_of(tree: ast.expr, times: Floats) -> Floats:
    """Derivative of an expression at times.

    Parameters
    ----------
    tree : ast.expr
        Of numbers and t.
    times : ndarray

    Returns
    -------
    ndarray
        Of the shape of `times`; not finite where it has no derivative.
    """
    with np.errstate(all="ignore"):
        found = _both(tree, np.asarray(times, dtype=np.float64))[1]
    return np.array(np.broadcast_to(found, np.shape(times)), dtype=np.float64)


def _both(node: ast.expr, t: Floats) -> Both:
    match node:
        case ast.Constant(value=number):
            return np.float64(number), 0.0  # type: ignore[arg-type]
        case ast.Name(id=name):
            return (t, 1.0) if name == TIME else (CONSTANTS[name], 0.0)
        case ast.UnaryOp(op=op, operand=operand):
            value, slope = _both(operand, t)
            return (-value, -slope) if isinstance(op, ast.USub) else (value, slope)
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_both(left, t), _both(right, t))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _CALLS[name](*(_both(arg, t) for arg in args))
    raise AssertionError(ast.dump(node))


def _chain(outer: Any, inner: Any) -> Any:
    """A product in which what does not change adds nothing, however steep the function is."""
    return np.where(np.asarray(inner) == 0.0, 0.0, outer * inner)


# --- operators ---------------------------------------------------------------------------------


def _add(x: Both, y: Both) -> Both:
    return x[0] + y[0], x[1] + y[1]


def _subtract(x: Both, y: Both) -> Both:
    return x[0] - y[0], x[1] - y[1]


def _multiply(x: Both, y: Both) -> Both:
    return x[0] * y[0], _chain(y[0], x[1]) + _chain(x[0], y[1])


def _divide(x: Both, y: Both) -> Both:
    value = np.divide(x[0], y[0])
    return value, _chain(np.divide(1.0, y[0]), x[1]) - _chain(np.divide(value, y[0]), y[1])


def _floor_divide(x: Both, y: Both) -> Both:
    return np.floor_divide(x[0], y[0]), 0.0


def _modulo(x: Both, y: Both) -> Both:
    return np.mod(x[0], y[0]), x[1] - _chain(np.floor_divide(x[0], y[0]), y[1])


def _power(x: Both, y: Both) -> Both:
    value = np.power(x[0], y[0])
    by_base = _chain(y[0] * np.power(x[0], y[0] - 1.0), x[1])
    return value, by_base + _chain(value * np.log(x[0]), y[1])


_BINARY: Mapping[type[ast.operator], Callable[[Both, Both], Both]] = {
    ast.Add: _add,
    ast.Sub: _subtract,
    ast.Mult: _multiply,
    ast.Div: _divide,
    ast.FloorDiv: _floor_divide,
    ast.Mod: _modulo,
    ast.Pow: _power,
}

# --- functions ---------------------------------------------------------------------------------


def _of_one(name: str, derivative: Callable[[Any], Any]) -> Callable[[Both], Both]:
    """A function of one number, with its derivative by it."""

    def both(x: Both) -> Both:
        return NAMED[name](x[0]), _chain(derivative(x[0]), x[1])

    return both


def _still(name: str) -> Callable[..., Both]:
    """A function that is constant between its jumps."""

    def both(*given: Both) -> Both:
        return NAMED[name](*(value for value, _ in given)), 0.0

    return both


def _max(x: Both, y: Both) -> Both:
    return np.maximum(x[0], y[0]), np.where(np.asarray(x[0]) >= y[0], x[1], y[1])


def _min(x: Both, y: Both) -> Both:
    return np.minimum(x[0], y[0]), np.where(np.asarray(x[0]) <= y[0], x[1], y[1])


def _ramp(u: Both, start: Both, stop: Both) -> Both:
    part = _divide(_subtract(u, start), _subtract(stop, start))
    inside = (np.asarray(part[0]) > 0.0) & (np.asarray(part[0]) < 1.0)
    return NAMED["ramp"](u[0], start[0], stop[0]), np.where(inside, part[1], 0.0)


_ONE: Mapping[str, Callable[[Any], Any]] = {
    "abs": np.sign,
    "cos": lambda x: -np.sin(x),
    "cosh": np.sinh,
    "exp": np.exp,
    "log": lambda x: np.divide(1.0, x),
    "log2": lambda x: np.divide(1.0 / np.log(2.0), x),
    "sin": np.cos,
    "sinh": np.cosh,
    "sqrt": lambda x: np.divide(0.5, np.sqrt(x)),
    "tan": lambda x: 1.0 + np.tan(x) ** 2,
    "tanh": lambda x: 1.0 / np.cosh(x) ** 2,
}
_STILL = ("ceil", "floor", "heaviside", "pulse", "round", "sign", "step")
_CALLS: Mapping[str, Callable[..., Both]] = {
    **{name: _of_one(name, derivative) for name, derivative in _ONE.items()},
    **{name: _still(name) for name in _STILL},
    "max": _max,
    "min": _min,
    "ramp": _ramp,
}
assert {*_CALLS} == {*NAMED}
