"""The `parameters` of a file: numbers and expressions, each of which may use the others."""

from __future__ import annotations

import ast
import keyword
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from hamsim.errors import ExpressionError
from hamsim.expression import CONSTANTS, FUNCTIONS, evaluate, names_in, parse
from hamsim.spec.messages import shown

__all__ = ["Parameters", "resolve_parameters", "with_those_they_use", "words_in"]

_NAME = re.compile(r"[^\W\d]\w*\Z")
_WORD = re.compile(r"[^\W\d]\w*")
# Stands in for a parameter that is wrong, so that nothing that uses it is blamed too.
_ANYTHING = 1.0

Report = Callable[..., None]
# Texts of a file that are for people.
_PROSE = ("name", "description", "references", "parameters")


class Parameters(NamedTuple):
    """The parameters of a file.

    Parameters
    ----------
    values : dict of str to float
        In the order of the file.
    uses : dict of str to list of str
        The other parameters that each one is computed from.
    written : dict of str to str
        Each one's key in the file, which may be another form of the same Unicode text.
    """

    values: dict[str, float]
    uses: dict[str, list[str]]
    written: dict[str, str]


def resolve_parameters(raw: Mapping[str, Any], report: Report) -> Parameters:
    """Work out all parameters.

    Parameters
    ----------
    raw : mapping of str to anything
        As written.
    report : callable
        Called with a path and a message for each mistake.

    Returns
    -------
    resolved : Parameters
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
    uses = {name: names_in(tree) for name, tree in waiting.items()}
    _work_out(waiting, known, report)
    keys = {unicodedata.normalize("NFKC", name): name for name in raw}
    values = {name: known[name] for name in keys if name in known}
    return Parameters(values, uses, keys)


def with_those_they_use(names: Iterable[str], parameters: Parameters) -> set[str]:
    """These parameters and all that they are computed from."""
    found: set[str] = set()
    new = set(names)
    while new:
        found |= new
        new = {used for name in new for used in parameters.uses.get(name, ())} - found
    return found & set(parameters.values)


def words_in(raw: Mapping[str, Any]) -> set[str]:
    """Whatever could be a parameter's name in the texts of a description."""
    words: set[str] = set()
    waiting = [value for key, value in raw.items() if key not in _PROSE]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            words.update(_WORD.findall(unicodedata.normalize("NFKC", value)))
        elif isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return words


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
