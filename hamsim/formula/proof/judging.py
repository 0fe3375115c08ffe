"""What can be proved of a formula, and refusal of formulas that are not finite."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from hamsim.errors import ExpressionError
from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Extremes, Ranges, extremes
from hamsim.formula.formula import Formula
from hamsim.formula.proof.convexity import convex_by_composition, convex_by_intervals, may_jump
from hamsim.formula.proof.eigenvalues import spectrum
from hamsim.formula.proof.finiteness import (
    breach,
    check_parameters,
    corners,
    is_defined,
    refuse_overflow,
    said,
    shared_by_all,
)
from hamsim.formula.proof.finiteness_group import check_group
from hamsim.formula.proof.kinks import has_jumps, kinks
from hamsim.formula.proof.refuting import bend_of_group, fall_of_one
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.text.spelling import spelled
from hamsim.formula.tree.algebra import add
from hamsim.formula.tree.rewriting import make
from hamsim.formula.tree.tree import REDUCTIONS, Node, name, number, postorder, rebuild

__all__ = ["Facts", "judge", "with_known_exponents"]

_EVERYWHERE = (-math.inf, math.inf)
_PLAIN = 1 << 20  # denominator of a number that is worth to be put in
_UNKNOWN = Extremes(-math.inf, math.inf)
_T = TypeVar("_T")


def _attempt(otherwise: _T, prove: Callable[..., _T], *arguments: Any) -> _T:
    """What a proof finds; `otherwise` if it meets a number that it cannot carry."""
    try:
        return prove(*arguments)
    except OverflowError:
        return otherwise


@dataclass(frozen=True)
class Facts:
    """What is known of a formula for given ranges of its parameters.

    Parameters
    ----------
    convex : bool or None
        True if proved, False if there is a witness, None if undecided.
    witness : str
        Where it is not convex; empty if that is not known.
    slope : float
        Nothing that the Hessian does to a vector is larger: upper bound of its eigenvalues,
        infinite if they are not bounded or no bound is known.
    least : float
        Lower bound of the eigenvalues of the Hessian; for a kink that is not convex, of what is
        between the kinks.
    low, high : float
        Bounds of the activation of a neuron, possibly infinite.
    smooth : bool
        False if the formula has kinks or jumps, as those of ``abs`` and ``max``.
    jumps : bool
        False if g is proved to have no jumps.
    lipschitz : bool
        True if g is proved to be locally Lipschitz: L, g and the Hessian keep away from where their
        operations are not defined, and g has no jumps.
    g, h : str
        Activation and Hessian in the syntax of formulas. ``v`` in the Hessian of a collective
        formula is the vector it is multiplied with.
    """

    convex: bool | None
    witness: str
    slope: float
    least: float
    low: float
    high: float
    smooth: bool
    jumps: bool
    lipschitz: bool
    g: str
    h: str


def judge(formula: Formula, ranges: Ranges, domain: tuple[float, float] = _EVERYWHERE) -> Facts:
    """Prove what can be proved of a formula.

    Parameters
    ----------
    formula : Formula
    ranges : mapping of str to tuple of float
        Lowest and highest value of each parameter; both are taken to occur.
    domain : tuple of float
        Where the states of the neurons are.

    Returns
    -------
    Facts

    Raises
    ------
    ExpressionError
        If the Lagrangian, the activation or the Hessian is not finite somewhere in the domain; an
        overflow of what is too large for a float is none.
    """
    ranges = {label: ranges[label] for label in formula.parameters}
    check_parameters([("L", formula.written)], ranges)
    check_parameters(_trees(formula), ranges)
    special = with_known_exponents(formula, ranges)
    if formula.collective:
        defined = check_group(formula, special, domain, ranges)
        facts = _facts_of_group(special, domain, ranges, defined)
    else:
        defined = _check_neuron(formula, special, domain, ranges)
        facts = _facts_of_neuron(special, domain, ranges, defined)
    return replace(facts, g=spelled(formula.g), h=spelled(formula.h))


def _trees(formula: Formula) -> list[tuple[str, Node]]:
    return [("L", formula.L), ("g", formula.g), ("h", formula.h)]


def _computed(formula: Formula) -> list[tuple[str, Node]]:
    return [*_trees(formula), ("x*g - L, which the energy is made of,", formula.dual)]


def with_known_exponents(formula: Formula, ranges: Ranges) -> Formula:
    """Put the values of parameters in exponents into the trees, where they are exact.

    A whole exponent is known to be even or odd only then.
    """
    trees = [tree for _, tree in _trees(formula)]
    exponents = [node.args[1] for node in postorder(*trees) if node.op == "pow"]
    known: dict[Node, Node] = {}
    for node in postorder(*exponents):
        if node.op in ("name", "shared") and ranges[node.label][0] == ranges[node.label][1]:
            value = number(ranges[node.label][0])
            if value.value is not None and value.value.denominator <= _PLAIN:
                known[node] = value
    if not known:
        return formula
    try:
        L, g, h = (tidied(tree) for tree in rebuild(trees, make, known))
    except OverflowError:
        return formula
    return replace(formula, L=L, g=g, h=h)


def _check_neuron(
    formula: Formula, special: Formula, domain: tuple[float, float], ranges: Ranges
) -> bool:
    """Refuse an element-wise formula that is not finite; say whether it is proved to be."""
    at = corners(ranges)
    defined = True
    for which, tree in _trees(special):
        if _attempt(False, is_defined, tree, domain, ranges):
            continue
        defined = False
        found = {}
        for k, corner in enumerate(at):
            place = breach(tree, domain, corner)
            if place is not None:
                found[k] = f"{which} is not finite at {said(place[0])} ({place[1]})"
        message = shared_by_all(found, at, ranges)
        if message:
            raise ExpressionError(message)
    found = {k: refuse_overflow(_computed(formula), domain, corner) for k, corner in enumerate(at)}
    message = shared_by_all({k: text for k, text in found.items() if text}, at, ranges)
    if message:
        raise ExpressionError(message)
    return defined


def _is_smooth(formula: Formula) -> bool:
    return not kinks(formula.L) and not has_jumps(formula.L)


def _facts_of_neuron(
    formula: Formula, domain: tuple[float, float], ranges: Ranges, defined: bool
) -> Facts:
    L, h = formula.L, formula.h
    convex: bool | None = None
    witness = ""
    if defined and _attempt(False, convex_by_composition, L, domain, ranges):
        convex = True
    else:
        witness = _attempt("", fall_of_one, formula, domain, ranges)
        if witness:
            convex = False
        elif defined and _attempt(False, convex_by_intervals, L, h, domain, ranges):
            convex = True
    bend = _attempt(_UNKNOWN, extremes, h, domain, ranges) if defined else _UNKNOWN
    g = _attempt(_UNKNOWN, extremes, formula.g, domain, ranges) if defined else _UNKNOWN
    jumps = _attempt(True, may_jump, L, domain, ranges)
    return Facts(
        convex=convex,
        witness=witness,
        slope=math.inf if jumps else bend.high,
        least=max(bend.low, 0.0) if convex else bend.low,
        low=g.low,
        high=g.high,
        smooth=_is_smooth(formula),
        jumps=jumps,
        lipschitz=defined and not jumps,
        g="",
        h="",
    )


def _facts_of_group(
    formula: Formula, domain: tuple[float, float], ranges: Ranges, defined: bool
) -> Facts:
    convex: bool | None = None
    if defined and _attempt(False, convex_by_composition, formula.L, domain, ranges):
        convex = True
    witness = "" if convex else _attempt("", bend_of_group, formula, domain, ranges)
    if witness:
        convex = False
    jumps = _attempt(True, may_jump, formula.L, domain, ranges)
    found = _attempt(None, spectrum, formula.L, domain, ranges) if defined else None
    g = _attempt(_UNKNOWN, _activation_of_group, formula, domain, ranges) if defined else _UNKNOWN
    least = -math.inf if found is None else found.low
    return Facts(
        convex=convex,
        witness=witness,
        slope=math.inf if found is None or jumps else found.high,
        least=max(least, 0.0) if convex else least,
        low=g.low,
        high=g.high,
        smooth=_is_smooth(formula),
        jumps=jumps,
        lipschitz=defined and not jumps,
        g="",
        h="",
    )


def _activation_of_group(formula: Formula, domain: tuple[float, float], ranges: Ranges) -> Extremes:
    """Bounds of g over all states of the group.

    What the other neurons do is put into values with the bounds that they have over all states;
    of a sum of what is not negative, the neuron's own part is known to be in it.
    """
    given = {label: Interval(*ends) for label, ends in ranges.items()} | {"x": Interval(*domain)}
    found = bounds([formula.g], given)
    known: dict[Node, Node] = {}
    others: dict[str, tuple[float, float]] = {}
    for node, u in found.items():
        if not any(n.op in REDUCTIONS for n in postorder(node)):
            continue
        if node.op in REDUCTIONS or node.op in ("share", "part"):
            other = name(f"@other{len(others)}")
            term = node.args[-1]
            own = node.op == "sum" and not any(n.op in REDUCTIONS for n in postorder(term))
            if own and found[term].low >= 0:
                others[other.label] = (0.0, math.inf)
                known[node] = add(term, other)
            else:
                others[other.label] = (float(u.low), float(u.high))
                known[node] = other
    (g,) = rebuild([formula.g], make, known)
    return extremes(g, domain, {**ranges, **others})
