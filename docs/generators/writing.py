"""Pages by their names, written into a folder that holds nothing else of their kind."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_pages"]


def write_pages(folder: Path, pages: dict[str, str]) -> None:
    """Write what has changed, so that Sphinx reads no other page anew; remove what is left over.

    Parameters
    ----------
    folder : Path
        Only `index.md` in it is kept by hand.
    pages : dict
        The text of each page by its name, without ending.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.stem not in pages and path.stem != "index":
            path.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
