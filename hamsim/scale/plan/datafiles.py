"""Data files of a description by what they hold, so that a plan does not depend on where they are.

In a plan a file is called ``data/DIGEST.ext``. A copy of it lies under that name in the folder of
the sweep, which needs nothing else then, wherever it is moved.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from hamsim.errors import HamsimError
from hamsim.paths import replacing

__all__ = ["Places", "copy_into", "located", "places_in", "portable"]

# Paths of files by their names in a plan.
Places = dict[str, str]
FOLDER = "data"
# Keys whose texts are names of files.
KEYS = ("file", "table")
AT_ONCE = 2**20  # bytes that are copied at once


def portable(value: Any, base: str, places: Places) -> Any:
    """A part of a description with files called by what they hold.

    Parameters
    ----------
    value : dict, list or anything else
    base : str
        Folder that names are relative to.
    places : dict
        Where files are is put here.
    """
    known: dict[str, str] = {}

    def named(file: str) -> str:
        path = os.path.normpath(os.path.join(base, os.path.expanduser(file)))
        if path not in known:
            if not os.path.isfile(path):
                return file
            known[path] = name = f"{FOLDER}/{_digest(path)}{os.path.splitext(path)[1].lower()}"
            places[name] = path
        return known[path]

    return _with_files(value, named)


def located(value: Any, places: Mapping[str, str]) -> Any:
    """The same with paths in the place of names; what has none is left as it is."""
    return _with_files(value, lambda name: places.get(name, name)) if places else value


def copy_into(folder: Path, places: Places) -> Places:
    """Copy files into a folder, and say where they are then.

    Raises
    ------
    HamsimError
        A file was changed meanwhile, or cannot be read any more.
    """
    made: Places = {}
    for name, path in places.items():
        target = folder / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(path, target)
        made[name] = str(target)
    return made


def _copy(path: str, target: Path) -> None:
    digest = _hash()
    try:
        with open(path, "rb") as source, replacing(target) as stream:
            while piece := source.read(AT_ONCE):
                digest.update(piece)
                stream.write(piece)
            if digest.hexdigest() != target.stem:
                raise HamsimError(f"'{path}' is changed while it is read")
    except OSError as error:
        raise HamsimError(f"cannot read '{path}': {error.strerror}") from None


def places_in(folder: Path, names: Iterable[str]) -> Places:
    """Where files are that were copied into a folder."""
    return {name: str(folder / name) for name in names}


def _with_files(value: Any, named: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {
            key: named(item) if key in KEYS and isinstance(item, str) else _with_files(item, named)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_with_files(item, named) for item in value]
    return value


def _hash() -> Any:
    return hashlib.blake2b(digest_size=20)


def _digest(path: str) -> str:
    with open(path, "rb") as stream:
        return str(hashlib.file_digest(stream, _hash).hexdigest())
