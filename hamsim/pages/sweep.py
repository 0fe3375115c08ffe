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
from hamsim.report.words import named
from hamsim.scale.results.flat import flat_columns, wide
from hamsim.scale.results.results import SweepResults

__all__ = ["TITLE", "sweep_part"]

TITLE = "What happened"
MOST_ROWS = 200  # that are shown
MOST_COLUMNS = 12
# Of the table that the page holds whole.
MOST_NUMBERS, MOST_BYTES = 100_000, 400_000
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
    each = max(1, MOST_NUMBERS // max(1, len(results)))
    columns = {
        name: flat.take()[:, k].tolist()
        for flat in flat_columns(results, each)
        for k, name in enumerate(flat.names)
    }
    alike = [name for name in _DULL if len(set(columns.get(name, ()))) <= 1]
    single = {coordinate.name for coordinate in results.coordinates}
    single |= {name for name, values in results.columns.items() if values.shape == ()}
    shown = [name for name in columns if name in single and name not in alike][:MOST_COLUMNS]
    cells = (map(_written, columns[name][:MOST_ROWS]) for name in shown)
    parts = [heading("Runs"), table(shown, zip(*cells, strict=True), caption="A row a run")]
    told = []
    if len(results) > MOST_ROWS:
        told.append(f"The first {MOST_ROWS} of {len(results):,} runs.")
    if len(columns) > len(shown) + len(alike):
        told.append("Numbers of arrays that were kept are in the file.")
    text = _as_csv(columns) if len(results) * len(columns) <= MOST_NUMBERS else ""
    if missing := wide(results, each):
        told.append(f"Arrays that are too large for the page: {', '.join(map(named, missing))}.")
    if text and len(text) <= MOST_BYTES:
        parts.append(download(text, "runs.csv", "text/csv", "Save all runs as runs.csv"))
    else:
        told.append("hamsim sweep --out FOLDER --table runs.csv writes the whole table.")
    return [*parts, *(paragraph(each, "quiet") for each in told)]


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
