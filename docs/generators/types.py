"""What a part of a JSON Schema allows, in words, with links to the pages of blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

__all__ = ["cell", "flow", "in_words", "spaced"]

Schema = Mapping[str, Any]
_PLAIN = {
    "boolean": "true or false",
    "integer": "whole number",
    "null": "nothing",
    "number": "number",
    "object": "mapping",
    "string": "text",
}


def in_words(part: Schema | bool, link: Callable[[str], str]) -> str:
    """Say what may stand there.

    Parameters
    ----------
    part : mapping or bool
        True allows anything.
    link : callable
        Gives the link to a definition, by its name.
    """
    if isinstance(part, bool):
        return "anything"
    if "$ref" in part:
        return link(part["$ref"].rpartition("/")[2])
    if "const" in part:
        return f"`{flow(part['const'])}`"
    if "enum" in part:
        return ", ".join(f"`{flow(each)}`" for each in part["enum"])
    if "anyOf" in part:
        choices = [in_words(each, link) for each in part["anyOf"] if each.get("type") != "null"]
        return ", or ".join(dict.fromkeys(choices))
    if part.get("type") == "array":
        return _list_in_words(part, link)
    if isinstance(part.get("additionalProperties"), Mapping):
        return f"mapping of names to {in_words(part['additionalProperties'], link)}"
    types = part.get("type", "object")
    names = [types] if isinstance(types, str) else types
    return " or ".join(_PLAIN[name] for name in names) + _bounds(part)


def _list_in_words(part: Schema, link: Callable[[str], str]) -> str:
    if "prefixItems" in part:
        return "list of " + " and ".join(in_words(each, link) for each in part["prefixItems"])
    if part.get("maxItems") == 2 == part.get("minItems"):
        return f"list of two: {in_words(part.get('items', True), link)}"
    return f"list of {in_words(part.get('items', True), link)}"


def _bounds(part: Schema) -> str:
    said = {
        "minimum": "from {} on",
        "exclusiveMinimum": "above {}",
        "maximum": "to {}",
        "exclusiveMaximum": "below {}",
    }
    found = [words.format(part[key]) for key, words in said.items() if key in part]
    return f" {', '.join(found)}" if found else ""


def flow(value: Any) -> str:
    """A value as a file may have it, in one line."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix("\n...\n").strip()


def spaced(name: str) -> str:
    """A definition's name as a title: `EdgeTable` is "Edge table"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    return words[0].upper() + words[1:]


def cell(text: str) -> str:
    """Text that stays in its cell of a table."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "\\<")
