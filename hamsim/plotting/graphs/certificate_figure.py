"""A picture of a certificate: what is guaranteed, what that means, and why."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

from hamsim.certify.certificate import Certificate
from hamsim.certify.words import TITLES, meaning
from hamsim.condition import Condition, Status
from hamsim.plotting.graphs.sheet import Sheet, mark, sheet
from hamsim.plotting.style import Picture, Style, drawn, styled, title_of
from hamsim.plotting.style.words import LETTER, number

__all__ = ["MOST_CONDITIONS", "draw_certificate"]

MOST_CONDITIONS = 24
MAX_WORDS = 600  # letters of a sentence
INCHES = 6.2  # width
MARK = 0.085
_ORDER: Sequence[Status] = ("refuted", "undecided", "proved")


class _Row(NamedTuple):
    """A condition, or several that say the same of other groups."""

    status: Status
    name: str
    message: str
    theorem: str
    repair: str


def draw_certificate(
    certificate: Certificate,
    *,
    theorems: bool = True,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw the answers with what they mean, then each condition with its status and theorem.

    What was refuted comes first, then what is open, then what was proved; groups of which the same
    was proved share a row.

    Parameters
    ----------
    certificate : Certificate
    theorems : bool
        Whether the theorem stands below each condition.
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture
        Of at most 24 conditions; `left_out` tells of others.
    """
    with styled(style) as look:
        rows = _rows(certificate.conditions)
        left = []
        if len(rows) > MOST_CONDITIONS:
            left.append(f"{len(rows) - MOST_CONDITIONS} of {len(rows)} conditions are not drawn")
        rows = rows[:MOST_CONDITIONS]
        picture = _Table(certificate, rows, look, theorems).draw(size, dpi, title_of(title))
        picture.describe(_described(certificate, title), left)
        return picture


def _described(certificate: Certificate, title: str | None) -> str:
    what = f"Certificate of {drawn(title)}" if title else "Certificate"
    answers = (f"{TITLES[name]}: {getattr(certificate, name)}" for name in certificate.FIELDS)
    counts = [
        f"{sum(c.status == status for c in certificate.conditions)} {status}"
        for status in ("proved", "refuted", "undecided")
    ]
    told = f"{what}. Symmetry: {certificate.symmetry}. {'. '.join(answers)}."
    return f"{told} Conditions: {', '.join(counts)}."


def _rows(conditions: Sequence[Condition]) -> list[_Row]:
    """Conditions by their status; those that differ only in their group are one."""
    together: dict[Any, list[Condition]] = {}
    for k, condition in enumerate(conditions):
        group = str(condition.where.get("group", ""))
        alike = condition.status == "proved" and group and len(condition.where) == 1
        name = condition.name.replace(group, "\0") if alike else condition.name
        said = condition.message.replace(group, "\0") if alike else condition.message
        key = (name, said, condition.theorem) if alike else k
        together.setdefault(key, []).append(condition)
    found = [_row(each) for each in together.values()]
    return [row for status in _ORDER for row in found if row.status == status]


def _row(conditions: Sequence[Condition]) -> _Row:
    first = conditions[0]
    name, said = first.name, first.message
    if len(conditions) > 1:
        groups = [str(condition.where["group"]) for condition in conditions]
        some = ", ".join(groups[:4]) + (", …" if len(groups) > 4 else "")
        name = f"{name.replace(groups[0], '').strip()} {len(groups)} groups"
        said = f"{some}: {said.replace(groups[0], 'each')}"
    return _Row(first.status, name, said, first.theorem, first.repair)


class _Line(NamedTuple):
    text: str
    x: float
    size: float
    colour: str
    weight: str = "normal"
    style: str = "normal"


class _Table:
    """Lines of text from the top down, with marks beside some of them."""

    def __init__(
        self, certificate: Certificate, rows: Sequence[_Row], style: Style, theorems: bool
    ) -> None:
        self.style = style
        self.inches = INCHES * style.scale
        self.y = 0.0
        self.lines: list[tuple[float, _Line]] = []
        self.marks: list[tuple[float, Status]] = []
        self.rules: list[float] = []
        self.left = 0.3 * style.scale / 0.72 if style.scale < 1 else 0.34
        self._answers(certificate)
        self.y += 0.5 * style.text / 72
        self.rules.append(self.y)
        self.y += 0.7 * style.text / 72
        for row in rows:
            self._condition(row, theorems)

    def _answers(self, certificate: Certificate) -> None:
        self.y += 0.6 * self.style.text / 72
        column = self.left + 0.7 * max(map(len, TITLES.values())) * self.style.text / 72
        for name, means in meaning(certificate).items():
            status: Status = getattr(certificate, name)
            self.marks.append((self._middle(self.style.text), status))
            line = _Line(TITLES[name], self.left, self.style.text, "black", "bold")
            self.lines.append((self.y, line))
            self._words(means, column, self.style.text, "0.15")
            self.y += 0.25 * self.style.text / 72
        step = certificate.max_step
        words = "none is guaranteed" if step is None else f"up to {number(step)}"
        for title, said in (("symmetry of W", certificate.symmetry), ("Euler step", words)):
            self.lines.append((self.y, _Line(title, self.left, self.style.text, "black")))
            self._words(said, column, self.style.text, "0.15")
            self.y += 0.25 * self.style.text / 72

    def _condition(self, row: _Row, theorems: bool) -> None:
        size = self.style.small
        self.marks.append((self._middle(size), row.status))
        self._words(drawn(row.name, 90), self.left, size, "black", "bold")
        self._words(drawn(row.message, MAX_WORDS), self.left, size, "0.15")
        if row.repair and row.status != "proved":
            self._words(f"repair: {drawn(row.repair, MAX_WORDS)}", self.left, size, "0.15")
        if theorems and row.theorem:
            tiny = self.style.tiny
            self._words(drawn(row.theorem, MAX_WORDS), self.left, tiny, "0.4", slant="italic")
        self.y += 0.55 * size / 72

    def _middle(self, size: float) -> float:
        return self.y + 0.62 * size / 72

    def _words(
        self,
        text: str,
        x: float,
        size: float,
        colour: str,
        weight: str = "normal",
        slant: str = "normal",
    ) -> None:
        wide = (1.08 if weight == "bold" else 1.0) * LETTER * size / 72
        most = max(12, int((self.inches - x - 0.08) / wide))
        for line in textwrap.wrap(text, most, break_on_hyphens=False) or [""]:
            self.lines.append((self.y, _Line(line, x, size, colour, weight, slant)))
            self.y += 1.3 * size / 72

    def draw(self, size: Any, dpi: float | None, title: str | None) -> Picture:
        height = self.y + 0.05
        paper: Sheet = sheet(self.style, self.inches, height, size, dpi, title)
        for y in self.rules:
            paper.axes.plot(
                [0.05, self.inches - 0.05], [height - y] * 2, color="0.7", linewidth=0.6
            )
        for y, line in self.lines:
            options = {"ha": "left", "va": "top", "weight": line.weight, "style": line.style}
            paper.text(line.x, height - y, line.text, line.size, color=line.colour, **options)
        for y, status in self.marks:
            mark(paper, self.left - 1.9 * MARK, height - y, status, MARK * self.style.small / 8)
        return paper.picture
