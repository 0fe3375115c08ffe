"""Docstrings as Sphinx reads them: they are plain text, in which |x| and x* are formulas."""

from __future__ import annotations

import inspect
import re
from typing import Any

__all__ = ["connect"]

_LITERAL = re.compile(r"(``.*?``|`[^`]*`)")
_TYPE = re.compile(r"^(\s*:(?:type|rtype|vartype)(?: [^:]+)?:) (\S.*)$")
_SEVERAL = re.compile(r"^(\s*:ivar) ([^:]+), (\w+):(.*)$")
# Napoleon turns sections into fields between these two.
_BEFORE, _AFTER = 400, 600


def connect(app: Any) -> None:
    """Ask for every docstring, before and after its sections become fields."""
    app.connect("autodoc-process-docstring", _escape, priority=_BEFORE)
    app.connect("autodoc-process-docstring", _quote_types, priority=_AFTER)
    app.connect("autodoc-skip-member", _is_foreign)


def _escape(
    app: Any, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    for number, line in enumerate(lines):
        parts = _LITERAL.split(line)
        parts[::2] = [re.sub(r"([|*])", r"\\\1", part) for part in parts[::2]]
        lines[number] = "".join(parts)


def _quote_types(
    app: Any, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Types are sentences such as "ndarray, shape (trials, n)", whose words are no links."""
    for number in reversed(range(len(lines))):
        several = _SEVERAL.match(lines[number])
        if several:  # attributes that are described together
            start, names, last, text = several.groups()
            each = [f"{start} {name.strip()}:" for name in names.split(",")]
            lines[number : number + 1] = [*each, f"{start} {last}:{text}"]
            continue
        found = _TYPE.match(lines[number])
        if found:
            plain = re.sub(r"[`\\]", "", found[2])
            lines[number] = f"{found[1]} ``{plain}``"


def _is_foreign(
    app: Any, what: str, name: str, thing: object, skip: bool, options: object
) -> bool | None:
    """What a class has from other libraries stands in their manuals."""
    module = getattr(inspect.unwrap(thing), "__module__", None) if callable(thing) else None
    return True if module and not module.startswith("hamsim") else None
