"""The Legendre transform x.g - L as a tree in which nothing cancels.

Subtracted as it stands, x.g - L loses all digits where the state is large: both are then near the
same number. The rules below use that d/dx of a function of u, times x, less the function, is

    u^p        u^(p-1) (p x.u' - u), with the bracket multiplied out
    log cosh u = (u tanh u - log cosh u) - d tanh u        for u = a x + d
    softplus u = (u sigmoid u - softplus u) - d sigmoid u
    log sum w exp(v) = sum p log(p/w) - sum p d            for v = a x + d, p the shares

and that it is linear. The two brackets are functions of their own, as is log(p/w).
"""

from __future__ import annotations

from collections.abc import Mapping

from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.simplify.tidying import multiplied_out, tidied
from hamsim.formula.tree.algebra import mul, negative, power, subtract
from hamsim.formula.tree.derivative import derivatives, slope
from hamsim.formula.tree.exponentials import is_linear
from hamsim.formula.tree.rewriting import make, product, reduced, total
from hamsim.formula.tree.tree import (
    MINUS_ONE,
    ONE,
    REDUCTIONS,
    ZERO,
    Node,
    X,
    postorder,
    rebuild,
)
from hamsim.formula.values.accuracy import loses_digits

__all__ = ["legendre"]


def legendre(L: Node) -> Node:
    """Tree of x.g - L."""
    # Powers of x itself grow by their exponent, whatever it is.
    powers = (node for node in postorder(L) if node.op == "pow" and _is_size(node.args[0]))
    seeds = {X: X} | {node: product(node.args[1], node) for node in powers}
    rates = derivatives(L, seeds, through=True)
    made: dict[Node, Node] = {}
    for node in postorder(L):
        made[node] = _rule(node, made, rates)
    return made[L]


def _rule(node: Node, made: Mapping[Node, Node], rates: Mapping[Node, Node]) -> Node:
    if not node.varies:
        return negative(node)
    match node.op:
        case op if (op == "name" or op in FUNCTIONS) and _is_size(node):
            return ZERO
        case "add":
            return total(*(made[arg] for arg in node.args))
        case "mul":
            varying = [arg for arg in node.args if arg.varies]
            if len(varying) == 1:
                constant = mul(*(arg for arg in node.args if not arg.varies))
                return product(constant, made[varying[0]])
        case "pow":
            u, p = node.args
            if _is_size(u):
                return product(subtract(p, ONE), node)
            bracket = subtract(product(p, rates[u]), u)
            shorter = multiplied_out(bracket)
            if shorter is not None and not loses_digits(shorter, bracket):
                bracket = shorter
            if _is_algebraic(bracket):
                return product(bracket, power(u, subtract(p, ONE)))
        case op if op in FUNCTIONS and slope(node) == node:  # the exponential function
            return product(node, subtract(rates[node.args[0]], ONE))
        case op if op in FUNCTIONS and FUNCTIONS[op].dual is not None:
            (u,) = node.args
            if is_linear(u):
                offset = rebuild([u], make, {X: ZERO})[0]
                rest = product(MINUS_ONE, offset, slope(node))
                return total(Node(f"{op}_dual", (u,)), rest)
        case "sum" | "mean":
            term = node.args[0]
            if not any(inner.op in REDUCTIONS for inner in postorder(term)):
                return reduced(node.op, made[term])
        case "expsum" | "lse":
            entries = node.args if node.op == "lse" else (node,)
            if all(is_linear(entry.args[1]) for entry in entries) and not node.bare & {"x"}:
                return total(*(_share_terms(node, entry) for entry in entries))
            if node.op == "lse" and all(
                entry.op == "term" and is_linear(entry.args[1]) for entry in entries
            ):
                return total(*(_share_terms(node, entry) for entry in entries))
    return tidied(subtract(rates[node], node))


def _is_size(node: Node) -> bool:
    """Whether a node grows by t where x grows by t > 0."""
    return node == X or (_has_kink(node) and node.args == (X,))


def _has_kink(node: Node) -> bool:
    return node.op in FUNCTIONS and FUNCTIONS[node.op].degree == 1


def _is_algebraic(node: Node) -> bool:
    """Whether a tree is made of arithmetic alone, so that nothing in it overflows early."""
    plain = ("number", "name", "shared", "size", "add", "mul", "pow", "sum", "mean")
    return all(part.op in plain or _has_kink(part) for part in postorder(node))


def _share_terms(whole: Node, entry: Node) -> Node:
    weight, exponent = entry.args
    offset = rebuild([exponent], make, {X: ZERO})[0]
    share = Node("share", (whole, weight, exponent))
    gap = subtract(Node("log_share", (whole, exponent)), offset)
    term = product(share, gap)
    return reduced("sum", term) if entry.op == "expsum" else term
