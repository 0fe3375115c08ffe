"""All elementary functions by name, found in the files of `functions`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pkgutil import iter_modules

from hamsim.formula.elementary import functions
from hamsim.formula.elementary.row import Function

__all__ = ["DUALS", "FUNCTIONS", "WRITTEN"]


def _row(name: str) -> Function:
    try:
        row: Function = importlib.import_module(f"{functions.__name__}.{name}").FUNCTION
    except TypeError as error:  # of a column that is missing
        raise TypeError(f"the row of '{name}': {error}") from error
    return row


def _found() -> dict[str, Function]:
    return {name: _row(name) for name in sorted(m.name for m in iter_modules(functions.__path__))}


FUNCTIONS: Mapping[str, Function] = _found()
# By the names that people write, several of which may mean one function.
WRITTEN: Mapping[str, Function] = {name: row for row in FUNCTIONS.values() for name in row.written}
# By the node that stands for u f'(u) - f(u).
DUALS: Mapping[str, Function] = {
    f"{name}_dual": row for name, row in FUNCTIONS.items() if row.dual is not None
}
