"""Bars that say how far something is: ``progress=True``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hamsim.html.elements import fragment, progress
from hamsim.html.markup import Html, escape
from hamsim.notebook.outlets import Outlet, outlet
from hamsim.notebook.pace import Pace
from hamsim.notebook.told import TELLERS, Told, left_of
from hamsim.report.words import duration
from hamsim.telling import Tell, What

__all__ = ["Bar", "Bars", "html_bar"]

SHARE = 0.01  # of the time that is spent on a bar
SECONDS = 0.1  # between two looks of it


class Bar:
    """A bar as long as something lasts.

    Parameters
    ----------
    what : str
        What is told of.
    where : Outlet
    """

    def __init__(self, what: What, where: Outlet) -> None:
        self._of, self._where = TELLERS[what], where
        self._pace, self._began = Pace(SHARE, SECONDS), time.perf_counter()
        self._first: tuple[float, float] | None = None  # when it was heard of, how much was done
        self._last: Told | None = None

    def __call__(self, *told: Any) -> None:
        """Hear how far it is."""
        self.hear(*told)
        if self._pace.due():
            with self._pace.spending():
                self._show(*self.words())

    def hear(self, *told: Any) -> None:
        """Hear how far it is, and show nothing."""
        self._last = self._of(*told)
        if self._first is None:
            self._first = (time.perf_counter(), self._last.part or 0.0)

    def words(self) -> tuple[Told, str]:
        """What was heard last, and how long it will take."""
        assert self._last is not None
        assert self._first is not None
        began, part = self._first
        left = left_of(self._last, time.perf_counter() - began, part)
        return self._last, f"{self._last.words}, {left}" if left else self._last.words

    def last_words(self, whole: bool) -> tuple[Told, str] | None:
        """The same when it is over; None where nothing was heard.

        Parameters
        ----------
        whole : bool
            Whether it came to its end.
        """
        told = self._last
        if told is None:
            return None
        took = duration(time.perf_counter() - self._began)
        if whole and told.whole:
            told = Told(told.label, 1.0, told.whole)
        return told, f"{told.words}; {'took' if whole else 'stopped after'} {took}"

    def end(self, whole: bool) -> None:
        """Show what was heard last, and how long it took."""
        if (last := self.last_words(whole)) is not None:
            self._show(*last)
        self._where.close()

    def _show(self, told: Told, words: str) -> None:
        html = str(fragment(html_bar(told, words))) if self._where.rich else ""
        self._where.show(text_bar(told, words), html)


class Bars:
    """A bar for whatever is begun."""

    @contextmanager
    def showing(self, what: What) -> Iterator[Tell]:
        """A bar in a notebook, or a line of text elsewhere.

        Yields
        ------
        callable
            Is told how far it is.
        """
        shown, whole = Bar(what, outlet()), False
        try:
            yield shown
            whole = True
        finally:
            shown.end(whole)


def text_bar(told: Told, words: str) -> str:
    """A line of text."""
    part = "" if told.part is None else f"{told.part:.0%}, "
    return f"{told.label}: {part}{words}"


def html_bar(told: Told, words: str) -> Html:
    """A bar of HTML; a line where nobody knows how much there is to do."""
    if told.part is None:
        return escape(f"{told.label}: {words}")
    return progress(told.part, told.label, words)
