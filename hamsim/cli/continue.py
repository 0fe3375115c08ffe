"""`hamsim continue`: rest states followed along one parameter."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hamsim.cli.common import (
    PathType,
    file_argument,
    json_option,
    parsed,
    set_option,
    source_of,
)
from hamsim.cli.complete import files, settings
from hamsim.cli.drawing import draw_result
from hamsim.cli.searching import INTERRUPTED, plot_option, require_target, status_line, written
from hamsim.counted import counted
from hamsim.errors import HamsimError
from hamsim.paths import replacing

if TYPE_CHECKING:
    from hamsim.equilibria.continuation.diagrams import Branches


@click.command("continue")
@file_argument
@click.option(
    "--over",
    required=True,
    metavar="PATH=START:STOP",
    shell_complete=settings,
    help="The number that changes, and from where to where: parameters.gain=0:3.",
)
@click.option(
    "--initial",
    metavar="MAPPING",
    help="States to begin with, as '{exc: 1.0, inh.N3: 0.2}'; default: those of the file.",
)
@click.option("--at", type=float, help="Value of the number where branches begin; default: START.")
@click.option("--no-switch", is_flag=True, help="Do not follow branches that cross.")
@click.option("--points", type=int, default=2000, help="Of one branch, at most.")
@click.option("--most", type=int, default=50, help="Branches, at most.")
@click.option("--step", type=float, default=0.02, help="Longest step, as a part of the range.")
@plot_option("Draw the diagram to this PNG, SVG or PDF.")
@click.option(
    "--show",
    multiple=True,
    metavar="NAME",
    help="A panel of the picture: a neuron, a group (its mean), norm or energy. Repeatable.",
)
@click.option(
    "-o",
    "--out",
    type=PathType(path_type=str),
    shell_complete=files(".csv"),
    help="Write a table of all points, as csv.",
)
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: str,
    over: str,
    initial: str | None,
    at: float | None,
    no_switch: bool,
    points: int,
    most: int,
    step: float,
    picture: str | None,
    show: tuple[str, ...],
    out: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Follow rest states along one number of a network.

    Folds, points where branches cross, Hopf points and kinks are located, and the branches that
    cross are followed as well. Ctrl-C ends it, and what was found is told, drawn and written.
    Exit status: 0 done, 130 Ctrl-C.

    Example:  hamsim continue networks/wilson_cowan.yaml --over parameters.P=0:10 --plot p.png
    """
    from hamsim.equilibria.branches import branches
    from hamsim.report.branches import BranchesReport

    path, start, stop = _parsed_range(over)
    require_target("--plot", picture)
    require_target("--out", out, (".csv",))
    source, values = source_of(file, overrides)
    with _progress(not as_json) as progress:
        found = branches(
            source,
            path,
            start,
            stop,
            initial=parsed("--initial", initial),
            at=at,
            switch=not no_switch,
            points=points,
            step=step,
            most=most,
            overrides=values,
            progress=progress,
        )
    if out is not None:
        _write(found, out)
    if picture is not None:
        draw_result(found, picture, show=show)
    written(BranchesReport(found), as_json, picture, out, names="{:15}")
    context.exit(INTERRUPTED if any(b.end == "stopped" for b in found) else 0)


def _parsed_range(text: str) -> tuple[str, float, float]:
    """Path, start and stop of ``PATH=START:STOP``."""
    path, equals, values = text.partition("=")
    start, colon, stop = values.partition(":")
    try:
        if not (equals and colon and path.strip()):
            raise ValueError
        return path.strip(), float(start), float(stop)
    except ValueError:
        raise HamsimError(
            f"--over {text}: write PATH=START:STOP, as in --over parameters.gain=0:3"
        ) from None


@contextmanager
def _progress(loud: bool) -> Iterator[Callable[[float, int, int], None] | None]:
    """A line on a terminal that says how far it is."""
    with status_line(loud) as say_so:

        def tell(value: float, points: int, branches: int) -> None:
            assert say_so is not None
            say_so(f"branch {branches}: {value:.6g}, {counted(points, 'point')} in all")

        yield None if say_so is None else tell


def _write(found: Branches, target: str) -> None:
    from hamsim.report.branches import table_of

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table_of(found))
    with replacing(Path(target)) as stream:
        stream.write(text.getvalue().encode())
