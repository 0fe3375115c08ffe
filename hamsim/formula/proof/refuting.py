"""Witnesses that a formula is not convex, evaluated with rigorous bounds or with 50 digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Mask
from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Ranges
from hamsim.formula.formula import Formula
from hamsim.formula.proof.finiteness import Domain, grid, said
from hamsim.formula.proof.kinks import has_jumps, jumps, kinks
from hamsim.formula.tree.tree import MINUS_ONE, Node, V, X, rebuild
from hamsim.formula.values.arrays import evaluate
from hamsim.formula.values.landmarks import around, landmarks
from hamsim.formula.values.longrange import DIGITS, long_range_products
from hamsim.formula.values.states import place, states

__all__ = ["bend_of_group", "fall_of_one"]

_Given = Mapping[str, Interval]
_CLEARLY = 1e-20  # relative to the terms that are added up
_TINY = 1e-20
_AGREES = 1e-6  # with 50 digits and with 100: how much a value may change for what cancels in it
_MOST_SHIFTS = 3
_NEAR = 1e-9  # a kink, relative to the state
_LARGEST = 1e200  # kink that is looked at


def _certain(ranges: Ranges) -> Iterator[dict[str, Interval]]:
    """Boxes of parameters, in each of which those of some neuron lie."""
    whole = {label: Interval(*ends) for label, ends in ranges.items()}
    varying = [label for label, (low, high) in ranges.items() if low != high]
    if not varying:
        yield whole
    for label in varying:
        for end in ranges[label]:
            yield {**whole, label: Interval(end, end)}


def _at(tree: Node, x: Floats, given: _Given) -> Interval:
    u = bounds([tree], {**given, "x": Interval(x, x)})[tree]
    return Interval(np.broadcast_to(u.low, x.shape), np.broadcast_to(u.high, x.shape))


def _conditions(tree: Node) -> list[Node]:
    """What changes its sign where a tree jumps."""
    found = (n for n in jumps(tree) if n.names & {X.label, V.label})
    return list(dict.fromkeys(n.args[0] for n in found))


def _beside_kinks(tree: Node, x: Floats, given: _Given) -> Mask:
    """Which states are for certain not those at which a tree jumps.

    There, its value may be that of neither side: sign(x) sign(e^x - 1) is 0 at 0, and else 1.
    """
    beside = np.ones(x.shape, dtype=bool)
    for condition in _conditions(tree):
        u = _at(condition, x, given)
        beside &= (u.low > 0) | (u.high < 0)
    return beside


# --- one neuron ---


def fall_of_one(formula: Formula, domain: Domain, ranges: Ranges) -> str:
    """Where an element-wise formula is not convex, in words; empty if no such place is found."""
    plain = grid(domain)
    for given in _certain(ranges):
        zeros, widths = landmarks([formula.L], _middle(given))
        x = np.concatenate([plain, around(zeros, widths, domain)])
        h = _at(formula.h, x, given)
        negative = np.flatnonzero((h.high < 0) & _beside_kinks(formula.h, x, given))
        if len(negative):
            # the plainest place where h is about as negative as anywhere near
            near = negative[np.abs(x[negative]) <= 20.0]
            chosen = near if len(near) else negative
            deepest = np.min(h.high[chosen])
            k = chosen[int(np.argmax(h.high[chosen] <= 0.5 * deepest))]
            return f"h = {_rounded(h, k)} at {said(float(x[k]))}"
        found = _fall_over_kink(formula, x, given, domain) or _bulge(formula.L, domain, given)
        if found:
            return found
    return ""


def _rounded(u: Interval, k: int) -> str:
    return f"{0.5 * u.low[k] + 0.5 * u.high[k]:.4g}"


def _fall_over_kink(formula: Formula, x: Floats, given: _Given, domain: Domain) -> str:
    """Two states between which g falls."""
    places = [0.0]
    for _, argument in kinks(formula.L):
        places.extend(_turns(argument, np.sort(x), given))
    places = [place for place in places if abs(place) < _LARGEST]
    steps = [step * np.maximum(1.0, np.abs(places)) for step in (0.1, 1e-3, 1e-6)]
    if max(abs(place) for place in places) > 1.0:
        steps += [np.full(len(places), step) for step in (0.5, 0.1, 1e-3, 1e-6)]
    for step_at in steps:
        below = np.clip(_round(places - step_at, 9), *domain)
        above = np.clip(_round(places + step_at, 9), *domain)
        before, after = _at(formula.g, below, given), _at(formula.g, above, given)
        falls = np.flatnonzero(
            (before.low > after.high)
            & (below < above)
            & _beside_kinks(formula.g, below, given)
            & _beside_kinks(formula.g, above, given)
        )
        if len(falls):
            k = falls[0]
            return (
                f"g falls from {_rounded(before, k)} at {said(float(below[k]))} to "
                f"{_rounded(after, k)} at {said(float(above[k]))}"
            )
    states_ = np.unique(x[((np.abs(x) > 1e-3) | (x == 0)) & _beside_kinks(formula.g, x, given)])
    g = _at(formula.g, states_, given)
    falls = np.flatnonzero(g.low[:-1] > g.high[1:])
    if not len(falls):
        return ""
    k = falls[int(np.argmin(np.abs(states_[falls])))]
    return (
        f"g falls from {_rounded(g, k)} at {said(float(states_[k]))} to "
        f"{_rounded(g, k + 1)} at {said(float(states_[k + 1]))}"
    )


def _middle(given: _Given) -> dict[str, float]:
    return {label: 0.5 * float(u.low) + 0.5 * float(u.high) for label, u in given.items()}


def _turns(argument: Node, x: Floats, given: _Given) -> list[float]:
    """States at which an argument changes its sign, the smallest first."""
    middle = _middle(given)

    def sign(at: Floats) -> Floats:
        value = evaluate([argument], {**middle, "x": at})[0]
        return np.sign(np.broadcast_to(value, at.shape))

    at_grid = sign(x)
    turns = np.flatnonzero(at_grid[1:] != at_grid[:-1])[:50]
    low, high, at_low = x[turns], x[turns + 1], at_grid[turns]
    for _ in range(40):
        half = 0.5 * low + 0.5 * high
        same = sign(half) == at_low
        low, high = np.where(same, half, low), np.where(same, high, half)
    return sorted(_round(high, 12), key=abs)


def _round(values: Floats, decimals: int) -> Floats:
    """Round; numpy makes infinity of numbers that are too large to have decimals."""
    with np.errstate(over="ignore"):
        rounded = np.round(values, decimals)
    return np.where(np.isfinite(rounded), rounded, values)


def _bulge(L: Node, domain: Domain, given: _Given) -> str:
    """Three states of which the middle one lies above the line between the others.

    Only of use where L jumps; the distances are powers of 2, so that the middle is exact.
    """
    if not has_jumps(L):
        return ""
    middle = np.arange(-40.0, 41.0) / 8.0
    for step in (0.125, 1.0, 4.0):
        x = middle[(middle - step >= domain[0]) & (middle + step <= domain[1])]
        below, at, above = (_at(L, x + s, given) for s in (-step, 0.0, step))
        line = 0.5 * below.high + 0.5 * above.high
        bulges = np.flatnonzero(at.low > line + 1e-12 * (np.abs(line) + np.abs(at.low)))
        if len(bulges):
            k = bulges[int(np.argmin(np.abs(x[bulges])))]
            a, b = said(float(x[k] - step)), said(float(x[k] + step))
            return f"L at {said(float(x[k]))} lies above the line from {a} to {b}"
    return ""


# --- a group ---


def bend_of_group(formula: Formula, domain: Domain, ranges: Ranges) -> str:
    """State and direction in which a collective formula is not convex, in words, or empty.

    Only for parameters that are the same for all neurons: which of several values go together
    is not known here.
    """
    if any(low != high for low, high in ranges.values()):
        return ""
    parameters = {label: low for label, (low, _) in ranges.items()}
    tried = 0
    for x in _states(formula, domain, parameters):
        tests = [(formula.h, V, x, v) for v in _directions(x)]
        if kinks(formula.L):
            tests.append((_change_of_g(formula), V, x, np.roll(x, 1, axis=0) - x))
        for tree, direction, at, along in tests:
            value = evaluate([tree], {**parameters, "x": at, direction.label: along})[0]
            with np.errstate(all="ignore"):
                product = np.broadcast_to(value, at.shape) * along
                total, size = np.sum(product, axis=-1), np.sum(np.abs(product), axis=-1)
                beside = _all_beside_kinks(tree, at, {**parameters, direction.label: along})
                candidates = np.flatnonzero((total < -1e-13 * size) & beside)
                candidates = candidates[np.argsort((total / size)[candidates], kind="stable")]
            for k in candidates[:4]:
                tried += 1
                if tried > 60:
                    return ""
                given: dict[str, Sequence[float] | float] = {
                    **parameters,
                    "x": list(at[k]),
                    direction.label: list(along[k]),
                }
                exact = _surely_negative(tree, direction, given)
                with np.errstate(over="ignore"):  # nothing is below -inf, so nothing is claimed
                    least = -_TINY * float(np.sum(along[k] ** 2))
                if exact < least:
                    return _said_of_group(tree is formula.h, exact, at[k], along[k])
    return ""


def _all_beside_kinks(tree: Node, x: Floats, given: Mapping[str, Any]) -> Mask:
    """Which states of a group are well away from those at which a tree jumps."""
    conditions = _conditions(tree)
    beside = np.ones(len(x), dtype=bool)
    for value in evaluate(conditions, {**given, "x": x}) if conditions else ():
        size = np.abs(np.broadcast_to(value, x.shape))
        beside &= np.all(size > _NEAR * (1.0 + np.abs(x)), axis=-1)
    return beside


def _states(formula: Formula, domain: Domain, parameters: Mapping[str, float]) -> Iterator[Floats]:
    """States to look at: near 0, then near the other zeros of what each neuron is asked for."""
    yield from states(domain)
    zeros, _ = landmarks([formula.L], parameters)
    for zero in [zero for zero in np.unique(zeros) if abs(zero) > 1.0][:_MOST_SHIFTS]:
        for x in states((-np.inf, np.inf)):
            yield np.clip(zero + x, *domain)


def _surely_negative(
    tree: Node, direction: Node, given: Mapping[str, Sequence[float] | float]
) -> float:
    """Value of a product of a tree and a direction if it is below 0 for certain, else 0."""
    ((exact, scale),) = long_range_products([(tree, direction)], given)
    if not exact < -_CLEARLY * scale:
        return 0.0
    ((again, _),) = long_range_products([(tree, direction)], given, 2 * DIGITS)
    return again if abs(again - exact) <= _AGREES * abs(again) else 0.0


def _change_of_g(formula: Formula) -> Node:
    """Tree of g(x + v) - g(x)."""
    raw = rebuild(
        [formula.g],
        lambda n, args: Node(n.op, args, n.label, n.value),
        {X: Node("add", (X, V))},
    )[0]
    minus = Node("mul", (MINUS_ONE, formula.g))
    return Node("add", (raw, minus))


def _directions(x: Floats) -> Iterator[Floats]:
    """Directions for each state: one neuron alone, all alike, one against another, at random."""
    for pattern in ([1.0, 0.0], [1.0, 1.0], [1.0, -1.0]):
        v = np.zeros_like(x)
        v[:, :1], v[:, 1:2] = pattern
        if pattern == [1.0, 1.0]:
            v[:] = 1.0
        yield v
    yield np.where(np.any(x != 0, axis=1, keepdims=True), x, 1.0)
    yield np.random.default_rng(11).normal(size=x.shape)


def _said_of_group(bends: bool, value: float, x: Floats, v: Floats) -> str:
    if np.all(v == v[0]):
        along = f"v with all entries {v[0]:.4g}" if len(v) > 1 else f"v = ({v[0]:.4g})"
    else:
        along = place(v).replace("at x", "v")
    product = "v.Hv" if bends else "(g(x + v) - g(x)).v"
    return f"{product} = {value:.4g} {place(x)}, for {along}"
