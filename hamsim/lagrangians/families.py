"""Facts of a user's formula, in the form of a row of the table."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping

from hamsim.formula import Formula, Structure, judge, structure
from hamsim.lagrangians.row import Lagrangian, Parameter

__all__ = ["EXPRESSION", "formula_family"]

# Name of all families that are formulas.
EXPRESSION = "expression"

_Ranges = tuple[tuple[str, tuple[float, float]], ...]


def formula_family(
    text: str,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    domain: tuple[float, float] | None = None,
) -> Lagrangian:
    """Derive a family from its Lagrangian as text.

    Parameters
    ----------
    text : str
        L as an expression in the state x and parameters, of one neuron or with ``sum(...)``.
    ranges : mapping of str to (float, float), optional
        Smallest and largest value of each parameter. Without them only the form is looked at: the
        facts are those that say nothing.
    domain : (float, float), optional
        States for which the formula is meant; all if nothing is said.

    Returns
    -------
    Lagrangian

    Raises
    ------
    ExpressionError
        Not a formula, or L, g or H is not finite somewhere in the domain.
    """
    if ranges is None:
        return _unjudged(text)
    return _judged(text, tuple(sorted(ranges.items())), domain or (-math.inf, math.inf))


@functools.lru_cache(maxsize=256)
def _unjudged(text: str) -> Lagrangian:
    formula = Formula.parse(text)
    return Lagrangian(
        name=EXPRESSION,
        L=text,
        g="",
        dual="",
        parameters=tuple(
            Parameter(name, math.nan, "", one_a_neuron=name not in formula.outside)
            for name in formula.parameters
        ),
        additive=not formula.collective,
        source="formula",
        low="-inf",
        high="inf",
        growth="",
        slope="inf",
        least="-inf",
        convex_from=None,
        jumps="1",
        rounding=1e-12,
        kinks=True,
        formula=text,
    )


@functools.lru_cache(maxsize=256)
def _judged(text: str, ranges: _Ranges, domain: tuple[float, float]) -> Lagrangian:
    formula = Formula.parse(text)
    facts = judge(formula, dict(ranges), domain)
    everywhere = domain == (-math.inf, math.inf)
    more = structure(formula, dict(ranges), facts) if everywhere else Structure()
    convex_from = {True: -math.inf, False: math.inf, None: None}[facts.convex]
    return dataclasses.replace(
        _unjudged(text),
        g=facts.g,
        h=facts.h,
        domain=domain,
        lipschitz=facts.lipschitz,
        witness=facts.witness,
        low=more.low or repr(facts.low),
        high=more.high or repr(facts.high),
        slope=more.slope or repr(facts.slope),
        least=more.least or repr(facts.least),
        convex_from=convex_from,
        growth=more.growth,
        far_slopes=more.far_slopes,
        jumps=str(int(facts.jumps)),
        steeper=str(int(more.steeper)),
        breaks=more.breaks,
        slopes=more.slopes,
        change=more.change,
        change_norm=more.change_norm,
        row_sum=more.row_sum,
        kernel="ones" if more.follows_shifts else "",
        excess=more.excess,
        competitive=more.competitive,
        sinks=more.sinks,
        steepness=more.steepness,
        silent=more.silent,
        rounding=more.rounding,
        kinks=not facts.smooth,
    )
