"""Put what happens today in the place of what pages of docs show, where the two differ.

    python tools/renew_pages.py docs/start.md docs/jobs/digits.md

Each page is played as tests/docs does it; output that still holds, with its dots, stays. Read what
changed before it is kept: a page is right only if its words still fit.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from snippets import playing  # noqa: E402
from snippets.blocks import read  # noqa: E402
from snippets.sessions import There  # noqa: E402


def renew(file: Path) -> None:
    """Play a page and write it with what was printed."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    changes = []

    def noted(where: str, shown: str, printed: str) -> None:
        changes.append((int(where.rpartition(":")[2]), shown, printed))

    playing.differs = noted
    wrong = None
    with tempfile.TemporaryDirectory() as folder, There(Path(folder)) as session:
        try:
            playing.play(read(file), session)
        except AssertionError as error:  # what came before it is renewed all the same
            wrong = error
    for line, shown, printed in reversed(changes):
        count = len(shown.splitlines())
        lines[line - 1 : line - 1 + count] = [f"{each.rstrip()}\n" for each in printed.splitlines()]
        print(f"{file}:{line}: {count} lines were shown, {len(printed.splitlines())} are printed")
    file.write_text("".join(lines), encoding="utf-8")
    if wrong is not None:
        print(wrong)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        renew(Path(name).resolve())
