"""Whether values read from a file have the form that they should have."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = [
    "FormError",
    "fields",
    "list_of",
    "number",
    "optional",
    "parse_json",
    "table",
    "text",
    "truth",
    "whole",
]

Check = Callable[[Any, str], Any]
# Lists and tables take much more memory than their text.
LEAST_BYTES_A_LIST = 12


class FormError(ValueError):
    """Something does not have the form that it should have."""


def parse_json(content: bytes | str, where: str) -> Any:
    """Value of a JSON text that has been read from a file."""
    brackets: list[Any] = [b"[", b"{"] if isinstance(content, bytes) else ["[", "{"]
    count = sum(content.count(bracket) for bracket in brackets)
    if count > 1000 + len(content) // LEAST_BYTES_A_LIST:
        raise FormError(f"{where} is not what hamsim writes")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise FormError(f"{where} is not JSON as hamsim writes it") from None


def text(value: Any, where: str) -> str:
    """Require text."""
    if not isinstance(value, str):
        raise FormError(f"{where} is not text")
    return value


def whole(value: Any, where: str, least: int = 0, most: int = 2**62) -> int:
    """Require a whole number."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise FormError(f"{where} is not a whole number of at least {least}")
    return value


def truth(value: Any, where: str) -> bool:
    """Require true or false."""
    if not isinstance(value, bool):
        raise FormError(f"{where} is neither true nor false")
    return value


def number(value: Any, where: str) -> float:
    """Require a number, which need not be finite."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise FormError(f"{where} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise FormError(f"{where} is not a number") from None


def table(value: Any, where: str) -> dict[str, Any]:
    """Require a table of names and values."""
    if not isinstance(value, dict):
        raise FormError(f"{where} is not a table")
    return value


def optional(check: Check) -> Check:
    """A check that lets None pass."""
    return lambda value, where: None if value is None else check(value, where)


def list_of(check: Check) -> Check:
    """A check of a list of which each item passes another."""

    def checked(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise FormError(f"{where} is not a list")
        return tuple(check(item, where) for item in value)

    return checked


def fields(value: Any, where: str, checks: Mapping[str, Check], may_lack: bool = False) -> Any:
    """A table with known names only, each value checked."""
    found = table(value, where)
    for name in found:
        if name not in checks:
            raise FormError(f"{where} has '{name[:40]}', which hamsim does not know")
    result = {}
    for name, check in checks.items():
        if name in found:
            result[name] = check(found[name], f"{where}.{name}")
        elif not may_lack:
            raise FormError(f"{where} has no '{name}'")
    return result
