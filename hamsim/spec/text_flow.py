"""Long lists as YAML in flow style: ``[[a, b, 0.25], [b, c, -1.5]]``."""

from __future__ import annotations

import math
import re
from typing import Any

__all__ = ["WIDTH", "Flow", "float_text", "quoted"]

# A line ends before the first item that begins beyond this column.
WIDTH = 100
# PyYAML and other readers of YAML 1.1 take these for something else than text.
_WORDS = frozenset(
    form
    for word in ("yes", "no", "on", "off", "true", "false", "null")
    for form in (word, word.capitalize(), word.upper())
)
# Letters, digits and blanks between words: text to every reader, in whatever place it stands.
_PLAIN = re.compile(r"[^\W\d][\w./+-]*(?: [\w./+-]+)*\Z")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# Longer keys need a question mark before them; PyYAML draws the line here too.
_MAX_KEY = 120


def float_text(number: float) -> str:
    """A number with the digits that give back each of its bits."""
    text = repr(number)
    mantissa, exponent, power = text.partition("e")
    if exponent and "." not in mantissa:  # without the point YAML 1.1 readers take it for text
        text = f"{mantissa}.0e{power}"
    if not math.isfinite(number):
        text = "." + text if number != -math.inf else "-.inf"
    return text


def quoted(text: str) -> str:
    """Text on one line, plain where every reader takes it for text, otherwise in quotes."""
    if (text.isidentifier() or _PLAIN.match(text)) and text not in _WORDS:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_ESCAPES.get(c) or _escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 256:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code < 2**16 else f"\\U{code:08X}"


class Flow:
    """Writes nested lists and mappings of plain values, breaking lines as PyYAML does.

    Parameters
    ----------
    line : str
        What stands before the value in its line.
    indent : int
        Blanks at the beginning of further lines.

    Attributes
    ----------
    lines : list of str
        The finished lines.
    line : str
        The line that goes on after the value.
    """

    def __init__(self, line: str, indent: int) -> None:
        self.lines: list[str] = []
        self.line = line
        self.indent = indent
        self._texts: dict[str, str] = {}

    def write(self, value: Any) -> None:
        """Add a value.

        Raises
        ------
        TypeError
            It is neither a dict, a list, text, a number, a bool nor None.
        """
        self.line = self._value(value, self.line, self.indent)

    def _value(self, value: Any, line: str, indent: int) -> str:
        if type(value) is list:
            return self._list(value, line, indent)
        if type(value) is dict:
            return self._mapping(value, line, indent)
        return line + self._scalar(value)

    def _scalar(self, value: Any) -> str:
        kind = type(value)
        if kind is float:
            return float_text(value)
        if kind is str:
            text = self._texts.get(value)
            if text is None:
                text = self._texts[value] = quoted(value)
            return text
        if kind is int:
            return str(value)
        if value is None:
            return "null"
        if kind is bool:
            return "true" if value else "false"
        raise TypeError(f"{kind.__name__} has no form in YAML: {value!r}")

    def _list(self, items: list[Any], line: str, indent: int) -> str:
        line += "["
        between = ""
        for item in items:
            # Mappings begin a line: such a list is a table, and stays readable as one.
            if len(line) > WIDTH or (between and type(item) is dict):
                self.lines.append(line)
                line = " " * indent
            else:
                line += between
            line = self._value(item, line, indent + 2) + ","
            between = " "
        return line[:-1] + "]" if items else line + "]"

    def _mapping(self, items: dict[str, Any], line: str, indent: int) -> str:
        line += "{"
        between = ""
        for key, item in items.items():
            if len(line) > WIDTH:
                self.lines.append(line)
                line = " " * indent
            else:
                line += between
            name = self._scalar(key)
            line += name + ": " if len(name) <= _MAX_KEY else "? " + name + " : "
            line = self._value(item, line, indent + 2) + ","
            between = " "
        return line[:-1] + "}" if items else line + "}"
