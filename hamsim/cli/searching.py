"""What the commands share that search for attractors: options, progress, and how it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hamsim.cli.output import Styled, say, say_facts
from hamsim.cli.tables import table_of
from hamsim.errors import HamsimError
from hamsim.fileformats import PICTURES
from hamsim.paths import why_unwritable

if TYPE_CHECKING:
    from hamsim.equilibria.attractors import Search
    from hamsim.report.sections import Section

__all__ = ["INTERRUPTED", "require_target", "searching", "starts_options", "tell_sections"]

INTERRUPTED = 130

_F = TypeVar("_F", bound=Callable[..., Any])


def starts_options(function: _F) -> _F:
    """Add what says from where attractors are looked for."""
    for option in (
        click.option("--trial", type=int, default=0, help="Whose stimuli act; default: trial 0."),
        click.option("--exact", is_flag=True, help="Follow each start tightly; slower."),
        click.option("--seed", type=int, default=0, help="Of the random starts."),
        click.option("--starts", type=int, default=1000, help="How many; default: 1000."),
    ):
        function = option(function)
    return function


def require_target(option: str, target: str | None, endings: Iterable[str] = PICTURES) -> None:
    """Refuse, before a long search, a file that cannot be written.

    Raises
    ------
    HamsimError
    """
    if target is None:
        return
    if not target.lower().endswith(tuple(endings)):
        raise HamsimError(f"{option} {target}: allowed endings are {', '.join(endings)}")
    if why := why_unwritable(target):
        raise HamsimError(f"{option} {target}: {why}")


@contextmanager
def searching(loud: bool) -> Iterator[Callable[[Search], None] | None]:
    """A line on a terminal that says how far a search is."""
    from rich.console import Console

    from hamsim.report.words import duration

    console = Console(stderr=True)
    if not loud or not console.is_terminal:
        yield None
        return
    begin = time.monotonic()
    with console.status("starts") as status:

        def tell(search: Search) -> None:
            of = f" of {search.total:,}" if search.total > search.done else ""
            told = f"{search.what}: {search.done:,}{of}; {search.found:,} rest states"
            if search.what == "starts" and of and search.done:
                left = (time.monotonic() - begin) * (search.total / search.done - 1.0)
                told += f"; about {duration(left)} left, Ctrl-C tells what was found"
            status.update(told)

        yield tell


def tell_sections(sections: Iterable[Section]) -> None:
    """Print titles, tables and facts."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for section in sections:
        if section.rows:
            console.print(table_of(section), markup=False)
        elif section.title:
            say(Styled(section.title))
        say_facts([section])
