"""What theorems ask of a Lagrangian besides its bounds, derived from a formula.

All of it holds in all states, and is only asked of formulas that are meant for all of them. What
is not derived is left unknown, which never proves anything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from hamsim.formula.arithmetic.rationals import Number, as_float
from hamsim.formula.bounds.boxes import Ranges, extremes
from hamsim.formula.formula import Formula
from hamsim.formula.proof.collective import change_of_slope, parts_of, relative_change
from hamsim.formula.proof.convexity import convex_by_composition, convex_by_intervals
from hamsim.formula.proof.growth import Leading, leading_terms
from hamsim.formula.proof.judging import Facts, with_known_exponents
from hamsim.formula.proof.linear_pieces import Pieces, linear_pieces
from hamsim.formula.proof.norms import smoothed_norm
from hamsim.formula.proof.rounding import rounding_of
from hamsim.formula.proof.shifts import follows_shifts
from hamsim.formula.proof.symbolic import in_parameters, scaled_bounds
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.tree.algebra import mul, negative
from hamsim.formula.tree.derivative import derivative
from hamsim.formula.tree.rewriting import make, product
from hamsim.formula.tree.tree import ONE, ZERO, Node, X, number, postorder, rebuild

__all__ = ["Structure", "structure"]

_EVERYWHERE = (-math.inf, math.inf)


@dataclass(frozen=True)
class Structure:
    """Facts as expressions in the parameters; empty ones are not known.

    Parameters
    ----------
    growth : str
    far_slopes, breaks, slopes : tuple of str
    change : str
    change_norm : {"largest", "euclidean"}
    row_sum, excess, steepness : str
    steeper, competitive, follows_shifts : bool
    sinks : {-1, 0, 1}
    silent : int
    rounding : float
        As the columns of `hamsim.lagrangians.row.Lagrangian`; `follows_shifts` is its kernel of
        equal shifts.
    low, high, slope, least : str
        Sharper than what `judge` finds, or empty.
    """

    growth: str = ""
    far_slopes: tuple[str, str] | tuple[()] = ()
    breaks: tuple[str, ...] = ()
    slopes: tuple[str, ...] = ()
    change: str = ""
    change_norm: Literal["largest", "euclidean"] = "largest"
    row_sum: str = ""
    excess: str = ""
    steepness: str = ""
    steeper: bool = False
    competitive: bool = False
    follows_shifts: bool = False
    sinks: Literal[-1, 0, 1] = 0
    silent: int = 0
    rounding: float = 1e-12
    low: str = ""
    high: str = ""
    slope: str = ""
    least: str = ""


def structure(formula: Formula, ranges: Ranges, facts: Facts) -> Structure:
    """Derive what theorems ask of a formula in all states.

    Parameters
    ----------
    formula : Formula
    ranges : mapping of str to tuple of float
        Lowest and highest value of each parameter.
    facts : Facts
        What `judge` found, for all states.
    """
    ranges = {label: ranges[label] for label in formula.parameters}
    try:
        special = with_known_exponents(formula, ranges)
        if formula.collective:
            return _of_group(special, ranges, facts)
        return _of_neuron(special, ranges, facts)
    except OverflowError:  # a number that no proof can carry
        return Structure()


def _text(value: float) -> str:
    return repr(value) if math.isfinite(value) else ""


# --- additive ---


def _with_numbers(formula: Formula, ranges: Ranges) -> Formula:
    """A formula whose parameters are all known, with their values put in."""
    roots = (formula.L, formula.g, formula.h, formula.dual)
    known = {
        node: number(ranges[node.label][0])
        for node in postorder(*roots)
        if node.op == "name" and node != X
    }
    L, g, h, dual = (tidied(tree) for tree in rebuild(roots, make, known))
    return replace(formula, parameters=(), L=L, g=g, h=h, dual=dual)


def _of_neuron(formula: Formula, ranges: Ranges, facts: Facts) -> Structure:
    pieces = None
    if all(low == high for low, high in ranges.values()):
        formula, ranges = _with_numbers(formula, ranges), {}
        pieces = linear_pieces(formula.g, formula.h)
    if pieces is not None:
        facts = _sharpened(facts, pieces)
    ends = leading_terms(formula.g, ranges)
    growth, far = _growth(ends, facts)
    slope, least, change = _bounds(formula.h, ranges, facts)
    return Structure(
        growth=growth,
        far_slopes=far,
        breaks=() if pieces is None else _texts(pieces.breaks),
        slopes=() if pieces is None else _texts(pieces.slopes),
        change=change,
        steeper=math.isinf(facts.slope) and not facts.jumps and _is_steeper(formula, ranges),
        sinks=0 if facts.convex else _sinks(formula, ends, ranges),
        rounding=rounding_of(formula.g),
        low=repr(facts.low),
        high=repr(facts.high),
        slope=slope or repr(facts.slope),
        least=least or repr(facts.least),
    )


def _texts(values: Iterable[Number]) -> tuple[str, ...]:
    return tuple(repr(as_float(value)) for value in values)


def _sharpened(facts: Facts, pieces: Pieces) -> Facts:
    """Facts with what is exact of lines."""
    low, high = pieces.range
    slopes = [as_float(slope) for slope in pieces.slopes]
    return replace(
        facts,
        low=max(low, facts.low),
        high=min(high, facts.high),
        slope=facts.slope if facts.jumps else min(max(slopes), facts.slope),
        least=max(min(slopes), facts.least),
    )


def _growth(
    ends: tuple[Leading | None, Leading | None], facts: Facts
) -> tuple[str, tuple[str, str] | tuple[()]]:
    """Degree of the growth, and limits of g / x on both sides if it is 1."""
    if math.isfinite(facts.low) and math.isfinite(facts.high):
        return "0", ()
    degrees = [_degree(end) for end in ends]
    known = [degree for degree in degrees if degree is not None]
    if len(known) < len(degrees):
        return "", ()
    degree = max(known)
    if degree != 1.0:
        return (repr(degree) if math.isfinite(degree) else "inf"), ()
    far = [_far_slope(end, side) for end, side in zip(ends, (-1, 1), strict=True)]
    return ("1", (far[0], far[1])) if all(far) else ("", ())


def _degree(end: Leading | None) -> float | None:
    if end is None:
        return None
    return math.inf if end.kind == "fast" else max(0.0, as_float(end.degree))


def _far_slope(end: Leading | None, side: int) -> str:
    assert end is not None
    if end.kind != "power" or end.degree != 1:
        return "0"
    return in_parameters(end.factor if side > 0 else negative(end.factor))


def _bounds(h: Node, ranges: Ranges, facts: Facts) -> tuple[str, str, str]:
    """Slope, least and change: of each neuron where parameters differ and only scale the state."""
    smooth = facts.convex is True and not facts.jumps
    if not ranges:
        return "", "", _text(change_of_slope(h, ranges)) if smooth else ""
    bounds = None if facts.jumps else scaled_bounds(h, ranges)
    slope, least = (bounds[1], bounds[0]) if bounds is not None else ("", "")
    ratio = relative_change(h, ranges) if smooth else None
    ends = None if ratio is None else scaled_bounds(ratio, ranges)
    change = "" if ends is None or "inf" in "".join(ends) else f"max({ends[1]}, -({ends[0]}))"
    return slope, least, change


def _is_steeper(formula: Formula, ranges: Ranges) -> bool:
    """Whether h never falls, which is that g is convex, or never falls with |x|."""
    bend = tidied(derivative(formula.h, {X: ONE}))
    if convex_by_composition(formula.g, _EVERYWHERE, ranges):
        return True
    if convex_by_intervals(formula.g, bend, _EVERYWHERE, ranges):
        return True
    jumps = any(node.op in ("pick", "sign") and node.varies for node in postorder(formula.h))
    return not jumps and extremes(tidied(product(X, bend)), _EVERYWHERE, ranges).low >= 0


def _sinks(
    formula: Formula, ends: tuple[Leading | None, Leading | None], ranges: Ranges
) -> Literal[-1, 0, 1]:
    """Side on which x g - L falls like a power, and faster than g grows."""
    left, right = leading_terms(formula.dual, ranges)
    for side, cost, g in ((-1, left, ends[0]), (1, right, ends[1])):
        degree = _degree(g)
        if cost is None or degree is None or cost.kind != "power" or cost.sign > 0:
            continue
        if cost.degree > max(degree, 0.0):
            return -1 if side < 0 else 1
    return 0


# --- collective ---


def _of_group(formula: Formula, ranges: Ranges, facts: Facts) -> Structure:
    parts = parts_of(formula.L, ranges) if facts.convex else None
    norm = smoothed_norm(formula.L, ranges)
    steepness, silent = _log_sum(formula.L)
    change = "" if parts is None else _text(parts.change)
    bounded = norm is not None or (math.isfinite(facts.low) and math.isfinite(facts.high))
    return Structure(
        growth="0" if bounded else "",
        change=change or (norm.change if norm else ""),
        change_norm="largest" if change or not norm else "euclidean",
        row_sum="" if parts is None else _text(parts.row_sum),
        excess=norm.excess if norm else "",
        low=norm.low if norm else "",
        high=norm.high if norm else "",
        slope=norm.slope if norm else "",
        steepness=steepness,
        silent=silent,
        rounding=rounding_of(formula.g),
        competitive=parts is not None and parts.competitive,
        follows_shifts=follows_shifts(formula.L),
    )


def _log_sum(L: Node) -> tuple[str, int]:
    """Beta and k of log(k + sum_i exp(beta x_i)) / beta, k = 0 or 1; empty for all others."""
    factors = L.args if L.op == "mul" else (L,)
    logs = [factor for factor in factors if factor.varies]
    if len(logs) != 1:
        return "", 0
    entries = logs[0].args if logs[0].op == "lse" else logs
    sums = [entry for entry in entries if entry.op == "expsum" and entry.args[0] == ONE]
    rest = [entry for entry in entries if entry not in sums]
    if len(sums) != 1 or rest not in ([], [Node("term", (ONE, ZERO))]):
        return "", 0
    beta = derivative(sums[0].args[1], {X: ONE})
    straight = mul(beta, X) == sums[0].args[1]
    front = mul(*(factor for factor in factors if not factor.varies))
    if not straight or beta.varies or mul(front, beta) != ONE:
        return "", 0
    return in_parameters(beta), len(rest)
