"""Put what happens today in the place of what pages of docs show, where the two differ.

    python tools/renew_pages.py docs/start.md docs/jobs/digits.md docs/jobs/letters.ipynb

Each page is played as tests/docs does it; output that still holds, with its dots, stays. Of a
notebook all outputs are made anew. Pictures that a page makes, and shows from the folder `pictures`
beside it, are put there. Read what changed before it is kept: its words must still fit.
"""

from __future__ import annotations

import re
import shutil
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
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
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
        for name in re.findall(r"\]\(pictures/([\w.-]+)\)", file.read_text(encoding="utf-8")):
            if (made := Path(folder) / name).exists():
                shutil.copy(made, file.parent / "pictures" / name)
    for line, shown, printed in reversed(changes):
        count = len(shown.splitlines())
        lines[line - 1 : line - 1 + count] = [f"{each.rstrip()}\n" for each in printed.splitlines()]
        print(f"{file}:{line}: {count} lines were shown, {len(printed.splitlines())} are printed")
    if file.read_text(encoding="utf-8") != text:
        raise SystemExit(f"{file} was changed meanwhile: nothing is written")
    file.write_text("".join(lines), encoding="utf-8")
    if wrong is not None:
        print(wrong)


def renew_notebook(file: Path) -> None:
    """Run a notebook and store what its cells show, without what differs from run to run."""
    import nbformat
    from snippets.notebooks import executed

    with tempfile.TemporaryDirectory() as folder, There(Path(folder)) as session:
        fresh = executed(file, Path(folder), session.python_file, session.environment)
    for cell in fresh.cells:
        cell.metadata.pop("execution", None)
    nbformat.write(fresh, file)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        (renew_notebook if name.endswith(".ipynb") else renew)(Path(name).resolve())
