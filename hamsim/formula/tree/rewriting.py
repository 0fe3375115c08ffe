"""Formulas in a form that stays finite and keeps its digits.

`product`, `total`, `raised`, `exponential` and `logarithm` do what `mul`, `add`, `power`, ``exp``
and ``log`` do, and see to it that quotients and logarithms of exponentials become functions which
do not overflow: ``1/(1 + exp(-u))`` is ``sigmoid(u)``, ``log(cosh(u))`` is ``log_cosh(u)``,
``exp(u)/sum(exp(u))`` is a share of the whole.
"""

from __future__ import annotations

from hamsim.formula.elementary.table import DUALS, FUNCTIONS
from hamsim.formula.elementary.terms import Algebra, Maker
from hamsim.formula.tree.algebra import (
    add,
    factors,
    is_whole,
    mul,
    negative,
    power,
    split,
    subtract,
)
from hamsim.formula.tree.exponentials import entries_of, log_of
from hamsim.formula.tree.folding import call, larger, pick
from hamsim.formula.tree.identities import OF_PRODUCTS, OF_SUMS, Makers, inverse_squares
from hamsim.formula.tree.tree import (
    ONE,
    PI,
    REDUCTIONS,
    SIZE,
    TWO,
    Node,
    number,
)

__all__ = [
    "SIMPLEST",
    "applied",
    "exponential",
    "logarithm",
    "make",
    "product",
    "raised",
    "reduced",
    "total",
]


# --- products and sums ---


def product(*parts: Node) -> Node:
    """Product."""
    made = mul(*parts)
    for _ in range(20):  # each rule removes a factor, so a few rounds do
        if made.op != "mul":
            return made
        front, rest = split(made)
        powers = factors(rest)
        for rule in OF_PRODUCTS:
            found = rule(powers, _MAKERS)
            if found is not None:
                break
        else:
            return made
        made = mul(number(front), *found)
    return made


def total(*terms: Node) -> Node:
    """Sum; exp(u) + exp(-u) is 2 cosh(u), sigmoid(u) - sigmoid(-u) is tanh(u/2)."""
    made = add(*terms)
    if made.op != "add":
        return made
    for rule in OF_SUMS:
        found = rule(made, _MAKERS)
        if found is not None:
            return found
    return made


# --- powers, exponentials, logarithms ---


def raised(base: Node, exponent: Node) -> Node:
    """Power, with any exponent."""
    if exponent.varies:
        return exponential(product(exponent, logarithm(base)))
    value = exponent.value
    if base.op == "exp":
        return exponential(mul(exponent, base.args[0]))
    if base.op == "sech2" and value is not None and is_whole(mul(TWO, exponent)):
        if not is_whole(exponent):
            return raised(call("cosh", base.args[0]), mul(number(-2), exponent))
    if base.op == "cosh" and value is not None and not is_whole(exponent):
        return exponential(mul(exponent, call("log_cosh", base.args[0])))
    if base.varies and value is not None and (value < 0 or not is_whole(exponent)):
        front, rest = split(base)
        if front > 0 and rest.op in ("add", "sum", "mean"):
            entries = entries_of(rest)
            if entries is not None:
                scale = power(number(front), exponent)
                return mul(scale, exponential(add(mul(exponent, log_of(entries)))))
    made = power(base, exponent)
    return product(made) if made.op == "mul" else _cosh_power(made)


def _cosh_power(made: Node) -> Node:
    if made.op == "pow" and made.args[0].op == "cosh":
        found = inverse_squares({made.args[0]: made.args[1]})
        if found is not None:
            return mul(*found)
    return made


