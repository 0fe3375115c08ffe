"""What the docstrings of models say of the file's keys, for schemas and whoever shows them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from hamsim.spec.text import parse_text

__all__ = ["Described", "described"]

_RULE = re.compile(r"-{3,}\Z")
_NAMES = re.compile(r"[*\w]+(?:, [*\w]+)*\Z")


class Described(NamedTuple):
    """What is said of a model and its keys.

    Parameters
    ----------
    text : str
        The model's own, with its notes; blank lines between paragraphs.
    keys : mapping of str to str
        Of each key, by its name in Python.
    examples : list
        Values as a file has them.
    """

    text: str
    keys: Mapping[str, str]
    examples: list[Any]


def described(model: type) -> Described:
    """What the docstring of a model says, and those of its bases of keys that it inherits."""
    keys: dict[str, str] = {}
    for base in reversed(model.__mro__):
        doc = base.__dict__.get("__doc__")
        if doc and base.__module__.startswith(__package__):
            keys |= _keys(_sections(doc).get("Parameters", []))
    own = _sections(model.__dict__.get("__doc__") or "")
    text = "\n\n".join(filter(None, (_paragraphs(own[""]), _paragraphs(own.get("Notes", [])))))
    examples = [parse_text(line)[0] for line in own.get("Examples", []) if line.strip()]
    return Described(text, keys, examples)


def _sections(doc: str) -> dict[str, list[str]]:
    """Lines of each section by its name; those before the first one have none."""
    lines = inspect.cleandoc(doc).splitlines()
    found: dict[str, list[str]] = {"": []}
    name = ""
    for k, line in enumerate(lines):
        if _RULE.match(line):
            continue
        if k + 1 < len(lines) and _RULE.match(lines[k + 1]):
            name = line.strip()
            found[name] = []
        else:
            found[name].append(line)
    return found


def _keys(lines: list[str]) -> dict[str, str]:
    """What is said of each name of a section of parameters; of several in one line the same."""
    found: dict[str, str] = {}
    names: list[str] = []
    texts: list[str] = []

    def close() -> None:
        found.update(dict.fromkeys(names, _paragraphs(texts)))

    for line in [*lines, "end"]:
        if line.startswith(" ") or not line:
            texts.append(line)
            continue
        close()
        head = line.partition(" : ")[0]
        names, texts = head.split(", ") if _NAMES.match(head) else [], []
    return {name: text for name, text in found.items() if text}


def _paragraphs(lines: list[str]) -> str:
    parts = re.split(r"\n\s*\n", "\n".join(lines).strip())
    return "\n\n".join(" ".join(part.split()) for part in parts)
