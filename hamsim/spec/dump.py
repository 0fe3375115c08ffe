"""A `Spec` as YAML text that loads to an equal `Spec`."""

from __future__ import annotations

import math
import pickle
import re
from typing import Any

import yaml

from hamsim.errors import HamsimError
from hamsim.lazy import LazyText
from hamsim.spec.schema import Spec
from hamsim.spec.text import parse_text, scalar
from hamsim.spec.text_flow import WIDTH, Flow, float_text

__all__ = ["dump", "dump_later", "stated", "to_plain", "to_text"]

# PyYAML writes some ten thousand values a second; a list with more than this many does without it.
LONG = 500


def to_plain(spec: Spec) -> dict[str, Any]:
    """The description as dicts, lists, numbers and text.

    Parameters are left out: each number that was written with them stands there, so that nothing
    would use them.
    """
    return _without_empty(_dumped(spec))


def dump(spec: Spec) -> str:
    """The description as YAML, with nothing implicit left.

    Raises
    ------
    HamsimError
        It is no `Spec`; `hamsim.load` makes one of a path or a dict.
    """
    if not isinstance(spec, Spec):
        what = type(spec).__name__
        raise HamsimError(f"expected a Spec, as hamsim.load gives it, not {what}")
    return to_text(to_plain(spec))


def dump_later(spec: Spec) -> LazyText:
    """What `dump` gives now, written when it is wanted.

    The values are kept as bytes: small, out of reach of whoever has the Spec, and without the
    data files that it has read.
    """
    return LazyText(_Kept({key: pickle.dumps(value) for key, value in _dumped(spec).items()}))


class _Kept:
    """A description as bytes, by its top-level keys; called, it gives the text."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self._parts = parts

    def plain(self, *keys: str) -> dict[str, Any]:
        """What stands under some keys."""
        parts = self._parts
        return _without_empty({key: pickle.loads(parts[key]) for key in keys if key in parts})

    def __call__(self) -> str:
        return to_text(self.plain(*self._parts))


def stated(source: str | LazyText, *keys: str) -> dict[str, Any]:
    """What a description's text says under some of its top-level keys.

    Parameters
    ----------
    source : str or LazyText
        A text that `dump` or `dump_later` gives. One that is not written yet stays so, and of one
        that is the rest is not read: it may be long.
    *keys : str

    Returns
    -------
    dict of str to object
        As `to_plain` has it, without the keys that are not there.
    """
    writer = source.writer if isinstance(source, LazyText) else None
    if isinstance(writer, _Kept):
        return writer.plain(*keys)
    parts = re.split(r"^(?=[a-z])", str(source), flags=re.MULTILINE)  # all else is indented
    wanted = tuple(f"{key}:" for key in keys)
    value, _, _ = parse_text("".join(part for part in parts if part.startswith(wanted)))
    return value if isinstance(value, dict) else {}


def _dumped(spec: Spec) -> dict[str, Any]:
    return spec.model_dump(by_alias=True, exclude_none=True)


def _without_empty(dumped: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = _lists(dumped)
    return {key: value for key, value in result.items() if value not in ([], {}, "")}


def to_text(plain: dict[str, Any]) -> str:
    """Dicts, lists, numbers and text as YAML that reads back as the same.

    Parameters
    ----------
    plain : dict
        Of what `to_plain` gives: dict, list, str, int, float, bool and None.

    Returns
    -------
    str
    """
    name = "long-list-"
    while True:
        long: list[list[Any]] = []
        text = yaml.dump(
            _with_placeholders(plain, name, long),
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=WIDTH,
        )
        pieces = text.split(name)
        if len(pieces) == len(long) + 1:
            return _put_together(pieces, long)
        # A text of the description has the name in it.
        name = "long-list" + "x" * max(map(len, re.findall("long-list(x*-)", text))) + "-"


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_lists(item) for item in value]
    return value


# --- long lists ---


def _with_placeholders(value: Any, name: str, long: list[list[Any]]) -> Any:
    """A copy with the name in place of long lists, which are collected in order."""
    if isinstance(value, dict):
        return {key: _with_placeholders(item, name, long) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) > LONG or _scalars(value) > LONG:
        long.append(value)
        return name
    return [_with_placeholders(item, name, long) for item in value]


def _scalars(items: list[Any]) -> float:
    """How many scalars are in nested lists; with a mapping in them they do not count as long."""
    count = 0.0
    for item in items:
        if isinstance(item, dict):
            return -math.inf
        count += _scalars(item) if isinstance(item, list) else 1
    return count


def _put_together(pieces: list[str], long: list[list[Any]]) -> str:
    lines: list[str] = []
    last = pieces[0]
    for piece, items in zip(pieces[1:], long, strict=True):
        *full, last = last.split("\n")
        flow = Flow(last, _indent(last))
        flow.write(items)
        lines += full
        lines += flow.lines
        last = flow.line + piece
    lines.append(last)
    return "\n".join(lines)


def _indent(before: str) -> int:
    """Blanks before further lines of a flow sequence, so that they belong to the block it is in."""
    lead = re.match(r" *(?:- )*", before)
    assert lead is not None
    return lead.end() + 2 if lead.end() < len(before) else lead.end()


# --- everything else ---


class _Dumper(yaml.SafeDumper):
    """Writes the core schema of YAML 1.2: what would read as a number or a word is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    if not isinstance(scalar(text), str):
        style = "'"
    if not text.replace("\n", "").isprintable():
        style = '"'  # the only one with escapes
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _float(dumper: yaml.SafeDumper, number: float) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:float", float_text(number))


def _sequence(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    flat = not any(isinstance(item, dict) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=flat)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _float)
_Dumper.add_representer(list, _sequence)