def exponential(u: Node) -> Node:
    """e^u."""
    if u.op in ("number", "log"):
        simple = u.op == "number" or u.args[0].positive
        if simple:
            return call("exp", u) if u.op == "number" else u.args[0]
    for term in u.args if u.op == "add" else (u,):
        front, log = split(term)
        rest = subtract(u, term)
        if log.op in ("expsum", "lse") and front == -1:
            return Node("share", (log, ONE, rest))
        if front != int(front) or front > 0:
            continue
        n = number(-front)
        if log.op == "softplus" and (not rest.varies or rest == log.args[0]):
            below = power(call("sigmoid", negative(log.args[0])), n)
            return product(exponential(rest), below)
        if log.op == "log_cosh":
            return product(exponential(rest), raised(call("cosh", log.args[0]), negative(n)))
        if log.op == "log" and log.args[0].positive:
            return product(exponential(rest), raised(log.args[0], negative(n)))
    return call("exp", u)


def logarithm(u: Node) -> Node:
    """Natural logarithm."""
    if u.value is not None:
        return call("log", u)
    entries = entries_of(u)
    if entries is not None:
        return log_of(entries)
    found = factors(u)
    if len(found) > 1 or found.get(u) is None:
        apart = [base for base in found if base.positive or _is_exponential_sum(base)]
        rest = [power(base, e) for base, e in found.items() if base not in apart]
        if len(found) == 1:
            ((base, e),) = found.items()
            if e.value is not None or base.nonnegative:
                even = e.value is not None and is_whole(e) and e.value % 2 == 0
                return product(e, logarithm(call("abs", base) if even else base))
        elif apart:
            others = [logarithm(mul(*rest))] if rest else []
            return total(*others, *(product(found[base], logarithm(base)) for base in apart))
    if u.op == "add" and ONE in u.args:
        return call("log1p", subtract(u, ONE))
    row = FUNCTIONS.get(u.op)
    if row is not None and row.logarithm is not None:
        made: Node = SIMPLEST.made(row.logarithm, *u.args)
        return made
    return Node("log", (u,))


def _is_exponential_sum(base: Node) -> bool:
    return base.op in ("add", "sum", "mean", "cosh", "exp") and entries_of(base) is not None


# --- the group ---


def reduced(op: str, term: Node) -> Node:
    """Sum or mean over the group; what all neurons share is taken out."""
    if not term.bare:
        return product(SIZE, term) if op == "sum" else term
    if term.op == "add" and not all(arg.bare for arg in term.args):
        shared_terms = add(*(arg for arg in term.args if not arg.bare))
        own_terms = add(*(arg for arg in term.args if arg.bare))
        return total(reduced(op, own_terms), reduced(op, shared_terms))
    front, rest = split(term)
    shared = [f for f in (rest.args if rest.op == "mul" else (rest,)) if not f.bare]
    if not shared and front == 1:
        return Node(op, (term,))
    own = [f for f in (rest.args if rest.op == "mul" else (rest,)) if f.bare]
    return product(number(front), *shared, reduced(op, mul(*own)))


_MAKERS = Makers(product, total, exponential, reduced)


# --- all of it ---


def make(node: Node, args: tuple[Node, ...]) -> Node:
    """Build a node of the same operation from new arguments."""
    match node.op:
        case "number" | "pi" | "name" | "shared" | "size":
            return node
        case "add":
            return total(*args)
        case "mul":
            return product(*args)
        case "pow":
            return raised(*args)
        case "max":
            return larger(*args)
        case "pick":
            return pick(*args)
        case "expsum" | "lse" | "term" | "share" | "part" | "log_share":
            return Node(node.op, args)
        case op if op in DUALS:
            return Node(op, args)
        case op if op in REDUCTIONS:
            return reduced(op, *args)
    return applied(node.op, *args)


def applied(op: str, u: Node) -> Node:
    """Value of an elementary function."""
    match op:
        case "exp":
            return exponential(u)
        case "log":
            return logarithm(u)
        case "log1p" if entries_of(add(ONE, u)):
            return logarithm(add(ONE, u))
    return call(op, u)


# What rows of elementary functions make trees with.
SIMPLEST = Maker(Algebra(number, PI, total, negative, product, raised, applied, pick))
