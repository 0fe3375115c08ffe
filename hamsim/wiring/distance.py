"""Weights as an expression in the distance of two neurons."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import CompileError, ExpressionError
from hamsim.expression import evaluate
from hamsim.spec.rules import Distance

__all__ = ["of_distance"]


def of_distance(
    rule: Distance,
    i: Ints,
    j: Ints,
    shape: tuple[int, ...],
    signed: bool,
    path: str,
    finite: bool = True,
) -> Floats:
    """Weights of receiving neurons i and sending neurons j.

    Parameters
    ----------
    rule : Distance
    i, j : ndarray of int
        Numbers within groups of one shape; broadcast against each other.
    shape : tuple of int
        The groups'.
    signed : bool
        On one axis: d is positive where i lies ahead of j, as only one-way connections can tell.
    path : str
        Names the connection in messages.
    finite : bool
        Whether a weight that is not finite is an error.

    Raises
    ------
    CompileError
    """
    closed = rule.space in ("ring", "torus")
    squared: Any = 0.0
    along: Any = 0.0
    for n, a, b in zip(shape, np.unravel_index(i, shape), np.unravel_index(j, shape), strict=True):
        steps = a.astype(np.int64) - b
        if closed:
            steps = (steps + n // 2) % n - n // 2
        spacing = 1.0 if rule.length is None else rule.length / n
        along = steps * spacing
        with np.errstate(over="ignore"):  # infinitely far away; the expression may be finite there
            squared = squared + along**2
    # The square of a length that a double can hold need not be one.
    distance = (along if signed else np.abs(along)) if len(shape) == 1 else np.sqrt(squared)
    try:
        values = evaluate(rule.of_distance, {"d": distance}, finite)
    except ExpressionError as error:
        raise CompileError(f"{path}: {error}") from None
    whole = np.broadcast_shapes(np.shape(i), np.shape(j))
    return np.array(np.broadcast_to(values, whole), dtype=np.float64)
