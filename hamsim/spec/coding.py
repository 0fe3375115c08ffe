"""How the values of patterns that a network stores are meant: as signs, as 0 and 1, as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import numpy as np

from hamsim.expression import evaluate
from hamsim.lagrangians.row import Lagrangian
from hamsim.lagrangians.table import TABLE

__all__ = ["Coding", "CodingError", "decoded", "listed", "require_half_way"]

Coding: TypeAlias = Literal["signs", "binary", "real"]
# Values that a message lists.
MAX_LISTED = 4


class CodingError(Exception):
    """Patterns hold other values than their coding has, or it is not for these neurons."""


def decoded(patterns: Any, coding: Coding, rule: str = "store") -> Any:
    """Patterns of the values that rules of storage are made for.

    Parameters
    ----------
    patterns : ndarray
    coding : {"signs", "binary", "real"}
        signs: -1 and 1, as they are. binary: 0, which becomes -1, and one value above it, as 1 or
        255, which becomes 1. real: any numbers, as they are.
    rule : str
        Whose patterns they are, for messages.

    Raises
    ------
    CodingError
    """
    if coding == "real":
        return patterns
    values = np.unique(patterns)
    if coding == "signs":
        if not np.all(np.abs(values) == 1.0):
            raise CodingError(
                f"the patterns hold {listed(values)}, but {rule} takes -1 and 1; coding: binary "
                "takes 0 for -1 and a value above it for 1, coding: real takes any numbers as "
                "they are"
            )
        return patterns
    if np.any(values < 0) or np.count_nonzero(values) > 1:
        raise CodingError(
            f"the patterns hold {listed(values)}, but coding: binary is for 0 and one value above "
            "it"
        )
    return np.where(patterns > 0, 1.0, -1.0)


def require_half_way(names: Iterable[str], rows: Iterable[Lagrangian]) -> None:
    """Refuse binary patterns for neurons that are not half-way between 0 and 1 when undriven.

    Parameters
    ----------
    names : iterable of str
        Groups.
    rows : iterable of Lagrangian
        Theirs; of formulas not enough is known to refuse one.

    Raises
    ------
    CodingError
    """
    for name, row in zip(names, rows, strict=True):
        # An odd one is in the middle of its range at x = 0, wherever that range is.
        if not row.formula and not row.odd and _is_counted(row):
            middle = [other.name for other in TABLE.values() if other.odd and _is_counted(other)]
            raise CodingError(
                f"binary is not for the {row.name} of [{name}]; it is for activations on both "
                f"sides of 0, as of sign and tanh, and for {' and '.join(middle)}"
            )


def _is_counted(row: Lagrangian) -> bool:
    """Whether no activation is below 0."""
    known = {parameter.name: parameter.default for parameter in row.parameters}
    low = evaluate(row.low, {**known, "n": 2.0, "inf": np.inf}, finite=False)
    return bool(low >= 0)


def listed(values: Any) -> str:
    """Sorted numbers in words, some of them where they are many."""
    texts = [f"{value:g}" for value in values[:MAX_LISTED]]
    if len(values) > MAX_LISTED:
        return (
            f"{', '.join(texts[:-1])}, ... ({len(values)} values from {texts[0]} to {values[-1]:g})"
        )
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if texts[1:] else texts)
