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
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from hamsim.errors import Problem, SpecError

__all__ = ["Marks", "dotted", "parse_text", "position_after", "scalar", "split_path"]

MAX_CHARACTERS = 32 * 2**20
MAX_DEPTH = 50
MAX_FROM_ALIASES = 200_000

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
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
MAX_PATH_PART = 60

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Marks:
    """Position of a value in the text, of its key, and of what is inside it.

    Lines and columns are counted from 1; 0 means unknown.
    """

    line: int = 0
    column: int = 0
    key_line: int = 0
    key_column: int = 0
    inside: dict[Any, Marks] = field(default_factory=dict)

    def at(self, path: tuple[Any, ...]) -> Marks:
        """Marks of the deepest known value along a path of keys and list positions."""
        found = self
        for part in path:
            if part not in found.inside:
                break
            found = found.inside[part]
        return found


def scalar(text: str) -> Any:
    """Value of plain (unquoted) text by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _STARTS_NUMBER:
        return text
    if _INTEGER.match(text):
        return int(text) if len(text) <= MAX_DIGITS else math.inf
    if _FLOAT.match(text):
        return float(text)
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
        message = "the file is larger than 32 MiB; put large arrays into npz files: {file:, key:}"
        raise SpecError([Problem(message, "", file, 1, 1)])
    reader = _Reader(file)
    try:
        return reader.document(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if error.context_mark and "end of stream" in str(error.problem):
            mark = error.context_mark  # where it began, not where the file ends
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = " ".join(part for part in (error.problem, error.context) if part)
        raise SpecError([Problem(f"not valid YAML: {what}", "", file, line, column)]) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        if _Loader is not yaml.SafeLoader:  # libyaml counts bytes
            before = text.encode("utf-8", "replace")[: len(before)].decode("utf-8", "ignore")
        line, column = position_after(before)
        message = f"not valid YAML: {error.reason}"
        raise SpecError([Problem(message, "", file, line, column)]) from None
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise SpecError([Problem(f"not valid YAML: {what}", "", file, 1, 1)]) from None


class _Reader:
    """Builds values from events, one document at most."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Any, Marks, int]] = {}
        self.open_anchors: set[str] = set()
        self.count = 0
        self.from_aliases = 0

    def document(self, events: Iterator[Any]) -> tuple[Any, Marks, list[Problem]]:
        value: Any = None
        marks = Marks(1, 1)
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop("a second document; a file holds one network", event)
            elif isinstance(event, yaml.NodeEvent):
                value, marks = self._node(event, events, 0, ())
        return value, marks, self.problems

    def _stop(self, message: str, event: Any, path: tuple[Any, ...] = ()) -> None:
        raise SpecError([*self.problems, self._problem(message, event, path)])

    def _problem(self, message: str, event: Any, path: tuple[Any, ...]) -> Problem:
        mark = event.start_mark
        return Problem(message, dotted(path), self.file, mark.line + 1, mark.column + 1)

    def _node(
        self, event: Any, events: Iterator[Any], depth: int, path: tuple[Any, ...]
    ) -> tuple[Any, Marks]:
        if depth > MAX_DEPTH:
            self._stop(f"nested more than {MAX_DEPTH} deep", event, path[:3])
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        mark = event.start_mark
        marks = Marks(mark.line + 1, mark.column + 1)
        before = self.count
        self.count += 1
        if event.tag is not None and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.problems.append(
                self._problem(f"the tag '{tag}' is not allowed; write plain values", event, path)
            )
        if event.anchor is not None:
            self.open_anchors.add(event.anchor)
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            for item in events:
                if isinstance(item, yaml.SequenceEndEvent):
                    break
                child, marks.inside[len(value)] = self._node(
                    item, events, depth + 1, (*path, len(value))
                )
                value.append(child)
        else:
            value = self._mapping(events, depth, path, marks)
        if event.anchor is not None:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = (value, marks, self.count - before)
        return value, marks

    def _scalar(self, event: Any, path: tuple[Any, ...]) -> Any:
        if not event.implicit[0]:
            return event.value
        value = scalar(event.value)
        if isinstance(value, float | int) and not -MAX_NUMBER <= value <= MAX_NUMBER:  # also NaN
            shown = event.value
            if len(shown) > MAX_SHOWN:
                shown = shown[: MAX_SHOWN - 3] + "..."
            self.problems.append(self._problem(f"{shown} is not a finite number", event, path))
            return 0.0
        return value

    def _mapping(
        self, events: Iterator[Any], depth: int, path: tuple[Any, ...], marks: Marks
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                self._stop("a key must be text", event, path)
            key = event.value
            if key == "<<" and event.implicit[0]:
                message = "the merge key << is not part of YAML 1.2; write the keys out"
                self.problems.append(self._problem(message, event, (*path, key)))
                self._node(next(events), events, depth + 1, (*path, key))
                continue
            if event.implicit[0] and not isinstance(scalar(key), str):
                self.problems.append(
                    self._problem(
                        f"the key {key or 'null'} is not text; write it in quotes", event, path
                    )
                )
            value, child = self._node(next(events), events, depth + 1, (*path, key))
            child = Marks(
                child.line,
                child.column,
                event.start_mark.line + 1,
                event.start_mark.column + 1,
                child.inside,
            )
            if key in result:
                first = marks.inside[key].key_line
                self.problems.append(
                    self._problem(
                        f"repeated key; it stands in line {first} already", event, (*path, key)
                    )
                )
                continue
            result[key] = value
            marks.inside[key] = child
        return result

    def _alias(self, event: Any, path: tuple[Any, ...]) -> tuple[Any, Marks]:
        if event.anchor in self.open_anchors:
            self._stop(f"the alias '*{event.anchor}' stands inside what it names", event, path)
        if event.anchor not in self.anchors:
            self._stop(f"unknown alias '*{event.anchor}'", event, path)
        value, marks, size = self.anchors[event.anchor]
        self.count += size
        self.from_aliases += size
        if self.from_aliases > MAX_FROM_ALIASES:
            self._stop(f"aliases expand to more than {MAX_FROM_ALIASES} values", event, path[:3])
        mark = event.start_mark
        return value, Marks(mark.line + 1, mark.column + 1, 0, 0, marks.inside)


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
    return [int(part) if part.isdigit() else part for part in re.split(r"[.\[\]]+", text) if part]
