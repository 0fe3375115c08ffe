"""Trees under Python's arithmetic: what rows of elementary functions are written with.

What ``u * v`` makes depends on the `Algebra` that a term belongs to: one that simplifies what it
makes, or one that puts nodes together as they stand. The nodes are of a floor above this one.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

__all__ = ["Algebra", "Maker", "Term"]

Node = Any  # hamsim.formula.tree.tree.Node


class Algebra(NamedTuple):
    """How nodes are put together."""

    number: Callable[[Fraction], Node]
    pi: Node
    add: Callable[[Node, Node], Node]
    negative: Callable[[Node], Node]
    multiply: Callable[[Node, Node], Node]
    power: Callable[[Node, Node], Node]
    call: Callable[[str, Node], Node]
    pick: Callable[[Node, Node, Node], Node]

    def node(self, value: Term | Fraction | int) -> Node:
        """Node of a term or of a number."""
        return value.node if isinstance(value, Term) else self.number(Fraction(value))


class Term:
    """A node, and how others are made of it."""

    __slots__ = ("_algebra", "node")

    def __init__(self, node: Node, algebra: Algebra) -> None:
        self.node = node
        self._algebra = algebra

    def _of(self, node: Node) -> Term:
        return Term(node, self._algebra)

    def _other(self, value: Term | Fraction | int) -> Term:
        return self._of(self._algebra.node(value))

    def __neg__(self) -> Term:
        return self._of(self._algebra.negative(self.node))

    def __abs__(self) -> Term:
        return self._of(self._algebra.call("abs", self.node))

    def __add__(self, other: Term | Fraction | int) -> Term:
        return self._of(self._algebra.add(self.node, self._algebra.node(other)))

    def __radd__(self, other: Fraction | int) -> Term:
        return self._other(other) + self

    def __sub__(self, other: Term | Fraction | int) -> Term:
        return self + -self._other(other)

    def __rsub__(self, other: Fraction | int) -> Term:
        return self._other(other) + -self

    def __mul__(self, other: Term | Fraction | int) -> Term:
        return self._of(self._algebra.multiply(self.node, self._algebra.node(other)))

    def __rmul__(self, other: Fraction | int) -> Term:
        return self._other(other) * self

    def __truediv__(self, other: Term | Fraction | int) -> Term:
        return self * self._other(other) ** -1

    def __rtruediv__(self, other: Fraction | int) -> Term:
        return self._other(other) * self**-1

    def __pow__(self, exponent: Fraction | int) -> Term:
        return self._of(self._algebra.power(self.node, self._algebra.node(exponent)))


class Maker:
    """What rows make trees with besides arithmetic: ``f.tanh(u)`` calls the function tanh."""

    def __init__(self, algebra: Algebra) -> None:
        self._algebra = algebra

    def __getattr__(self, name: str) -> Callable[[Term | int], Term]:
        return lambda u: self.term(self._algebra.call(name, self._algebra.node(u)))

    def term(self, node: Node) -> Term:
        """A node under the arithmetic of this algebra."""
        return Term(node, self._algebra)

    def made(self, rule: Callable[[Maker, Term], Term | int], node: Node) -> Node:
        """What a row makes of the argument of its function."""
        return self._algebra.node(rule(self, self.term(node)))

    @property
    def pi(self) -> Term:
        """The number pi."""
        return self.term(self._algebra.pi)

    def where(self, condition: Term, above: Term | int, otherwise: Term | int) -> Term:
        """`above` where the condition is above zero, else `otherwise`."""
        node = self._algebra.node
        return self.term(self._algebra.pick(node(condition), node(above), node(otherwise)))
