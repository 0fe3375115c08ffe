"""Sparse matrices in npz files, as scipy's save_npz writes them, in any of its formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import bsr_array, coo_array, csr_array, dia_array

from hamsim.errors import printable
from hamsim.spec.forms import Shapes, Unread, fits
from hamsim.spec.room import require_entries, require_room
from hamsim.spec.tables import DataFileError

if TYPE_CHECKING:
    from hamsim.spec.npzfiles import Archive

__all__ = ["sparse_of", "sparse_parts"]

# Arrays of scipy's save_npz beside `data` and `shape`, by its word for the format.
_PARTS = {
    "csr": ("indices", "indptr"),
    "csc": ("indices", "indptr"),
    "bsr": ("indices", "indptr"),
    "coo": ("row", "col"),
    "dia": ("offsets",),
}


def sparse_parts(names: list[str], key: str | None) -> dict[str, str]:
    """Names of the arrays that make up a sparse matrix: of scipy's save_npz, or key.data, ..."""
    if key in names:
        return {}
    prefix = "" if key is None else f"{key}."
    known = {
        "data",
        "shape",
        "format",
        "coords",
        *(part for some in _PARTS.values() for part in some),
    }
    parts = {part: prefix + part for part in known if prefix + part in names}
    beside = ({"indices", "indptr"}, {"row", "col"}, {"coords"}, {"offsets"})
    if {"data", "shape"} <= parts.keys() and any(some <= parts.keys() for some in beside):
        return parts
    return {}


def sparse_of(archive: Archive, parts: dict[str, str], shapes: Shapes | None) -> Any:
    """The matrix that these arrays make up; `Unread` if it has not the shape needed.

    Entries that are stored twice are added up, as scipy does.

    Raises
    ------
    DataFileError
    """
    name = f"'{archive.name}'"
    form = "csr"
    if "format" in parts:
        stated = archive.read(parts["format"], ((),), text=True)
        value = "" if isinstance(stated, Unread) else stated.item()
        form = value.decode("latin-1") if isinstance(value, bytes) else value
    wanted = ("coords",) if form == "coo" and "coords" in parts else _PARTS.get(form)
    if wanted is None:
        raise DataFileError(
            f"{name} holds a sparse matrix of the format '{printable(form[:20])}'; "
            f"allowed: {', '.join(_PARTS)}"
        )
    for part in wanted:
        if part not in parts:
            raise DataFileError(f"{name} holds a matrix in {form} format without its '{part}'")
    shape = _sides(archive, parts["shape"])
    if not fits(shape, shapes):
        data = archive.header(parts["data"])
        return Unread(shape, sparse=True, entries=data.size)
    _compare_parts(archive, parts, form, shape)
    # Each row and column takes a number, however few entries there are.
    require_entries(shape[0], archive.header(parts["data"]).size, shapes, name)
    require_room(8.0 * (sum(shape) + 2), name)
    arrays = {part: archive.read(parts[part]) for part in ("data", *wanted)}
    places = {part: _whole(arrays[part], parts[part], name) for part in wanted}
    made = csr_array(_MAKERS[form](arrays["data"], places, shape, name))
    index: Any = np.int32 if max(made.nnz, *shape) < 2**31 else np.int64
    made.indices, made.indptr = made.indices.astype(index), made.indptr.astype(index)
    return made


def _sides(archive: Archive, key: str) -> tuple[int, ...]:
    sides = archive.read(key, ((2,),))
    if isinstance(sides, Unread):
        raise DataFileError(f"'{archive.name}': a sparse matrix has two sides, not {sides.words}")
    if np.any(sides != np.floor(sides)) or np.any((sides < 0) | (sides > 2**53)):
        few = ", ".join(f"{side:g}" for side in sides)
        raise DataFileError(f"'{archive.name}': the shape of its matrix is [{few}]")
    return tuple(int(side) for side in sides)


