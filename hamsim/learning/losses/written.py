"""Losses that users write as text, such as ``(g - t)**4``."""

from __future__ import annotations

import functools
from typing import Literal, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import ExpressionError, did_you_mean
from hamsim.expression import short
from hamsim.formula.differentiated import Differentiated

__all__ = ["Written"]


class _Parts(NamedTuple):
    tree: Differentiated
    reads_target: bool


@functools.lru_cache(maxsize=64)
def _parsed(text: str, of: str) -> _Parts:
    tree = Differentiated.parse(text, of)
    unknown = sorted(tree.names - {of, "t"})
    if unknown:
        raise ExpressionError(
            f"unknown name '{short(unknown[0])}' in the loss '{short(text)}'; "
            f"{did_you_mean(unknown[0], [of, 't'], 'known names')}"
        )
    if of not in tree.names:
        raise ExpressionError(f"the loss '{short(text)}' does not depend on {of}")
    return _Parts(tree, "t" in tree.names)


class Written:
    """A formula, added up over the neurons unless it has sum(...) or mean(...) itself.

    Parameters
    ----------
    text : str
        Arithmetic in `of` and in t, the target.
    of : {"g", "x"}

    Raises
    ------
    ExpressionError
        It is no formula, or has other names.
    """

    def __init__(self, text: str, of: Literal["g", "x"]) -> None:
        self.text = text
        self._tree, self.reads_target = _parsed(text, of)
        self._of = of

    def _at(self, v: Floats, t: Floats | None) -> dict[str, Floats]:
        return {self._of: v} if t is None else {self._of: v, "t": t}

    def value(self, v: Floats, t: Floats | None) -> Floats:
        """Loss of each row."""
        found = self._tree.value(self._at(v, t))
        if self._tree.collective:
            return found.reshape(v.shape[0])
        total: Floats = np.broadcast_to(found, v.shape).sum(axis=-1)
        return total

    def slope(self, v: Floats, t: Floats | None) -> Floats:
        """Derivative by `v`."""
        return np.broadcast_to(self._tree.slope(self._at(v, t)), v.shape)

    def curvature(self, v: Floats, t: Floats | None) -> Floats | None:
        """Second derivative; None of a formula over the whole group."""
        if self._tree.collective:
            return None
        return np.broadcast_to(self._tree.curvature(self._at(v, t)), v.shape)

    def least(self, t: Floats | None) -> Floats | None:
        """Nothing is known of it."""
        return None
