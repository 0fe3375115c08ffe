"""YAML text to plain values, with the position of everything.

PyYAML's parser gives events; this file makes values of them by the core schema of YAML 1.2
(``1e-3`` is a number, ``NO`` and ``on`` are text, ``010`` is ten), refuses repeated keys and what
a network file never needs (tags, several documents), and stays quick on hostile files: depth, size
and the expansion of aliases are limited.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from typing import Any

import yaml

from hamsim.errors import Problem, SpecError
from hamsim.spec.text_marks import Marks, Places, root

__all__ = ["Marks", "dotted", "parse_text", "position_after", "scalar", "split_path"]

# Of a file as well the bytes.
MAX_CHARACTERS = 64 * 2**20
TOO_LARGE = "the file is larger than 64 MiB; put large arrays into npz files: {file:, key:}"
MAX_DEPTH = 50
MAX_FROM_ALIASES = 200_000
# Values and keys of a text, those that aliases stand for left out.
MAX_VALUES = 3_000_000
_TOO_MANY = (
    f"the file holds more than {MAX_VALUES:,} values; put large arrays into npz files: "
    "{file:, key:}"
)
# How many items of a list are read from one look at that limit to the next.
_OFTEN = 1024
# A text that is no YAML is read again up to the place of the mistake, so often at most in all.
MAX_READINGS = 3

_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
# A whole number leaves the groups without a match.
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+(\.[0-9]*)?|(\.[0-9]+))([eE][-+]?[0-9]+)?\Z")
# Written otherwise, as in 007, it is a name.
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,17})\Z")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_STARTS_NUMBER = frozenset("+-.0123456789")
# Beyond this a number is not a finite double.
MAX_NUMBER = sys.float_info.max
MAX_DIGITS = 400
MAX_SHOWN = 60
# Plain texts whose values are kept while a text is read.
MAX_KNOWN = 2**16
MAX_PATH_PART = 60

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def scalar(text: str) -> Any:
    """Value of plain (unquoted) text by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _STARTS_NUMBER:
        return text
    decimal = _DECIMAL.match(text)
    if decimal:
        if decimal.lastindex:
            return float(text)
        return int(text) if len(text) <= MAX_DIGITS else math.inf
    if _BASED.match(text):
        return int(text, 0) if len(text) <= MAX_DIGITS else math.inf
    if _SPECIAL.match(text):
        if text[-3:].lower() == "nan":
            return math.nan
        return -math.inf if text[0] == "-" else math.inf
    return text


def parse_text(text: str, file: str = "") -> tuple[Any, Marks, list[Problem]]:
    """Make plain values of YAML text.

    Parameters
    ----------
    text : str
    file : str
        Named in messages.

    Returns
    -------
    value
        dict, list, str, int, float, bool or None.
    marks : Marks
    problems : list of Problem
        Repeated keys, numbers that are not finite, and other mistakes after which reading could
        go on.

    Raises
    ------
    SpecError
        The text is not YAML, or goes beyond a limit.
    """
    if len(text) > MAX_CHARACTERS:
        raise SpecError([Problem(TOO_LARGE, "", file, 1, 1)])
    found: Problem | None = None
    # The library reads ahead, and has limits of its own that differ from version to version: what
    # hamsim itself refuses before such a place comes first, in its own words.
    for _ in range(MAX_READINGS):
        try:
            result = _Reader(file, _Loader(_Pieces(text)).get_event).document()
        except yaml.YAMLError as error:
            problem, text = _said_of(error, text, file)
            found = found or problem
            continue
        if found is None:
            return result
        break
    assert found is not None
    raise SpecError([found])