def _compare_parts(
    archive: Archive, parts: dict[str, str], form: str, shape: tuple[int, ...]
) -> None:
    """Refuse arrays whose lengths do not make up a matrix, before any of them is read."""
    found = {part: archive.header(key).shape for part, key in parts.items() if part != "format"}
    data = found["data"]
    length = data[:1]
    if form == "csr" or form == "csc":
        wanted = {"data": (*length,), "indices": length}
        wanted["indptr"] = (shape[0 if form == "csr" else 1] + 1,)
    elif form == "bsr":
        rows = shape[0] // max(data[1], 1) if len(data) == 3 else -1
        wanted = {"data": (*length, *data[1:3]), "indices": length, "indptr": (rows + 1,)}
        blocks = zip(shape, data[1:], strict=False)
        if len(data) != 3 or any(side % max(block, 1) for side, block in blocks):
            wanted["data"] = (-1, -1, -1)
    elif form == "dia":
        wanted = {"data": (*length, *data[1:2]), "offsets": length}
    elif "coords" in found:
        wanted = {"data": (*length,), "coords": (2, *length)}
    else:
        wanted = {"data": (*length,), "row": length, "col": length}
    for part, sides in wanted.items():
        if found[part] != sides:
            raise DataFileError(
                f"'{archive.name}' holds no matrix of shape {list(shape)} in {form} format: "
                f"'{part}' has shape {list(found[part])}"
                + (f", not {list(sides)}" if min(sides, default=0) >= 0 else "")
            )


def _whole(numbers: Any, part: str, name: str) -> Any:
    """Places as whole numbers; 1.5 is none."""
    bad = (numbers != np.floor(numbers)) | (np.abs(numbers) > 2**53)
    if np.any(bad):
        first = numbers[np.unravel_index(int(np.argmax(bad)), numbers.shape)]
        raise DataFileError(f"{name}: '{part}' holds {first:g}, which is no whole number")
    return numbers.astype(np.int64)


def _from_rows(data: Any, places: Any, shape: Any, name: str) -> Any:
    return csr_array(_checked(data, places["indices"], places["indptr"], shape, name))


def _from_columns(data: Any, places: Any, shape: Any, name: str) -> Any:
    turned = _checked(data, places["indices"], places["indptr"], shape[::-1], name)
    return csr_array(turned.T)


def _checked(data: Any, indices: Any, indptr: Any, shape: Any, name: str) -> Any:
    _require_order(indptr, indices.size, name)
    _require_inside(indices, shape[1], name)
    return csr_array((data, indices, indptr), shape=shape)


def _require_order(indptr: Any, entries: int, name: str) -> None:
    if indptr[0] != 0 or indptr[-1] != entries or np.any(np.diff(indptr) < 0):
        raise DataFileError(
            f"{name}: 'indptr' must rise from 0 to the number of entries, {entries:,}"
        )


def _require_inside(numbers: Any, side: int, name: str) -> None:
    if numbers.size and (numbers.min() < 0 or numbers.max() >= side):
        bad = int(numbers[(numbers < 0) | (numbers >= side)][0])
        raise DataFileError(f"{name}: an entry is at {bad:,}; the matrix has 0 to {side - 1:,}")


def _from_blocks(data: Any, places: Any, shape: Any, name: str) -> Any:
    _require_order(places["indptr"], places["indices"].size, name)
    _require_inside(places["indices"], shape[1] // max(data.shape[2], 1), name)
    return bsr_array((data, places["indices"], places["indptr"]), shape=shape).tocsr()


def _from_pairs(data: Any, places: Any, shape: Any, name: str) -> Any:
    i, j = places["coords"] if "coords" in places else (places["row"], places["col"])
    _require_inside(i, shape[0], name)
    _require_inside(j, shape[1], name)
    return coo_array((data, (i, j)), shape=shape).tocsr()


def _from_diagonals(data: Any, places: Any, shape: Any, name: str) -> Any:
    offsets = places["offsets"]
    if np.unique(offsets).size < offsets.size:
        raise DataFileError(f"{name}: 'offsets' holds a diagonal twice")
    return dia_array((data, offsets), shape=shape).tocsr()


_MAKERS: dict[str, Callable[..., Any]] = {
    "csr": _from_rows,
    "csc": _from_columns,
    "bsr": _from_blocks,
    "coo": _from_pairs,
    "dia": _from_diagonals,
}
