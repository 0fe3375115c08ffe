"""Edges as a file states them, by names or numbers, turned into arrays of neurons and weights."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from scipy.sparse import issparse

from hamsim.arrays import Floats, Ints
from hamsim.errors import printable
from hamsim.spec.cells import is_number, number_wanted
from hamsim.spec.columns import Columns, edge_columns, without_words
from hamsim.spec.datafiles import TEXT, DataFileError, DataFiles
from hamsim.spec.edgetable import EdgeTable, Repeated
from hamsim.spec.ends import End
from hamsim.spec.forms import Unread, edges_form
from hamsim.spec.frames import FRAME
from hamsim.spec.misfit import ROUNDING
from hamsim.spec.numbers import MAX_NUMBER
from hamsim.spec.signed_edges import signed_by_edges, signed_weights
from hamsim.spec.signs import SignSpec
from hamsim.spec.tables import Limits

if TYPE_CHECKING:
    from hamsim.spec.rules.edges import Edges

__all__ = ["EdgeArrays", "edge_arrays"]

# More mistakes in one list of edges are counted, not told.
MAX_TOLD = 10


class EdgeArrays(NamedTuple):
    """Edges as arrays.

    Parameters
    ----------
    places : tuple of ndarray of int
        For each end the number, within it, of each edge's neuron.
    weights : ndarray
    """

    places: tuple[Ints, ...]
    weights: Floats


class _Listed(NamedTuple):
    """Edges as they are written: a column for each end, weights, and where each edge stands."""

    neurons: list[Sequence[Any]]
    weights: Floats
    places: Sequence[str]  # in words, of a file; empty for a list in the description


def edge_arrays(
    edges: Edges,
    ends: Sequence[End],
    undirected: bool,
    self_connections: bool,
    files: DataFiles,
    sign: SignSpec | None = None,
) -> tuple[EdgeArrays, list[tuple[tuple[Any, ...], str]]]:
    """Find the neurons of edges, and what is wrong with them.

    Parameters
    ----------
    edges : Edges
    ends : sequence of End
        Where the first, the second, ... neuron of an edge is looked for.
    undirected : bool
        Whether [a, b] and [b, a] are the same edge.
    self_connections : bool
        Whether an edge may connect a neuron to itself.
    files : DataFiles
    sign : SignSpec, optional
        What each weight is multiplied by, if the table has its column.

    Returns
    -------
    arrays : EdgeArrays
    problems : list of (path, message)
        Paths begin at the rule.
    """
    stated = edges.edges if isinstance(edges.edges, EdgeTable) else edges
    if kept := files.take(edges):
        return kept, []
    own = sign if signed_by_edges(edges, sign, files) else None
    try:
        listed = _listed(edges.edges, ends, undirected, files, own)
        if own is not None and isinstance(edges.edges, EdgeTable):
            signed = signed_weights(listed.weights, own, files.table(edges.edges.file))
            listed = listed._replace(weights=signed)
    except DataFileError as error:
        return EdgeArrays((), np.zeros(0)), [(("edges",), message) for message in error.args]
    found = [end.find(column, stated.by) for end, column in zip(ends, listed.neurons, strict=True)]
    places = tuple(numbers for numbers, _ in found)
    wrong: list[_Wrong] = [
        (k, place, message) for place, (_, bad) in enumerate(found) for k, message in bad
    ]
    weights = listed.weights
    if not wrong:
        try:
            places, weights, wrong = _once(listed, places, stated.repeated, undirected)
        except DataFileError as error:
            return EdgeArrays(places, weights), [(("edges",), str(error))]
        if len(ends) == 2 and not self_connections:
            places, weights, alone = _without_diagonal(places, weights, ends)
            wrong += alone
    wrong.sort(key=lambda item: item[0])
    if not wrong:
        _keep(edges, EdgeArrays(places, weights), files)
    return EdgeArrays(places, weights), _all_told(listed, edges.edges, wrong)


# Number of an edge, which of its neurons is wrong, and why.
_Wrong: TypeAlias = tuple[int, int | None, str]


def _once(
    listed: _Listed, places: tuple[Ints, ...], repeated: Repeated | None, undirected: bool
) -> tuple[tuple[Ints, ...], Floats, list[_Wrong]]:
    """Edges, each once, and those that are listed again where that is an error.

    Raises
    ------
    DataFileError
        Edges that go both ways are to be added up, but all are listed both ways.
    """
    weights = listed.weights
    if repeated not in ("add", "last"):
        return places, weights, list(_repeated(places, undirected, listed.places))
    if repeated == "last":
        return *_last(places, weights, undirected), []
    if undirected and _both_ways(places, weights):
        raise DataFileError(
            "each edge is listed both ways with one weight; add what is listed once"
        )
    return *_added(places, weights, undirected), []


def _without_diagonal(
    places: tuple[Ints, ...], weights: Floats, ends: Sequence[End]
) -> tuple[tuple[Ints, ...], Floats, list[_Wrong]]:
    """Edges, and those of neurons with themselves that are more than what rounding makes of 0.

    Of W = 1 - Phi' Phi the diagonal is such.
    """
    alone = list(_to_itself(places, ends))
    scale = float(np.abs(weights).max(initial=0.0))
    left = [k for k in alone if abs(weights[k]) <= ROUNDING * scale]
    if left:
        places = tuple(np.delete(place, left) for place in places)
        weights = np.delete(weights, left)
    message = "connects a neuron to itself; allow that by self_connections: true"
    return places, weights, [(k, None, message) for k in alone if k not in set(left)]


def _keep(edges: Edges, arrays: EdgeArrays, files: DataFiles) -> None:
    """Keep what has been found; a table of Python is put into the description by its numbers."""
    files.keep(edges, arrays)
    if isinstance(edges.edges, EdgeTable) and files.is_given(edges.edges.file):
        columns = (*(place.tolist() for place in arrays.places), arrays.weights.tolist())
        rows = tuple(zip(*columns, strict=True))
        files.note(edges, type(edges).model_construct(edges=rows, by="position", repeated=None))


def _all_told(
    listed: _Listed, stated: Any, wrong: list[_Wrong]
) -> list[tuple[tuple[Any, ...], str]]:
    """Paths and messages; many mistakes in one list are counted."""
    told = [_told(listed, stated, *item) for item in wrong[:MAX_TOLD]]
    if more := len({k for k, *_ in wrong[MAX_TOLD:]}):
        message = f"from here on {more:,} more {'edges are' if more > 1 else 'edge is'} wrong"
        told.append(_told(listed, stated, wrong[MAX_TOLD][0], None, message))
    return told


def _told(
    listed: _Listed, stated: Any, k: int, place: int | None, message: str
) -> tuple[tuple[Any, ...], str]:
    if not listed.places:
        return ("edges", k, *(() if place is None else (place,))), message
    name = Path(stated.file).name
    if FRAME.match(name):
        name = name.removesuffix(".csv")
    return ("edges",), f"'{name}' {listed.places[k]}: {message}"


def _repeated(
    places: tuple[Ints, ...], undirected: bool, named: Sequence[str]
) -> Iterator[tuple[int, int | None, str]]:
    """Edges that are listed before already."""
    first = places[0]
    parts = list(places)
    if undirected:
        parts = [np.minimum(*places), np.maximum(*places)]
    order = np.lexsort(parts)  # stable: edges that are alike stay in the order of the list
    same = np.ones(max(first.size - 1, 0), dtype=bool)
    for part in parts:
        same &= part[order][1:] == part[order][:-1]
    for k in np.flatnonzero(same).tolist():
        one, two = int(order[k]), int(order[k + 1])
        where = f"in {named[one]}" if named else f"as edges[{one}]"
        turned = undirected and first[one] != first[two]
        how = ", the other way round; it goes both ways, list it once" if turned else ""
        yield two, None, f"this edge is listed before, {where}{how}"


def _to_itself(places: tuple[Ints, ...], ends: Sequence[End]) -> Iterator[int]:
    """Edges of a neuron with itself."""
    common = [name for name in ends[0].names if name in ends[1].names]
    for name in common:
        size = ends[0].groups[ends[0].names.index(name)].count
        here = [part - end.offsets[name] for part, end in zip(places, ends, strict=True)]
        inside = (here[0] >= 0) & (here[0] < size)
        yield from np.flatnonzero(inside & (here[0] == here[1])).tolist()


def _added(places: tuple[Ints, ...], weights: Floats, undirected: bool) -> tuple[Any, Floats]:
    """Each edge once, where it is listed first, with the sum of its weights."""
    if undirected:
        places = (np.minimum(*places), np.maximum(*places))
    pairs = np.stack(places, axis=1)
    _, first, which = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    total = np.zeros(first.size)
    np.add.at(total, which.reshape(-1), weights)
    order = np.argsort(first)
    return tuple(place[first[order]] for place in places), total[order]


def _last(places: tuple[Ints, ...], weights: Floats, undirected: bool) -> tuple[Any, Floats]:
    """Each edge once, as it is listed last."""
    if undirected:
        places = (np.minimum(*places), np.maximum(*places))
    pairs = np.stack(places, axis=1)[::-1]
    _, last = np.unique(pairs, axis=0, return_index=True)
    order = np.sort(len(pairs) - 1 - last)
    return tuple(place[order] for place in places), weights[order]


def _both_ways(places: tuple[Ints, ...], weights: Floats) -> bool:
    """Whether edges between two neurons are all listed both ways, with the same sums."""
    apart = places[0] != places[1]
    one, two = (place[apart] for place in places)
    (a, b), total = _added((one, two), weights[apart], False)
    there, back = np.lexsort((b, a)), np.lexsort((a, b))
    return a.size > 0 and all(
        np.array_equal(x[there], y[back]) for x, y in ((a, b), (b, a), (total, total))
    )


# --- from lists and files ------------------------------------------------------------------------


def _listed(
    edges: tuple[Any, ...] | EdgeTable,
    ends: Sequence[End],
    undirected: bool,
    files: DataFiles,
    sign: SignSpec | None,
) -> _Listed:
    n_ends = len(ends)
    if isinstance(edges, tuple):
        columns = list(zip(*edges, strict=True)) or [()] * (n_ends + 1)
        return _Listed([*columns[:-1]], np.array(columns[-1], dtype=np.float64), ())
    if Path(edges.file).suffix.lower() not in TEXT:
        return _from_array(edges, n_ends, files)
    if edges.key is not None:
        raise DataFileError("edges have several columns; write columns: [a, b, weight], not key")
    table = files.table(edges.file, Limits(least=n_ends + 1))
    if sign is not None:
        table = without_words(table, sign.column, edges)
    return _from_columns(edge_columns(table, edges, ends, undirected))


def _from_columns(columns: Columns) -> _Listed:
    """Edges of a table, whose cells are looked at once."""
    table, places, first = columns
    name, *ends, last = table.name, *places
    neurons: list[list[str | int]] = [[] for _ in ends]
    weights = np.empty(len(table.rows) - first)
    header = table.rows[0] if first and table.numeric else []
    # The same few names come again and again: each is kept once.
    known: list[dict[str, str | int]] = [{} for _ in ends]
    numeric = [bool(header) and header[place] in table.numeric for place in ends]
    for k, row in enumerate(table.rows[first:]):
        for column, place, seen, number in zip(neurons, ends, known, numeric, strict=True):
            cell = row[place].strip()
            if (neuron := seen.get(cell)) is None:
                neuron = seen[cell] = _position(cell) if number else cell
            column.append(neuron)
        try:
            weights[k] = weight = float(row[last])
        except ValueError:
            weight = math.nan
        if not math.isfinite(weight) or "_" in row[last]:
            line, cell = table.lines[first + k], row[last].strip()
            why = number_wanted(cell)
            if is_number(cell):
                why = f"'{printable(cell[:40])}' is not a finite number"
            raise DataFileError(f"'{name}' line {line}: {why}")
    return _Listed([*neurons], weights, _Places("line", table.lines, first))


def _position(cell: str) -> str | int:
    """A whole number of a column of numbers, which may have floats for the sake of another."""
    whole, _, rest = cell.partition(".")
    return int(whole) if re.fullmatch("-?[0-9]{1,18}", whole) and not rest.strip("0") else cell


class _Places(Sequence[str]):
    """Where edges of a file stand, in words."""

    def __init__(self, what: str, numbers: Sequence[int], first: int = 0) -> None:
        self.what, self.numbers, self.first = what, numbers, first

    def __len__(self) -> int:
        return len(self.numbers) - self.first

    def __getitem__(self, k: Any) -> Any:
        return f"{self.what} {self.numbers[self.first + k]}"


def _from_array(edges: EdgeTable, n_ends: int, files: DataFiles) -> _Listed:
    """Edges by numbers, one a row of an array."""
    name = Path(edges.file).name
    if edges.columns is not None:
        raise DataFileError(f"'{name}' has no names of columns; columns: is for csv files")
    form = edges_form(n_ends)
    array = files.read(edges.file, edges.key, form, header=edges.header, index=edges.index)
    if issparse(array) or (isinstance(array, Unread) and array.sparse):
        raise DataFileError(
            f"'{name}' holds a sparse matrix, not a list of edges; write weights: {{file: ...}}"
        )
    if isinstance(array, Unread) or array.ndim != 2 or array.shape[1] != n_ends + 1:
        raise DataFileError(
            f"'{name}' has shape {list(array.shape)}; edges need [edges, {n_ends + 1}]: "
            f"{n_ends} neurons and a weight a row"
        )
    numbers = array[:, :-1]
    bad = (numbers != np.floor(numbers)) | (np.abs(numbers) > MAX_NUMBER)
    if np.any(bad):
        row, column = (int(k) for k in np.argwhere(bad)[0])
        number = f"{numbers[row, column]:g}"
        raise DataFileError(f"'{name}' row {row}: {number} is not the number of a neuron")
    columns: list[Any] = numbers.astype(np.int64).T.tolist()
    return _Listed(columns, np.array(array[:, -1]), _Places("row", range(len(array))))
