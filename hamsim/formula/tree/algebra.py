"""Sums, products and powers in a normal form, so that equal things meet and cancel.

A sum holds every term once, with a number in front; a product holds every base once, with one
exponent, and at most one number, which comes first. Nothing is simplified in a way that would
hide a place where the formula is not finite: x**2/x stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from hamsim.formula.arithmetic.rationals import Number, as_float, log2, root
from hamsim.formula.tree.tree import (
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Node,
    number,
)

__all__ = [
    "HALF",
    "add",
    "divide",
    "factors",
    "is_whole",
    "mul",
    "negative",
    "power",
    "split",
    "subtract",
]

# Longer products stay nested: the product rule applied to n flat factors makes n^2 new ones.
_MAX_FLAT = 8
_MOST_BITS = 4096  # of a power that is worked out


def split(node: Node) -> tuple[Number, Node]:
    """Number in front of a term, and the rest."""
    if node.op == "number":
        assert node.value is not None
        return node.value, ONE
    if node.op == "mul" and node.args[0].op == "number":
        assert node.args[0].value is not None
        rest = node.args[1:]
        return node.args[0].value, rest[0] if len(rest) == 1 else Node("mul", rest)
    return Fraction(1), node


def factors(node: Node) -> dict[Node, Node]:
    """Bases of a product with their exponents; a number is its own base.

    Of several powers of one base, which could not be joined, all but the first are bases.
    """
    found: dict[Node, Node] = {}
    for factor in node.args if node.op == "mul" else (node,):
        base, exponent = factor.args if factor.op == "pow" else (factor, ONE)
        if base in found:
            base = Node("pow", (base, exponent))
            exponent = add(found.get(base, ZERO), ONE)
        found[base] = exponent
    return found


def is_whole(exponent: Node) -> bool:
    """Whether a node is a whole number."""
    return exponent.value is not None and exponent.value == int(exponent.value)


def _scaled(factor: Number, node: Node) -> Node:
    if factor == 1:
        return node
    front = number(factor)
    if node == ONE:
        return front
    return Node("mul", (front, *(node.args if node.op == "mul" else (node,))))


def add(*terms: Node) -> Node:
    """Sum; numbers in front of sums are multiplied out."""
    constant = Fraction(0)
    coefficients: dict[Node, Number] = {}
    stack = list(reversed(terms))
    while stack:
        term = stack.pop()
        if term.op == "add":
            stack.extend(reversed(term.args))
            continue
        front, rest = split(term)
        if rest.op == "add":
            stack.extend(mul(number(front), arg) for arg in reversed(rest.args))
        elif rest == ONE:
            constant = constant + front
        else:
            coefficients[rest] = coefficients.get(rest, Fraction(0)) + front
    # In an order that does not depend on the numbers in front, so that u and -u look alike.
    ordered = sorted(coefficients, key=lambda rest: rest.order)
    parts = [_scaled(coefficients[rest], rest) for rest in ordered if coefficients[rest] != 0]
    if constant != 0 or not parts:
        parts.insert(0, number(constant))
    return parts[0] if len(parts) == 1 else Node("add", tuple(parts))


def negative(node: Node) -> Node:
    return add(mul(MINUS_ONE, node))


def subtract(left: Node, right: Node) -> Node:
    return add(left, mul(MINUS_ONE, right))


def divide(left: Node, right: Node) -> Node:
    return mul(left, power(right, MINUS_ONE))


def _can_join(base: Node, first: Node, second: Node) -> bool:
    """Whether base**first * base**second is finite wherever base**(first + second) is."""
    if base.positive or not base.varies:
        return True
    if first.value is None or second.value is None:
        return first == second
    if first.value * second.value < 0:
        return False
    if base.nonnegative:
        return True
    return is_whole(add(first, second)) == (is_whole(first) and is_whole(second))


def _flat(parts: Iterable[Node]) -> list[Node]:
    """Factors of a product of products, unless they are too many."""
    parts = list(parts)
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.args if part.op == "mul" else (part,))
    if len(flat) <= _MAX_FLAT:
        return flat
    flat = []
    for part in parts:
        front, rest = split(part)
        flat.extend((number(front), rest))
    return flat


def mul(*parts: Node) -> Node:
    """Product."""
    front = Fraction(1)
    exponents: dict[Node, list[Node]] = {}
    for factor in _flat(parts):
        if factor.value is not None:
            front = front * factor.value
            continue
        base, exponent = factor.args if factor.op == "pow" else (factor, ONE)
        held = exponents.setdefault(base, [])
        for k, other in enumerate(held):
            if _can_join(base, other, exponent):
                held[k] = add(other, exponent)
                break
        else:
            held.append(exponent)
    if front == 0:
        return ZERO
    rest: list[Node] = []
    for base, held in exponents.items():
        for exponent in held:
            made = power(base, exponent)
            if made.op == "mul" or made.value is not None:
                number_in_it, made = split(made)
                front = front * number_in_it
            if made != ONE:
                rest.append(made)
    rest.sort(key=lambda part: part.order)
    if len(rest) == 1:
        return _scaled(front, rest[0])
    if not rest:
        return number(front)
    return Node("mul", tuple(rest)) if front == 1 else Node("mul", (number(front), *rest))


def _number_power(base: Number, exponent: Number) -> Node:
    """Power of a number: exact where it is rational and has not too many digits."""
    if base == 0 or abs(base) == 1:
        if base == 0 and exponent < 0:
            raise OverflowError("division by 0")
        if base >= 0 or exponent.denominator == 1:
            return number(base if base >= 0 or exponent.numerator % 2 else -base)
    if base < 0 and exponent.denominator != 1:
        raise OverflowError("root of a negative number")
    if log2(base) * as_float(exponent) > 1100:
        raise OverflowError("larger than every float")
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if size * abs(exponent.numerator) <= _MOST_BITS:
        rational = root(base, exponent.denominator)
        if rational is not None:
            return number(rational**exponent.numerator)
    return Node("pow", (number(base), number(exponent)))


def _product_power(node: Node, exponent: Node) -> Node:
    """Power of a product, factor by factor as far as that changes no domain."""
    if is_whole(exponent):
        return mul(*(power(factor, exponent) for factor in node.args))
    inside: list[Node] = []
    outside: list[Node] = []
    for factor in node.args:
        (outside if factor.nonnegative else inside).append(factor)
    if not outside:
        return Node("pow", (node, exponent))
    if inside and inside[0].value is not None:  # a negative number in front: only its sign stays
        outside.append(number(-inside[0].value))
        inside[0] = MINUS_ONE
    rest = mul(*inside)
    raised = power(rest, exponent) if rest.value is not None else Node("pow", (rest, exponent))
    return mul(raised, *(power(factor, exponent) for factor in outside))


def power(base: Node, exponent: Node) -> Node:
    """Power with an exponent that does not depend on x."""
    value = exponent.value
    if value == 0:
        return ONE
    if value == 1 or base == ONE:
        return base
    if base.value is not None and value is not None:
        return _number_power(base.value, value)
    if base.op == "mul" and value is not None:
        return _product_power(base, exponent)
    if base.op == "pow":
        return _power_of_power(base, exponent)
    if value is not None and is_whole(exponent):
        even = value % 2 == 0
        if base.op == "abs" and even:
            return power(base.args[0], exponent)
        if base.op == "sign" and value > 0:
            return ONE if even else base  # almost everywhere
        if base.op == "pick" and value > 0 and base.args[1:] == (ONE, ZERO):
            return base
    return Node("pow", (base, exponent))


def _power_of_power(base: Node, exponent: Node) -> Node:
    inner, first = base.args
    joined = mul(first, exponent)
    if inner.nonnegative or (is_whole(first) and is_whole(exponent)):
        return power(inner, joined)
    if first.value is not None and is_whole(first) and first.value % 2 == 0:
        return power(Node("abs", (inner,)), joined)
    return Node("pow", (base, exponent))


HALF = power(TWO, MINUS_ONE)
