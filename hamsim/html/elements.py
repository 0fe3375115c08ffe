"""Single elements: tables, facts, folding parts, states of a proof, texts of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hamsim.errors import printable, shortened
from hamsim.html.markup import Html, escape, joined, package_text, render, trusted
from hamsim.report.sections import Fact, Section

__all__ = [
    "code",
    "facts",
    "fold",
    "fragment",
    "heading",
    "notes",
    "paragraph",
    "progress",
    "section",
    "sections",
    "status",
    "style",
    "table",
]

MOST_ROWS = 200  # of a table, unless somebody asks for more
MOST_LETTERS = 300  # of a cell or a fact
# What stands beside the words, for who does not see colours.
_SIGNS = {"proved": "✓", "refuted": "✗", "undecided": "?"}
_NUMBER = re.compile(
    r"[-+\u2212]?(\d[\d,]*\.?\d*|\.\d+)(e[-+]?\d+)?( [a-zA-Z%]{1,3})?", re.IGNORECASE
)
_NUMBERS = re.compile(rf"(?:{_NUMBER.pattern})( (to|x) (?:{_NUMBER.pattern}))*", re.IGNORECASE)


def style() -> Html:
    """The style sheet of all elements; it holds for what is within a `fragment` alone."""
    return trusted(f"<style>{_short(package_text('elements.css'))}</style>")


def fragment(*parts: object, label: str = "", styled: bool = True) -> Html:
    """Elements put together to what can be shown by itself, as the output of a notebook's cell.

    Parameters
    ----------
    *parts : Html or str
    label : str, optional
        What it is, for those who hear it.
    styled : bool, optional
        Whether the style sheet comes with it.
    """
    return render("fragment", parts=parts, label=label, style=style() if styled else "")


def heading(text: str, level: int = 3, note: str = "") -> Html:
    """A title, with something quieter behind it."""
    return render("heading", text=_cell(text), level=min(max(level, 1), 6), note=_cell(note))


def paragraph(text: object, kind: str = "") -> Html:
    """A sentence or more; the kind is "", "quiet", "note" or "warning"."""
    return render("paragraph", text=text, kind=kind)


def notes(texts: Iterable[object], title: str = "") -> Html:
    """Sentences as a list; nothing where there are none."""
    return render("notes", texts=list(texts), title=title)


def status(word: str, text: str = "") -> Html:
    """Whether something is proved, refuted or undecided, as a sign, a word and a colour.

    Parameters
    ----------
    word : str
        Another word than these three has no colour.
    text : str, optional
        What is written; the word itself if nothing is.
    """
    kind = word if word in _SIGNS else ""
    return render("status", kind=kind, sign=_SIGNS.get(word, ""), text=text or word)


def facts(items: Iterable[Fact | tuple[str, object]]) -> Html:
    """Names with what is so of them, as a list of definitions.

    Parameters
    ----------
    items : iterable of Fact, or of (name, text or Html)
    """
    pairs = [_pair(item) for item in items]
    return render("facts", pairs=pairs) if pairs else trusted("")


def table(
    columns: Sequence[object],
    rows: Iterable[Sequence[object]],
    caption: str = "",
    most: int = MOST_ROWS,
) -> Html:
    """A table with headings; columns of numbers stand to the right.

    Parameters
    ----------
    columns : sequence of str or Html
    rows : iterable of sequences of str or Html
        The first cell of a row names it.
    caption : str, optional
    most : int, optional
        Rows that are shown; how many others there are is said below.
    """
    rows = [tuple(row) for row in rows]
    shown = [tuple(map(_cell, row)) for row in rows[:most]]
    numeric = [
        any(row[k] for row in shown) and all(_is_number(row[k]) for row in shown)
        for k in range(len(columns))
    ]
    heads = [_cell(each) for each in columns]
    more = len(rows) - len(shown)
    return render("table", columns=heads, rows=shown, caption=caption, numeric=numeric, more=more)


def fold(title: object, body: object, unfolded: bool = False, note: object = "") -> Html:
    """A part that opens when its title is chosen.

    Parameters
    ----------
    title : str or Html
    body : str or Html
    unfolded : bool, optional
        Whether it is open at first.
    note : str or Html, optional
        What stands beside the title, open or not.
    """
    return render("fold", title=_cell(title), body=body, unfolded=unfolded, note=_cell(note))


def section(told: Section, level: int = 3, most: int = MOST_ROWS) -> Html:
    """Facts that belong together: a title, a table, single facts."""
    parts: list[object] = []
    if told.title:
        parts.append(heading(told.title, level))
    if told.columns and told.rows:
        parts.append(table(told.columns, told.rows, most=most))
    parts.append(facts(told.facts))
    return joined(parts)


def sections(told: Iterable[Section], level: int = 3) -> Html:
    """Several of them, one below another."""
    return joined(section(each, level) for each in told)


def code(text: str, label: str, most: int = 40_000) -> Html:
    """A text as it is, such as that of a file.

    Parameters
    ----------
    text : str
    label : str
        What it is.
    most : int, optional
        Letters of it that are shown; of a longer one the middle is left out, which is said.
    """
    left_out = max(0, len(text) - most)
    end = most // 4
    if left_out:
        kept = f"{left_out:,} letters are left out here"
        text = f"{text[: most - end]}\n... {kept} ...\n{text[-end:]}"
    return render("code", text=text, label=label)


def progress(done: float, label: str, words: str = "") -> Html:
    """How far something is, from 0 to 1, as a bar and in words."""
    share = min(max(done, 0.0), 1.0) if done == done else 0.0
    return render("progress", share=f"{share:.4f}", label=label, words=words or f"{share:.0%}")


def _pair(item: Fact | tuple[str, object]) -> tuple[object, object, object, bool]:
    if isinstance(item, Fact):
        told = item.words if item.whole else shortened(item.words, MOST_LETTERS * 4)
        return _cell(item.name), told, item.note, item.whole
    name, words = item
    return _cell(name), words if hasattr(words, "__html__") else str(words), "", False


def _cell(value: object) -> object:
    """What fits on a line; HTML as it is."""
    if hasattr(value, "__html__"):
        return value
    return escape(shortened(printable(shortened(str(value), 4 * MOST_LETTERS)), MOST_LETTERS))


def _is_number(cell: object) -> bool:
    text = str(cell)
    return not text or _NUMBERS.fullmatch(text) is not None


def _short(css: str) -> str:
    """A style sheet without comments and blanks that nobody needs."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};,]) ?", r"\1", css).strip()
