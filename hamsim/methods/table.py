"""All methods by name, found in the files of `rows`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from hamsim.methods import rows
from hamsim.methods.discrete import DISCRETE
from hamsim.methods.row import Method
from hamsim.methods.stochastic import Stochastic

__all__ = ["AUTO_WITH_NOISE", "FIXED", "METHODS", "METHOD_NAMES", "NOISY", "STIFFLY"]


def _row(name: str) -> Method:
    row: Method = import_module(f"{rows.__name__}.{name}").ROW
    return row


def _found() -> dict[str, Method]:
    """Rows by rising order, those of one order by their names."""
    found = sorted((_row(m.name) for m in iter_modules(rows.__path__)), key=_place)
    return {row.name: row for row in found}


def _place(row: Method) -> tuple[int, str]:
    return row.order, row.name


METHODS: Mapping[str, Method] = MappingProxyType(_found())
# Of methods with fixed steps the one that is taken where nobody names any: the classical one.
FIXED = METHODS["rk4"]
# Those that know noise.
NOISY = tuple(name for name, row in METHODS.items() if isinstance(row, Stochastic))
# At equal cost its largest error is the smallest: of means on the way, of covariances at rest, and
# of those of two times.
AUTO_WITH_NOISE = METHODS["stochastic_heun"]
# The one that is taken where networks are stiff.
STIFFLY = METHODS["bdf"]
# What may be asked for.
METHOD_NAMES = ("auto", *METHODS, *DISCRETE)
