"""Logarithms of sums of exponentials, which overflow as they are usually written.

A sum is read as entries ``weight * exp(exponent)``, each either one term or a sum of such terms
over the neurons of the group. Weights that are parameters are taken to be positive; whoever knows
their values has to check that.

Three nodes stand for what is made of the entries:

    lse(term(w, v), ..., expsum(w, v), ...)   log of the sum, the largest exponent taken out
    share(R, w, v)                            w exp(v) / exp(R) for such a logarithm R
    part(R, E)                                exp(E) / exp(R) for two of them
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from hamsim.formula.arithmetic.rationals import Number
from hamsim.formula.tree.algebra import (
    HALF,
    add,
    divide,
    factors,
    mul,
    negative,
    power,
    split,
    subtract,
)
from hamsim.formula.tree.folding import call
from hamsim.formula.tree.tree import (
    MINUS_ONE,
    ONE,
    SIZE,
    TWO,
    ZERO,
    Node,
    X,
    is_constant,
    postorder,
)

__all__ = ["Entry", "entries_of", "is_linear", "log_of"]


class Entry(NamedTuple):
    """weight * exp(exponent), summed over the group if `over_group`."""

    over_group: bool
    weight: Node
    exponent: Node


def entries_of(node: Node) -> list[Entry] | None:
    """Entries of a sum of exponentials that depends on x; None for anything else."""
    found: dict[tuple[bool, Node], Node] = {}
    for term in node.args if node.op == "add" else (node,):
        entries = _entries_of_term(term)
        if entries is None:
            return None
        for over_group, weight, exponent in entries:
            place = over_group, exponent
            found[place] = add(found[place], weight) if place in found else weight
    entries = [Entry(over, weight, exponent) for (over, exponent), weight in found.items()]
    return entries if any(entry.exponent.varies for entry in entries) else None


def _entries_of_term(term: Node) -> list[Entry] | None:
    if split(term)[0] < 0:
        return None
    weights: list[Node] = []
    exponents: list[Node] = []
    doubled: Node | None = None  # the argument of a hyperbolic cosine
    inner: list[Entry] | None = None  # the entries of a reduction
    for base, exponent in factors(term).items():
        if base.op == "exp":
            exponents.append(mul(exponent, base.args[0]))
        elif not base.varies:
            weights.append(power(base, exponent))
        elif exponent != ONE or doubled or inner:
            return None
        elif base.op == "cosh":
            doubled = base.args[0]
        elif base.op in ("sum", "mean"):
            inner = entries_of(base.args[0])
            if inner is None or any(entry.over_group for entry in inner):
                return None
            if base.op == "mean":
                weights.append(power(SIZE, MINUS_ONE))
        else:
            return None
    weight, exponent = mul(*weights), add(*exponents)
    if inner is not None:
        return [Entry(True, mul(weight, w), add(exponent, v)) for _, w, v in inner]
    if doubled is not None:
        half = mul(HALF, weight)
        return [Entry(False, half, add(exponent, u)) for u in (doubled, negative(doubled))]
    return [Entry(False, weight, exponent)]


def is_linear(node: Node) -> bool:
    """Whether a node is a times x plus b, with a and b free of x and no reduction in it."""
    linear: dict[Node, bool] = {}
    for part in postorder(node):
        varying = [arg for arg in part.args if arg.varies]
        linear[part] = (
            not part.varies
            or part == X
            or (part.op == "add" and all(linear[arg] for arg in varying))
            or (part.op == "mul" and len(varying) == 1 and linear[varying[0]])
        )
    return linear[node]


def log_of(entries: list[Entry]) -> Node:
    """Logarithm of the sum of the entries, in a form that does not overflow."""
    if len(entries) == 2 and not any(entry.over_group for entry in entries):
        pair = _log_of_two(*entries)
        if pair is not None:
            return pair
    parts = [
        Node("expsum" if over_group else "term", (weight, exponent))
        for over_group, weight, exponent in entries
    ]
    if len(parts) == 1:
        if parts[0].op == "expsum":
            return _without_size(*parts[0].args)
        return add(call("log", entries[0].weight), entries[0].exponent)
    return Node("lse", tuple(sorted(parts, key=lambda part: part.order)))


def _without_size(weight: Node, exponent: Node) -> Node:
    """Logarithm of one sum over the group, the same for all numbers that stand before it."""
    common = [
        f
        for f in (weight.args if weight.op == "mul" else (weight,))
        if not f.names and (f.positive or (f.op == "pow" and f.args[0] == SIZE))
    ]
    if not common:
        return Node("expsum", (weight, exponent))
    own = divide(weight, mul(*common))
    return add(Node("expsum", (own, exponent)), *(_log_factor(f) for f in common))


def _log_factor(factor: Node) -> Node:
    """Logarithm of a number or of a power of the group's size."""
    if SIZE not in postorder(factor):
        return call("log", factor)
    base, exponent = factor.args if factor.op == "pow" else (factor, ONE)
    return mul(exponent, Node("log", (base,)))


def _steepness(node: Node) -> Number:
    """Size of the number before x in a straight exponent; 0 if there is none."""
    for term in node.args if node.op == "add" else (node,):
        front, rest = split(term)
        if rest == X:
            return abs(front)
    return Fraction(0)


def _log_of_two(first: Entry, second: Entry) -> Node | None:
    if not all(is_constant(entry.weight) and entry.weight.positive for entry in (first, second)):
        return None
    if first.exponent.varies and not second.exponent.varies:
        first, second = second, first
    if _steepness(first.exponent) > _steepness(second.exponent):
        first, second = second, first  # else u and v - u may cancel
    (_, a, u), (_, b, v) = first, second
    if a == b and add(u, v) == ZERO:
        return add(call("log", mul(TWO, a)), call("log_cosh", v))
    if u.varies and not (is_linear(u) and is_linear(v)):
        return None  # as it stands, its convexity is easier to see
    ratio = call("log", divide(b, a))
    return add(call("log", a), u, call("softplus", add(subtract(v, u), ratio)))
