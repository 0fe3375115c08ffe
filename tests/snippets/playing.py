"""Pages done to the letter: files are saved, commands and Python run, answers compared."""

from __future__ import annotations

import ast
import atexit
import contextlib
import re
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from manual import MADE
from snippets.blocks import DOCS, ROOT, Block, Page, read
from snippets.masks import difference
from snippets.sessions import Answer, Here, There

import hamsim

__all__ = ["Played", "guides", "notebooks", "play", "played", "tutorials"]

# What is written in these is shown, and nothing is done with it; all other languages are run.
SHOWN = {"", "text", "csv", "json", "bibtex", "toml", "ini"}
# Modules that hamsim does without; what a page does with one that is not there is left out.
OPTIONAL = {
    "dask", "distributed", "IPython", "jax", "ipykernel", "nbclient", "pandas", "polars", "sklearn",
    "torch", "xarray",
}  # fmt: skip
# What makes an environment, for which that of the test stands, and what stays open.
_PREPARES = re.compile(r"(?:python3? -m (?:venv|pip)|pip install|source|jupyter|eval) ")
# Pages that are followed by those who have nothing but hamsim.
FOLLOWED = ("start.md", "tutorials/*.md", "jobs/*.md")


class Played:
    """What a page has printed, block by block, and the names of its Python."""

    def __init__(self, page: Page, folder: Path, names: dict[str, Any]):
        self.page, self.folder, self.names = page, folder, names
        self.answers: list[tuple[Block, Answer]] = []

    def printed(self, part: str) -> str:
        """What the one block printed in whose text a part stands."""
        found = [answer.printed for block, answer in self.answers if part in block.text]
        if len(found) != 1:
            raise AssertionError(f"{self.page}: {len(found)} blocks that ran have {part!r}")
        return found[0]


def tutorials() -> list[Path]:
    """Pages that are followed to the letter, in an empty folder and an environment of its own."""
    return sorted(file for pattern in FOLLOWED for file in DOCS.glob(pattern))


def notebooks() -> list[Path]:
    """Notebooks, which are followed in the same way."""
    return sorted(DOCS.rglob("*.ipynb"))


def guides() -> list[Path]:
    """All other pages, whose snippets find the zoo in the folder `networks`."""
    others = set(DOCS.rglob("*.md")) - set(tutorials())
    return sorted(file for file in others if file.parent.name not in MADE)


@lru_cache
def played(name: str) -> Played:
    """A page that has been played in a folder with the zoo, once a session."""
    folder = Path(tempfile.mkdtemp(prefix="hamsim-page-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(ROOT / "networks", folder / "networks")
    with Here(folder) as session:
        return play(read(ROOT / name), session)


def play(page: Page, session: There) -> Played:
    """Do what a page says, from its first block to its last."""
    for name, other in page.brought:
        _save(session.folder, name, read(other).saved(name))
    done = Played(page, session.folder, getattr(session, "names", {}))
    for block in page.blocks:
        if block.not_run is None:
            done.answers += [(block, answer) for answer in _played_block(page, block, session)]
    return done


def _played_block(page: Page, block: Block, session: There) -> list[Answer]:
    where = f"{page}:{block.line}"
    if block.name is not None:
        _save(session.folder, block.name, block.text)
        return []
    match block.language:
        case "console":
            return [_played_console(where, block, session)]
        case "sh" | "bash":
            lines = [line for line in _lines(block.text) if not _PREPARES.match(line)]
            return [_ran(where, line, session) for line in lines]
        case "python":
            return _played_python(where, block, session)
        case "yaml":
            _check_part(where, block.text, session.folder)
        case language if language not in SHOWN:
            raise AssertionError(f"{where}: nobody runs blocks of {language}")
    return []


def _save(folder: Path, name: str, text: str) -> None:
    file = folder / name
    assert folder in file.resolve().parents, f"{name} is not in the folder of the page"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _lines(text: str) -> list[str]:
    """Commands of a script: one a line, but for those that end with a backslash."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def _ran(where: str, line: str, session: There) -> Answer:
    answer = session.command(line)
    assert answer.status == 0, f"{where}: {line}\nstatus {answer.status}\n{answer.printed}"
    return answer


def _played_console(where: str, block: Block, session: There) -> Answer:
    """Each command with the lines below it, up to the next one."""
    assert block.text.startswith("$ "), f"{where}: a console begins with '$ ' and a command"
    page, _, line = where.rpartition(":")
    number, printed = int(line), ""
    for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        command, shown = re.fullmatch(r"((?:.*\\\n)*.*\n?)((?:.*\n?)*)", part).groups()
        begins = number + command.count("\n")
        if not _PREPARES.match(command):
            answer = session.command(re.sub(r"\\\n(?:> ?)?\s*", " ", command).strip())
            _compare(f"{page}:{begins}", shown, answer.printed)
            printed += answer.printed
        number += part.count("\n")
    return Answer(printed)


def _played_python(where: str, block: Block, session: There) -> list[Answer]:
    name, _, line = where.rpartition(":")
    code = "\n" * (int(line) - 1) + block.text  # so that tracebacks have the page's lines
    answer = session.python(code, name, _optional(block.text))
    if answer.missing:
        return []
    assert answer.status == 0, f"{where}:\n{answer.printed}"
    if block.printed is not None:
        _compare(f"{name}:{block.printed_line}", block.printed, answer.printed)
    return [answer]


def differs(where: str, shown: str, printed: str) -> None:
    """What is done about a page that shows what does not happen."""
    raise AssertionError(f"{where}:\n{difference(shown, printed)}\n\nprinted:\n{printed}")


def _compare(where: str, shown: str, printed: str) -> None:
    if difference(shown, printed):
        differs(where, shown, printed)


def _optional(code: str) -> list[str]:
    """Modules that a snippet needs and hamsim does without."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Attribute) and node.attr in ("to_xarray", "to_dataframe"):
            names = ["xarray" if node.attr == "to_xarray" else "pandas"]
        for name in names:
            found |= set(name.removeprefix("hamsim.").split(".")[:1]) & OPTIONAL
    return sorted(found)


def _check_part(where: str, text: str, folder: Path) -> None:
    """A block without a name is a file, or a part of one, that is a network by itself."""
    described = yaml.safe_load(text)
    assert isinstance(described, dict), f"{where}: no part of a file"
    try:
        with contextlib.chdir(folder):
            network = hamsim.compile({"format": "hamsim/1", **described})
    except hamsim.HamsimError as error:
        raise AssertionError(f"{where}: {error}") from error
    assert np.isfinite(hamsim.activation(network, np.zeros(network.n_neurons))).all(), where
