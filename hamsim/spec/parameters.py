"""The `parameters` of a file: numbers and expressions, each of which may use the others."""

from __future__ import annotations

import ast
import keyword
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from hamsim.errors import ExpressionError
from hamsim.expression import CONSTANTS, FUNCTIONS, evaluate, names_in, parse
from hamsim.spec.messages import shown

__all__ = ["resolve_parameters"]

_NAME = re.compile(r"[^\W\d]\w*\Z")
# Stands in for a parameter that is wrong, so that nothing that uses it is blamed too.
_ANYTHING = 1.0

Report = Callable[..., None]


def resolve_parameters(raw: Mapping[str, Any], report: Report) -> dict[str, float]:
    """Work out all parameters.

    Parameters
    ----------
    raw : mapping of str to anything
        As written.
    report : callable
        Called with a path and a message for each mistake.

    Returns
    -------
    dict of str to float
        In the order of the file.
    """
    known: dict[str, float] = {}
    waiting: dict[str, ast.expr] = {}
    for written, value in raw.items():
        path = ("parameters", written)
        name = unicodedata.normalize("NFKC", written)  # as names in expressions are
        if not _NAME.match(name) or _is_taken(name):
            report(path, f"'{written}' cannot name a parameter", at_key=True)
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            report(path, f"must be a number or an expression, not {shown(value)}")
            known[name] = _ANYTHING
        elif isinstance(value, str):
            try:
                waiting[name] = parse(value)
            except ExpressionError as error:
                report(path, str(error))
                known[name] = _ANYTHING
        elif abs(value) <= sys.float_info.max:
            known[name] = float(value)
        else:
            report(path, "must be a finite number")
            known[name] = _ANYTHING
    _work_out(waiting, known, report)
    order = [unicodedata.normalize("NFKC", name) for name in raw]
    return {name: known[name] for name in order if name in known}


def _is_taken(name: str) -> bool:
    return name in FUNCTIONS or name in CONSTANTS or keyword.iskeyword(name)


def _work_out(waiting: dict[str, ast.expr], known: dict[str, float], report: Report) -> None:
    """Evaluate expressions, each after those that it uses; report circles."""
    uses = {
        name: [used for used in names_in(tree) if used in waiting] for name, tree in waiting.items()
    }
    while True:
        try:
            order = list(TopologicalSorter(uses).static_order())
            break
        except CycleError as error:
            circle = [name for name in waiting if name in error.args[1]]
            for name in circle:
                report(("parameters", name), "depends on itself: " + ", ".join(circle))
                uses[name] = []
                waiting[name] = ast.Constant(_ANYTHING)
    for name in order:
        try:
            known[name] = float(evaluate(waiting[name], known))
        except ExpressionError as error:
            report(("parameters", name), str(error))
            known[name] = _ANYTHING
