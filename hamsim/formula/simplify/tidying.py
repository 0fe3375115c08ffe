"""Sums made shorter: brackets multiplied out where terms then cancel, common powers taken out.

The second derivative of sqrt(1 + x^2) comes by rule as (1 + x^2)^(-1/2) - x^2 (1 + x^2)^(-3/2),
which at large x is the difference of two equal numbers. Taken out of both terms, the power
(1 + x^2)^(-3/2) leaves 1 + x^2 - x^2, which is 1.
"""

from __future__ import annotations

from hamsim.formula.tree.algebra import add, factors, is_whole, mul, power, subtract
from hamsim.formula.tree.rewriting import make, product, total
from hamsim.formula.tree.tree import ZERO, Node, number, postorder, rebuild
from hamsim.formula.values.accuracy import loses_digits

__all__ = ["multiplied_out", "tidied"]

_MOST_TERMS = 60
_HIGHEST = 6


def tidied(root: Node) -> Node:
    """Same formula with its sums made shorter where that is possible."""
    return rebuild([root], lambda node, args: _shorter(make(node, args)))[0]


def _shorter(node: Node) -> Node:
    if node.op != "add":
        return node
    best = node
    candidate = multiplied_out(node)
    if candidate is not None and _is_better(candidate, best, 0):
        best = candidate
    candidate = _power_taken_out(best)
    if candidate is not None and _is_better(candidate, best, 1):
        best = candidate
    return best


def _is_better(candidate: Node, best: Node, worth: int) -> bool:
    """Whether a form is cheaper by more than `-worth` and as accurate."""
    (count, terms), (other_count, other_terms) = _cost(candidate), _cost(best)
    cheaper = (count, terms) < (other_count, other_terms + worth)
    return cheaper and not loses_digits(candidate, best)


def _cost(node: Node) -> tuple[int, int]:
    """How much there is to compute; terms that are subtracted count more."""
    below = postorder(node)
    negatives = sum(n.op == "number" and n.value is not None and n.value < 0 for n in below)
    return len(below) + negatives, len(node.args)


def multiplied_out(node: Node) -> Node | None:
    """Sum with all brackets multiplied out; None if that makes too many terms or digits."""
    try:
        return _multiplied_out(node)
    except OverflowError:
        return None


def _multiplied_out(node: Node) -> Node | None:
    terms: list[Node] = []
    for term in node.args if node.op == "add" else (node,):
        products = [term]
        brackets = [
            (base, exponent)
            for base, exponent in factors(term).items()
            if base.op == "add" and is_whole(exponent) and 0 < (exponent.value or 0) <= _HIGHEST
        ]
        if brackets:
            rest = [power(b, e) for b, e in factors(term).items() if (b, e) not in brackets]
            products = [mul(*rest)]
            for base, exponent in brackets:
                assert exponent.value is not None
                for _ in range(int(exponent.value)):
                    products = [mul(p, q) for p in products for q in base.args]
                    if len(products) > _MOST_TERMS:
                        return None
        terms.extend(products)
        if len(terms) > _MOST_TERMS:
            return None
    return total(*terms)


def _power_taken_out(node: Node) -> Node | None:
    if node.op != "add":
        return None
    bases = {
        base: None
        for term in node.args
        for base, exponent in factors(term).items()
        if base.op == "add" and exponent.value is not None and exponent.value < 0
    }
    for base in bases:
        exponents = [factors(term).get(base, ZERO) for term in node.args]
        if any(e.value is None for e in exponents):
            continue
        lowest = number(min(e.value for e in exponents if e.value is not None))
        lifted = [subtract(e, lowest) for e in exponents]
        if not all(is_whole(e) and (e.value or 0) <= _HIGHEST for e in lifted):
            continue
        terms = []
        for term, e in zip(node.args, lifted, strict=True):
            others = [power(b, f) for b, f in factors(term).items() if b != base]
            terms.append(mul(*others, power(base, e)))
        rest = multiplied_out(add(*terms))
        if rest is not None:
            count = len(rest.args) if rest.op == "add" else 1
            if count < len(node.args) or (count == len(node.args) and _cost(rest) < _cost(node)):
                return product(power(base, lowest), rest)
    return None
