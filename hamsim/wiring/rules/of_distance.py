"""Weights as an expression in the distance of two neurons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.errors import CompileError, ExpressionError
from hamsim.expression import evaluate
from hamsim.spec.rules.of_distance import Distance
from hamsim.wiring.making import Making, OfPairs, Pairs
from hamsim.wiring.need import FEWER, Need

__all__ = ["make", "needs"]

# A distance is worked out for all pairs at once, in so many numbers a pair.
BYTES_A_PAIR = 48.0


class OfDistance(OfPairs):
    """An expression in d, for neurons of groups of one shape."""

    def __init__(self, making: Making) -> None:
        self.rule: Distance = making.connection.weights
        self.shape, self.path = making.ends[0].shape, making.path
        # On one axis d is positive where i lies ahead of j, as only one-way connections can tell.
        self.signed = making.connection.kind == "from"

    def part(self, rows: range, columns: range) -> csr_array:
        """Where neurons meet themselves the expression need not be finite."""
        return csr_array(self._weights(np.asarray(rows)[:, None], np.asarray(columns), False))

    def at(self, pairs: Pairs) -> Floats:
        """Weights of pairs; one that is not finite is an error."""
        return self._weights(pairs.i, pairs.j, True)

    def _weights(self, i: Ints, j: Ints, finite: bool) -> Floats:
        rule, shape = self.rule, self.shape
        closed = rule.space in ("ring", "torus")
        squared: Any = 0.0
        along: Any = 0.0
        places = zip(shape, np.unravel_index(i, shape), np.unravel_index(j, shape), strict=True)
        for n, a, b in places:
            steps = a.astype(np.int64) - b
            if closed:
                steps = (steps + n // 2) % n - n // 2
            spacing = 1.0 if rule.length is None else rule.length / n
            along = steps * spacing
            with np.errstate(over="ignore"):  # infinitely far away; the expression may be finite
                squared = squared + along**2
        # The square of a length that a double can hold need not be one.
        distance = np.sqrt(squared)
        if len(shape) == 1:
            distance = along if self.signed else np.abs(along)
        try:
            values = evaluate(rule.of_distance, {"d": distance}, finite)
        except ExpressionError as error:
            raise CompileError(f"{self.path}: {error}") from None
        whole = np.broadcast_shapes(np.shape(i), np.shape(j))
        return np.array(np.broadcast_to(values, whole), dtype=np.float64)


make = OfDistance


def needs(making: Making) -> Iterator[Need]:
    """Distances of all pairs, where none is left out."""
    connection, (rows, columns) = making.connection, making.ends
    if connection.density is connection.degree is connection.probability is None:
        what = f"{making.path}: distances of {rows.n:,} and {columns.n:,} neurons"
        yield Need(0.0, BYTES_A_PAIR * rows.n * columns.n, what, FEWER)
