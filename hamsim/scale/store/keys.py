"""Keys of runs: what determines the numbers of a run, in one digest.

A key is the SHA-256 of the result version, the resolved description with the run's values in it,
what else the run is asked for, and the bytes of the data files, whatever their paths. Two ways to
say the same, a value in the file or along an axis, a path, a dict or a `Spec`, give one key.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from hamsim.errors import HamsimError
from hamsim.scale.store.canonical import Path, Tree, token, tree_of
from hamsim.scale.store.contents import content_of
from hamsim.scale.store.version import RESULTS
from hamsim.spec.dump import to_plain
from hamsim.spec.load import load
from hamsim.spec.overrides import WrongPathError, put
from hamsim.spec.schema import Spec
from hamsim.spec.text import split_path

__all__ = ["Keys"]

# Of a description, what changes no number.
_SAID = ("name", "description", "references")
# Values of a run that are arguments of `simulate`, not of the description.
_INITIAL = "initial"
_REMEMBERED = 4096  # descriptions that were resolved for some values


class Keys:
    """Keys of the runs of one description.

    Parameters
    ----------
    describe : callable or None
        Gives the resolved description, as `to_plain` has it, with some values put in. None where
        values are put into a network that is compiled: then they stand beside what is asked.
    asked : mapping or list of plain values, optional
        What else determines what is kept: arguments of `simulate`, and what is kept.
    content : callable, optional
        Gives the digest of a data file at an absolute path, where that is known.

    Raises
    ------
    HamsimError
        `asked` holds something other than numbers, text and arrays.
    """

    def __init__(
        self,
        describe: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None,
        asked: Any = None,
        content: Callable[[str], bytes] = content_of,
    ) -> None:
        self._describe = describe
        self._content = content
        self._begin = hashlib.sha256(b"hamsim run %d:" % RESULTS)
        self._begin.update(token([asked]))
        # What is resolved, by the values that it takes a resolving to put in.
        self._resolved: dict[tuple[tuple[str, bytes], ...], _Resolved] = {}
        # Names of values that are not put in without resolving, and those that were tested for it.
        self._slow: set[str] = set()
        self._tested: set[tuple[str, ...]] = set()

    @classmethod
    def of(
        cls,
        source: Spec | str | os.PathLike[str] | Mapping[str, Any],
        overrides: Mapping[str, Any] | None = None,
        asked: Any = None,
    ) -> Keys:
        """Keys of the runs of a file, a dict or a `Spec`, with overrides that all have."""
        fixed = dict(overrides or {})
        return cls(lambda values: to_plain(load(source, {**fixed, **values})), asked)

    def key(self, values: Mapping[str, Any]) -> str:
        """The key of one run.

        Parameters
        ----------
        values : mapping of str to value
            Put in place of the description's: paths as for `hamsim.load`; ``initial`` and
            ``initial.NAME`` are states at the beginning.

        Returns
        -------
        str
            64 hexadecimal digits.
        """
        beside = []
        inside = {}
        for name, value in values.items():
            if not self._describe or name == _INITIAL or name.startswith(f"{_INITIAL}."):
                beside.append((name, token(value)))
            else:
                inside[name] = value
        made = self._begin.copy()
        if self._describe:
            made.update(self._description(inside))
        for name, value in sorted(beside):
            made.update(b"%d:%s%d:%s" % (len(name), name.encode(), len(value), value))
        return made.hexdigest()

    def _description(self, values: Mapping[str, Any]) -> bytes:
        """The token of the description with some values."""
        slow: dict[str, Any] = {}
        quick: dict[str, Any] = {}
        for name, value in values.items():
            (slow if name in self._slow else quick)[name] = value
        resolved = self._resolve(slow)
        places = {name: resolved.place(name, value) for name, value in quick.items()}
        self._slow.update(name for name, place in places.items() if place is None)
        self._test(resolved, slow, quick, places)
        if not self._slow.isdisjoint(quick):
            return self._description(values)
        return resolved.changed(places.values())

    def _test(
        self,
        resolved: _Resolved,
        slow: Mapping[str, Any],
        quick: Mapping[str, Any],
        places: Mapping[str, tuple[Path, bytes] | None],
    ) -> None:
        """See once whether values that are put in without resolving are where they belong."""
        for names in [*((name,) for name in quick), tuple(sorted(quick))]:
            if names in self._tested or not self._slow.isdisjoint(names):
                continue
            self._tested.add(names)
            told = self._resolve({**slow, **{name: quick[name] for name in names}})
            if resolved.changed([places[name] for name in names]) != told.token:
                self._slow.update(names)

    def _resolve(self, values: Mapping[str, Any]) -> _Resolved:
        """The description with some values, resolved."""
        # A description may take 1 and refuse 1.0.
        known = tuple(sorted((name, _told(value)) for name, value in values.items()))
        found = self._resolved.get(known)
        if found is None:
            found = _Resolved(self._plain(values), self._content)
            if len(self._resolved) < _REMEMBERED:
                self._resolved[known] = found
        return found

    def _plain(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._describe
        try:
            return self._describe(values)
        except HamsimError:  # the run fails, and says why
            if not values:
                raise
            put_in = [[name, values[name]] for name in sorted(values)]
            return {"of": self._resolve({}).plain, "refused": put_in}


class _Resolved:
    """A resolved description as a tree."""

    def __init__(self, plain: Mapping[str, Any], content: Callable[[str], bytes]) -> None:
        self.plain = plain
        counts = {key: value for key, value in plain.items() if key not in _SAID}
        if isinstance(groups := plain.get("groups"), dict):
            counts["order of groups"] = list(groups)  # it is that of the neurons
        made = tree_of(counts, content)
        assert isinstance(made, Tree)
        self._tree = made
        self._paths: dict[str, Path | None] = {}
        self._whole: set[str] = set()  # names of numbers that may have to be whole

    @property
    def token(self) -> bytes:
        return self._tree.token

    def changed(self, places: Iterable[tuple[Path, bytes] | None]) -> bytes:
        """The token with others at some places."""
        changes = [place for place in places if place is not None]
        changes.sort(key=_first)
        return self._tree.changed(tuple(changes)) if changes else self._tree.token

    def place(self, name: str, value: Any) -> tuple[Path, bytes] | None:
        """Where a value stands when it is put in, and as what; None if that is not so plain."""
        if name not in self._paths:
            self._paths[name] = self._path(name)
        path = self._paths[name]
        if path is None:
            return None
        if type(value) is np.ndarray or isinstance(value, list):
            return (path, token(np.asarray(value, np.float64))) if _is_plain(value) else None
        if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
            return None
        if not math.isfinite(value):
            return None
        if not isinstance(value, int | np.integer) and name in self._whole:
            return None
        return path, token(value)

    def _path(self, name: str) -> Path | None:
        """Where something stands that a path of the description leads to."""
        written = tuple(split_path(name))
        try:
            _, path = put(self.plain, written, 0.0)
        except WrongPathError:
            return None
        if self._tree.at(path) is None:
            return None
        there: Any = self.plain
        for key in path:
            there = there[key]
        if isinstance(there, int):
            self._whole.add(name)
        return path


def _told(value: Any) -> bytes:
    return (b"f" if isinstance(value, float | np.floating) else b"") + token(value)


def _is_plain(value: Any) -> bool:
    """Whether a value is numbers that a description holds as they are."""
    try:
        array = np.asarray(value)
    except ValueError:
        return False
    return array.dtype.kind in "iuf" and array.ndim > 0 and bool(np.isfinite(array).all())


def _first(place: tuple[Path, bytes]) -> list[str]:
    return list(map(str, place[0]))
