"""Trees made ready for interval arithmetic, which forgets that two factors hold the same x.

Where a factor grows without bound and another falls to 0, as in x/sqrt(1 + x^2) or x exp(-x),
bounds of the factors say nothing of the product at infinity. Three forms help:

- a share of a sum of exponentials has each exponent once, w exp(v)/sum_k w_k exp(v_k) being
  1/sum_k (w_k/w) exp(v_k - v);
- powers of x are taken out of polynomials, (1 + x^2)^p being |x|^2p (1 + 1/x^2)^p, and the smaller
  of both bounds holds where x is not 0: a node ``met`` of both forms and of x;
- a positive product whose elasticity x M'/M is nowhere above 0 falls with |x|, and so is largest
  at the end of a box that is nearest to 0: a node ``fading`` of the product and its elasticity.
"""

from __future__ import annotations

from fractions import Fraction

from hamsim.formula.bounds.bounding import as_polynomial
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.algebra import add, factors, is_whole, mul, power, subtract
from hamsim.formula.tree.derivative import derivative
from hamsim.formula.tree.rewriting import SIMPLEST, exponential, product
from hamsim.formula.tree.tree import MINUS_ONE, ONE, Node, X, number, postorder

__all__ = ["for_bounds"]


def for_bounds(root: Node) -> Node:
    """Form of a tree that has tighter bounds, to be given to `intervals.bounds` only."""
    new: dict[Node, Node] = {}
    for node in postorder(root):
        made = _with(node, new)
        if node.op == "share" and all(arg.op == "term" for arg in node.args[0].args):
            whole, weight, exponent = node.args
            terms = [_relative(entry, weight, exponent) for entry in whole.args]
            made = Node("pow", (Node("add", tuple(terms)), MINUS_ONE))
        elif node.op == "mul":
            faded = _faded(node, new)
            if faded is not None:
                made = faded
            else:
                taken = _powers_taken_out(node)
                made = made if taken is None else Node("met", (made, *taken))
        new[node] = made
    return new[root]


def _with(node: Node, new: dict[Node, Node]) -> Node:
    return Node(node.op, tuple(new[arg] for arg in node.args), node.label, node.value)


def _relative(entry: Node, weight: Node, exponent: Node) -> Node:
    if entry.args == (weight, exponent):
        return ONE
    scale = mul(entry.args[0], power(weight, MINUS_ONE))
    gap = exponential(subtract(entry.args[1], exponent))
    return gap if scale == ONE else Node("mul", (scale, gap))


def _powers_taken_out(node: Node) -> tuple[Node, Node] | None:
    """Other form of a product, and the base that must not be 0 in it."""
    found = factors(node)
    polynomials = {base: as_polynomial(base) for base in found if base.op == "add"}
    known = [made for made in polynomials.values() if made is not None]
    if not known or all((found[b].value or 1) > 0 for b in polynomials):
        return None
    base = known[0][0]
    size = base if base.op == "abs" else Node("abs", (base,))
    rest: list[Node] = []
    degree = Fraction(0)  # of |base| altogether
    odd = 0  # how often the sign of the base occurs
    plain = base.args[0] if base.op == "abs" else base
    for factor, exponent in found.items():
        polynomial = polynomials.get(factor)
        n = exponent.value
        if factor in (base, size, plain) and n is not None and is_whole(exponent):
            degree += n
            odd += int(n) if factor == plain else 0
        elif polynomial is not None and polynomial[0] == base and n is not None:
            highest = max(polynomial[1])
            if base.op != "abs" and highest % 2 and not is_whole(exponent):
                return None
            degree += highest * n
            odd += highest * int(n) if base.op != "abs" and highest % 2 else 0
            rest.append(Node("pow", (_reversed(factor, base), exponent)))
        else:
            rest.append(factor if exponent == ONE else Node("pow", (factor, exponent)))
    if odd % 2:
        rest.append(Node("sign", (plain,)))
    if degree != 0:
        rest.append(Node("pow", (size, number(degree))))
    return (rest[0] if len(rest) == 1 else Node("mul", tuple(rest))), base


def _reversed(polynomial: Node, base: Node) -> Node:
    """Polynomial divided by its highest power, in terms of 1/base."""
    made = as_polynomial(polynomial)
    assert made is not None
    _, coefficients = made
    highest = max(coefficients)
    terms: list[Node] = []
    for degree, parts in coefficients.items():
        for rest in parts:
            power_of_base = Node("pow", (base, number(degree - highest)))
            kept = (*rest, power_of_base) if degree < highest else rest
            terms.append(Node("mul", kept) if len(kept) > 1 else kept[0] if kept else ONE)
    return Node("add", tuple(terms))


def _is_fading(node: Node) -> bool:
    return node.varies and node.op in FUNCTIONS and FUNCTIONS[node.op].fading is not None


def _faded(node: Node, new: dict[Node, Node]) -> Node | None:
    """Product with its powers of x and its fading factors put together."""
    found = factors(node)
    size = Node("abs", (X,))
    powers = [base for base in found if base in (X, size)]
    fading = [base for base in found if _is_fading(base)]
    exponents = [found[base] for base in [*powers, *fading]]
    if not powers or not fading or not all(is_whole(e) and (e.value or 0) > 0 for e in exponents):
        return None
    degree = add(*(found[base] for base in powers))
    falls = [product(found[base], X, _log_slope(base)) for base in fading]
    value = mul(power(size, degree), *(power(base, found[base]) for base in fading))
    elasticity = add(degree, *falls)
    kept = [Node("fading", (value, elasticity))]
    if X in found and (found[X].value or 0) % 2 == 1:
        kept.append(Node("sign", (X,)))
    for base, exponent in found.items():
        if base not in powers and base not in fading:
            inner = new.get(base, base)
            kept.append(inner if exponent == ONE else Node("pow", (inner, exponent)))
    return kept[0] if len(kept) == 1 else Node("mul", tuple(kept))


def _log_slope(node: Node) -> Node:
    """Derivative of the logarithm of a fading function."""
    (u,) = node.args
    fading = FUNCTIONS[node.op].fading
    assert fading is not None
    return product(derivative(u, {X: ONE}), SIMPLEST.made(fading, u))
