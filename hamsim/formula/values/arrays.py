"""Values of trees for arrays of states, as the compiled functions compute them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.formula.tree.tree import Node, as_float, postorder
from hamsim.formula.values.constants import computed

__all__ = ["Floats", "Mask", "erf", "evaluate", "evaluate_function"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_erf = np.frompyfunc(math.erf, 1, 1)


def erf(u: Floats) -> Floats:
    """Error function, entry by entry."""
    return np.asarray(_erf(u), dtype=np.float64)


def _softplus(u: Floats) -> Floats:
    return np.maximum(u, 0.0) + np.log1p(np.exp(-np.abs(u)))


def _sigmoid(u: Floats) -> Floats:
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, e) / (1.0 + e)


def _log_cosh(u: Floats) -> Floats:
    a = np.abs(u)
    near = np.log1p(2.0 * np.sinh(0.5 * np.minimum(a, 2.0)) ** 2)
    return np.where(a < 2.0, near, a + np.log1p(np.exp(-2.0 * a)) - math.log(2.0))


def _sech2(u: Floats) -> Floats:
    e = np.exp(-2.0 * np.abs(u))
    return 4.0 * e / (1.0 + e) ** 2


def _sigmoid_slope(u: Floats) -> Floats:
    e = np.exp(-np.abs(u))
    return e / (1.0 + e) ** 2


_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "arcsinh": np.arcsinh,
    "arctan": np.arctan,
    "cos": np.cos,
    "cosh": np.cosh,
    "erf": erf,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "log_cosh": _log_cosh,
    "relu": lambda u: np.maximum(u, 0.0),
    "sech2": _sech2,
    "sigmoid": _sigmoid,
    "sigmoid_slope": _sigmoid_slope,
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "softplus": _softplus,
    "tanh": np.tanh,
}


def evaluate(roots: list[Node], given: Mapping[str, Any]) -> list[Floats]:
    """Values of trees.

    Parameters
    ----------
    roots : list of Node
    given : mapping of str to array_like
        What the names stand for, broadcast against each other; in a collective formula the
        neurons of the group are the last axis.

    Returns
    -------
    list of ndarray
        NaN and infinities where a value is not finite.
    """
    trees = computed(roots)
    arrays = {label: np.asarray(value, dtype=np.float64) for label, value in given.items()}
    values: dict[Node, Any] = {}
    with np.errstate(all="ignore"):
        for node in postorder(*trees):
            values[node] = _value(node, [values[arg] for arg in node.args], arrays)
    return [np.asarray(values[tree], dtype=np.float64) for tree in trees]


def _value(node: Node, args: list[Any], arrays: Mapping[str, Floats]) -> Any:
    match node.op:
        case "number":
            assert node.value is not None
            return np.float64(as_float(node.value))
        case "pi":
            return np.float64(math.pi)
        case "name" | "shared":
            return arrays[node.label]
        case "size":
            return np.float64(arrays["x"].shape[-1])
        case "add":
            return sum(args[1:], start=args[0])
        case "mul":
            return math.prod(args[1:], start=args[0])
        case "pow":
            return _power(args[0], args[1])
        case "max":
            return np.maximum(args[0], args[1])
        case "pick":
            return np.where(args[0] > 0, args[1], np.where(args[0] <= 0, args[2], args[0]))
        case "sum" | "top":
            (term,) = args
            term = np.broadcast_to(term, np.broadcast_shapes(np.shape(term), arrays["x"].shape))
            reduce = np.sum if node.op == "sum" else np.max
            return reduce(term, axis=-1, keepdims=True)
    return _FUNCTIONS[node.op](args[0])


def _power(base: Any, exponent: Any) -> Any:
    return np.float64(1.0) / base if np.all(exponent == -1.0) else np.power(base, exponent)


def evaluate_function(name: str, u: Any) -> Any:
    """Value of one of the functions of one argument."""
    return _FUNCTIONS[name](u)
