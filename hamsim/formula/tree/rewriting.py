"""Formulas in a form that stays finite and keeps its digits.

`product`, `total`, `raised`, `exponential` and `logarithm` do what `mul`, `add`, `power`, ``exp``
and ``log`` do, and see to it that quotients and logarithms of exponentials become functions which
do not overflow: ``1/(1 + exp(-u))`` is ``sigmoid(u)``, ``log(cosh(u))`` is ``log_cosh(u)``,
``exp(u)/sum(exp(u))`` is a share of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
from hamsim.formula.tree.exponentials import entries_of, log_of
from hamsim.formula.tree.folding import VALUES, call, larger, pick
from hamsim.formula.tree.tree import (
    ONE,
    REDUCTIONS,
    SIZE,
    TWO,
    ZERO,
    Node,
    Number,
    number,
)

__all__ = ["exponential", "logarithm", "make", "product", "raised", "reduced", "total"]

_Powers = dict[Node, Node]


# --- products ---


def product(*parts: Node) -> Node:
    """Product."""
    made = mul(*parts)
    for _ in range(20):  # each rule removes a factor, so a few rounds do
        if made.op != "mul":
            return made
        front, rest = split(made)
        powers = factors(rest)
        for rule in _RULES:
            found = rule(powers)
            if found is not None:
                break
        else:
            return made
        made = mul(number(front), *found)
    return made


def _without(powers: _Powers, *bases: Node) -> Iterator[Node]:
    return (power(base, e) for base, e in powers.items() if base not in bases)


def _all_with(powers: _Powers, op: str) -> list[Node]:
    return [base for base in powers if base.op == op]


def _exponentials_meet(powers: _Powers) -> list[Node] | None:
    found = _all_with(powers, "exp")
    if len(found) < 2 and all(powers[base] == ONE for base in found):
        return None
    joined = exponential(add(*(mul(powers[base], base.args[0]) for base in found)))
    return [joined, *_without(powers, *found)]


def _sinh_by_cosh(powers: _Powers) -> list[Node] | None:
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


def _sinh_times_sech2(powers: _Powers) -> list[Node] | None:
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


def _two_over_cosh(powers: _Powers) -> list[Node] | None:
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


def _sign_times_itself(powers: _Powers) -> list[Node] | None:
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


def _step_times_relu(powers: _Powers) -> list[Node] | None:
    for step in _all_with(powers, "pick"):
        relu = Node("relu", step.args[:1])
        e = powers.get(relu, ZERO).value
        if step.args[1:] == (ONE, ZERO) and e is not None and e > 0:
            return list(_without(powers, step))
    return None


def _sigmoid_times(powers: _Powers) -> list[Node] | None:
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
            log = product(powers[sigmoid], call("softplus", u))
            return [exponential(subtract(exp.args[0], log)), *_without(powers, sigmoid, exp)]
    return None


def _share_times(powers: _Powers) -> list[Node] | None:
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


def _sum_times_share(powers: _Powers) -> list[Node] | None:
    """Multiply a sum of exponentials into what they are a share of."""
    takers = [base for base in powers if base.op in ("sigmoid", "share") and powers[base] == ONE]
    for taker in takers:
        for base in _all_with(powers, "add"):
            if powers[base] == ONE and all(_can_take(taker, term) for term in base.args):
                terms = (product(term, taker) for term in base.args)
                return [total(*terms), *_without(powers, base, taker)]
    return None


def _can_take(taker: Node, term: Node) -> bool:
    found = factors(split(term)[1])
    exps = [base for base in found if base.op == "exp" and found[base] == ONE]
    if any(base.varies for base in found if base not in exps) or len(exps) > 1:
        return False
    return taker.op == "share" or not exps or exps[0].args[0] == negative(taker.args[0])


def _size_times(powers: _Powers) -> list[Node] | None:
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


_RULES: tuple[Callable[[_Powers], list[Node] | None], ...] = (
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


def total(*terms: Node) -> Node:
    """Sum; exp(u) + exp(-u) is 2 cosh(u), sigmoid(u) - sigmoid(-u) is tanh(u/2)."""
    made = add(*terms)
    if made.op != "add":
        return made
    if made.args[0].value is not None:
        whole = _rest_of_one(made)
        if whole is not None:
            return whole
    variance = _variance(made)
    if variance is not None:
        return variance
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
        other_front = split(other)[0]
        new = _pair(base, front, other_front)
        if new is not None:
            return total(*(t for t in made.args if t not in (term, other)), product(others, new))
    return made


def _rest_of_one(made: Node) -> Node | None:
    """Rewrite c - c tanh(u)^2 as c sech2(u) and c - c sigmoid(u) as c sigmoid(-u)."""
    constant = made.args[0]
    for term in made.args[1:]:
        front, rest = split(term)
        if front != -(constant.value or 0):
            continue
        u = rest.args[0] if rest.args else rest
        new: Node | None = None
        if rest.op == "pow" and u.op == "tanh" and rest.args[1] == TWO:
            new = call("sech2", u.args[0])
        elif rest.op == "sigmoid":
            new = call("sigmoid", negative(u))
        if new is not None:
            others = (t for t in made.args if t not in (constant, term))
            return total(product(constant, new), *others)
    return None


def _variance(made: Node) -> Node | None:
    """Rewrite mean(u^2) - mean(u)^2, which loses its digits, as mean((u - mean(u))^2)."""
    for term in made.args:
        front, square = split(term)
        if square.op != "pow" or square.args[1] != TWO or square.args[0].op != "mean":
            continue
        mean = square.args[0]
        (u,) = mean.args
        other = mul(number(-front), reduced("mean", power(u, TWO)))
        if other in made.args:
            centred = Node("mean", (power(subtract(u, mean), TWO),))
            others = (t for t in made.args if t not in (term, other))
            return total(mul(number(-front), centred), *others)
    return None


def _pair(base: Node, front: Number, other: Number) -> Node | None:
    """Front f(u) + other f(-u) for f = exp or sigmoid."""
    u = base.args[0]
    if base.op == "exp" and abs(front) == abs(other):
        return mul(number(front), TWO, call("cosh" if front == other else "sinh", u))
    if base.op == "sigmoid" and front == -other:
        return mul(number(front), call("tanh", mul(HALF, u)))
    return None


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
        found = _two_over_cosh({made.args[0]: made.args[1]})
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
    match u.op:
        case "exp":
            return u.args[0]
        case "sigmoid":
            return negative(call("softplus", negative(u.args[0])))
        case "sech2":
            return mul(number(-2), call("log_cosh", u.args[0]))
        case "cosh":
            return call("log_cosh", u.args[0])
        case "add" if ONE in u.args:
            return call("log1p", subtract(u, ONE))
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
        case "exp":
            return exponential(*args)
        case "log":
            return logarithm(*args)
        case "log1p":
            return (
                logarithm(add(ONE, *args)) if entries_of(add(ONE, *args)) else call("log1p", *args)
            )
        case "max":
            return larger(*args)
        case "pick":
            return pick(*args)
        case "expsum" | "lse" | "term" | "share" | "part" | "log_share":
            return Node(node.op, args)
        case "log_cosh_dual" | "softplus_dual":
            return Node(node.op, args)
        case op if op in REDUCTIONS:
            return reduced(op, *args)
        case op:
            assert op in VALUES, op
            return call(op, *args)
