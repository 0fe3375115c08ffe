"""Values of a dict in Python as the lists, numbers and texts that a file would have."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse

from hamsim.counted import counted
from hamsim.errors import Problem, SpecError
from hamsim.ram import require_memory
from hamsim.signals.values import ValuesOverTime
from hamsim.spec.frames import frame_kind, table_of
from hamsim.spec.messages import shown
from hamsim.spec.rules.sparse import sparse_plain
from hamsim.spec.tables import DataFileError, Table
from hamsim.spec.text import MAX_DEPTH, dotted

__all__ = ["InPython"]


# Most of what long lists hold, which is not to be looked at twice.
_NUMBERS = frozenset((float, int, bool, type(None)))
_SCALARS = _NUMBERS | {str}
# Bytes of a number in lists and tuples, where it stands twice while it is checked.
_BYTES_A_NUMBER = 80.0
# Numbers of an array that are looked at without a question.
_FEW = 100_000
_HELD = {"c": "complex numbers", "V": "records", "M": "dates", "m": "times", "S": "bytes"}


class InPython:
    """Turns what a dict holds into what a file would have.

    Parameters
    ----------
    tables : dict of str to Table
        Tables of pandas and the like are put here, under a name that stands for a file.
    neurons : int or None
        How many the network has, if that is known: arrays that are far larger are not looked at.
    """

    def __init__(self, tables: dict[str, Table], neurons: int | None = None) -> None:
        self.tables, self.neurons = tables, neurons

    def plain(self, value: Any, at: tuple[Any, ...] = ()) -> Any:
        """Arrays of numpy, scipy and the like, tuples and paths as what a file would have.

        Parameters
        ----------
        value : object
        at : tuple
            Where it stands in the description.

        Raises
        ------
        SpecError
            An array of other things than numbers, one that is too large, or nesting without end.
        """
        if type(value) in _SCALARS:
            return value if type(value) is not str or value.isascii() else _text(value, at)
        if len(at) > MAX_DEPTH:
            raise _wrong(at[:6], f"nested more than {MAX_DEPTH} deep")
        if type(value) is list:
            return [
                item if type(item) in _NUMBERS else self.plain(item, (*at, k))
                for k, item in enumerate(value)
            ]
        if isinstance(value, ValuesOverTime):
            value = value.plain()
        if type(value) is dict:
            return self._mapping(value, at)
        if issparse(value):  # first, since some of them are mappings too
            return self._sparse(value, at)
        if isinstance(value, Mapping):
            return self._mapping(value, at)
        if kind := frame_kind(value):
            return self._frame(value, kind, at)
        if hasattr(value, "tolist"):
            return self._array(value, at)
        if hasattr(value, "to_numpy") and hasattr(value, "to_list"):  # a series of polars
            return self.plain(value.to_list(), at)
        if isinstance(value, list | tuple):
            return [self.plain(item, (*at, k)) for k, item in enumerate(value)]
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        return value

    def _mapping(self, value: Mapping[Any, Any], at: tuple[Any, ...]) -> dict[str, Any]:
        result = {}
        for key, item in value.items():
            name = key if type(key) is str and key.isascii() else _key(key, at)
            plain = type(item) in _NUMBERS
            result[name] = item if plain else self.plain(item, (*at, name))
        file = result.get("file")
        if isinstance(file, dict):  # a table in the place of a file's name, with what goes with it
            del result["file"]
            if "key" in result and file.get("index") is False:
                del file["index"]  # any column may hold the names of its rows
            return {**file, **result}
        return result

    def _frame(self, value: Any, kind: str, at: tuple[Any, ...]) -> dict[str, Any]:
        name = f"<{kind} {len(self.tables) + 1}>.csv"
        parents = at[:-1] if at[-1:] == ("file",) else at
        rows_only = parents[-1:] in (("edges",), ("neurons",))
        try:
            table, stated = table_of(value, name.removesuffix(".csv"), rows_only)
        except DataFileError as error:
            raise _wrong(at, str(error)) from None
        self.tables[name] = table
        return {"file": name, **stated}

    def _array(self, value: Any, at: tuple[Any, ...]) -> Any:
        kind = getattr(getattr(value, "dtype", None), "kind", "")
        if isinstance(value, np.ndarray):
            if kind in _HELD:
                raise _wrong(at, f"an array of {_HELD[kind]}, not of real numbers")
            self._require_size(value.shape, at)
            if isinstance(value, np.ma.MaskedArray):
                if np.any(np.ma.getmaskarray(value)):
                    place = np.argwhere(np.ma.getmaskarray(value))[0].tolist()
                    raise _wrong((*at, *place), "a masked entry, where a number is needed")
                value = value.data
            if kind == "f":
                value = value.astype(np.float64)  # also what has more digits
                _require_finite(value, at)
        if kind == "b" and getattr(value, "ndim", 0):
            value = value.astype(int)  # as in an npy file
        return value.tolist()

    def _sparse(self, value: Any, at: tuple[Any, ...]) -> Any:
        kind = value.dtype.kind
        if kind not in "buif":
            held = _HELD.get(kind, "Python objects")
            raise _wrong(at, f"a sparse matrix of {held}, not of real numbers")
        if self.neurons is not None and max(value.shape) > max(self.neurons, _FEW):
            raise _wrong(
                at, f"shape {list(value.shape)} does not fit {counted(self.neurons, 'neuron')}"
            )
        if at[:1] != ("connections",) or at[2:] != ("weights",):
            self._require_size(value.shape, at)  # only weights are kept sparse
            return self._array(value.toarray(), at)
        self._require_memory((value.nnz, 4), at)  # how many there are says nothing of the shape
        entries = value.tocoo().data
        if kind == "f" and not np.isfinite(entries).all():
            count = int(np.count_nonzero(~np.isfinite(entries)))
            what = "1 entry is" if count == 1 else f"{count:,} entries are"
            raise _wrong(at, f"{what} not finite, of {entries.size:,} of a sparse matrix")
        return sparse_plain(value)

    def _require_memory(self, shape: tuple[int, ...], at: tuple[Any, ...]) -> None:
        """Refuse an array whose numbers have no room as those of a description."""
        require_memory(
            _BYTES_A_NUMBER * math.prod(shape),
            lambda said: _wrong(
                at,
                f"an array of shape {list(shape)} would take {said} in a description; save it as "
                "an npy file: {file: NAME.npy}",
            ),
        )

    def _require_size(self, shape: tuple[int, ...], at: tuple[Any, ...]) -> None:
        """Refuse an array that has no room in a description, or does not fit the network."""
        size = math.prod(shape)
        if size <= _FEW:
            return
        self._require_memory(shape, at)
        if self.neurons is None:
            return
        block = at[:1] == ("connections",) and at[2:] == ("weights",)
        of_one = size if len(shape) == 1 else size // shape[0]
        most = max(self.neurons, 4)
        if of_one > most**2 or (len(shape) < 3 and of_one > most) or (block and shape[0] > most):
            raise _wrong(at, f"shape {list(shape)} does not fit {counted(self.neurons, 'neuron')}")


def _wrong(at: tuple[Any, ...], message: str) -> SpecError:
    return SpecError([Problem(message, dotted(at))])


def _require_finite(array: Any, at: tuple[Any, ...]) -> None:
    finite = np.isfinite(array)
    if finite.all():
        return
    place = np.argwhere(~finite)[0].tolist() if array.ndim else []
    count = int(np.count_nonzero(~finite))
    more = f"; of the {array.size:,} numbers {count:,} are not" if count > 1 else ""
    raise _wrong((*at, *place), f"must be a finite number{more}")


def _text(text: str, at: tuple[Any, ...]) -> str:
    """A text that a file could hold: without halves of characters, which Python's can have."""
    try:
        text.encode()
    except UnicodeEncodeError:
        message = f"{shown(text)} holds half of a character, which no text in a file can"
        raise SpecError([Problem(message, dotted(at))]) from None
    return text


def _key(key: Any, at: tuple[Any, ...] = ()) -> str:
    """A key as text; a whole number is the same name, of whatever type it is."""
    if type(key) is str:
        return key if key.isascii() else _text(key, at)
    key = key.item() if hasattr(key, "item") else key
    text = str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)
    return text if text.isascii() else _text(text, at)
