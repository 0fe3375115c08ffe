"""What people read: README.md, and the pages of the guide by their names."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"


def guide(name):
    """Text of a page of the guide."""
    return (DOCS / "guide" / f"{name}.md").read_text(encoding="utf-8")


def written():
    """All pages that are written by hand, the README first."""
    return [README, *sorted(DOCS.rglob("*.md"))]
