"""Gating connections of the description as lists of three neurons and a weight."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hamsim.arrays import Ints
from hamsim.draws.choice import Sparsity, chosen
from hamsim.errors import CompileError
from hamsim.network import Triples
from hamsim.spec.ends import End
from hamsim.spec.forms import triples_form
from hamsim.spec.values import FileValue, is_random
from hamsim.spec.weights import rule_name
from hamsim.wiring.distributions import draw
from hamsim.wiring.makers import maker_of
from hamsim.wiring.making import Making
from hamsim.wiring.values import read_file

__all__ = ["make_triples"]


def make_triples(making: Making) -> Triples:
    """T of one gating connection, which adds -sum T_ijk g_i g_j g_k to the energy.

    Parameters
    ----------
    making : Making
        Of a gating connection.

    Returns
    -------
    Triples
        Neurons by their numbers in the network; no zeros, sorted by i, j, k.
    """
    connection, ends, numbers, _, path = making[:5]
    if not rule_name(connection.weights):
        return _of_all(making)
    places, values = maker_of(connection.weights).triples(making)
    sparsity = Sparsity(connection.density, None, connection.probability)
    if not sparsity.full:
        kept = chosen(numbers.at("synapses"), values.size, sparsity)
        places, values = [place[kept] for place in places], values[kept]
    return _triples(places, values, ends, path)


def _of_all(making: Making) -> Triples:
    """Weights that are stated for all triples, or for some of them chosen at random."""
    connection, ends, numbers, files, path = making[:5]
    weights, shape = connection.weights, tuple(end.n for end in ends)
    total = math.prod(shape)
    sparsity = Sparsity(connection.density, None, connection.probability)
    if isinstance(weights, FileValue):
        weights = read_file(weights, files, path, triples_form(ends))
    kept = chosen(numbers.at("synapses"), total, sparsity)
    if is_random(weights):
        values = draw(weights, numbers.at("weights"), kept.size)
    else:
        stated = np.asarray(weights, dtype=np.float64).reshape(-1)
        values = stated[kept] if stated.size > 1 or total == 1 else np.full(kept.size, stated[0])
    return _triples(np.unravel_index(kept, shape), values, ends, path)


def _triples(places: Sequence[Ints], values: np.ndarray, ends: Sequence[End], path: str) -> Triples:
    if not np.all(np.isfinite(values)):
        raise CompileError(f"{path}: the weight of a triple is not finite")
    some = values != 0.0
    i, j, k = (end.neurons[place[some]] for end, place in zip(ends, places, strict=True))
    order = np.lexsort((k, j, i))
    return Triples(i[order], j[order], k[order], values[some][order])