class _Pieces:
    """A text that is read a piece at a time, so that the library keeps no copy of all of it."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def read(self, size: int, /) -> str:
        """The next characters."""
        piece = self.text[self.at : self.at + size]
        self.at += len(piece)
        return piece


def _said_of(error: yaml.YAMLError, text: str, file: str) -> tuple[Problem, str]:
    """What the library says is wrong, and the text before it."""
    before = ""
    if isinstance(error, yaml.MarkedYAMLError):
        problem, context = error.problem_mark, error.context_mark
        # Where it began, not where the file ends.
        ended = context and "end of stream" in str(error.problem)
        mark = context if ended or not problem else problem
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        first = min((m.index for m in (problem, context) if m), default=0)
        before = text[:first]
        what = " ".join(part for part in (error.problem, error.context) if part)
    elif isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position] if isinstance(error.position, int) else ""
        if _Loader is not yaml.SafeLoader:  # libyaml counts bytes
            before = text.encode("utf-8", "replace")[: len(before)].decode("utf-8", "ignore")
        line, column = position_after(before)
        what = str(error.reason)
    else:
        line, column, what = 1, 1, " ".join(str(error).split())
    if "nesting depth" in what:
        return Problem(f"nested more than {MAX_DEPTH} deep", "", file, line, column), before
    return Problem(f"not valid YAML: {what}", "", file, line, column), before


class _Reader:
    """Builds values from events, one document at most."""

    def __init__(self, file: str, next_event: Callable[[], Any]) -> None:
        self.file = file
        self.next_event = next_event
        self.problems: list[Problem] = []
        self.places = Places()
        # Keys, and lists whose next item is read, from the outermost value to the present one.
        self.open: list[str | list[Any]] = []
        # Values of plain texts: the same few names and numbers come again and again.
        self.known: dict[str, Any] = dict(_WORDS)
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.open_anchors: set[str] = set()
        self.from_aliases = 0

    def document(self) -> tuple[Any, Marks, list[Problem]]:
        value: Any = None
        documents = 0
        while (event := self.next_event()) is not None:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop("a second document; a file holds one network", event)
            elif isinstance(event, yaml.NodeEvent):
                value = self._node(event, 0)
        return value, root(self.places), self.problems

    def _path(self) -> tuple[Any, ...]:
        return tuple(len(part) if isinstance(part, list) else part for part in self.open)

    def _count(self) -> int:
        """Values so far, with those that aliases stand for."""
        places = self.places
        written = len(places.ends) - len(places.keys) - len(places.aliases)
        return written + self.from_aliases

    def _stop(self, message: str, event: Any, path: tuple[Any, ...] = ()) -> None:
        raise SpecError([*self.problems, self._problem(message, event, path)])

    def _problem(self, message: str, event: Any, path: tuple[Any, ...]) -> Problem:
        mark = event.start_mark
        return Problem(message, dotted(path), self.file, mark.line + 1, mark.column + 1)

    def _report(self, message: str, event: Any) -> None:
        self.problems.append(self._problem(message, event, self._path()))

    def _node(self, event: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            self._stop(f"nested more than {MAX_DEPTH} deep", event, self._path()[:3])
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._count() if event.anchor is not None else 0
        place = self.places.add(event.start_mark)
        if event.tag is not None and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._report(f"the tag '{tag}' is not allowed; write plain values", event)
        if event.anchor is not None:
            self.open_anchors.add(event.anchor)
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        else:
            a_list = isinstance(event, yaml.SequenceStartEvent)
            value = self._sequence(depth) if a_list else self._mapping(depth)
            self.places.close(place)
        if event.anchor is not None:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = (value, place, self._count() - before)
        return value

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if not event.implicit[0]:
            return text
        if text in self.known:
            return self.known[text]
        value = scalar(text)
        if type(value) in (float, int) and not -MAX_NUMBER <= value <= MAX_NUMBER:  # also NaN
            shown = text
            if len(shown) > MAX_SHOWN:
                shown = shown[: MAX_SHOWN - 3] + "..."
            self._report(f"{shown} is not a finite number", event)
            return 0.0
        if len(self.known) < MAX_KNOWN:
            self.known[text] = value
        return value

    def _sequence(self, depth: int) -> list[Any]:
        values: list[Any] = []
        self.open.append(values)
        # A file can have millions of such items: plain and quoted scalars take a short way.
        next_event, add, known = self.next_event, self.places.add, self.known
        scalar_event = yaml.ScalarEvent if depth < MAX_DEPTH else None
        while True:
            event = next_event()
            kind = type(event)
            if len(values) % _OFTEN == 0 and len(self.places.ends) > MAX_VALUES:
                self._stop(_TOO_MANY, event, self._path()[:3])
            if kind is scalar_event and event.tag is None and event.anchor is None:
                add(event.start_mark)
                text = event.value
                if event.implicit[0] and text in known:
                    values.append(known[text])
                else:
                    values.append(self._scalar(event))
            elif kind is yaml.SequenceEndEvent:
                break
            else:
                values.append(self._node(event, depth + 1))
        self.open.pop()
        return values

    def _mapping(self, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        lines: dict[str, int] = {}
        next_event, add = self.next_event, self.places.add
        scalar_event = yaml.ScalarEvent if depth < MAX_DEPTH else None  # as in lists
        while type(event := next_event()) is not yaml.MappingEndEvent:
            if not isinstance(event, yaml.ScalarEvent):
                self._stop("a key must be text", event, self._path())
            if len(self.places.ends) > MAX_VALUES:
                self._stop(_TOO_MANY, event, self._path()[:3])
            key = event.value
            plain = event.implicit[0]
            merge = plain and key == "<<"
            if plain and not merge:
                key = self._key(event)
            self.places.add_key(event.start_mark, None if merge else key)
            self.open.append(key)
            if merge:
                self._report("the merge key << is not part of YAML 1.2; write the keys out", event)
            held = next_event()
            if type(held) is scalar_event and held.tag is None and held.anchor is None:
                add(held.start_mark)
                value = self._scalar(held)
            else:
                value = self._node(held, depth + 1)
            if merge:
                pass
            elif key in result:
                self._report(f"repeated key; it stands in line {lines[key]} already", event)
            else:
                result[key] = value
                lines[key] = event.start_mark.line + 1
            self.open.pop()
        return result

    def _key(self, event: Any) -> str:
        """Text of a plain key, as one object for all places where it stands."""
        text: str = event.value
        value = self.known.get(text, self)
        if value is self:
            value = scalar(text)
        if isinstance(value, str):
            if len(self.known) < MAX_KNOWN:
                self.known[value] = value
            return value
        self._report(f"the key {text or 'null'} is not text; write it in quotes", event)
        return text

    def _alias(self, event: Any) -> Any:
        name = event.anchor
        if name in self.open_anchors:
            self._stop(f"the alias '*{name}' stands inside what it names", event, self._path())
        if name not in self.anchors:
            self._stop(f"unknown alias '*{name}'", event, self._path())
        value, place, size = self.anchors[name]
        self.from_aliases += size
        if self.from_aliases > MAX_FROM_ALIASES:
            message = f"aliases expand to more than {MAX_FROM_ALIASES} values"
            self._stop(message, event, self._path()[:3])
        self.places.aliases[self.places.add(event.start_mark)] = place
        return value


def position_after(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows a piece of text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def dotted(path: tuple[Any, ...]) -> str:
    """A path as people write it: ``connections[0].weights``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        name = str(part)
        if len(name) > MAX_PATH_PART:
            name = name[: MAX_PATH_PART - 3] + "..."
        text += f".{name}" if text and name else name
    return text


def split_path(text: str) -> list[Any]:
    """Parts of ``connections[0].weights`` or ``connections.0.weights``."""
    parts = [part for part in re.split(r"[.\[\]]+", text) if part]
    return [int(part) if _INDEX.match(part) else part for part in parts]
