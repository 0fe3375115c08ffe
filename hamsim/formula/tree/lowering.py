"""Trees made of nothing but arithmetic, elementary functions, sums and largest elements.

Logarithms of sums of exponentials and shares of them are taken apart here: with M the largest
exponent and S the sum of w exp(v - M), the logarithm is M + log S and a share w exp(v - M) / S.
Nodes are put together as they are: what is simplified elsewhere would undo it.
"""

from __future__ import annotations

import sys

from hamsim.formula.elementary.table import DUALS
from hamsim.formula.elementary.terms import Algebra, Maker
from hamsim.formula.tree.tree import MINUS_ONE, ONE, PI, SIZE, Node, number, postorder

__all__ = ["difference", "lowered"]

_LOWEST = number(-sys.float_info.max)


def _plus(*terms: Node) -> Node:
    return terms[0] if len(terms) == 1 else Node("add", terms)


def _times(*given: Node) -> Node:
    factors = tuple(f for f in given if f != ONE)
    return Node("mul", factors) if len(factors) > 1 else factors[0] if factors else ONE


def difference(u: Node, v: Node) -> Node:
    """The node u - v as it stands."""
    return Node("add", (u, Node("mul", (MINUS_ONE, v))))


def _exp(u: Node) -> Node:
    return Node("exp", (u,))


class _Whole:
    """Largest exponent and scaled sum of a logarithm of a sum of exponentials."""

    def __init__(self, top: Node, scaled: Node) -> None:
        self.top = top
        self.scaled = scaled

    @property
    def logarithm(self) -> Node:
        return _plus(self.top, Node("log", (self.scaled,)))

    def share(self, weight: Node, exponent: Node) -> Node:
        above = _times(weight, _exp(difference(_counted(weight, exponent), self.top)))
        return Node("mul", (above, Node("pow", (self.scaled, MINUS_ONE))))


def _counted(weight: Node, exponent: Node) -> Node:
    """Exponent of an entry that is there at all, which one of weight 0 is not."""
    return exponent if weight.positive else Node("pick", (weight, exponent, _LOWEST))


def _of_group(weight: Node, exponent: Node) -> _Whole:
    counted = _counted(weight, exponent)
    top = Node("top", (counted,))
    return _Whole(top, Node("sum", (_times(weight, _exp(difference(counted, top))),)))


def lowered(roots: list[Node]) -> list[Node]:
    """Take every root apart."""
    new: dict[Node, Node] = {}
    wholes: dict[Node, _Whole] = {}
    for node in postorder(*roots):
        args = tuple(new[arg] for arg in node.args)
        match node.op:
            case "expsum":
                wholes[node] = _of_group(*args)
                new[node] = wholes[node].logarithm
            case "lse":
                wholes[node] = _of_entries(node, new, wholes)
                new[node] = wholes[node].logarithm
            case "term":
                new[node] = node  # only its weight and exponent are used
            case "share":
                new[node] = _share(node, args, new, wholes)
            case "part":
                whole, part = wholes[node.args[0]], wholes[node.args[1]]
                new[node] = whole.share(part.scaled, part.top)
            case "log_share":
                whole = wholes[node.args[0]]
                gap = difference(args[1], whole.top)
                new[node] = difference(gap, Node("log", (whole.scaled,)))
            case "mean":
                new[node] = Node("mul", (Node("sum", args), Node("pow", (SIZE, MINUS_ONE))))
            case op if op in DUALS:
                new[node] = _dual(op, *args)
            case _:
                new[node] = Node(node.op, args, node.label, node.value)
    return [new[root] for root in roots]


def _share(
    node: Node, args: tuple[Node, ...], new: dict[Node, Node], wholes: dict[Node, _Whole]
) -> Node:
    _, weight, exponent = args
    whole = wholes[node.args[0]]
    for entry in node.args[0].args:
        if entry.op == "expsum" and tuple(new[arg] for arg in entry.args) == (weight, exponent):
            # With the sum's own largest exponent, so that its exponentials serve twice.
            part = wholes[entry]
            above = _times(weight, _exp(difference(_counted(weight, exponent), part.top)))
            return Node("mul", (above, whole.share(ONE, part.top)))
    return whole.share(weight, exponent)


def _of_entries(node: Node, new: dict[Node, Node], wholes: dict[Node, _Whole]) -> _Whole:
    parts: list[tuple[Node, Node]] = []  # each counts for weight * exp(exponent)
    top: Node | None = None
    for entry in node.args:
        if entry.op == "expsum":
            weight, counted = wholes[entry].scaled, wholes[entry].top
        else:
            weight, exponent = (new[arg] for arg in entry.args)
            counted = _counted(weight, exponent)
        parts.append((weight, counted))
        top = counted if top is None else Node("max", (top, counted))
    assert top is not None
    return _Whole(top, _plus(*(_times(w, _exp(difference(v, top))) for w, v in parts)))


def _sum(u: Node, v: Node) -> Node:
    return Node("add", (*(u.args if u.op == "add" else (u,)), v))


# What rows of elementary functions make trees with that stay as they stand.
_AS_IT_STANDS = Maker(
    Algebra(
        number=number,
        pi=PI,
        add=_sum,
        negative=lambda u: Node("mul", (MINUS_ONE, u)),
        multiply=lambda u, v: Node("mul", (u, v)),
        power=lambda u, v: Node("pow", (u, v)),
        call=lambda name, u: Node(name, (u,)),
        pick=lambda condition, above, otherwise: Node("pick", (condition, above, otherwise)),
    )
)


def _dual(op: str, u: Node) -> Node:
    """Tree of u f'(u) - f(u)."""
    dual = DUALS[op].dual
    assert dual is not None
    made: Node = _AS_IT_STANDS.made(dual, u)
    return made
