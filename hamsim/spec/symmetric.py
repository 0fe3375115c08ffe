"""Whether weights treat both neurons of a pair alike, and none connects a neuron to itself.

What differs by rounding alone passes: it is made exact where the weights are made.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from hamsim.spec.ends import End
from hamsim.spec.messages import told_apart
from hamsim.spec.misfit import ROUNDING, WEIGHTS, Misfit

__all__ = ["require_no_diagonal", "require_symmetric"]

# Of the largest weight: a smaller difference looks like rounding, but is more than that.
NEAR = 1e-5
# Entries that are compared at once.
AT_ONCE = 1_000_000


def require_no_diagonal(block: Any, rows: End, columns: End) -> None:
    """Refuse weights of neurons with themselves, beyond what rounding leaves of 0.

    Of W = 1 - Phi' Phi with columns of norm 1 the diagonal is a few 1e-16.

    Raises
    ------
    Misfit
    """
    scale = _largest(block)
    for name, group in zip(rows.names, rows.groups, strict=True):
        if name not in columns.names:
            continue
        top, left, size = rows.offsets[name], columns.offsets[name], group.count
        diagonal = block[top : top + size, left : left + size].diagonal()
        beyond = np.flatnonzero(np.abs(diagonal) > ROUNDING * scale)
        if beyond.size:
            k = int(beyond[0])
            raise Misfit(
                WEIGHTS,
                f"the diagonal is not zero: neuron {top + k} is connected to itself by "
                f"{diagonal[k]:g}; allow that by self_connections: true",
            )


def require_symmetric(block: Any) -> None:
    """Refuse weights within a group that are not symmetric.

    Raises
    ------
    Misfit
    """
    scale = _largest(block)
    largest, i, j = _defect(block)
    if largest <= ROUNDING * scale:
        return
    one, two = told_apart(float(block[i, j]), float(block[j, i]))
    near = (
        f" (rounding may make {ROUNDING:g} of the largest weight)" if largest < NEAR * scale else ""
    )
    raise Misfit(
        WEIGHTS,
        f"not symmetric: entry [{i}, {j}] is {one}, [{j}, {i}] is {two}{near}; "
        "connections within a group go both ways alike (from: and to: are one-way)",
    )


def _largest(block: Any) -> float:
    """Size of the largest weight."""
    if not min(block.shape):
        return 0.0
    return max(float(block.max()), -float(block.min()))


def _defect(block: Any) -> tuple[float, int, int]:
    """The largest difference from the transpose, and where it is."""
    n = block.shape[0]
    if issparse(block):
        defect = abs(block - block.T)
        i, j = np.unravel_index(int(defect.argmax()), block.shape)
        return float(defect.max()), int(i), int(j)
    worst = 0.0, 0, 0
    rows = max(1, AT_ONCE // max(n, 1))
    for first in range(0, n, rows):
        part = np.abs(block[first : first + rows] - block[:, first : first + rows].T)
        i, j = divmod(int(part.argmax()), n)
        if part[i, j] > worst[0]:
            worst = float(part[i, j]), first + i, j
    return worst
