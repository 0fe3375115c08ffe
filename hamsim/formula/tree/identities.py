"""Identities between functions: of products, and of sums.

A rule gets a product as its bases with their exponents, or a sum, and gives what it is as well;
None where it has nothing to say. What it makes may be simplified further: so it gets what makes
products and sums handed in, from `rewriting`, which tries the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from hamsim.formula.arithmetic.rationals import Number
from hamsim.formula.tree.algebra import (
    HALF,
    add,
    factors,
    is_whole,
    mul,
    negative,
    power,
    split,
    subtract,
)
from hamsim.formula.tree.folding import call
from hamsim.formula.tree.tree import ONE, SIZE, TWO, ZERO, Node, number

__all__ = ["OF_PRODUCTS", "OF_SUMS", "Makers", "Powers", "inverse_squares"]

Powers = dict[Node, Node]


class Makers(NamedTuple):
    """What makes products, sums, exponentials and reductions in their simplest form."""

    product: Callable[..., Node]
    total: Callable[..., Node]
    exponential: Callable[[Node], Node]
    reduced: Callable[[str, Node], Node]


# --- products ---


def _without(powers: Powers, *bases: Node) -> Iterator[Node]:
    return (power(base, e) for base, e in powers.items() if base not in bases)


def _all_with(powers: Powers, op: str) -> list[Node]:
    return [base for base in powers if base.op == op]


def _exponentials_meet(powers: Powers, to: Makers) -> list[Node] | None:
    found = _all_with(powers, "exp")
    if len(found) < 2 and all(powers[base] == ONE for base in found):
        return None
    joined = to.exponential(add(*(mul(powers[base], base.args[0]) for base in found)))
    return [joined, *_without(powers, *found)]


def _sinh_by_cosh(powers: Powers, to: Makers) -> list[Node] | None:
    for sinh in _all_with(powers, "sinh"):
        cosh = Node("cosh", sinh.args)
        if cosh in powers and is_whole(powers[sinh]) and is_whole(powers[cosh]):
            up, down = powers[sinh].value, powers[cosh].value
            assert up is not None
            assert down is not None
            if up > 0 > down:
                n = min(up, -down)
                return [
                    power(call("tanh", sinh.args[0]), number(n)),
                    power(sinh, number(up - n)),
                    power(cosh, number(down + n)),
                    *_without(powers, sinh, cosh),
                ]
    return None


def _sinh_times_sech2(powers: Powers, to: Makers) -> list[Node] | None:
    for sinh in _all_with(powers, "sinh"):
        sech2 = Node("sech2", sinh.args)
        up, down = powers[sinh].value, powers.get(sech2, ZERO).value
        if up is not None and down is not None and up >= 1 and down >= 1:
            return [
                call("tanh", sinh.args[0]),
                power(Node("cosh", sinh.args), number(-1)),
                power(sinh, number(up - 1)),
                power(sech2, number(down - 1)),
                *_without(powers, sinh, sech2),
            ]
    return None


def _two_over_cosh(powers: Powers, to: Makers) -> list[Node] | None:
    return inverse_squares(powers)


def inverse_squares(powers: Powers) -> list[Node] | None:
    """Factors of a product with sech2 in it for 1/cosh^2; None if there is none."""
    for cosh in _all_with(powers, "cosh"):
        e = powers[cosh].value
        if e is not None and e <= -2 and is_whole(powers[cosh]):
            pairs = int(-e) // 2
            return [
                power(call("sech2", cosh.args[0]), number(pairs)),
                power(cosh, number(e + 2 * pairs)),
                *_without(powers, cosh),
            ]
    return None


def _sign_times_itself(powers: Powers, to: Makers) -> list[Node] | None:
    for sign in _all_with(powers, "sign"):
        u = sign.args[0]
        size = Node("abs", (u,))
        e = powers.get(u, ZERO)
        if powers[sign] != ONE:
            continue
        if e.value is not None and is_whole(e) and e.value > 0 and e.value % 2 == 1:
            return [power(size, e), *_without(powers, sign, u)]
        if powers.get(size) == ONE:
            return [u, *_without(powers, sign, size)]
    return None


def _step_times_relu(powers: Powers, to: Makers) -> list[Node] | None:
    for step in _all_with(powers, "pick"):
        relu = Node("relu", step.args[:1])
        e = powers.get(relu, ZERO).value
        if step.args[1:] == (ONE, ZERO) and e is not None and e > 0:
            return list(_without(powers, step))
    return None


def _sigmoid_times(powers: Powers, to: Makers) -> list[Node] | None:
    """Take exp(u) sigmoid(-u) for sigmoid(u), other such products for one exponential."""
    exp = next((base for base in powers if base.op == "exp"), None)
    for sigmoid in _all_with(powers, "sigmoid"):
        u = negative(sigmoid.args[0])
        e = powers[sigmoid].value
        if e is None or e < 1 or not is_whole(powers[sigmoid]):
            continue
        rest = power(sigmoid, number(e - 1))
        other = call("sigmoid", u)
        if exp is not None and exp.args[0] == u:
            return [other, rest, *_without(powers, sigmoid, exp)]
        f = powers.get(other, ZERO).value
        if f is not None and f >= 1 and is_whole(powers[other]):
            slope = call("sigmoid_slope", u)
            return [slope, rest, power(other, number(f - 1)), *_without(powers, sigmoid, other)]
        if exp is not None and exp.args[0].varies:
            log = to.product(powers[sigmoid], call("softplus", u))
            return [to.exponential(subtract(exp.args[0], log)), *_without(powers, sigmoid, exp)]
    return None


def _share_times(powers: Powers, to: Makers) -> list[Node] | None:
    exp = next((base for base in powers if base.op == "exp"), None)
    for share in _all_with(powers, "share"):
        if powers[share] != ONE:
            continue
        whole, weight, v = share.args
        if exp is not None and v == ZERO:  # else digits of exp's argument may be lost beside v
            raised_share = Node("share", (whole, weight, add(v, exp.args[0])))
            return [raised_share, *_without(powers, share, exp)]
        for part in _all_with(powers, "part"):
            if part.args[1] == whole and powers[part] == ONE:
                joined = Node("share", (part.args[0], weight, v))
                return [joined, *_without(powers, share, part)]
    return None


def _sum_times_share(powers: Powers, to: Makers) -> list[Node] | None:
    """Multiply a sum of exponentials into what they are a share of."""
    takers = [base for base in powers if base.op in ("sigmoid", "share") and powers[base] == ONE]
    for taker in takers:
        for base in _all_with(powers, "add"):
            if powers[base] == ONE and all(_can_take(taker, term) for term in base.args):
                terms = (to.product(term, taker) for term in base.args)
                return [to.total(*terms), *_without(powers, base, taker)]
    return None


def _can_take(taker: Node, term: Node) -> bool:
    found = factors(split(term)[1])
    exps = [base for base in found if base.op == "exp" and found[base] == ONE]
    if any(base.varies for base in found if base not in exps) or len(exps) > 1:
        return False
    return taker.op == "share" or not exps or exps[0].args[0] == negative(taker.args[0])


def _size_times(powers: Powers, to: Makers) -> list[Node] | None:
    """The size of the group makes a mean a sum, and the other way round."""
    e = powers.get(SIZE, ZERO).value
    if e is None or e == 0 or not is_whole(powers[SIZE]):
        return None
    old, new, shift = ("mean", "sum", -1) if e > 0 else ("sum", "mean", 1)
    for base in _all_with(powers, old):
        f = powers[base].value
        if f == 1:
            swapped = Node(new, base.args)
            return [swapped, power(SIZE, number(e + shift)), *_without(powers, base, SIZE)]
    return None


OF_PRODUCTS: tuple[Callable[[Powers, Makers], list[Node] | None], ...] = (
    _exponentials_meet,
    _sinh_by_cosh,
    _sinh_times_sech2,
    _two_over_cosh,
    _sign_times_itself,
    _step_times_relu,
    _sigmoid_times,
    _share_times,
    _sum_times_share,
    _size_times,
)


# --- sums ---


def _rest_of_one(made: Node, to: Makers) -> Node | None:
    """Rewrite c - c tanh(u)^2 as c sech2(u) and c - c sigmoid(u) as c sigmoid(-u)."""
    constant = made.args[0]
    if constant.value is None:
        return None
    for term in made.args[1:]:
        front, rest = split(term)
        if front != -constant.value:
            continue
        u = rest.args[0] if rest.args else rest
        new: Node | None = None
        if rest.op == "pow" and u.op == "tanh" and rest.args[1] == TWO:
            new = call("sech2", u.args[0])
        elif rest.op == "sigmoid":
            new = call("sigmoid", negative(u))
        if new is not None:
            others = (t for t in made.args if t not in (constant, term))
            return to.total(to.product(constant, new), *others)
    return None


def _variance(made: Node, to: Makers) -> Node | None:
    """Rewrite mean(u^2) - mean(u)^2, which loses its digits, as mean((u - mean(u))^2)."""
    for term in made.args:
        front, square = split(term)
        if square.op != "pow" or square.args[1] != TWO or square.args[0].op != "mean":
            continue
        mean = square.args[0]
        (u,) = mean.args
        other = mul(number(-front), to.reduced("mean", power(u, TWO)))
        if other in made.args:
            centred = Node("mean", (power(subtract(u, mean), TWO),))
            others = (t for t in made.args if t not in (term, other))
            return to.total(mul(number(-front), centred), *others)
    return None


def _mirrored(made: Node, to: Makers) -> Node | None:
    """Rewrite c f(u) with c f(-u) as one function of u."""
    held: dict[tuple[Node, Node], Node] = {}
    for term in made.args:
        front, rest = split(term)
        found = factors(rest)
        bases = [base for base in found if base.op in ("exp", "sigmoid")]
        if len(bases) != 1 or found[bases[0]] != ONE:
            continue
        base = bases[0]
        others = mul(*_without(found, base))
        mirrored = call(base.op, negative(base.args[0]))
        other = held.get((others, mirrored))
        if other is None:
            held[others, base] = term
            continue
        new = _pair(base, front, split(other)[0])
        if new is not None:
            kept = (t for t in made.args if t not in (term, other))
            return to.total(*kept, to.product(others, new))
    return None


def _pair(base: Node, front: Number, other: Number) -> Node | None:
    """Front f(u) + other f(-u) for f = exp or sigmoid."""
    u = base.args[0]
    if base.op == "exp" and abs(front) == abs(other):
        return mul(number(front), TWO, call("cosh" if front == other else "sinh", u))
    if base.op == "sigmoid" and front == -other:
        return mul(number(front), call("tanh", mul(HALF, u)))
    return None


OF_SUMS: tuple[Callable[[Node, Makers], Node | None], ...] = (_rest_of_one, _variance, _mirrored)
