"""Whether one form of a formula keeps the digits that another form has.

A form is worth nothing if what it is made of cancels: (x - a)^2 + (x - b)^2 multiplied out has
lost all digits where x, a and b are near 1e8. The error that rounding leaves is followed through
both forms at some states, to first order. An error that is small beside what the formula is at the
states around is none: x^2 - 1 is as good as (x - 1)(x + 1).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.formula.arithmetic.rationals import as_float
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.tree import Node, X, postorder
from hamsim.formula.values.landmarks import landmarks

__all__ = ["loses_digits"]

_EPS = 2.0**-53
_WORSE = 8.0  # times the error of the other form
_SMALL = 64.0 * _EPS  # beside the values around
_STEPS = np.array([0.0, 0.01, -0.3, 1.0, -10.0])
_USUAL = np.array([[0.3, -1.7, 20.0, -0.01, 3.0]])


class _Rounded(NamedTuple):
    value: Floats
    error: Floats


def loses_digits(form: Node, other: Node) -> bool:
    """Whether a form of a formula is less accurate somewhere than another form."""
    if not _has_floats(form):
        return True
    names = {label: _made_up(label.encode()) for label in form.names | other.names}
    zeros, widths = landmarks([form, other], names)
    x = np.concatenate([_USUAL, zeros[:, None] + widths[:, None] * _STEPS])
    with np.errstate(all="ignore"):
        made, known = _followed(form, x, names), _followed(other, x, names)
        size = np.abs(known.value)
        most = _WORSE * (known.error + _EPS * size) + _SMALL * np.max(size, axis=1, keepdims=True)
        return bool(np.any((made.error > most) & np.isfinite(most)))


def _has_floats(form: Node) -> bool:
    """Whether all numbers of a form have the digits of floats."""
    values = [node.value for node in postorder(form) if node.value is not None]
    sizes = [abs(as_float(value)) for value in values if value != as_float(value)]
    return all(sys.float_info.min <= size <= sys.float_info.max for size in sizes)


def _made_up(key: bytes) -> float:
    """Value of what is taken as it is: some number between 0.5 and 1.5."""
    return 0.5 + (sum(key) % 251) / 251.0


def _followed(root: Node, x: Floats, names: Mapping[str, float]) -> _Rounded:
    found: dict[Node, _Rounded] = {}
    for node in postorder(root):
        found[node] = _rounded(node, [found[arg] for arg in node.args], x, names)
    return found[root]


def _rounded(node: Node, args: list[_Rounded], x: Floats, names: Mapping[str, float]) -> _Rounded:
    match node.op:
        case "number":
            assert node.value is not None
            nearest = as_float(node.value)
            exact = nearest == node.value
            return _of(nearest, 0.0 if exact else _EPS * abs(nearest), x)
        case "name" if node == X:
            return _of(x, 0.0, x)
        case "name" | "shared":
            return _of(names[node.label], 0.0, x)
        case "add":
            made = args[0]
            for u in args[1:]:
                value = made.value + u.value
                made = _Rounded(value, made.error + u.error + _EPS * np.abs(value))
            return made
        case "mul":
            made = args[0]
            for u in args[1:]:
                value = made.value * u.value
                error = made.error * np.abs(u.value) + u.error * np.abs(made.value)
                made = _Rounded(value, error + _EPS * np.abs(value))
            return made
        case "pow" if node.args[1].value is not None:
            u, p = args[0], as_float(node.args[1].value)
            value = np.power(u.value, p)
            slope = np.abs(p * np.power(u.value, p - 1.0))
            return _Rounded(value, slope * u.error + _EPS * np.abs(value))
        case op if op in FUNCTIONS and FUNCTIONS[op].degree == 1:
            return _Rounded(FUNCTIONS[op].array(args[0].value), args[0].error)
    return _of(_made_up(node.key), _EPS, x)


def _of(value: Any, error: float, x: Floats) -> _Rounded:
    return _Rounded(np.full(x.shape, value), np.full(x.shape, error))
