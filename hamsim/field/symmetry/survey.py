"""All synapses, against the factors that follow from those of the forest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamsim.arrays import Floats
from hamsim.field.symmetry.forest import Forest, fitting
from hamsim.field.symmetry.pairs import Pairs

__all__ = ["EPS", "TOLERANCE", "Survey", "holds", "look_at_all"]

EPS = float(np.finfo(np.float64).eps)
# Weights that somebody scaled by a few operations each are off by less.
TOLERANCE = 1e-12
# Roundings of each weight of a cycle that are not taken for a defect.
ROUNDINGS = 4.0


@dataclass(frozen=True)
class Survey:
    """What was seen when the factors were put to all pairs.

    Parameters
    ----------
    largest : float
        Largest |d_i W_ij / (d_j W_ji) - 1|.
    worst : int
        The synapse with the largest defect among those that disagree; -1 if none does.
    disagreeing : int
        Number of pairs beyond the tolerance.
    rounded : bool
        Whether all defects are what rounding of the weights, and here, explains.
    opposite : int or None
        A synapse with the sign opposite to that of the one back, the one with the largest
        product of both; None if there is none.
    opposites : int
        Number of such pairs.
    """

    largest: float
    worst: int
    disagreeing: int
    rounded: bool
    opposite: int | None
    opposites: int


def look_at_all(pairs: Pairs, forest: Forest) -> Survey:
    """Put the factors to all pairs."""
    node = forest.node
    mantissa, exponent = forest.mantissa[node], forest.exponent[node]
    slack = 2.0 * EPS * (forest.depth[node] + 2)
    largest, worst, disagreeing, rounded = 0.0, (-1.0, -1), 0, True
    opposite, opposites = (-np.inf, -1), 0
    for part, rows, columns in pairs.blocks():
        lower = np.flatnonzero(rows > columns)  # each pair once
        if lower.size == 0:
            continue
        i, j = rows[lower], columns[lower]
        there, power = np.frexp(pairs.there[part][lower])
        back, back_power = np.frexp(pairs.back[part][lower])
        power = exponent[i] + power - exponent[j] - back_power
        with np.errstate(over="ignore"):
            ratio = np.ldexp(mantissa[i] * there / (mantissa[j] * back), fitting(power))
        defect = np.abs(ratio - 1.0)
        bad = ~(defect <= TOLERANCE + slack[i] + slack[j])
        disagreeing += int(np.count_nonzero(bad))
        # Neurons of one node have one factor, which no rounding of it can explain.
        apart = node[i] != node[j]
        explained = ROUNDINGS * np.where(apart, slack[i] + slack[j], 0.0)
        rounded = rounded and bool(np.all(defect <= explained))
        at = int(np.argmax(defect))
        largest = max(largest, float(defect[at]))
        if np.any(bad):
            at = int(np.argmax(np.where(bad, defect, -1.0)))
            worst = max(worst, (float(defect[at]), part.start + int(lower[at])))
        against = np.flatnonzero((there < 0) != (back < 0))
        opposites += against.size
        if against.size:
            edges = part.start + lower[against]
            weak = np.log(np.abs(pairs.there[edges])) + np.log(np.abs(pairs.back[edges]))
            at = int(np.argmax(weak))
            opposite = max(opposite, (float(weak[at]), int(edges[at])))
    found = opposite[1] if opposites else None
    return Survey(largest, worst[1], disagreeing, rounded, found, opposites)


def holds(pairs: Pairs, signs: Floats, scale: Floats, forest: Forest) -> bool:
    """Whether W D^-1 is symmetric but for rounding, as the numbers that it is computed with."""
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        inverse = 1.0 / scale
        if not (np.all(np.isfinite(scale)) and np.all(np.isfinite(inverse)) and np.all(scale)):
            return False
        slack = 2.0 * EPS * (forest.depth[forest.node] + 4)
        for part, rows, columns in pairs.blocks():
            one = pairs.there[part] * inverse[columns]
            other = pairs.back[part] * inverse[rows] * (signs[rows] * signs[columns])
            allowed = (TOLERANCE + slack[rows] + slack[columns]) * np.abs(one)
            close = np.isfinite(one) & (one != 0.0) & (np.abs(one - other) <= allowed)
            if not np.all(close):
                return False
    return True
