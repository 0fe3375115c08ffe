"""Derivatives by rules.

At a kink, as of ``abs`` or ``max``, a derivative is that of one of the two sides: formulas hold
almost everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.algebra import subtract
from hamsim.formula.tree.folding import call, pick
from hamsim.formula.tree.rewriting import (
    SIMPLEST,
    logarithm,
    product,
    raised,
    reduced,
    total,
)
from hamsim.formula.tree.tree import (
    MINUS_ONE,
    ONE,
    REDUCTIONS,
    SIZE,
    ZERO,
    Node,
    X,
    postorder,
)

__all__ = ["derivative", "derivatives", "gradient", "slope"]


def derivative(root: Node, seeds: Mapping[Node, Node], through: bool = False) -> Node:
    """Directional derivative.

    Parameters
    ----------
    root : Node
    seeds : mapping of Node to Node
        Rate of change of names (or of any nodes taken as variables). What is not named here is
        constant.
    through : bool
        Whether reductions over the group are differentiated too, or are constant.

    Returns
    -------
    Node
    """
    return derivatives(root, seeds, through)[root]


def derivatives(root: Node, seeds: Mapping[Node, Node], through: bool) -> dict[Node, Node]:
    """`derivative` of every node below the root."""
    rate: dict[Node, Node] = dict(seeds)
    for node in postorder(root):
        if node not in rate:
            rate[node] = _rule(node, rate, through)
    return rate


def _rule(node: Node, rate: Mapping[Node, Node], through: bool) -> Node:
    if node.op in REDUCTIONS and not through:
        return ZERO
    d = [rate[arg] for arg in node.args]
    if node.op == "lse":
        return total(
            *(product(_part(node, arg), rate[arg]) for arg in node.args),
            *(_of_weight(node, arg, rate) for arg in node.args if arg.op == "term"),
        )
    if node.op == "share":
        return _of_share(node, rate)
    if all(slope == ZERO for slope in d):
        return ZERO
    match node.op:
        case "add":
            return total(*d)
        case "mul":
            return total(*(_replaced(node, k, slope) for k, slope in enumerate(d)))
        case "pow":
            base, exponent = node.args
            of_base = product(exponent, raised(base, subtract(exponent, ONE)), d[0])
            return of_base if d[1] == ZERO else total(of_base, _of_exponent(node, d[1]))
        case "max":
            return pick(subtract(*node.args), *d)
        case "pick":
            return pick(node.args[0], d[1], d[2])
        case "sum" | "mean":
            return reduced(node.op, d[0])
        case "expsum":
            of_exponent = product(Node("share", (node, *node.args)), d[1])
            return reduced("sum", total(of_exponent, _of_weight(node, node, rate)))
        case "term":
            return d[1]
        case "part":
            return product(node, subtract(d[1], d[0]))
    return product(slope(node), d[0])


def slope(node: Node) -> Node:
    """Derivative of an elementary function at its argument."""
    (u,) = node.args
    made: Node = SIMPLEST.made(FUNCTIONS[node.op].slope, u)
    return made


def _replaced(node: Node, k: int, slope: Node) -> Node:
    if slope == ZERO:
        return ZERO
    return product(*node.args[:k], slope, *node.args[k + 1 :])


def _of_exponent(node: Node, rate: Node) -> Node:
    """What a power changes with its exponent; a power of 0 stays 0."""
    base, _ = node.args
    change = product(node, logarithm(base), rate)
    return change if base.positive else pick(call("abs", base), change, ZERO)


def _of_weight(whole: Node, entry: Node, rate: Mapping[Node, Node]) -> Node:
    """What the logarithm of a whole changes with the weight of an entry: exp(v) over the whole."""
    weight, exponent = entry.args
    if rate[weight] == ZERO:
        return ZERO
    return product(Node("share", (whole, ONE, exponent)), rate[weight])


def _of_share(share: Node, rate: Mapping[Node, Node]) -> Node:
    whole, weight, exponent = share.args
    terms = [product(share, term) for term in _excess(share, rate)]
    if rate[weight] != ZERO:
        terms.append(product(Node("share", (whole, ONE, exponent)), rate[weight]))
    return total(*terms)


def _part(whole: Node, arg: Node) -> Node:
    """Share of one of its entries in a sum of exponentials."""
    return Node("share", (whole, *arg.args)) if arg.op == "term" else Node("part", (whole, arg))


def _excess(share: Node, rate: Mapping[Node, Node]) -> list[Node]:
    """Terms of the rate of the share's exponent less that of the logarithm of the whole.

    The whole's rate is the mean of its entries' rates, so that the difference is a mean of
    differences, in which nothing cancels.
    """
    whole, _, exponent = share.args
    if any(arg.op != "term" for arg in whole.args):
        return [subtract(rate[exponent], rate[whole])]
    differences = ((arg, subtract(rate[exponent], rate[arg])) for arg in whole.args)
    gaps = [product(_part(whole, arg), gap) for arg, gap in differences if gap != ZERO]
    return [*gaps, *(product(MINUS_ONE, _of_weight(whole, arg, rate)) for arg in whole.args)]


def gradient(root: Node, by: Node = X) -> Node:
    """Derivative of the group's Lagrangian by the state of one of its neurons.

    Or by another name of which each neuron has its own value, as a parameter.
    The reductions in the formula are taken as variables, from the outermost inwards: each hands
    on its own rate to those inside of it, and adds what its term says to the gradient.
    """
    reductions = [node for node in postorder(root) if node.op in REDUCTIONS]
    outermost = {node: derivative(root, {node: ONE}) for node in reductions}
    slopes: list[Node] = []
    for node in reversed(reductions):
        adjoint = outermost[node]
        if adjoint == ZERO:
            continue
        slopes.append(product(adjoint, _of_term(node, {by: ONE})))
        for inner in reductions:
            if inner == node:
                break
            rate = _of_term(node, {inner: ONE})
            if rate != ZERO:
                shared = product(adjoint, reduced("sum", rate))
                outermost[inner] = total(outermost[inner], shared)
    return total(*slopes)


def _of_term(node: Node, seeds: Mapping[Node, Node]) -> Node:
    """Derivative of what one neuron adds to a reduction."""
    slope = derivative(node.args[-1], seeds)
    if node.op == "mean":
        return product(raised(SIZE, MINUS_ONE), slope)
    if node.op == "expsum":
        of_weight = product(
            Node("share", (node, ONE, node.args[1])), derivative(node.args[0], seeds)
        )
        return total(product(Node("share", (node, *node.args)), slope), of_weight)
    return slope
