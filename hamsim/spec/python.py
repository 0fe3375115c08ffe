"""Values of a dict in Python as the lists, numbers and texts that a file would have."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from scipy.sparse import issparse

from hamsim.errors import Problem, SpecError
from hamsim.spec.messages import shown
from hamsim.spec.sparse import sparse_plain
from hamsim.spec.text import MAX_DEPTH, dotted

__all__ = ["as_in_file"]


# Most of what long lists hold, which is not to be looked at twice.
_NUMBERS = frozenset((float, int, bool, type(None)))
_SCALARS = _NUMBERS | {str}


def as_in_file(value: Any, at: tuple[Any, ...] = ()) -> Any:
    """Arrays of numpy, scipy and the like, tuples and paths as what a file would have.

    Parameters
    ----------
    value : object
    at : tuple
        Where it stands in the description.

    Raises
    ------
    SpecError
        A table of pandas whose labels would not be read, or nesting without an end.
    """
    if type(value) in _SCALARS:
        return value if type(value) is not str or value.isascii() else _text(value, at)
    if len(at) > MAX_DEPTH:
        raise SpecError([Problem(f"nested more than {MAX_DEPTH} deep", dotted(at[:6]))])
    if type(value) is list:
        return [
            item if type(item) in _NUMBERS else as_in_file(item, (*at, k))
            for k, item in enumerate(value)
        ]
    if type(value) is dict:
        return {
            _key(key): item if type(item) in _SCALARS else as_in_file(item, (*at, _key(key)))
            for key, item in value.items()
        }
    if issparse(value):  # first, since some of them are mappings too
        return sparse_plain(value)
    if isinstance(value, Mapping):
        return {_key(key, at): as_in_file(item, (*at, _key(key))) for key, item in value.items()}
    if axes := _axes(value):
        _refuse_labels(value, axes, at)
        return (value.to_numpy() if hasattr(value, "to_numpy") else value).tolist()
    if hasattr(value, "tolist"):
        kind = getattr(getattr(value, "dtype", None), "kind", "")
        if kind == "b" and getattr(value, "ndim", 0):
            value = value.astype(int)  # as in an npy file
        return value.tolist()
    if isinstance(value, list | tuple):
        return [as_in_file(item, (*at, k)) for k, item in enumerate(value)]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


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
        return key
    key = key.item() if hasattr(key, "item") else key
    text = str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)
    return text if text.isascii() else _text(text, at)


def _axes(value: Any) -> list[Any]:
    """Labels of the axes of a table or series, as of pandas; empty for anything else."""
    if type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "axes"):
        return list(value.axes)
    labels = getattr(value, "index", None)
    return [] if labels is None or callable(labels) or not hasattr(value, "tolist") else [labels]


def _refuse_labels(table: Any, axes: list[Any], at: tuple[Any, ...]) -> None:
    """Labels might stand in another order than the neurons, and nobody would look at them."""
    for axis in axes:
        if list(axis) != list(range(len(axis))):
            few = ", ".join(str(label) for label in list(axis)[:3])
            message = (
                f"a {type(table).__name__} of pandas has labels ({few}, ...), which are not read; "
                "put it into the order of the neurons and give .to_numpy()"
            )
            raise SpecError([Problem(message, dotted(at))])
