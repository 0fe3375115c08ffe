"""What happened in a sweep: how runs ended, pictures of what was kept, and a table of all runs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from typing import Any

from hamsim.html.elements import heading, paragraph, section, table
from hamsim.html.markup import Html, joined
from hamsim.html.page import Part, download
from hamsim.pages import figures
from hamsim.pages.subject import Subject
from hamsim.report.sections import Section
from hamsim.report.sweep import SweepReport
from hamsim.scale.results.results import SweepResults

__all__ = ["TITLE", "sweep_part"]

TITLE = "What happened"
MOST_ROWS = 200  # that are shown
MOST_COLUMNS = 12
MOST_BYTES = 400_000  # of the table that the page holds whole
# Columns that say little where all runs are alike.
_DULL = ("status", "reason")


def sweep_part(subject: Subject, show: Iterable[str] | None = None) -> Part:
    """The part of a page about a sweep.

    Parameters
    ----------
    subject : Subject
        With results.
    show : iterable of str, optional
        Numbers that are drawn; the first six of those that were kept if nobody says.
    """
    results = subject.results
    assert results is not None
    (told,) = SweepReport(results, subject.file).sections()
    facts = Section("", told.facts)
    parts = [section(facts), figures.of_sweep(results, show), *_table(results)]
    return Part(TITLE, joined(parts))


def _table(results: SweepResults) -> list[Html]:
    """A row a run; whole as a file that the page holds, where that is not large."""
    columns = {name: list(column) for name, column in results.table().items()}
    alike = [name for name in _DULL if len(set(columns.get(name, ()))) <= 1]
    single = {each.name for each in results.coordinates}
    single |= {name for name, values in results.columns.items() if values.shape == ()}
    shown = [name for name in columns if name in single and name not in alike][:MOST_COLUMNS]
    rows = list(
        zip(*(map(_written, columns[name][: MOST_ROWS + 1]) for name in shown), strict=True)
    )
    parts = [heading("Runs"), table(shown, rows[:MOST_ROWS], caption="A row a run")]
    missing = len(results) - MOST_ROWS
    if missing > 0:
        parts.append(paragraph(f"The first {MOST_ROWS} of {len(results):,} runs.", "quiet"))
    if len(columns) > len(shown) + len(alike):
        more = len(columns) - len(shown) - len(alike)
        parts.append(
            paragraph(
                f"{more:,} more columns, with a number of an array each, are in the file below.",
                "quiet",
            )
        )
    text = _as_csv(columns)
    if len(text) <= MOST_BYTES:
        parts.append(download(text, "runs.csv", "text/csv", "Save all runs as runs.csv"))
    else:
        how = "hamsim sweep --out FOLDER --table runs.csv writes the whole table."
        parts.append(paragraph(how, "quiet"))
    return parts


def _as_csv(columns: dict[str, list[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return stream.getvalue()


def _written(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return str(value)
