"""Lowered trees as lines of Python: one line an operation, each value computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hamsim.formula.arithmetic.rationals import as_float
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.algebra import is_whole
from hamsim.formula.tree.tree import MINUS_ONE, ONE, Node, number

__all__ = ["Names", "literal", "needs", "statements"]

_HIGHEST = 32  # whole powers up to this are products
_HALF = number(0.5)


class Names:
    """What values are called in the lines written so far; a scope can be opened inside another.

    Parameters
    ----------
    known : mapping of Node to str
        Names to begin with.
    prefix : str
        How names of new values begin.
    """

    def __init__(self, known: dict[Node, str], prefix: str = "t") -> None:
        self.known = dict(known)
        self.prefix = prefix
        self.count = 0

    def inner(self) -> Names:
        """Names for a block inside, which are forgotten after it."""
        other = Names(self.known, self.prefix)
        other.count = self.count
        return other

    def fresh(self) -> str:
        """Name that was not used yet."""
        self.count += 1
        return f"{self.prefix}{self.count - 1}"

    def __contains__(self, node: Node) -> bool:
        return node.value is not None or node in self.known

    def __getitem__(self, node: Node) -> str:
        return literal(node) if node.value is not None else self.known[node]


def literal(node: Node) -> str:
    """Text of a number as a float."""
    assert node.value is not None
    text = repr(as_float(node.value))
    return f"({text})" if text.startswith("-") else text


def statements(roots: Iterable[Node], names: Names) -> list[str]:
    """Lines that compute the roots from what has a name; gives them names."""
    lines: list[str] = []
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if node in names:
            continue
        if ready:
            text = _expression(node, names)
            names.known[node] = names.fresh()
            lines.append(f"{names.known[node]} = {text}")
        else:
            stack.append((node, True))
            stack.extend((need, False) for need in reversed(list(needs(node))))
    return lines


def _whole_power(base: Node, n: int) -> Node:
    return base if n == 1 else Node("pow", (base, number(n)))


def _power_parts(base: Node, exponent: Node) -> tuple[Node, ...]:
    """What a power is put together from."""
    value = exponent.value
    if value is None:
        return base, exponent
    if value < 0:
        return (_inverse(base, exponent),)
    if is_whole(exponent) and value <= _HIGHEST:
        n = int(value)
        if n % 2 == 0:
            return (_whole_power(base, n // 2),) * 2
        return _whole_power(base, n - 1), base
    if value != _HALF.value and is_whole(number(2 * value)) and value <= _HIGHEST:
        return _whole_power(base, int(value)), Node("pow", (base, _HALF))
    return (base,)


def _inverse(base: Node, exponent: Node) -> Node:
    assert exponent.value is not None
    opposite = number(-exponent.value)
    return base if opposite == ONE else Node("pow", (base, opposite))


def _is_below(factor: Node) -> bool:
    return factor.op == "pow" and factor.args[1].value is not None and factor.args[1].value < 0


def _is_minus(term: Node) -> bool:
    return term.op == "mul" and len(term.args) == 2 and term.args[0] == MINUS_ONE


def needs(node: Node) -> Iterator[Node]:
    """What must have a name before the node can be written in one line."""
    match node.op:
        case "add":
            yield from (term.args[1] if _is_minus(term) else term for term in node.args)
        case "mul":
            yield from (_inverse(*f.args) if _is_below(f) else f for f in node.args)
        case "pow":
            yield from _power_parts(*node.args)
        case _:
            yield from node.args


def _expression(node: Node, names: Names) -> str:
    args = [names[need] for need in needs(node)]
    match node.op:
        case "add":
            signs = ["-" if _is_minus(term) else "+" for term in node.args]
            text = " ".join(f"{sign} {arg}" for sign, arg in zip(signs, args, strict=True))
            return text.removeprefix("+ ") if signs[0] == "+" else "-" + text.removeprefix("- ")
        case "mul":
            return _product(node, args)
        case "pow":
            return _power(node, args)
        case "max":  # in this order NaN stays NaN, here and below
            return f"{args[1]} if {args[0]} <= {args[1]} else {args[0]}"
        case "pick":
            u, above, below = args
            return f"{below} if {u} <= 0.0 else ({above} if {u} > 0.0 else {u})"
    return FUNCTIONS[node.op].code.replace("{u}", args[0])


def _product(node: Node, args: list[str]) -> str:
    above = [arg for arg, f in zip(args, node.args, strict=True) if not _is_below(f)]
    below = [arg for arg, f in zip(args, node.args, strict=True) if _is_below(f)]
    if _is_minus(node):
        return f"-{above[1]}" if above[1:] else f"-1.0 / {below[0]}"
    text = " * ".join(above) or "1.0"
    if not below:
        return text
    return f"{text} / {below[0]}" if len(below) == 1 else f"{text} / ({' * '.join(below)})"


def _power(node: Node, args: list[str]) -> str:
    exponent = node.args[1]
    if exponent.value is None:
        return f"{args[0]} ** {args[1]}"
    if exponent.value < 0:
        return f"1.0 / {args[0]}"
    if len(args) == 2:
        return f"{args[0]} * {args[1]}"
    if exponent == _HALF:
        return f"math.sqrt({args[0]})"
    return f"{args[0]} ** {literal(exponent)}"
