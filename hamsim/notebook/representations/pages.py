"""What all representations are made of."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import printable
from hamsim.html.charts import images
from hamsim.html.elements import fold, fragment, heading, paragraph, section
from hamsim.html.markup import Html, joined
from hamsim.report.sections import Fact, Section
from hamsim.report.words import named

__all__ = ["description", "folded", "page", "plain_sections", "strip"]

LEVEL = 4  # of headings: notebooks have larger ones of their own
MOST_LETTERS = 160  # of a description
MOST_NUMBERS = 400  # of a picture one number high


def page(kind: str, name: str, note: str, *parts: object) -> Html:
    """A whole representation.

    Parameters
    ----------
    kind : str
        What is shown: the name of its class.
    name : str
        The network's, or whatever it is of; may be empty.
    note : str
        In a few words what there is.
    *parts : Html
    """
    title = f"{kind} {named(name)}".strip()
    return fragment(heading(title, LEVEL, note), *parts, label=printable(title))


def folded(title: object, note: object, *parts: object, unfolded: bool = False) -> Html:
    """A part that opens."""
    return fold(title, joined(parts), unfolded=unfolded, note=note)


def plain_sections(told: Iterable[Section], skip: int = 0) -> Html:
    """Sections of a report that were written for the command, without what they say of options.

    Parameters
    ----------
    told : iterable of Section
    skip : int
        Sections at the beginning that are left out.
    """
    return joined(section(_plain(each), LEVEL) for each in list(told)[skip:])


def _plain(told: Section) -> Section:
    facts = tuple(
        Fact(fact.name, fact.value, _without_options(fact.words), fact.unit, fact.note, fact.whole)
        for fact in told.facts
    )
    return Section(told.title, facts, told.columns, told.rows)


def _without_options(words: str) -> str:
    return words.partition("; --")[0].replace(" --", " ")


def description(text: str) -> Html:
    """What a description says of itself; where that is long, its beginning, and the rest to open.

    Parameters
    ----------
    text : str
    """
    words = " ".join(text.split())
    if len(words) <= MOST_LETTERS:
        return paragraph(words) if words else joined(())
    beginning = words[:MOST_LETTERS].rpartition(" ")[0]
    return folded("About", f"{beginning} ...", paragraph(words))


def strip(values: Floats, title: str) -> Html:
    """Some numbers in a row as colours, with their range."""
    row = np.ravel(values)
    every = -(-row.size // MOST_NUMBERS)
    shown = row[::every][None]
    width = min(max(4 * shown.size, 120), MOST_NUMBERS)
    return images({title: shown}, title, height=14, width=width) if row.size else joined(())
