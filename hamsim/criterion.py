"""Conditions on what is seen of a run, written as text, as ``mean(pixels.g) > 0.9 and t > 5``.

Arithmetic is that of `hamsim.expression`, with names for what is seen: ``t``, ``energy``,
``residual``, ``x`` and ``g`` of all neurons, and ``NAME.x`` and ``NAME.g`` of a group, a neuron or
a range. What stands for several neurons is made one number by ``mean``, ``sum``, ``max``, ``min``
or ``std``. Two numbers are compared by ``<``, ``<=``, ``>`` or ``>=``, and comparisons are joined
by ``and``, ``or`` and ``not``. Nothing is run as Python.
"""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import ExpressionError, did_you_mean
from hamsim.expression import (
    FUNCTIONS,
    MAX_DEPTH,
    MAX_LENGTH,
    evaluate,
    names_in,
    parse,
    short,
)

__all__ = ["PLAIN", "Criterion", "Quantity", "Reference", "Seen"]

# What has one value in each trial.
PLAIN = ("t", "energy", "residual")
REDUCTIONS: Mapping[str, Callable[..., Any]] = {
    "mean": np.mean,
    "sum": np.sum,
    "max": np.max,
    "min": np.min,
    "std": np.std,
}
COMPARISONS: Mapping[type[ast.cmpop], Callable[..., Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
# A group, neuron or range and which of its numbers: exc.x, motor.AVAL.g, pixels[2, 5].x
_REFERENCE = re.compile(r"(?<![\w.\]])([^\W\d]\w*(?:\.\w+)*(?:\[[^\[\]]*\])?)\.([xg])(?![\w.\[(])")
_ALL = re.compile(r"(?<![\w.\]])([xg])(?![\w.\[(])")

_ALLOWED = "write as in mean(pixels.g) > 0.9 and t > 5"

Reference = tuple[str, str]  # what is named, "" for all neurons; and "x" or "g"
# What is seen by name, each of shape (trials or 1, numbers).
Seen = Mapping[str, NDArray[np.float64]]


class Criterion:
    """A condition on what is seen of a run.

    Parameters
    ----------
    text : str

    Attributes
    ----------
    text : str
    references : dict of str to (str, str)
        What stands for neurons, by names of its own: whose numbers, and whether x or g.
    names : set of str
        Which of `PLAIN` it asks for.

    Raises
    ------
    ExpressionError
        With one line that says what is wrong.
    """

    what, allowed = "condition", _ALLOWED

    def __init__(self, text: str) -> None:
        self.text = " ".join(text.split())
        self.references: dict[str, Reference] = {}
        self.names: set[str] = set()
        if len(text) > MAX_LENGTH:
            raise ExpressionError(
                f"it has {len(text)} characters; at most {MAX_LENGTH} are allowed"
            )
        plain = _REFERENCE.sub(lambda found: self._stands_for(found[1], found[2]), self.text)
        plain = _ALL.sub(lambda found: self._stands_for("", found[1]), plain)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                tree = ast.parse(plain, mode="eval").body
        except (SyntaxError, SyntaxWarning, ValueError, RecursionError, MemoryError):
            raise ExpressionError(f"'{short(text)}' is not a {self.what}; {self.allowed}") from None
        # Arrays of different lengths that meet, and what is not reduced, by their names.
        self._together: list[tuple[bool, list[str]]] = []
        self._holds = self._condition(tree, 0)

    def __repr__(self) -> str:
        return f"<Criterion {self.text}>"

    def holds(self, seen: Seen) -> NDArray[np.bool_]:
        """Whether it holds in each trial, shape (trials,); what is not a number holds nothing."""
        found: NDArray[np.bool_] = np.asarray(self._holds(seen), dtype=bool)[:, 0]
        return found

    def require(self, widths: Mapping[str, int]) -> None:
        """Refuse numbers of neurons that do not fit.

        Parameters
        ----------
        widths : mapping of str to int
            For how many neurons each of `references` stands.

        Raises
        ------
        ExpressionError
        """
        for reduced, names in self._together:
            many = {name: widths[name] for name in names if widths.get(name, 1) > 1}
            shown = [self._shown(name) for name in many]
            if many and not reduced:
                raise ExpressionError(
                    f"{shown[0]} is {many[next(iter(many))]:,} numbers; make one of them, as by "
                    f"mean({shown[0]}) or max({shown[0]})"
                )
            if len(set(many.values())) > 1:
                counts = " and ".join(f"{n:,}" for n in many.values())
                raise ExpressionError(f"{' and '.join(shown)} are {counts} numbers: not as many")

    def _shown(self, place: str) -> str:
        name, what = self.references[place]
        return f"{name}.{what}" if name else what

    def _stands_for(self, name: str, what: str) -> str:
        place = f"_{len(self.references)}_"
        self.references[place] = (name, what)
        return place

    # --- what is written -----------------------------------------------------------------------

    def _condition(self, node: ast.expr, depth: int) -> Callable[[Seen], Any]:
        """What gives a bool for each trial."""
        if depth > MAX_DEPTH:
            raise ExpressionError(f"the condition is nested more than {MAX_DEPTH} deep")
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = [self._condition(value, depth + 1) for value in values]
                join = np.logical_and if isinstance(op, ast.And) else np.logical_or
                return lambda seen: functools.reduce(join, [part(seen) for part in parts])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                part = self._condition(operand, depth + 1)
                return lambda seen: np.logical_not(part(seen))
            case ast.Compare(left=left, ops=ops, comparators=others) if all(
                type(op) in COMPARISONS for op in ops
            ):
                sides = [self._number(side, depth) for side in (left, *others)]
                tests = [COMPARISONS[type(op)] for op in ops]

                def compared(seen: Seen) -> Any:
                    values = [side(seen) for side in sides]
                    pairs = zip(tests, values, values[1:], strict=False)
                    return functools.reduce(np.logical_and, [test(a, b) for test, a, b in pairs])

                return compared
        raise ExpressionError(f"'{short(self.text)}' is not a condition; {_ALLOWED}")

    def _number(self, node: ast.expr, depth: int, reduced: bool = False) -> Callable[[Seen], Any]:
        """What gives a number for each trial, or before it is reduced some numbers."""
        inner: dict[str, Callable[[Seen], Any]] = {}
        outer = _Outer(self, inner, depth).visit(node)
        try:
            tree = parse(ast.unparse(outer))
        except ExpressionError as error:
            raise ExpressionError(self._as_written(str(error))) from None
        names = names_in(tree)
        known = (*PLAIN, *self.references, *inner)
        for name in names:
            if name not in known:
                told = (*PLAIN, "x", "g", "GROUP.x", "GROUP.g")
                raise ExpressionError(f"unknown name '{name}'; {did_you_mean(name, told)}")
        self.names |= {name for name in names if name in PLAIN}
        self._together.append((reduced, [name for name in names if name in self.references]))

        def number(seen: Seen) -> Any:
            values = {name: part(seen) for name, part in inner.items()}
            return np.atleast_2d(evaluate(tree, {**seen, **values}, finite=False))

        return number

    def _as_written(self, message: str) -> str:
        for place in self.references:
            message = message.replace(place, self._shown(place))
        return message


class Quantity(Criterion):
    """A number that is seen of a run, written as the sides of conditions are."""

    what, allowed = "number", "write as in mean(pixels.g) or max(abs(exc.x))"

    def of(self, seen: Seen) -> NDArray[np.float64]:
        """The number in each trial, shape (trials,)."""
        found: NDArray[np.float64] = np.asarray(self._holds(seen), dtype=np.float64)[:, 0]
        return found

    def _condition(self, node: ast.expr, depth: int) -> Callable[[Seen], Any]:
        return self._number(node, depth)


class _Outer(ast.NodeTransformer):
    """Puts a name in the place of whatever makes one number of several."""

    def __init__(self, owner: Criterion, inner: dict[str, Callable[[Seen], Any]], depth: int):
        self._owner, self._inner, self._depth = owner, inner, depth

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Take out calls of `REDUCTIONS` with one argument."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        alone = len(node.args) == 1 and not node.keywords
        if name not in REDUCTIONS or (name in FUNCTIONS and not alone):
            self.generic_visit(node)
            return node
        if not alone:
            raise ExpressionError(f"{name}() takes 1 argument(s), got {len(node.args)}")
        part = self._owner._number(node.args[0], self._depth + 1, reduced=True)
        made, place = REDUCTIONS[name], f"_r{len(self._inner)}_"
        self._inner[place] = lambda seen: made(part(seen), axis=-1, keepdims=True)
        return ast.Name(place)
