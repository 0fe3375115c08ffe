"""Pages that are made of the program itself, written before Sphinx reads the sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pygments.lexers import TextLexer

from generators.commands import command_pages
from generators.docstrings import connect
from generators.filepages import block_pages, key_pages
from generators.writing import write_pages

__all__ = ["setup"]


def setup(app: Any) -> dict[str, bool]:
    """Write all pages when the builder is there."""
    app.connect("builder-inited", lambda app: make_pages(Path(app.srcdir)))
    connect(app)
    app.add_lexer("csv", TextLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def make_pages(docs: Path) -> None:
    """Write the pages of all folders that are made."""
    write_pages(docs / "commands", command_pages())
    write_pages(docs / "file", key_pages())
    write_pages(docs / "file" / "blocks", block_pages())
