"""Values in one form: equal ones give equal bytes, whatever they are made of.

The order of keys, tuples or lists, 1 or 1.0, an array or nested lists of its numbers: none of these
makes a difference. A description is a tree of such tokens, in which the token of a container is a
digest of those that it holds, so that another value at one place is a few digests more.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hamsim.errors import HamsimError, given
from hamsim.scale.store.contents import content_of

__all__ = ["Path", "Tree", "token", "tree_of"]

Path = tuple[Any, ...]
# Keys of a resolved description whose texts are names of files.
FILES = ("file", "table")
_EXACT = 2**53  # whole numbers up to here are the same as floats
_MEMORY = 4096  # changed containers that each remembers


class Tree:
    """A mapping or a list, by what it holds.

    Parameters
    ----------
    kind : bytes
    parts : mapping of key to Tree or bytes
        Keys are text, or numbers of a list's entries, in the order in which they count.
    """

    def __init__(self, kind: bytes, parts: Mapping[Any, Tree | bytes]) -> None:
        self._kind = kind
        self.parts = parts
        self._heads = {key: _framed(str(key).encode()) for key in parts}
        self._tokens = {
            key: part.token if isinstance(part, Tree) else part for key, part in parts.items()
        }
        self.token: bytes = self._hash(self._tokens)
        self._known: dict[tuple[tuple[Path, bytes], ...], bytes] = {}

    def changed(self, changes: tuple[tuple[Path, bytes], ...]) -> bytes:
        """The token of this tree with others at some paths, each of which leads to something."""
        found = self._known.get(changes)
        if found is None:
            tokens = dict(self._tokens)
            below: dict[Any, list[tuple[Path, bytes]]] = {}
            for path, new in changes:
                if len(path) == 1:
                    tokens[path[0]] = new
                else:
                    below.setdefault(path[0], []).append((path[1:], new))
            for key, inner in below.items():
                part = self.parts[key]
                assert isinstance(part, Tree)
                tokens[key] = part.changed(tuple(inner))
            found = self._hash(tokens)
            if len(self._known) < _MEMORY:
                self._known[changes] = found
        return found

    def _hash(self, tokens: Mapping[Any, bytes]) -> bytes:
        heads = self._heads
        held = b"".join([heads[key] + _framed(part) for key, part in tokens.items()])
        return self._kind + hashlib.sha256(held).digest()

    def at(self, path: Path) -> Tree | bytes | None:
        """What stands at a path; None if nothing does."""
        part: Tree | bytes | None = self
        for key in path:
            part = part.parts.get(key) if isinstance(part, Tree) else None
        return part


def token(value: Any) -> bytes:
    """A value in its one form.

    Raises
    ------
    HamsimError
        It is no number, text, array, mapping or list.
    """
    made = tree_of(value)
    return made.token if isinstance(made, Tree) else made


def tree_of(value: Any, content: Callable[[str], bytes] = content_of) -> Tree | bytes:
    """The tree of a mapping or a list; the token of anything else.

    Parameters
    ----------
    value
    content : callable
        Gives the digest of a data file at an absolute path.
    """
    if isinstance(value, Mapping):
        parts = {str(key): item for key, item in value.items()}
        return Tree(b"{", {key: _entry(key, parts[key], content) for key in sorted(parts)})
    if isinstance(value, np.ndarray):
        return _numbers(value)
    if isinstance(value, list | tuple):
        array = _as_numbers(value)
        if array is not None:
            return _numbers(array)
        return Tree(b"[", {k: tree_of(item, content) for k, item in enumerate(value)})
    return _scalar(value)


def _entry(key: str, value: Any, content: Callable[[str], bytes]) -> Tree | bytes:
    if key in FILES and isinstance(value, str) and os.path.isabs(value):
        return b"@" + os.path.splitext(value)[1].lower().encode() + b":" + content(value)
    return tree_of(value, content)


def _scalar(value: Any) -> bytes:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return repr(value).encode()
    if isinstance(value, int):
        return b"#%d" % value
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) <= _EXACT and math.copysign(1.0, value) > 0
        whole = whole or (value.is_integer() and -_EXACT <= value < 0)
        return b"#%d" % int(value) if whole else b"#" + value.hex().encode()
    if isinstance(value, str):
        return b'"' + value.encode("utf-8", "surrogatepass")
    raise HamsimError(f"{given(value)} is no number, text or array")


def _as_numbers(value: Sequence[Any]) -> np.ndarray[Any, Any] | None:
    """Nested lists of numbers as an array; None for anything else."""
    if not value or not _is_numeric(value):
        return None
    try:
        return np.asarray(value)
    except ValueError:  # uneven lists
        return None


def _is_numeric(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_numeric, value))
    return isinstance(value, int | float | np.number | np.ndarray) and not isinstance(value, bool)


def _numbers(array: np.ndarray[Any, Any]) -> bytes:
    kind = array.dtype.kind
    if array.ndim == 0:
        return _scalar(array[()])
    if kind in "iu" and (array.size == 0 or _is_exact(array)):
        kind = "f"
    if kind == "f":
        array = array.astype(np.float64)
    elif kind not in "iubc":
        return Tree(b"[", {k: tree_of(item) for k, item in enumerate(array.tolist())}).token
    plain = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    head = f"[{kind}{plain.dtype.itemsize}{plain.shape}:".encode()
    return head + hashlib.sha256(plain.tobytes()).digest()


def _is_exact(array: np.ndarray[Any, Any]) -> bool:
    return -_EXACT <= int(array.min()) and int(array.max()) <= _EXACT


def _framed(text: bytes) -> bytes:
    return b"%d:" % len(text) + text
