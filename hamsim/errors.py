"""Every exception that hamsim raises on purpose, and the wording they share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "CompileError",
    "ExpressionError",
    "HamsimError",
    "HamsimWarning",
    "PlotError",
    "Problem",
    "SimulationError",
    "SimulationInterrupted",
    "SimulationWarning",
    "SpecError",
    "TraceError",
    "did_you_mean",
    "given",
    "printable",
    "readable",
    "shortened",
    "shown",
]


class HamsimError(Exception):
    """Base of all errors that a user of hamsim can cause; its text is fit for a terminal."""

    def __str__(self) -> str:
        return readable(super().__str__())


class HamsimWarning(UserWarning):
    """Something was read that may not be what is meant."""


class ExpressionError(HamsimError, ValueError):
    """A text that should be an arithmetic expression is not one."""


@dataclass(frozen=True)
class Problem:
    """One mistake in a network description.

    Parameters
    ----------
    message : str
        What is wrong; what is allowed.
    path : str
        Where in the description, as ``groups.features.tau``.
    file : str
        Name of the file as the user gave it; empty for a description built in code.
    line, column : int
        Position counted from 1; 0 where there is no text to point at.
    """

    message: str
    path: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place = f"{place}:{self.line}:{self.column}"
        return printable(": ".join(part for part in (place, self.path, self.message) if part))


class SpecError(HamsimError, ValueError):
    """A network description is wrong; holds every problem that was found.

    Attributes
    ----------
    problems : tuple of Problem
        In the order of the file.
    file, line, column, path
        Those of the first problem.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        unique = dict.fromkeys(problems)
        self.problems = tuple(sorted(unique, key=lambda p: (p.line, p.column)))
        first = self.problems[0]
        self.file, self.line, self.column, self.path = (
            first.file,
            first.line,
            first.column,
            first.path,
        )
        lines = [str(problem) for problem in self.problems[:MAX_PRINTED]]
        if len(self.problems) > MAX_PRINTED:
            lines.append(f"... and {len(self.problems) - MAX_PRINTED:,} more mistakes")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[SpecError], tuple[tuple[Problem, ...]]]:
        return SpecError, (self.problems,)


class CompileError(HamsimError, ValueError):
    """A valid description cannot be turned into arrays."""


class SimulationError(HamsimError, ValueError):
    """A simulation was asked for that cannot be run."""


class TraceError(HamsimError, ValueError):
    """A trace file cannot be written, read or repaired."""


class PlotError(HamsimError, ValueError):
    """A picture cannot be drawn as it is asked for, or not be written."""


class SimulationWarning(UserWarning):
    """What should be known of a simulation before it starts."""


class SimulationInterrupted(KeyboardInterrupt):
    """Ctrl-C during `simulate`; what was recorded until then is in `trace`."""

    def __init__(self, trace: Any) -> None:
        super().__init__("simulation interrupted")
        self.trace = trace


MAX_COMPARED = 100
# Longer names are not compared, and shortened where they are listed.
MAX_LETTERS = 200
MAX_LISTED = 60
MAX_PRINTED = 20
# Characters of one line of a message, and of its end if it has more: names may be of any length.
MAX_LINE = 1000
LINE_END = 200


def printable(text: str) -> str:
    """Text with control characters written out, so that a file cannot steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shortened(text: str, most: int) -> str:
    """Text of at most so many characters; of a longer one the middle is left out."""
    if len(text) <= most:
        return text
    end = most // 4
    return f"{text[: most - end - 3]}...{text[len(text) - end :]}"


def readable(text: str) -> str:
    """Lines without control characters, each short enough to be read."""
    if len(text) <= MAX_LINE and text.isprintable():
        return text
    lines = [printable(line) for line in text.split("\n")]
    return "\n".join(
        line
        if len(line) <= MAX_LINE
        else f"{line[: MAX_LINE - LINE_END - 5]} ... {line[-LINE_END:]}"
        for line in lines
    )


def shown(value: Any) -> str:
    """A wrong value, short enough for a line; never an error, whatever it is."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except Exception:  # of a whole number with thousands of digits, or an object without a text
        text = "a whole number of thousands of digits" if isinstance(value, int) else "<"
    if "\n" in text or text.startswith("<"):  # an object of Python that no file has
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def given(value: Any) -> str:
    """An argument as Python writes it, on one line of at most 60 characters; never an error."""
    try:
        text = repr(value)
    except Exception:  # of what has no end, or no text
        text = ""
    if not text or "\n" in text:
        return f"an object of type {type(value).__name__}"
    return printable(text[:60])


def did_you_mean(word: str, allowed: Iterable[str], noun: str = "allowed") -> str:
    """Say which of `allowed` is close to `word`, or list them all.

    Parameters
    ----------
    word : str
        What was written.
    allowed : iterable of str
        What could have been written.
    noun : str
        Introduces the list when nothing is close.

    Returns
    -------
    str
        A phrase for the end of a message.
    """
    names = [str(name) for name in allowed]
    if len(names) > MAX_COMPARED:  # comparing takes long: only those that look alike at once
        near = sorted(names, key=lambda name: (name[:2] != word[:2], abs(len(name) - len(word))))
        names = near[:MAX_COMPARED]
    comparable = [name for name in names if len(name) <= MAX_LETTERS]
    close = difflib.get_close_matches(str(word)[: MAX_LETTERS + 1], comparable, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{printable(close[0])}'?"
    if not names:
        return f"{noun}: none"
    shown = ", ".join(printable(shortened(name, MAX_LISTED)) for name in names[:20]) + (
        ", ..." if len(names) > 20 else ""
    )
    return f"{noun}: {shown}"
