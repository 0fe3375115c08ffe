"""Which network an attack's number and seed stand for."""

import numpy as np

from attack import boxes, edges, extremes, runs, structures, systems, thresholds

MAKERS = (
    *thresholds.MAKERS,
    *structures.MAKERS,
    *extremes.MAKERS,
    *systems.MAKERS,
    *runs.MAKERS,
    *edges.MAKERS,
    *boxes.MAKERS,
)


def case(seed, number):
    """The same network for the same numbers, whatever was made before."""
    rng = np.random.default_rng([seed, number])
    with np.errstate(all="ignore"):
        return MAKERS[number % len(MAKERS)](rng), rng
