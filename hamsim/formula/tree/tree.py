"""Trees of formulas: immutable nodes, equal when they say the same.

A node stands for a number, a name or an operation on further nodes. Equal subtrees compare equal
in one step, by a digest of what they say, so that a tree is handled as the graph that it is: no
pass over a formula visits a subtree twice, however often it occurs.

Two kinds of values meet in a formula over a group: those that each neuron has (made of its state
``x`` or of parameters) and those that the group has, which are made by the reductions ``sum``,
``mean`` and ``expsum``. `Node.bare` holds the names that stand outside every reduction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from hamsim.formula.arithmetic.rationals import Number
from hamsim.formula.elementary.row import Sign
from hamsim.formula.elementary.table import FUNCTIONS

__all__ = [
    "MINUS_ONE",
    "ONE",
    "PI",
    "REDUCTIONS",
    "SIZE",
    "TWO",
    "ZERO",
    "Node",
    "V",
    "X",
    "is_constant",
    "name",
    "number",
    "postorder",
    "rebuild",
]

REDUCTIONS = ("sum", "mean", "expsum")
_CLOSED = (*REDUCTIONS, "top")  # the last, the largest of the group, is only in what is written
# Every number is exact: 3 * (1/3) is 1, and 10**16 + 1 is not 10**16. What is not rational, such as
# the root of 2, stays the operation that it is, of which intervals know an enclosure.
_MOST_BITS = 1 << 13  # of a numerator or a denominator


def _signs(node: Node) -> Sign:
    """Bounds of the sign, as far as the structure tells."""
    known = [arg.sign for arg in node.args]
    match node.op:
        case "number":
            assert node.value is not None
            s = (node.value > 0) - (node.value < 0)
            return s, s
        case "size" | "pi":
            return 1, 1
        case "share" | "part":
            return 0, 1
        case "sum" | "mean" | "top":
            return known[0]
        case "max":
            return max(s[0] for s in known), max(s[1] for s in known)
        case "pick":
            return min(known[1][0], known[2][0]), max(known[1][1], known[2][1])
        case "add":
            lows, highs = [s[0] for s in known], [s[1] for s in known]
            low = -1 if min(lows) < 0 else max(lows)
            return low, 1 if max(highs) > 0 else min(highs)
        case "mul":
            low, high = 1, 1
            for other in known:
                products = [a * b for a in (low, high) for b in other]
                low, high = min(products), max(products)
            return low, high
        case "pow":
            (low, high), exponent = known[0], node.args[1].value
            if low == 1:
                return 1, 1
            if exponent is None:
                return (0, 1) if low >= 0 else (-1, 1)
            if exponent != int(exponent) or low >= 0:
                return (0 if exponent > 0 else 1), 1
            if exponent % 2 == 0:
                return (1 if high == -1 or exponent < 0 else 0), 1
            return low, high
        case op if op in FUNCTIONS:
            return FUNCTIONS[op].sign(known[0], node.args[0].value)
    return -1, 1


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """One operation, number or name of a formula.

    Parameters
    ----------
    op : str
        What is done: ``number``, ``pi``, ``name``, ``shared`` (a parameter that is one number for
        the group), ``size`` (of the group), ``add``, ``mul``, ``pow``, a function, or a reduction.
    args : tuple of Node
        What it is done to.
    label : str
        The name, for a name.
    value : Fraction
        The value, for a number.

    Attributes
    ----------
    key : bytes
        Digest of what the node says; equal nodes have equal keys.
    bare : frozenset of str
        Names outside every reduction in the node.
    names : frozenset of str
        All names in the node.
    sign : tuple of int
        Lower and upper bound of the sign, as far as the structure tells.
    """

    op: str
    args: tuple[Node, ...] = ()
    label: str = ""
    value: Number | None = None
    key: bytes = field(init=False)
    bare: frozenset[str] = field(init=False)
    names: frozenset[str] = field(init=False)
    sign: Sign = field(init=False)
    order: tuple[int, str, bytes] = field(init=False)

    def __post_init__(self) -> None:
        said = f"{self.op}|{self.label}|{self.value!r}|".encode()
        digest = hashlib.blake2b(said, digest_size=16)
        for arg in self.args:
            digest.update(arg.key)
        names = frozenset({self.label}) if self.label else frozenset()
        names = names.union(*(arg.names for arg in self.args))
        bare = frozenset({self.label}) if self.op == "name" else frozenset()
        if self.op not in _CLOSED:
            bare = bare.union(*(arg.bare for arg in self.args))
        put = object.__setattr__
        put(self, "key", digest.digest())
        put(self, "names", names)
        put(self, "bare", bare)
        put(self, "sign", _signs(self))
        put(self, "order", self._order())

    def _order(self) -> tuple[int, str, bytes]:
        """Where the node stands among others: numbers, parameters, x, powers of x, the rest."""
        if self.op == "number":
            return 0, "", self.key
        if self.op in ("name", "shared", "size"):
            return (2 if self.label in ("x", "@v") else 1), self.label, self.key
        spelling = self.op + "".join(arg.order[1] or arg.op for arg in self.args)
        rank = 3 if self.args and self.names & {"x", "@v"} else 1
        return rank, spelling[:40], self.key

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Node) and self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        inner = self.label or (str(self.value) if self.value is not None else "")
        return f"{self.op}({', '.join([inner] * bool(inner) + [repr(a) for a in self.args])})"

    @property
    def varies(self) -> bool:
        """Whether the value depends on the state of any neuron."""
        return "x" in self.names

    @property
    def positive(self) -> bool:
        """Whether the structure alone shows that the value is above zero."""
        return self.sign[0] == 1

    @property
    def nonnegative(self) -> bool:
        """Whether the structure alone shows that the value is not below zero."""
        return self.sign[0] >= 0


def number(value: Number | float) -> Node:
    """Node of a number; a float is taken for the number that it is, to the bit.

    Raises
    ------
    OverflowError
        If it is not finite, or has more digits than are worth to be kept.
    """
    exact = Fraction(value)  # raises for infinity
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) > _MOST_BITS:
        raise OverflowError(value)
    return Node("number", value=exact)


def name(label: str) -> Node:
    """Node of a name."""
    return Node("name", label=label)


ZERO, ONE, TWO, MINUS_ONE = number(0), number(1), number(2), number(-1)
X = name("x")
# Direction in which a Hessian is taken; no user can write this name.
V = name("@v")
SIZE = Node("size")
PI = Node("pi")


def _arguments(node: Node) -> Iterable[Node]:
    return node.args


def postorder(*roots: Node, below: Callable[[Node], Iterable[Node]] = _arguments) -> list[Node]:
    """Every node below `roots` once, arguments before what is made of them.

    What is `below` a node can be chosen; its arguments by default.
    """
    done: dict[Node, None] = {}
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        if ready:
            done[node] = None
        else:
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(list(below(node))))
    return list(done)


def is_constant(node: Node) -> bool:
    """Whether a node is made of numbers alone."""
    return not node.names and all(n.op != "size" for n in postorder(node))


def rebuild(
    roots: Iterable[Node],
    make: Callable[[Node, tuple[Node, ...]], Node],
    known: Mapping[Node, Node] | None = None,
) -> list[Node]:
    """Make each root anew from below.

    Parameters
    ----------
    roots : iterable of Node
        What to make anew.
    make : callable
        Gets a node and its new arguments, gives the new node.
    known : mapping of Node to Node
        What some nodes are replaced with.

    Returns
    -------
    list of Node
    """
    roots = list(roots)
    new: dict[Node, Node] = dict(known or {})
    for node in postorder(*roots):
        if node not in new:
            new[node] = make(node, tuple(new[arg] for arg in node.args))
    return [new[root] for root in roots]
