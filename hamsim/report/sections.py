"""Facts in words, in the order in which they are told, for whatever shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Fact", "Report", "Section"]


@dataclass(frozen=True)
class Fact:
    """One fact.

    Parameters
    ----------
    name : str
    value : object
        What is so, as it is: a number, a word, a list of these.
    words : str
        The same in words.
    unit : str
        Of the value, if it is a number that has one.
    note : str
        What is to be said besides.
    whole : bool
        Whether the words are to be copied, as a formula is: they stay on one line, and whole.
    """

    name: str
    value: Any
    words: str
    unit: str = ""
    note: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Section:
    """Facts that belong together: a table, then single facts.

    Parameters
    ----------
    title : str
    facts : tuple of Fact
    columns : tuple of str
        Titles of the table's columns; empty where there is no table.
    rows : tuple of tuple of str
        The table's cells, in words.
    """

    title: str = ""
    facts: tuple[Fact, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Report(Protocol):
    """What all reports have."""

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text, lists and dicts, for JSON."""

    def sections(self) -> tuple[Section, ...]:
        """The same in words."""
