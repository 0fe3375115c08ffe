"""A sparse matrix: entries in a file, or a matrix of scipy in Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import numpy as np
from pydantic import BeforeValidator, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError
from scipy.sparse import coo_array, csr_array

from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.matrix import fit_block
from hamsim.spec.messages import shown, wrong, wrong_many
from hamsim.spec.numbers import Count, Part, as_number
from hamsim.spec.rule import Example, Rule

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Sparse", "sparse_matrix", "sparse_plain"]


def _entries(given: Any, info: ValidationInfo) -> Any:
    """Entries as tuples; a long list is gone through once, without a model for each."""
    if not isinstance(given, list | tuple):
        raise wrong(f"must be a list of [row, column, weight], not {shown(given)}")
    problems: list[tuple[tuple[Any, ...], str]] = []
    entries = []
    for k, entry in enumerate(given):
        if not isinstance(entry, list | tuple) or len(entry) != 3:
            problems.append(((k,), f"an entry is [row, column, weight], not {shown(entry)}"))
            continue
        *place, weight = entry
        for at, number in enumerate(place):
            if type(number) is float and number.is_integer():  # as in an array with its weights
                place[at] = number = int(number)
            if type(number) is not int or number < 0:
                problems.append(((k, at), f"must be a number from 0, not {shown(number)}"))
        if type(weight) is not float or not math.isfinite(weight):
            try:
                weight = as_number(weight, info)
            except PydanticCustomError as error:
                problems += [((k, 2, *at), text) for at, text in (error.context or {})["problems"]]
        entries.append((*place, weight))
    if problems:
        raise wrong_many(problems)
    return tuple(entries)


Entries: TypeAlias = Annotated[
    tuple[Any, ...],
    BeforeValidator(_entries, json_schema_input_type=list[list[int | float | str]]),
]


class Sparse(Part):
    """A matrix by its entries [row, column, weight], which count from 0; all others are 0.

    Parameters
    ----------
    sparse : list of entries
        Each is [row, column, weight].
    shape : (int, int)
        Numbers of rows and columns.
    """

    sparse: Entries
    shape: tuple[Count, Count]

    @model_validator(mode="after")
    def _inside(self) -> Sparse:
        seen: set[tuple[int, int]] = set()
        problems = []
        for k, (i, j, _) in enumerate(self.sparse):
            if i >= self.shape[0] or j >= self.shape[1]:
                problems.append(
                    (("sparse", k), f"entry [{i}, {j}] is outside the shape {list(self.shape)}")
                )
            elif (i, j) in seen:
                problems.append((("sparse", k), f"entry [{i}, {j}] is there twice"))
            seen.add((i, j))
        if problems:
            raise wrong_many(problems)
        return self


def _fit(rule: Sparse, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    fit_block(sparse_matrix(rule), connection, ends)


def sparse_matrix(rule: Sparse) -> csr_array:
    """The matrix that a rule lists."""
    rows, columns, weights = zip(*rule.sparse, strict=True) if rule.sparse else [()] * 3
    places = np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)
    return coo_array((np.array(weights, dtype=np.float64), places), rule.shape).tocsr()


def sparse_plain(matrix: Any) -> Any:
    """What a file would have for a matrix of scipy; entries that are stored twice are added up."""
    if matrix.ndim != 2:
        return matrix.toarray().tolist()
    found = csr_array(matrix, copy=True)
    found.sum_duplicates()
    found.eliminate_zeros()
    entries = found.tocoo()
    columns = (array.tolist() for array in (entries.row, entries.col, entries.data))
    listed = [list(entry) for entry in zip(*columns, strict=True)]
    return {"sparse": listed, "shape": list(entries.shape)}


RULE = Rule(
    Sparse,
    _fit,
    Example(
        {"a": [2], "b": [3]},
        {"from": "a", "to": "b", "weights": {"sparse": [[0, 1, 2], [2, 0, 3]], "shape": [3, 2]}},
        [[0] * 5, [0] * 5, [0, 2, 0, 0, 0], [0] * 5, [3, 0, 0, 0, 0]],
    ),
    place=7,
)
