"""`hamsim sweep`: run a network for many values, and keep what each run gives."""

from __future__ import annotations

import os
import signal
import time as clock
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli.common import (
    PathType,
    json_option,
    parse_overrides,
    quiet_option,
    read_spec,
    require_present,
    set_option,
)
from hamsim.cli.complete import files, settings, words
from hamsim.cli.drawing import draw_result
from hamsim.cli.made import note_network
from hamsim.cli.output import echo_json, say, tell
from hamsim.cli.ranks import copy_of
from hamsim.cli.runs_bar import runs_bar
from hamsim.cli.searching import INTERRUPTED, require_target, tell_sections
from hamsim.cli.sweeping import parse_keep, parse_over, parse_samples, parse_seeds
from hamsim.errors import HamsimError
from hamsim.fileformats import NETWORKS, OTHERS, PICTURES

if TYPE_CHECKING:
    from hamsim.scale.engines.progress import Progress
    from hamsim.scale.plan.plan import Plan

# What the command ends with where a run diverged, failed or was set aside.
WENT_WRONG = 1
_TABLES = (".csv", ".parquet")


@click.command("sweep")
@click.argument(
    "file", type=PathType(path_type=str), shell_complete=files(*NETWORKS), required=False
)
@click.option(
    "--over",
    multiple=True,
    metavar="PATH=VALUES",
    shell_complete=settings,
    help="What is changed: PATH=1,2,3, PATH=START:STOP:STEP (STOP included if steps lead to it) or "
    "PATH=START:STOP:log:COUNT; several paths at once as 'A=1,2;B=3,4'; or a csv file, a column a "
    "path. Repeatable: all combinations are run. Default: the file's sweep: block.",
)
@click.option("--seeds", metavar="N", help="So many seeds, from 0 on; or which, as 3,5,8.")
@click.option(
    "--sample",
    multiple=True,
    metavar="PATH=LOW:HIGH",
    shell_complete=settings,
    help="What is drawn: PATH=LOW:HIGH, PATH=log:LOW:HIGH, PATH=normal:MEAN:STD, "
    "PATH=integers:LOW:HIGH or PATH=VALUE,VALUE. Repeatable.",
)
@click.option("--samples", type=int, help="So many points are drawn.")
@click.option(
    "--sampling",
    default="latin-hypercube",
    shell_complete=words("latin-hypercube", "random"),
    help="latin-hypercube (default) or random.",
)
@click.option("--sample-seed", type=int, default=0, help="Of the points; default: 0.")
@click.option(
    "--keep",
    metavar="NAMES",
    help="Of each run: final, activation, energy, residual, time, products, records, or numbers "
    "such as mean(exc.g); default: final,energy.",
)
@click.option(
    "-o",
    "--out",
    type=PathType(path_type=str),
    help="Folder of the results; default: FILE's name with .sweep, here.",
)
@click.option(
    "--engine",
    default="processes",
    metavar="NAME",
    shell_complete=words("processes", "serial", "dask"),
    help="processes (default), serial, dask (on this machine) or dask=ADDRESS of a scheduler.",
)
@click.option("--workers", type=int, help="Processes; default: as many as processors.")
@click.option("--dry-run", is_flag=True, help="Time one run and say what all take.")
@click.option("--retry", is_flag=True, help="Make runs anew that failed or were set aside.")
@click.option(
    "--join",
    type=PathType(path_type=str),
    metavar="FOLDER",
    help="Work on a sweep that was begun elsewhere, as on another machine.",
)
@click.option(
    "--table",
    type=PathType(path_type=str),
    shell_complete=files(*_TABLES),
    help="Write a row a run, as csv or parquet.",
)
@click.option(
    "--plot",
    "picture",
    type=PathType(path_type=str),
    shell_complete=files(*PICTURES),
    help="Draw a number over one axis or two.",
)
@click.option("--show", metavar="NAME", help="Which number is drawn; default: the energy.")
@click.option(
    "--against",
    multiple=True,
    metavar="PATH",
    help="What it is drawn against; at most two, default: the longest axes.",
)
@quiet_option
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: str | None,
    over: tuple[str, ...],
    seeds: str | None,
    sample: tuple[str, ...],
    samples: int | None,
    sampling: str,
    sample_seed: int,
    keep: str | None,
    out: str | None,
    engine: str,
    workers: int | None,
    dry_run: bool,
    retry: bool,
    join: str | None,
    table: str | None,
    picture: str | None,
    show: str | None,
    against: tuple[str, ...],
    quiet: bool,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run a network for all combinations of values, and keep what each run gives.

    Runs that the folder has are not made again, so that the same command goes on after Ctrl-C or a
    crash, and more values add to what is there. Without FILE, --out is looked at: its table and
    picture can be made anew. Exit status: 0 done, 1 a run diverged, failed or was set aside, 2 the
    input is wrong, 130 ended by Ctrl-C.

    Example:  hamsim sweep networks/ring.yaml --over simulation.t_end=1:5:1 --seeds 4 --out sweep/
    """
    from hamsim.scale.sweep import require_engine

    require_target("--table", table, _TABLES)
    require_target("--plot", picture)
    if table is not None:
        from hamsim.scale.results.tables import require_table

        require_table(table)
    require_engine(engine)
    if workers is not None and workers < 1:
        raise HamsimError(f"--workers {workers}: at least 1 is needed")
    asked = _Asked(
        engine, workers, not quiet and not as_json, as_json, table, picture, show, against, retry
    )
    copy = copy_of(os.environ)
    if copy is not None and copy.rank > 0:  # all share the work; the first one tells of it
        asked = replace(asked, loud=False, table=None, picture=None)
    if file is None:
        if over or seeds or sample or samples or keep or overrides or dry_run or retry:
            raise HamsimError("name the network file that is to be swept")
        if (join is None) == (out is None):
            raise HamsimError("name a network file; or a folder, by --out to see it, or by --join")
        context.exit(_join(join, asked) if join is not None else _tell(str(out), asked))
    if join is not None:
        raise HamsimError("--join takes no network file: the folder says all")
    folder = Path(out if out is not None else f"{Path(file).stem}.sweep")
    drawn = parse_samples(sample, samples, sampling, sample_seed)
    plan = _plan(file, overrides, folder, parse_over(over), parse_seeds(seeds), drawn, keep)
    context.exit(_estimate(plan, folder, asked) if dry_run else _run(plan, folder, asked))


@dataclass(frozen=True)
class _Asked:
    """How a sweep is run, and what is to become of it."""

    engine: str
    workers: int | None
    loud: bool
    as_json: bool
    table: str | None
    picture: str | None
    show: str | None
    against: tuple[str, ...]
    retry: bool = False


def _plan(
    file: str,
    overrides: tuple[str, ...],
    folder: Path,
    over: list[Any],
    seeds: Any,
    samples: Any,
    keep: str | None,
) -> Plan:
    from hamsim.scale.plan.checking import require_folder
    from hamsim.scale.plan.making import make_plan

    require_present(file)
    require_folder(folder)
    source: Any = file
    values: dict[str, Any] = {}
    if os.path.splitext(file)[1].lower() in OTHERS:
        source = read_spec(file, overrides)
    else:
        values = parse_overrides(overrides)
    plan = make_plan(source, over or None, seeds, samples, parse_keep(keep), values)
    note_network(0, values)
    return plan


def _estimate(plan: Plan, folder: Path, asked: _Asked) -> int:
    """Say what a sweep will take."""
    from hamsim.report.sweep import estimate_sections
    from hamsim.scale.estimate import estimate

    found = estimate(plan, folder, 1 if asked.engine == "serial" else asked.workers)
    if asked.as_json:
        echo_json(found.to_dict())
    elif asked.loud:
        tell_sections(estimate_sections(found))
    return 0


def _run(plan: Plan, folder: Path, asked: _Asked) -> int:
    from hamsim.scale.estimate import stored_of
    from hamsim.scale.sweep import run_plan

    return _go(
        folder,
        asked,
        stored_of(plan, folder, asked.retry),
        lambda progress: run_plan(plan, folder, asked.engine, asked.workers, progress, asked.retry),
        "the same command goes on",
    )


def _join(folder: str, asked: _Asked) -> int:
    from hamsim.scale.estimate import stored_of
    from hamsim.scale.plan.plan import Plan
    from hamsim.scale.sweep import join_folder

    return _go(
        Path(folder),
        asked,
        stored_of(Plan.read(Path(folder)), Path(folder)),
        lambda progress: join_folder(Path(folder), asked.engine, asked.workers, progress),
        f"hamsim sweep --join {folder} goes on",
    )


def _go(
    folder: Path,
    asked: _Asked,
    found: int,
    work: Callable[[Callable[[Progress], None] | None], object],
    goes_on: str,
) -> int:
    """Do the work of a sweep and tell of it; the exit status."""
    began, interrupted = clock.perf_counter(), False
    # A batch system that ends a job sends SIGTERM: end as with Ctrl-C, with everything stored.
    signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    with runs_bar(asked.loud) as progress:
        try:
            work(progress)
        except KeyboardInterrupt:
            interrupted = True
    status = _tell(str(folder), asked, found, clock.perf_counter() - began)
    if interrupted:
        tell(f"interrupted; what was made is in {folder}, and {goes_on}")
        return INTERRUPTED
    return status


def _tell(folder: str, asked: _Asked, found: int = 0, seconds: float = 0.0) -> int:
    """Say what is in a folder; write its table and its picture."""
    from hamsim.report.sweep import SweepReport
    from hamsim.scale.results.results import SweepResults

    results = SweepResults.read(folder)
    report = SweepReport(results, folder, found, seconds)
    written = [folder]
    if asked.table is not None:
        from hamsim.scale.results.tables import write_table

        for name, width in write_table(results, asked.table).items():
            tell(f"{asked.table}: {name} is left out, {width:,} numbers a run; parquet takes it")
        written.append(asked.table)
    if asked.picture is not None:
        draw_result(results, asked.picture, show=asked.show, against=asked.against)
        written.append(asked.picture)
    if asked.as_json:
        echo_json(report.to_dict() | {"table": asked.table, "plot": asked.picture})
    elif asked.loud:
        tell_sections(report.sections())
        for name in written:
            say(name)
    return WENT_WRONG if report.went_wrong else 0
