"""Values of trees in numbers of almost any size, to tell an overflow from an infinite value."""

from __future__ import annotations

import decimal
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from hamsim.formula.arithmetic.decimals import pi
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.lowering import lowered
from hamsim.formula.tree.tree import Node, postorder

__all__ = ["DIGITS", "long_range_products", "long_range_value"]

DIGITS = 50


def _context(digits: int) -> decimal.Context:
    return decimal.Context(prec=digits, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[])


Value = Decimal | list[Decimal]  # of the group, or one for each neuron


def long_range_value(tree: Node, given: Mapping[str, float]) -> float:
    """Value of an element-wise tree at one point.

    Returns
    -------
    float
        Infinite if the value is too large for a float, NaN if there is none.
    """
    with decimal.localcontext(_context(DIGITS)):
        (value,) = _values([tree], {label: Decimal(v) for label, v in given.items()}, 1)
        assert isinstance(value, Decimal)
        return float(value)


def long_range_products(
    pairs: Sequence[tuple[Node, Node]],
    given: Mapping[str, Sequence[float] | float],
    digits: int = DIGITS,
) -> list[tuple[float, float]]:
    """Sums over the group of products of two trees, with that many digits carried.

    Returns
    -------
    list of tuple of float
        Each sum, and the sum of the sizes of its terms.
    """
    with decimal.localcontext(_context(digits)):
        exact: dict[str, Value] = {
            label: Decimal(v) if isinstance(v, float | int) else [Decimal(u) for u in v]
            for label, v in given.items()
        }
        x = exact["x"]
        assert isinstance(x, list)
        found = []
        for pair in pairs:
            a, b = (_spread(value, len(x)) for value in _values(list(pair), exact, len(x)))
            terms = [u * v for u, v in zip(a, b, strict=True)]
            found.append((float(sum(terms)), float(sum(abs(term) for term in terms))))
        return found


def _spread(value: Value, size: int) -> list[Decimal]:
    return value if isinstance(value, list) else [value] * size


def _values(trees: list[Node], given: Mapping[str, Value], size: int) -> list[Value]:
    roots = lowered(trees)
    values: dict[Node, Value] = {}
    for node in postorder(*roots):
        args = [values[arg] for arg in node.args]
        if node.op in ("name", "shared"):
            values[node] = given[node.label]
        elif node.op == "size":
            values[node] = Decimal(size)
        elif node.op in ("sum", "top"):
            terms = _spread(args[0], size)
            values[node] = sum(terms, start=Decimal(0)) if node.op == "sum" else max(terms)
        elif any(isinstance(arg, list) for arg in args):
            columns = zip(*(_spread(arg, size) for arg in args), strict=True)
            values[node] = [_value(node, list(column)) for column in columns]
        else:
            values[node] = _value(node, [arg for arg in args if isinstance(arg, Decimal)])
    return [values[root] for root in roots]


def _value(node: Node, args: list[Decimal]) -> Decimal:
    match node.op:
        case "number":
            assert node.value is not None
            return Decimal(node.value.numerator) / Decimal(node.value.denominator)
        case "pi":
            return pi()
        case "add":
            return sum(args[1:], start=args[0])
        case "mul":
            return math.prod(args[1:], start=args[0])
        case "pow":
            return args[0] ** args[1]
        case "max":
            return max(args)
        case "pick":
            return args[1] if args[0] > 0 else args[2]
    return args[0] if args[0].is_nan() else FUNCTIONS[node.op].decimal(args[0])
