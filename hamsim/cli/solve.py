"""`hamsim solve`: the problem that a network's weights state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from hamsim.cli.common import file_argument, json_option, read_spec, set_option
from hamsim.cli.drawing import draw_result
from hamsim.cli.searching import INTERRUPTED, plot_option, require_target, status_line, written
from hamsim.errors import HamsimError


@click.command("solve")
@file_argument
@click.option("--gain", metavar="FIRST:LAST", help="Of graded neurons; default: the file's.")
@click.option("--temperature", metavar="FIRST:LAST", help="Of binary neurons; default: the file's.")
@click.option("--stages", type=int, help="Gains or temperatures in all; default: the file's.")
@click.option("--starts", type=int, help="How many runs; default: the file's.")
@click.option("--seed", type=int, help="Of all that is drawn; default: the file's.")
@click.option("--exact", is_flag=True, help="Compare with a mixed-integer program.")
@click.option("--seconds", type=float, default=60.0, help="That the program may take; default: 60.")
@plot_option("Draw the answer and the values of all starts to this PNG, SVG or PDF.")
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: str,
    gain: str | None,
    temperature: str | None,
    stages: int | None,
    starts: int | None,
    seed: int | None,
    exact: bool,
    seconds: float,
    picture: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Solve the problem that a network's weights state: a tour, a cut, or queens on a board.

    Graded neurons are annealed by a gain that rises, binary ones by a temperature that falls; the
    last states are read out. Ctrl-C ends it, and what was there by then is told. Exit status: 0
    done, 130 Ctrl-C.

    Example:  hamsim solve networks/tour.yaml --exact --plot tour.png
    """
    require_target("--plot", picture)
    spec = read_spec(file, overrides)
    from hamsim.optimise.solve import solve
    from hamsim.report.solution import SolutionReport

    with _progress(not as_json) as progress:
        found = solve(
            spec,
            gain=_two("--gain", gain),
            temperature=_two("--temperature", temperature),
            stages=stages,
            starts=starts,
            seed=seed,
            exact=seconds if exact else None,
            progress=progress,
        )
    if picture is not None:
        draw_result(found, picture)
    written(SolutionReport(found), as_json, picture, names="{:10}")
    context.exit(INTERRUPTED if found.interrupted else 0)


def _two(option: str, text: str | None) -> tuple[float, float] | None:
    """The numbers of ``FIRST:LAST``."""
    if text is None:
        return None
    first, colon, last = text.partition(":")
    try:
        if not colon:
            raise ValueError
        return float(first), float(last)
    except ValueError:
        raise HamsimError(f"{option} {text}: write FIRST:LAST, as in {option} 1:10") from None


@contextmanager
def _progress(loud: bool) -> Iterator[Callable[[int, int], None] | None]:
    with status_line(loud) as say_so:

        def tell(done: int, stages: int) -> None:
            assert say_so is not None
            say_so(f"stage {done:,} of {stages:,}")

        yield None if say_so is None else tell
