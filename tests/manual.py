"""What people read: README.md, and the pages of the guide by their names."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
# Folders of docs whose pages are made of the program when Sphinx builds.
MADE = {"blocks", "commands", "file"}


def guide(name):
    """Text of a page of the guide."""
    return (DOCS / "guide" / f"{name}.md").read_text(encoding="utf-8")


def written():
    """All pages that are written by hand, the README first; no others that Sphinx has left."""
    pages = sorted(DOCS.rglob("*.md"))
    made = [page for page in pages if page.parent.name in MADE and page.stem != "index"]
    return [README, *(page for page in pages if page not in made)]
