"""Neuron k of one end with neuron k of the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.spec.forms import pairs_form
from hamsim.wiring.joining import index_type
from hamsim.wiring.making import Listed, Making
from hamsim.wiring.values import one_a_neuron

__all__ = ["count", "make", "triples"]


class OneToOne(Listed):
    """One weight a neuron."""

    def __init__(self, making: Making) -> None:
        self.values = _values(making).reshape(-1)

    def part(self, rows: range, columns: range) -> csr_array:
        """Pairs of neurons that are in both."""
        k = np.arange(max(rows.start, columns.start), min(rows.stop, columns.stop))
        index = index_type(self.values.size)
        indptr = np.searchsorted(k, np.arange(rows.start, rows.stop + 1)).astype(index)
        # Data and indices are copies, because leaving zeros out writes to both arrays.
        arrays = (self.values[k], (k - columns.start).astype(index), indptr)
        return csr_array(arrays, shape=(len(rows), len(columns)))


def triples(making: Making) -> tuple[Sequence[Ints], Floats]:
    """Neuron k of each of three ends."""
    return [np.arange(making.ends[0].n)] * 3, _values(making)


def _values(making: Making) -> Floats:
    return one_a_neuron(
        making.connection.weights.one_to_one,
        (making.ends[0].n,),
        making.numbers.at("weights"),
        making.files,
        making.path,
        form=lambda: pairs_form(making.ends),
    )


def count(making: Making) -> float:
    """One a neuron."""
    return float(making.ends[0].n)


make = OneToOne
