"""What `hamsim capacity` and `hamsim recall-basins` share: options, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hamsim.cli.common import PathType, parse_until, source_of
from hamsim.cli.complete import files, words
from hamsim.cli.drawing import draw_result
from hamsim.cli.memories import TABLES
from hamsim.cli.output import tell
from hamsim.cli.runs_bar import runs_bar
from hamsim.cli.searching import INTERRUPTED, plot_option, require_target, written
from hamsim.cli.sweeping import parse_seeds
from hamsim.errors import HamsimError

if TYPE_CHECKING:
    from hamsim.memory.curve import Curve

__all__ = ["measure", "measuring_options"]

_F = TypeVar("_F", bound=Callable[..., Any])
WENT_WRONG = 1


def measuring_options(function: _F) -> _F:
    """Add what says how often it is repeated, where runs are kept, and what is written."""
    for option in (
        plot_option("Draw overlaps and shares with their intervals to this PNG, SVG or PDF."),
        click.option(
            "-o",
            "--out",
            type=PathType(path_type=str),
            shell_complete=files(*TABLES),
            help="Write the table, as csv or tsv.",
        ),
        click.option("--workers", type=int, help="Processes; default: as many as processors."),
        click.option(
            "--engine",
            default="processes",
            shell_complete=words("processes", "serial", "dask"),
            help="processes (default), serial or dask, as of hamsim sweep.",
        ),
        click.option(
            "--folder",
            type=PathType(path_type=str),
            help="Where runs are kept, so that none is made twice; default: FILE's name with the "
            "command's, here.",
        ),
        click.option(
            "--connection", metavar="NAME", help="Which one has the patterns, if several do."
        ),
        click.option("--t-end", type=float, help="When runs end, of methods over time."),
        click.option("--until", metavar="WHAT", help="What ends them: a residual or a condition."),
        click.option(
            "--seeds",
            metavar="N",
            default="10",
            help="Repetitions: so many seeds, from 0 on (default: 10), or which, as 3,5,8.",
        ),
    ):
        function = option(function)
    return function


def measure(
    context: click.Context,
    function: Callable[..., Curve],
    file: str,
    overrides: tuple[str, ...],
    as_json: bool,
    options: Mapping[str, Any],
    **asked: Any,
) -> None:
    """Make the runs, tell of them, write and draw them; ends the command with its exit status.

    Parameters
    ----------
    context : click.Context
    function : callable
        `hamsim.capacity` or `hamsim.recall_basins`.
    file : str
    overrides : tuple of str
    as_json : bool
    options : mapping of str to value
        Those of `measuring_options`, and how states are followed.
    **asked
        Further arguments of the function.
    """
    given = {name: value for name, value in options.items() if value is not None}
    out, picture = given.pop("out", None), given.pop("picture", None)
    require_target("--out", out, TABLES)
    require_target("--plot", picture)
    if given.get("workers", 1) < 1:
        raise HamsimError(f"--workers {given['workers']}: at least 1 is needed")
    folder = given.pop("folder", None) or f"{Path(file).stem}.{context.info_name}"
    given["until"] = parse_until(given.get("until"))
    given["seeds"] = parse_seeds(given["seeds"])
    source, values = source_of(file, overrides)
    from hamsim.report.curve import CurveReport

    with runs_bar(not as_json) as progress:
        curve = function(source, overrides=values, out=folder, progress=progress, **given, **asked)
    if out is not None:
        curve.write(out)
    if picture is not None:
        draw_result(curve, picture)
    report = CurveReport(curve, folder)
    written(report, as_json, folder, out, picture, table=out, plot=picture)
    if curve.interrupted:
        tell(f"interrupted; what was made is in {folder}, and the same command goes on")
        context.exit(INTERRUPTED)
    context.exit(WENT_WRONG if curve.missing else 0)
