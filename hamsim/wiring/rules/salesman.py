"""A tour through cities: what two cities at neighbouring places, or at one, cost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array, eye_array, kron

from hamsim.errors import CompileError
from hamsim.spec.choices import rows_choose
from hamsim.spec.misfit import Misfit
from hamsim.spec.rules.salesman import distances_of
from hamsim.wiring.making import Making, Weights
from hamsim.wiring.matrices import Matrix
from hamsim.wiring.need import Need

__all__ = ["count", "make", "needs"]

# A synapse while several matrices are added up: a number and two indices, of the sum and its parts.
BYTES_A_SYNAPSE = 48.0


def make(making: Making) -> Weights:
    """Weights of all pairs of a city and a place.

    In units of the mean distance, so that one gain is good for maps of any scale. Where the places
    of a city share a Lagrangian, each city has one place in all states, and nothing more says so.
    """
    settings, end = making.connection.weights.salesman, making.ends[0]
    n = end.shape[0]
    try:
        distances = distances_of(making.connection.weights, n, making.files)
    except Misfit as misfit:
        raise CompileError(f"{making.path}: {misfit}") from None
    mean = float(distances.sum()) / (n * (n - 1))
    next_place = csr_array(np.roll(np.eye(n), 1, axis=1))
    one, others = eye_array(n, format="csr"), csr_array(1.0 - np.eye(n))
    W = -kron(csr_array(distances / mean), next_place + next_place.T)
    W = W - settings.crowding * kron(others, one)
    if not rows_choose(end):
        W = W - settings.crowding * kron(one, others)
    if settings.damping:
        W = W - settings.damping * eye_array(n * n)
    return Matrix(csr_array(W), making)


def count(making: Making) -> float:
    """Neighbouring places of two cities, one place of two, two places of one, and neurons."""
    n = float(making.ends[0].shape[0])
    return n * n * (2.0 * (n - 1.0) + 2.0 * (n - 1.0) + 1.0)


def needs(making: Making) -> Iterator[Need]:
    """The parts of the sum beside it."""
    n = making.ends[0].shape[0]
    what = f"{making.path}: tours through {n:,} cities take synapses, which"
    yield Need(0.0, BYTES_A_SYNAPSE * count(making), what)
