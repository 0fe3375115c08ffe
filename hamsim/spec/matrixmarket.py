"""Matrix Market files (mtx), read strictly.

scipy tells what the header says; the numbers are read by numpy, because scipy's own reader of them
ends the process on some damaged files and overlooks numbers that are too many in a line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import mminfo
from scipy.sparse import coo_array, csr_array

from hamsim.errors import printable
from hamsim.network import Floats

__all__ = ["read_matrix_market"]

_SIGNS = {"general": 0.0, "symmetric": 1.0, "skew-symmetric": -1.0}


def read_matrix_market(path: Path) -> Any:
    """Matrix in a file: `csr_array` for coordinates, ndarray for an array.

    Raises
    ------
    ValueError
        Whatever is wrong with the file, in one line.
    """
    rows, columns, entries, layout, field, symmetry = mminfo(str(path))
    if field == "complex":
        raise ValueError("it holds complex numbers, not real numbers")
    if symmetry not in _SIGNS:
        raise ValueError(f"its symmetry is {symmetry}; allowed: {', '.join(_SIGNS)}")
    body = _numbers(path)
    if layout == "array":
        return _dense(body, rows, columns, symmetry)
    width = 2 if field == "pattern" else 3
    if body.size == 0:
        body = np.empty((0, width))
    if body.shape != (entries, width):
        raise ValueError(
            f"it announces {entries} entries of {width} numbers, and holds {body.shape[0]} lines "
            f"of {body.shape[1]}"
        )
    i, j = (_positions(body[:, k], side) for k, side in ((0, rows), (1, columns)))
    values = np.ones(entries) if field == "pattern" else body[:, 2]
    if symmetry != "general":
        mirrored = i != j
        _refuse_both_triangles(i[mirrored], j[mirrored], columns)
        values = np.concatenate([values, _SIGNS[symmetry] * values[mirrored]])
        i, j = np.concatenate([i, j[mirrored]]), np.concatenate([j, i[mirrored]])
    return csr_array(coo_array((values, (i, j)), shape=(rows, columns)))


def _refuse_both_triangles(i: Any, j: Any, columns: int) -> None:
    """A symmetric file holds one entry of each pair; with both, the two would be added up."""
    twice = np.intersect1d(i * columns + j, j * columns + i)
    if twice.size:
        row, column = divmod(int(twice[0]), columns)
        raise ValueError(
            f"it is symmetric, but holds the entries [{row + 1}, {column + 1}] and "
            f"[{column + 1}, {row + 1}]; leave one out, or call it general"
        )


def _numbers(path: Path) -> Floats:
    """All numbers below the line of sizes, one row a line."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.strip() and not line.startswith("%"):
                break  # the sizes
        rest = (line for line in stream if line.strip())
        first = next(rest, None)
        if first is None:
            return np.empty((0, 0))

        def lines() -> Any:
            yield first
            yield from rest

        try:
            return np.loadtxt(lines(), comments="%", ndmin=2)
        except ValueError as error:
            raise ValueError(_first_mistake(path) or str(error)) from None


def _first_mistake(path: Path) -> str:
    """Where something else than a number stands."""
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            for word in line.split("%")[0].split():
                try:
                    float(word)
                except ValueError:
                    return f"line {number}: '{printable(word[:40])}' is not a number"
    return ""


def _positions(numbers: Floats, side: int) -> Any:
    places = numbers.astype(np.int64)
    if np.any(places != numbers) or np.any((places < 1) | (places > side)):
        raise ValueError(f"a row or column is not a whole number from 1 to {side}")
    return places - 1


def _dense(body: Floats, rows: int, columns: int, symmetry: str) -> Floats:
    """Columns one after another; only the lower triangle where the matrix is symmetric."""
    numbers = body.reshape(-1)
    if symmetry == "general":
        if numbers.size != rows * columns:
            raise ValueError(f"it announces {rows * columns} numbers, and holds {numbers.size}")
        return numbers.reshape((columns, rows)).T
    below = 0 if symmetry == "symmetric" else -1
    i, j = np.tril_indices(rows, below)
    by_column = np.lexsort((i, j))
    if numbers.size != i.size or rows != columns:
        raise ValueError(f"it announces {i.size} numbers, and holds {numbers.size}")
    matrix = np.zeros((rows, columns))
    matrix[j[by_column], i[by_column]] = _SIGNS[symmetry] * numbers
    matrix[i[by_column], j[by_column]] = numbers
    return matrix
