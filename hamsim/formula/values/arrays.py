"""Values of trees for arrays of states, as the compiled functions compute them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.formula.arithmetic.rationals import as_float
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.tree import Node, postorder
from hamsim.formula.values.constants import computed

__all__ = ["evaluate", "evaluate_computed"]


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
    return evaluate_computed(computed(roots), given)


def evaluate_computed(trees: list[Node], given: Mapping[str, Any]) -> list[Floats]:
    """`evaluate` of trees that are lowered already (`computed`), as many times as one likes."""
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
    return FUNCTIONS[node.op].array(args[0])


def _power(base: Any, exponent: Any) -> Any:
    return np.float64(1.0) / base if np.all(exponent == -1.0) else np.power(base, exponent)
