"""The Lagrangians by name.

A further family is one row in a file of `rows`, and four formulas in the file of the same name in
this folder, found by the family's name: ``NAME_L``, ``NAME_g``, ``NAME_h`` and ``NAME_dual`` for an
additive one, or ``NAME_activate``, ``NAME_add_dual``, ``NAME_add_lagrangian`` and ``NAME_hessian``
for a collective one; ``NAME_prox`` where its proximal map has a formula (`proximal`). Tests loop
over the table and compare every entry with numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from hamsim.lagrangians.row import Lagrangian
from hamsim.lagrangians.rows import bounded, norms, powernorms, softmaxes, sparsemax, unbounded

__all__ = ["DEFAULT", "TABLE"]

# What neurons get that come without a Lagrangian, from graphs and matrices.
DEFAULT = "tanh"

_FILES = (unbounded, bounded, softmaxes, sparsemax, norms, powernorms)

TABLE: Mapping[str, Lagrangian] = MappingProxyType(
    {
        row.name: replace(row, module=file.__name__.rpartition(".")[2])
        for file in _FILES
        for row in file.ROWS
    }
)
