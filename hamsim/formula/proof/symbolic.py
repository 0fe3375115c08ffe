"""Facts that depend on the parameters of a formula, as expressions in them.

Where each neuron has parameters of its own, numbers that hold for all of them are worth little. In
log(cosh(b x))/b the parameter only scales x: with y = b x the Hessian is b / cosh(y)^2, which is b
times something without parameters, whose bounds are numbers.
"""

from __future__ import annotations

import math

from hamsim.formula.arithmetic.rationals import as_float
from hamsim.formula.bounds.boxes import Ranges, extremes
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.tree.algebra import HALF, divide, mul
from hamsim.formula.tree.rewriting import make
from hamsim.formula.tree.tree import ONE, Node, X, postorder, rebuild

__all__ = ["RESERVED", "in_parameters", "is_positive", "scaled_bounds"]

_EVERYWHERE = (-math.inf, math.inf)
# Names that stand for something else in an expression of facts.
RESERVED = frozenset({"n", "r", "inf"})
_CALLED = {"abs": "abs", "exp": "exp", "log": "log", "tanh": "tanh"}


def in_parameters(node: Node) -> str:
    """Text of a value without states, as `hamsim.expression` evaluates it; empty if it has none."""
    if node.varies or node.names & RESERVED:
        return ""
    texts: dict[Node, str] = {}
    for part in postorder(node):
        texts[part] = _text(part, [texts[arg] for arg in part.args])
        if not texts[part]:
            return ""
    return texts[node]


def _text(node: Node, args: list[str]) -> str:
    match node.op:
        case "number":
            assert node.value is not None
            return f"({as_float(node.value)!r})" if math.isfinite(as_float(node.value)) else ""
        case "pi":
            return "pi"
        case "name" | "shared":
            return node.label
        case "size":
            return "n"
        case "add":
            return f"({' + '.join(args)})"
        case "mul":
            return f"({' * '.join(args)})"
        case "pow" if node.args[1] == HALF:
            return f"sqrt({args[0]})"
        case "pow":
            return f"({args[0]}**{args[1]})"
        case op if op in _CALLED:
            return f"{_CALLED[op]}({args[0]})"
    return ""


def scaled_bounds(root: Node, ranges: Ranges) -> tuple[str, str] | None:
    """Bounds of a function of one x over all states, as expressions in its parameters.

    Parameters
    ----------
    root : Node
    ranges : mapping of str to tuple of float

    Returns
    -------
    (str, str) or None
        None where the parameters do more than to scale x and the value.
    """
    scale = _scale_of_x(root)
    if scale is None or not is_positive(scale, ranges):
        return None
    try:
        (alone,) = rebuild([root], make, {X: divide(X, scale)})
    except OverflowError:
        return None
    alone = tidied(alone)
    factors = alone.args if alone.op == "mul" else (alone,)
    front = mul(*(factor for factor in factors if not (factor.varies or factor.value is not None)))
    rest = mul(*(factor for factor in factors if factor.varies or factor.value is not None))
    text = in_parameters(front)
    if not text or rest.names - {"x"} or not is_positive(front, ranges):
        return None
    found = extremes(rest, _EVERYWHERE, {})
    return f"{text} * {_number(found.low)}", f"{text} * {_number(found.high)}"


def _number(value: float) -> str:
    return f"({value!r})"


def _scale_of_x(root: Node) -> Node | None:
    """What x is multiplied with, if that is the same parameters wherever there are any."""
    scales = {
        mul(*(factor for factor in node.args if factor != X and factor.value is None))
        for node in postorder(root)
        if node.op == "mul" and X in node.args
    }
    scales = {scale for scale in scales if not scale.varies}
    if not scales:
        return ONE
    return scales.pop() if len(scales) == 1 else None


def is_positive(node: Node, ranges: Ranges) -> bool:
    """Whether a value without states is above 0 for all parameters; signs come from the factors."""
    for factor in node.args if node.op == "mul" else (node,):
        base = factor.args[0] if factor.op == "pow" else factor
        if base.op in ("name", "shared"):
            if not ranges[base.label][0] > 0:
                return False
        elif base.op != "size" and not base.positive:
            return False
    return True
