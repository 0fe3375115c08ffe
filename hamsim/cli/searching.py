"""What the commands share that search for attractors: options, progress, and how it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hamsim.cli.common import PathType
from hamsim.cli.complete import files
from hamsim.cli.output import Styled, echo_json, say, say_facts
from hamsim.cli.tables import table_of
from hamsim.errors import HamsimError
from hamsim.fileformats import PICTURES
from hamsim.paths import why_unwritable

if TYPE_CHECKING:
    from hamsim.equilibria.attractors import Search
    from hamsim.report.sections import Section

__all__ = [
    "INTERRUPTED",
    "plot_option",
    "require_target",
    "searching",
    "starts_options",
    "status_line",
    "tell_sections",
    "written",
]

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


def plot_option(help: str) -> Callable[[_F], _F]:
    """The option ``--plot``, a picture of what was found."""
    return click.option(
        "--plot",
        "picture",
        type=PathType(path_type=str),
        shell_complete=files(*PICTURES),
        help=help,
    )


def written(
    report: Any, as_json: bool, *targets: str | None, names: str = "{:8}", **more: Any
) -> None:
    """Print what was found, and which files were written.

    Parameters
    ----------
    report : object
        With `to_dict` and `sections`.
    as_json : bool
    *targets : str or None
        Files; None where none was asked for.
    names : str
        How names of facts are formatted.
    **more
        What JSON has besides.
    """
    if as_json:
        echo_json(report.to_dict() | more)
        return
    tell_sections(report.sections(), names)
    for target in targets:
        if target is not None:
            say(target)


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
        raise HamsimError(f"{option} {target}: cannot write: {why}")


@contextmanager
def status_line(loud: bool) -> Iterator[Callable[[str], None] | None]:
    """A line on a terminal that says how far something is; None where there is none."""
    from rich.console import Console

    console = Console(stderr=True)
    if not loud or not console.is_terminal:
        yield None
        return
    with console.status("") as status:
        yield status.update


@contextmanager
def searching(loud: bool) -> Iterator[Callable[[Search], None] | None]:
    """A line on a terminal that says how far a search is, and about how long it will take."""
    from hamsim.report.words import duration

    begin = time.monotonic()
    with status_line(loud) as say_so:

        def tell(search: Search) -> None:
            assert say_so is not None
            of = f" of {search.total:,}" if search.total > search.done else ""
            told = f"{search.what}: {search.done:,}{of}; {search.found:,} rest states"
            if search.what == "starts" and of and search.done:
                left = (time.monotonic() - begin) * (search.total / search.done - 1.0)
                told += f"; about {duration(left)} left, Ctrl-C tells what was found"
            say_so(told)

        yield None if say_so is None else tell


def tell_sections(sections: Iterable[Section], names: str = "{:8}") -> None:
    """Print titles, tables and facts, whose names are formatted so."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for section in sections:
        if section.rows:
            console.print(table_of(section), markup=False)
        elif section.title:
            say(Styled(section.title))
        say_facts([section], names)
