"""Gated synapses as a function of the activations: U(g) = sum over triples of T g_i g_j g_k.

dU/dg is what they drive their neurons with, and the symmetric matrix d2U/dg2 stands beside W
wherever the drive is differentiated. Where a triple names a neuron twice, its terms add up.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_array, csr_array

from hamsim.arrays import Floats, Ints
from hamsim.network import Triples

__all__ = ["gate_change", "gate_drive", "gate_matrix"]


def _places(triples: Triples) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Each place of the triples as the receiver, and the other two."""
    i, j, k, _ = triples
    yield from ((i, j, k), (j, i, k), (k, i, j))


def gate_drive(triples: Triples, g: Floats) -> Floats:
    """dU/dg: of each triple T times the product of the other two activations; shape of `g`.

    Parameters
    ----------
    triples : Triples
    g : ndarray, shape (trials, n)
    """
    total = np.zeros_like(g)
    for to, first, second in _places(triples):
        for trial, own in enumerate(g):
            product = triples.weights * own[first] * own[second]
            total[trial] += np.bincount(to, product, g.shape[1])
    return total


def gate_change(triples: Triples, g: Floats, change: Floats) -> Floats:
    """d2U/dg2 times changes of the activations, without the matrix; shape of `g`.

    Parameters
    ----------
    triples : Triples
    g, change : ndarray, shape (trials, n)
    """
    total = np.zeros_like(g)
    for to, first, second in _places(triples):
        for trial, (a, b) in enumerate(zip(g, change, strict=True)):
            product = triples.weights * (a[first] * b[second] + b[first] * a[second])
            total[trial] += np.bincount(to, product, g.shape[1])
    return total


def gate_matrix(triples: Triples, g: Floats) -> csr_array:
    """d2U/dg2 as a matrix, at the activations `g` of shape (n,)."""
    i, j, k, weights = triples
    pairs = ((i, j, k), (i, k, j), (j, k, i))
    row = np.concatenate([a for a, _, _ in pairs] + [b for _, b, _ in pairs])
    column = np.concatenate([b for _, b, _ in pairs] + [a for a, _, _ in pairs])
    values = np.concatenate([weights * g[c] for _, _, c in pairs])
    return csr_array(coo_array((np.tile(values, 2), (row, column)), (g.size, g.size)).tocsr())
