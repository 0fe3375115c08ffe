"""Tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from hamsim.report.sections import Section

__all__ = ["table_of"]


def table_of(section: Section) -> Table:
    """The table of a section, under its title if it has one."""
    from rich.table import Table
    from rich.text import Text

    title = f"\n{section.title}" if section.title else None
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in section.columns:
        table.add_column(column)
    for row in section.rows:
        table.add_row(*map(Text, row))
    return table
