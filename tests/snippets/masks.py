"""Whether output is what a page shows: times, sizes, dates and versions may differ.

``...`` in a page stands for any text in a line, and alone in a line for any number of lines.
"""

from __future__ import annotations

import difflib
import re

__all__ = ["difference", "masked"]

_NUMBER = r"(?<![\w.])\d[\d.,]*(?:e[+-]?\d+)?"
_MASKS = (
    (r"(?m)^compiling .* kept for later runs\n", ""),  # once on each machine
    (r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00| UTC)?)?", "DATE"),
    (r"\b(hamsim|version|Python|numpy|numba) v?\d+(?:\.\d+)+[\w.+]*", r"\1 VERSION"),
    (rf"{_NUMBER} ?(?:bytes|[kMGT]?i?B)\b", "SIZE"),
    (rf"{_NUMBER} (?:[mun]?s|min|h|seconds?|minutes?|hours?)\b", "TIME"),
    (r"\b\d+ (thread|process|core|worker)(?:s|es)?\b", r"SOME \1"),
    (r"[ \t]+", " "),  # columns are as wide as what is in them
)


def masked(text: str) -> str:
    """The text without what differs from run to run and from machine to machine."""
    for pattern, word in _MASKS:
        text = re.sub(pattern, word, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def difference(shown: str, printed: str) -> str:
    """What differs between what a page shows and what was printed; empty if nothing does."""
    wanted, found = masked(shown), masked(printed)
    if re.fullmatch(_pattern(wanted), found + "\n"):
        return ""
    lines = difflib.unified_diff(
        wanted.splitlines(), found.splitlines(), "the page", "what was printed", lineterm=""
    )
    return "\n".join(lines)


def _pattern(wanted: str) -> str:
    parts = []
    for line in wanted.splitlines() or [""]:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(part) for part in line.split("...")) + r"\n")
    return "".join(parts)
