"""A function of time that is written as an expression in t."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import ExpressionError, SimulationError
from hamsim.expression import CONSTANTS, evaluate, names_in, parse
from hamsim.signals.breaking import breaks_of
from hamsim.signals.enclosure import enclose
from hamsim.signals.functions import CALLS, NAMED, TIME
from hamsim.signals.pace import rate_of
from hamsim.signals.signal import Breaks
from hamsim.signals.slope import slope_of

__all__ = ["Written", "is_over_time", "with_numbers"]

# A stretch is looked at without so much of it at both ends, as a part of the times there: breaks
# are known up to rounding.
EDGE = 4e-12


def is_over_time(text: str) -> bool:
    """Whether a text is an expression that reads the time."""
    try:
        return TIME in names_in(parse(text, CALLS))
    except ExpressionError:
        return False


def with_numbers(text: str, names: Mapping[str, float]) -> str:
    """An expression in t with numbers in the place of all other names.

    Parameters
    ----------
    text : str
    names : mapping of str to float

    Raises
    ------
    ExpressionError
        It is none, or has a name that is not known.
    """
    tree = parse(text, CALLS)
    known = {**CONSTANTS, **names, TIME: 1.0}
    evaluate(tree, known, finite=False, functions=NAMED)  # refuses a name that is not known
    return ast.unparse(_Numbers(names).visit(tree))


class _Numbers(ast.NodeTransformer):
    """Puts numbers in the place of names."""

    def __init__(self, names: Mapping[str, float]) -> None:
        self.names = names

    def visit_Call(self, node: ast.Call) -> ast.Call:
        node.args = [self.visit(arg) for arg in node.args]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == TIME or node.id not in self.names:
            return node
        number = float(self.names[node.id])
        size = ast.Constant(abs(number))
        return ast.UnaryOp(ast.USub(), size) if number < 0 else size


@dataclass(frozen=True, eq=False)
class Written:
    """An expression in t; see `Signal`.

    Parameters
    ----------
    text : str
        Of numbers and t.
    """

    text: str

    width, trials = 1, None

    @cached_property
    def tree(self) -> ast.expr:
        """The expression as it is parsed."""
        return parse(self.text, CALLS)

    def at(self, times: Floats) -> Floats:
        """Values at times, shape (rows, 1, 1)."""
        found = evaluate(self.tree, {TIME: times}, finite=False, functions=NAMED)
        values = np.array(np.broadcast_to(found, times.shape), dtype=np.float64)
        if not np.isfinite(values).all():
            when = float(times[int(np.argmin(np.isfinite(values)))])
            raise SimulationError(f"'{self.text}' is not finite at t = {when:g}")
        return values[:, None, None]

    def slope(self, times: Floats) -> Floats:
        """Derivative at times, shape (rows, 1, 1)."""
        slopes = slope_of(self.tree, times)
        if not np.isfinite(slopes).all():
            when = float(times[int(np.argmin(np.isfinite(slopes)))])
            raise SimulationError(f"'{self.text}' has no finite derivative at t = {when:g}")
        return slopes[:, None, None]

    def breaks(self, begin: float, end: float) -> Breaks:
        """Where it or its derivative jumps."""
        return breaks_of(self.tree, begin, end)

    def moves(self, begin: float, end: float) -> bool:
        """Whether it changes between two times, between which it does not break."""
        edge = min(EDGE * max(abs(begin), abs(end)), 0.25 * (end - begin))
        least, most = enclose(self.tree, np.array(begin + edge), np.array(end - edge))
        return bool(least != most)

    def rate(self, begin: float, end: float) -> float:
        """Rate of its fastest change between two times."""
        return rate_of(self.tree, self.breaks(begin, end).times, begin, end)

    def require(self, begin: float, end: float) -> None:
        """Nothing: it is known at all times."""

    def take(self, places: Ints) -> Written:
        """The same for some of its neurons."""
        return self

    def plain(self) -> str:
        """What a file says for it."""
        return self.text
