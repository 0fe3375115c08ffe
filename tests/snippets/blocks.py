"""Fenced blocks of a page in Markdown, with what the text around them says of each.

- "Save this as `pair.yaml`:" before a block makes it a file of that name, whatever its language.
- A block `text` right below one of `python` is what that prints.
- `<!-- not run: REASON -->` before a block says that no test runs it, and why.
- "`pair.yaml` of [Start](../start.md)" brings a file of that name, which another page has saved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["DOCS", "ROOT", "Block", "Page", "read"]

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"

_FENCE = re.compile(r"(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<info>.*)")
_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\s*\Z", re.S)
_SAVED = re.compile(r"\b[Ss]ave\b.*`([^`\s]+)`[^`]*\Z", re.S)
_BROUGHT = re.compile(r"`([^`\s]+)`\s+(?:of|from)\s+\[[^\]]*\]\(([^)#\s]+\.md)[^)]*\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: where its text begins, what it is, and what the page says of it."""

    line: int
    language: str
    text: str
    name: str | None = None
    not_run: str | None = None
    printed: str | None = None
    printed_line: int = 0


@dataclass(frozen=True)
class Page:
    """A page with its blocks in order, and files of other pages that it needs."""

    file: Path
    text: str
    blocks: tuple[Block, ...]
    brought: tuple[tuple[str, Path], ...]

    def __str__(self) -> str:
        return self.file.relative_to(ROOT).as_posix() if ROOT in self.file.parents else "page"

    def saved(self, name: str) -> str:
        """Text of the file that the page saves under a name."""
        return next(block.text for block in self.blocks if block.name == name)


def read(file: Path) -> Page:
    """The page in a file."""
    text = file.read_text(encoding="utf-8")
    blocks, prose = _parsed(text.splitlines())
    brought = [(name, (file.parent / other).resolve()) for name, other in _BROUGHT.findall(prose)]
    return Page(file, text, tuple(_with_printed(blocks)), tuple(dict.fromkeys(brought)))


def _parsed(lines: list[str]) -> tuple[list[tuple[Block, str]], str]:
    """Each block with the paragraph before it, and all that is not in blocks."""
    found: list[tuple[Block, str]] = []
    prose: list[str] = []
    since: list[str] = []  # what stands between the block before and here
    directives: list[str] = []
    rest = iter(enumerate(lines, start=2))
    for number, line in rest:
        fence = _FENCE.fullmatch(line)
        if fence is None:
            prose.append(line)
            since.append(line)
            continue
        marks, info = fence["marks"], fence["info"].strip()
        if not info and directives and marks.startswith(directives[-1]):
            directives.pop()
        elif info.startswith("{"):
            if info.startswith(("{code", "{literalinclude")):
                raise ValueError(f"line {number - 1}: no test runs {info}; use a plain fence")
            directives.append(marks)
        else:
            text = _body(rest, marks, len(fence["indent"]), number - 1)
            found.append((_block(number, info, text, since), "\n".join(since)))
            since = []
    return found, "\n".join(prose)


def _body(rest, marks: str, indent: int, opened: int) -> str:
    """Lines up to the closing fence, without the indent of the opening one."""
    body = []
    for _, line in rest:
        if line.strip().startswith(marks) and not line.strip().strip(marks[0]):
            return "".join(each + "\n" for each in body)
        body.append(line[indent:] if not line[:indent].strip() else line.lstrip())
    raise ValueError(f"line {opened}: this block has no end")


def _block(line: int, info: str, text: str, before: list[str]) -> Block:
    said = "\n".join(before).rstrip()
    not_run = _NOT_RUN.search(said)
    said = _NOT_RUN.sub("", said).rstrip()
    saved = _SAVED.search(said.rpartition("\n\n")[2])
    language = info.split()[0] if info else ""
    return Block(
        line,
        language,
        text,
        name=saved[1] if saved and language != "console" else None,
        not_run=" ".join(not_run[1].split()) if not_run else None,
    )


def _with_printed(found: list[tuple[Block, str]]) -> list[Block]:
    """Blocks of Python take what they print from the block right below them."""
    blocks: list[Block] = []
    for block, before in found:
        above = blocks[-1] if blocks else None
        answers = block.language == "text" and not before.strip() and block.name is None
        if answers and above is not None and above.language == "python":
            blocks[-1] = replace(above, printed=block.text, printed_line=block.line)
        else:
            blocks.append(block)
    return blocks
