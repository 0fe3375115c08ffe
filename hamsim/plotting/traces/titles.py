"""What stands above panels: words that are cut to the width of what they stand above."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hamsim.plotting.style import Picture, drawn
from hamsim.plotting.style.words import width
from hamsim.plotting.traces.gather import View
from hamsim.plotting.traces.stills import Ends
from hamsim.plotting.traces.views import Lines, Map

__all__ = ["Title", "fit", "head_of", "heads", "moment", "title_of"]

MAX_TITLE, LEAST = 60, 5  # letters
SURE = 0.7  # words that are no wider than this part of a panel need not be measured

WRITTEN_OUT = 1e3, 1e6  # times between are written without a power of ten

Title = tuple[Any, Callable[[int], str]]


def title_of(view: View, letters: int = MAX_TITLE) -> str:
    """What stands above a panel; its name is cut before what is said of it."""
    said = ""
    if isinstance(view, Lines) and view.of_what:
        said = f": mean of {view.of_what}, \u00b1 s.d."
    elif isinstance(view, Map) and view.trials.size > 1:
        said = f": mean of {view.trials.size:,} trials"
    elif isinstance(view, Ends):
        said = f" at {moment(view, 0)}"
    room = letters - len(said)
    if room < 2 * LEAST:
        return drawn(view.title + said, letters)
    return drawn(view.title, room) + said


def moment(view: Any, k: int) -> str:
    """When one of its records was made."""
    t = view.t[k]
    if view.counts_sweeps:
        return f"sweep {t:,.0f}"
    return f"t = {t:.0f}" if WRITTEN_OUT[0] <= abs(t) < WRITTEN_OUT[1] else f"t = {t:.3g}"


def heads(names: Sequence[str], files: Sequence[str]) -> list[str]:
    """What stands above traces side by side: their names, or else what tells them apart.

    Parameters
    ----------
    names : sequence of str
        Of their networks; empty of those without.
    files : sequence of str
        The same of files; empty of traces in memory.
    """
    numbers = [f"trace {k + 1}" for k in range(len(names))]
    for called in (names, files):
        found = [name or number for name, number in zip(called, numbers, strict=True)]
        if len(set(found)) == len(found):
            return found
    return numbers


def head_of(name: str, k: int, letters: int) -> str:
    """What stands above a trace: its number, where there is no room for a name."""
    return drawn(name, letters) if len(name) <= letters or letters > 2 * LEAST else str(k + 1)


def fit(picture: Picture, titles: Sequence[Title], room: float) -> None:
    """Cut titles to the width of their panels.

    Parameters
    ----------
    picture : Picture
    titles : sequence of (Text, callable)
        What writes a title with at most so many letters.
    room : float
        How wide panels will be, in inches or so. Only where a title may be wider the layout is
        made, which takes a while.
    """
    long = [each for each in titles if _inches(each[0]) > SURE * room]
    if not long:
        return
    for text, words in long:
        text.set_text(words(LEAST))
    layout: Any = picture.get_layout_engine()
    layout.execute(picture)
    across = float(picture.bbox.width)
    for text, words in long:
        most = text.axes.get_position(original=True).width * across
        letters = MAX_TITLE
        text.set_text(words(letters))
        while letters > LEAST and (wide := text.get_window_extent().width) > most:
            letters = max(LEAST, min(letters - 1, int(letters * most / wide) + 1))
            text.set_text(words(letters))


def _inches(text: Any) -> float:
    """About how wide a title is."""
    return width(text.get_text(), text.get_fontsize())
