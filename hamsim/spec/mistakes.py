"""Mistakes of a description, each with its place in the file."""

from __future__ import annotations

from typing import Any

from hamsim.errors import Problem
from hamsim.spec.text import Marks, dotted

__all__ = ["Mistakes"]


class Mistakes:
    """All that has been found to be wrong with one description.

    Parameters
    ----------
    file : str
        Names it in messages; empty for one that was made in Python.

    Attributes
    ----------
    problems : list of Problem
    overridden : set of tuple
        Paths of what was put in place of the file's, which are to blame for themselves.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.overridden: set[tuple[Any, ...]] = set()
        self.raw: Any = None
        self._marks = Marks()
        # Places at which the text itself is wrong: what stands in for it is not to be judged.
        self._spoiled: set[tuple[int, int]] = set()

    def begin(self, marks: Marks, problems: list[Problem]) -> None:
        """Take the places of a text, and what is wrong with the text itself."""
        self._marks, self.problems = marks, list(problems)
        self._spoiled = {(problem.line, problem.column) for problem in problems}

    def report(self, path: tuple[Any, ...], message: str, at_key: bool = False) -> None:
        """Note a mistake at a path of the file."""
        file = self.file
        path = self._existing(path)
        if any(self._stands_in(path, changed) for changed in self.overridden):
            file, line, column = "--set", 0, 0
        else:
            mark = self._marks.at(path)
            line, column = mark.line, mark.column
            if (line, column) in self._spoiled and not at_key:
                return
            if at_key and mark.key_line:
                line, column = mark.key_line, mark.key_column
        self.problems.append(Problem(message, dotted(path), file, line, column))

    def _stands_in(self, path: tuple[Any, ...], changed: tuple[Any, ...]) -> bool:
        """Whether what is at a path came with the change of another, or of the same."""
        if path == changed[: len(path)]:  # also what had to be made on the way
            mark = self._marks.at(path)
            return path == changed or mark == self._marks.at(path[:-1])
        return path[: len(changed)] == changed

    def _existing(self, path: tuple[Any, ...]) -> tuple[Any, ...]:
        """The path without list positions that the file does not have (`within: a` is one name)."""
        value, kept = self.raw, []
        for part in path:
            if isinstance(part, int) and isinstance(value, str):
                continue
            kept.append(part)
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                value = None
        return tuple(kept)
