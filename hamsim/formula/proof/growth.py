"""How a function of one x grows far out: its leading term at minus and plus infinity.

Leading terms c |x|^a are followed through the operations; where they cancel nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Literal, NamedTuple

from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.arithmetic.rationals import Number
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Ranges
from hamsim.formula.tree.algebra import HALF, mul, negative, power
from hamsim.formula.tree.folding import call
from hamsim.formula.tree.rewriting import make, total
from hamsim.formula.tree.tree import MINUS_ONE, ONE, PI, ZERO, Node, X, postorder

__all__ = ["Leading", "leading_terms"]

Kind = Literal["power", "slow", "fast", "fading"]


class Leading(NamedTuple):
    """What is left of a function far out on one side.

    Parameters
    ----------
    kind : {"power", "slow", "fast", "fading"}
        c |x|^a with c other than 0; without bound but below every power; beyond every power; or
        nearer to 0 than every power.
    sign : int
        Of the function there; 0 of one that fades.
    degree : Fraction
        a of a power.
    factor : Node
        c of a power.
    """

    kind: Kind
    sign: int
    degree: Number = Fraction(0)
    factor: Node = ZERO


_FADING = Leading("fading", 0)
_Found = Mapping[Node, "Leading | None"]


def leading_terms(root: Node, ranges: Ranges) -> tuple[Leading | None, Leading | None]:
    """Leading terms at minus and plus infinity; None where none is known.

    Parameters
    ----------
    root : Node
        Without reductions.
    ranges : mapping of str to tuple of float
    """
    return _followed(root, -1, ranges), _followed(root, 1, ranges)


def _followed(root: Node, side: int, ranges: Ranges) -> Leading | None:
    found: dict[Node, Leading | None] = {}
    # What bent functions are out there is put in exactly, so that it can cancel.
    far: dict[Node, Node] = {}
    for node in postorder(root):
        made = _side(node, tuple(far[arg] for arg in node.args), found)
        far[node] = made
        for part in postorder(made):
            if part not in found:
                found[part] = _of_node(part, side, found, ranges)
    return found[far[root]]


def _side(node: Node, args: tuple[Node, ...], found: _Found) -> Node:
    if not node.varies or node.op not in ("abs", "pick", "relu", "sign"):
        return make(node, args)
    condition = found[args[0]]
    sign = 0 if condition is None else condition.sign
    if sign == 0:
        return make(node, args)
    match node.op:
        case "abs":
            return args[0] if sign > 0 else negative(args[0])
        case "relu":
            return args[0] if sign > 0 else ZERO
        case "sign":
            return ONE if sign > 0 else MINUS_ONE
    return args[1] if sign > 0 else args[2]


def _of_node(node: Node, side: int, found: _Found, ranges: Ranges) -> Leading | None:
    if not node.varies:
        return _constant(node, ranges)
    if node == X:
        return Leading("power", side, Fraction(1), ONE if side > 0 else MINUS_ONE)
    return _rule(node, found, ranges)


def _constant(node: Node, ranges: Ranges) -> Leading | None:
    if node == ZERO:
        return _FADING
    sign = _sign(node, ranges)
    return Leading("power", sign, Fraction(0), node) if sign else None


def _sign(node: Node, ranges: Ranges) -> int:
    """Sign of a value without states; 0 if it is not known."""
    given = {label: Interval(*ends) for label, ends in ranges.items()}
    u = bounds([node], given)[node]
    return 1 if u.low > 0 else -1 if u.high < 0 else 0


def _rule(node: Node, found: _Found, ranges: Ranges) -> Leading | None:
    terms = [found[arg] for arg in node.args]
    match node.op:
        case "add":
            return _sum(terms, ranges)
        case "mul":
            return _product(terms)
        case "pow":
            return _power(terms[0], node.args[1].value)
        case "max":
            ahead = _sign_of_difference(terms[0], terms[1], ranges)
            return None if ahead == 0 else terms[0] if ahead > 0 else terms[1]
    rule = _FUNCTIONS.get(node.op)
    if rule is None or terms[0] is None:
        return None
    if terms[0].kind == "fading" or (terms[0].kind == "power" and terms[0].degree == 0):
        return _near(node.op, terms[0].factor, ranges)
    return rule(terms[0]) if _is_large(terms[0]) or node.op == "log" else None


def _near(op: str, limit: Node, ranges: Ranges) -> Leading | None:
    """Of a function of what goes to a limit: its value there, if that is not 0."""
    try:
        value = call(op, limit)
    except OverflowError:
        return None
    if value == ZERO:
        return _FADING if limit == ZERO and op in _STEADY else None
    return _constant(value, ranges)


def _rank(term: Leading) -> tuple[int, Number]:
    """Terms of a higher rank leave nothing of those of a lower one."""
    if term.kind == "power":
        return (1, Fraction(0)) if term.degree == 0 else (0 if term.degree < 0 else 3, term.degree)
    return {"fading": -1, "slow": 2, "fast": 4}[term.kind], Fraction(0)


def _sum(terms: list[Leading | None], ranges: Ranges) -> Leading | None:
    known = [term for term in terms if term is not None]
    if len(known) < len(terms):
        return None
    highest = max(_rank(term) for term in known)
    top = [term for term in known if _rank(term) == highest]
    if len(top) == 1 or top[0].kind == "fading":
        return top[0]
    if top[0].kind != "power":
        return top[0] if len({term.sign for term in top}) == 1 else None
    factor = total(*(term.factor for term in top))
    sign = _sign(factor, ranges) if factor != ZERO else 0
    return top[0]._replace(sign=sign, factor=factor) if sign else None


def _sign_of_difference(one: Leading | None, two: Leading | None, ranges: Ranges) -> int:
    if two is None:
        return 0
    negative = two._replace(sign=-two.sign, factor=mul(MINUS_ONE, two.factor))
    apart = _sum([one, negative], ranges)
    return 0 if apart is None else apart.sign


def _product(terms: list[Leading | None]) -> Leading | None:
    known = [term for term in terms if term is not None]
    if len(known) < len(terms):
        return None
    kinds = {term.kind for term in known}
    sign = math.prod(term.sign for term in known)
    if "fading" in kinds:
        return None if "fast" in kinds else _FADING
    if "fast" in kinds:
        return Leading("fast", sign)
    if "slow" in kinds:
        constant = all(term.kind == "slow" or term.degree == 0 for term in known)
        return Leading("slow", sign) if constant else None
    degree = sum((term.degree for term in known), Fraction(0))
    return Leading("power", sign, degree, mul(*(term.factor for term in known)))


def _power(base: Leading | None, exponent: Number | None) -> Leading | None:
    if base is None or exponent is None or (base.sign < 0 and exponent.denominator != 1):
        return None
    sign = base.sign if exponent.numerator % 2 else abs(base.sign)
    if base.kind == "power":
        factor = power(base.factor, Node("number", value=exponent))
        return Leading("power", sign, base.degree * exponent, factor)
    if base.kind == "fading":
        return _FADING if exponent > 0 else None
    if exponent > 0:
        return Leading(base.kind, sign)
    return _FADING if base.kind == "fast" else None


def _size(u: Leading) -> Leading:
    factor = u.factor if u.sign >= 0 else mul(MINUS_ONE, u.factor)
    return u._replace(sign=abs(u.sign), factor=factor)


def _is_large(u: Leading) -> bool:
    return u.kind in ("slow", "fast") or (u.kind == "power" and u.degree > 0)


def _bounded(limit: Node) -> Callable[[Leading], Leading | None]:
    """An odd function that goes to a limit."""

    def rule(u: Leading) -> Leading | None:
        return Leading("power", u.sign, Fraction(0), mul(MINUS_ONE, limit) if u.sign < 0 else limit)

    return rule


def _exp(u: Leading) -> Leading | None:
    if u.kind == "slow":
        return None
    return Leading("fast", 1) if u.sign > 0 else _FADING


def _even_exp(u: Leading) -> Leading | None:
    return _exp(_size(u))


def _fades(u: Leading) -> Leading | None:
    return _FADING if u.kind != "slow" else None


def _sigmoid(u: Leading) -> Leading | None:
    if u.kind == "slow":
        return None
    return Leading("power", 1, Fraction(0), ONE) if u.sign > 0 else _FADING


def _softplus(u: Leading) -> Leading | None:
    if u.kind == "slow":
        return None
    return u if u.sign > 0 else _FADING


def _log(u: Leading) -> Leading | None:
    if u.kind != "power" or u.sign < 0 or u.degree == 0:
        return None
    return Leading("slow", 1 if u.degree > 0 else -1)


def _log1p(u: Leading) -> Leading | None:
    return _log(u)


def _arcsinh(u: Leading) -> Leading | None:
    return Leading("slow", u.sign) if u.kind != "fast" else None


# Functions that are 0 at 0, and of what fades as fast as that.
_STEADY = ("abs", "arcsinh", "arctan", "erf", "expm1", "log1p", "tanh", "sinh")
_FUNCTIONS: Mapping[str, Callable[[Leading], Leading | None]] = {
    "abs": _size,
    "arcsinh": _arcsinh,
    "arctan": _bounded(mul(HALF, PI)),
    "cosh": _even_exp,
    "erf": _bounded(ONE),
    "exp": _exp,
    "log": _log,
    "log1p": _log1p,
    "log_cosh": _size,
    "sech2": _fades,
    "sigmoid": _sigmoid,
    "sigmoid_slope": _fades,
    "softplus": _softplus,
    "tanh": _bounded(ONE),
}
