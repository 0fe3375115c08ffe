"""Weights as a function of the distance of two neurons."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from hamsim.errors import ExpressionError, did_you_mean
from hamsim.expression import CONSTANTS, names_in, parse
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.messages import wrong
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Part, Positive
from hamsim.spec.rule import Example, Rule

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Distance"]


class Distance(Part):
    """Weights as a function of the distance d of two neurons of groups of one shape.

    Neuron k of an axis with n neurons lies at k length / n. On a ring and a torus each axis closes
    on itself and d is the shortest way. In a one-way connection of groups with one axis d has a
    sign: it is positive where the receiving neuron lies ahead of the sending one.

    Parameters
    ----------
    of_distance : str
        An expression in d and parameters.
    space : {"ring", "line", "grid", "torus"}
        One axis that closes on itself or ends, or several that end or close.
    length : float, optional
        Of each axis; its number of neurons if nothing is said.
    """

    of_distance: Annotated[str, Field(strict=True)]
    space: Literal["ring", "line", "grid", "torus"]
    length: Positive | None = None

    @field_validator("of_distance")
    @classmethod
    def _only_d(cls, text: str, info: ValidationInfo) -> str:
        parameters = (info.context or {}).get("parameters") or {}
        try:
            tree = parse(text)
        except ExpressionError as error:
            raise wrong(str(error)) from None
        known = {**parameters, "d": 1.0}
        for name in names_in(tree):
            if name not in known:
                hint = did_you_mean(name, [*CONSTANTS, *known], "known names")
                raise wrong(f"unknown name '{name}'; {hint}")
            if name != "d":
                (info.context or {}).get("used", set()).add(name)
                text = _substitute(text, name, parameters[name])
        return text


def _substitute(text: str, name: str, value: float) -> str:
    """Put a parameter's value into an expression, so that the resolved text stands on its own."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.Constant(value) if node.id == name else node

    return ast.unparse(Put().visit(ast.parse(text.strip(), mode="eval")).body)


def _fit(rule: Distance, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    rows, columns = (end.shape for end in ends)
    if rows != columns:
        shapes = f"{list(rows)} and {list(columns)}"
        raise Misfit(WEIGHTS, f"of_distance needs groups of one shape, not {shapes}")
    if rule.space in ("ring", "line") and len(rows) != 1:
        message = f"a {rule.space} has one axis, the group has shape {list(rows)}"
        raise Misfit((*WEIGHTS, "space"), message)


RULE = Rule(
    Distance,
    _fit,
    Example(
        {"a": [4]},
        {"within": "a", "weights": {"of_distance": "2 - d", "space": "ring"}},
        [[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]],
    ),
    place=0,
)
