"""`hamsim run`: simulate, tell what happened, save it and draw it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hamsim.cli.common import (
    PathType,
    announce_compilation,
    json_option,
    left_out_of,
    parse_listed,
    parse_until,
    quiet_option,
    read_network,
    set_option,
)
from hamsim.cli.complete import files, words
from hamsim.cli.drawing import draw
from hamsim.cli.output import echo_json, say, say_facts, tell
from hamsim.cli.progress import progress_bar
from hamsim.cli.ranks import require_own_files
from hamsim.cli.resume import Resumed, resumed
from hamsim.cli.sinks import sink_for
from hamsim.errors import HamsimError
from hamsim.fileformats import NETWORKS, PICTURES, TRACES
from hamsim.layout.names import DTYPES, LAYOUTS
from hamsim.methods import DISCRETE, METHOD_NAMES, ORDERS

if TYPE_CHECKING:
    from hamsim.dynamics.run import Run
    from hamsim.dynamics.sweep_run import SweepRun
    from hamsim.network import Network
    from hamsim.report.run import RunReport

# How long a run may be kept waiting by the question of what is guaranteed of it.
SECONDS_TO_CHECK = 1.0
_STATUS = {"diverged": 1, "interrupted": 130}


@click.command("run")
@click.argument(
    "file", type=PathType(path_type=str), shell_complete=files(*NETWORKS), required=False
)
@click.option(
    "-o",
    "--out",
    type=PathType(path_type=str),
    shell_complete=files(*TRACES),
    help="Trace file; default: FILE's name with .nc, here.",
)
@click.option("--no-save", is_flag=True, help="Do not keep the trace.")
@click.option(
    "--plot",
    "picture",
    type=PathType(path_type=str),
    shell_complete=files(*PICTURES),
    help="Draw to this PNG, SVG or PDF.",
)
@click.option(
    "--method",
    shell_complete=words(*METHOD_NAMES),
    help=f"{', '.join(METHOD_NAMES[:-1])} or {METHOD_NAMES[-1]}.",
)
@click.option("--dt", type=float, help="Step; with it auto is rk4.")
@click.option("--t-end", type=float, help="When the run ends.")
@click.option("--steps", type=int, help="Exactly so many steps, instead of a duration.")
@click.option("--rtol", type=float, help="Relative error of a step, of methods that choose them.")
@click.option("--atol", type=float, help="Absolute error of a step; default: 0.01 rtol.")
@click.option("--sweeps", type=int, help="At most so many, of methods that set neurons in turn.")
@click.option(
    "--order",
    metavar="ORDER",
    shell_complete=words(*ORDERS),
    help="In which a sweep takes them: random, sequential, or neurons, as '[exc, inh]'.",
)
@click.option(
    "--temperature",
    metavar="T",
    help="Of sweeps: a number, or one for each, as '[2, 1, 0]'.",
)
@click.option(
    "--until",
    metavar="END",
    help="End when max|W g + I - x| is at most this; when a condition holds, as "
    "'mean(pixels.g) > 0.9'; or as in a file: '{energy: 1e-6, wall: 5m}', "
    "'{residual: 1e-10, method: rest}'.",
)
@click.option("--trials", metavar="N", help="So many trials, with draws of their own.")
@click.option("--seed", type=int, help="Of noise, orders and temperatures, in place of the file's.")
@click.option(
    "--record",
    metavar="MAPPING",
    help="As in a file: '{every: 0.5, neurons: [exc.N027, \"inh[10:20]\"], start: 50}'.",
)
@click.option("--threads", type=int, help="At most so many threads.")
@click.option(
    "--layout",
    default="auto",
    metavar="NAME",
    shell_complete=words(*LAYOUTS),
    help=f"How weights are stored: {', '.join(LAYOUTS)}; see hamsim info.",
)
@click.option(
    "--dtype",
    metavar="NAME",
    shell_complete=words(*DTYPES),
    help=f"Of weights and records: {' or '.join(DTYPES)}.",
)
@click.option(
    "--resume",
    metavar="TRACE",
    type=PathType(path_type=str),
    shell_complete=files(*TRACES),
    help="Go on with the run of a trace, in it or in --out. FILE may be left out.",
)
@click.option(
    "--checkpoint",
    metavar="TIME",
    help="Keep the state this often, as 60s or 5m: a run that is killed goes on from there.",
)
@quiet_option
@set_option
@json_option
def command(
    file: str | None,
    out: str | None,
    no_save: bool,
    picture: str | None,
    method: str | None,
    dt: float | None,
    t_end: float | None,
    steps: int | None,
    rtol: float | None,
    atol: float | None,
    sweeps: int | None,
    order: str | None,
    temperature: str | None,
    until: str | None,
    trials: str | None,
    seed: int | None,
    record: str | None,
    threads: int | None,
    layout: str,
    dtype: str | None,
    resume: str | None,
    checkpoint: str | None,
    quiet: bool,
    overrides: tuple[str, ...],
    as_json: bool,
) -> int:
    """Simulate a network, print what happened, save the trace and draw it.

    Ctrl-C ends the run; what was recorded is saved, and --resume TRACE goes on from there. Exit
    status: 0 done, 1 the run or one of its trials diverged, 2 the input is wrong, 130 ended by
    Ctrl-C.

    Example:  hamsim run networks/digits.yaml --plot digits.png
    """
    from hamsim.dynamics.simulate import prepare
    from hamsim.request import seconds_of

    wishes = _Wishes(out, no_save, picture, quiet, as_json)
    wishes.require()
    for key, value in (("trials", trials), ("record", record)):
        if value is not None:
            overrides = (*overrides, f"simulation.{key}={value}")
    as_it_was = {"method": method, "dt": dt, "trials": trials, "record": record, "dtype": dtype}
    as_it_was |= {"seed": seed, "rtol": rtol, "atol": atol}
    as_it_was |= {"order": order, "temperature": temperature}
    # A batch system that ends a job sends SIGTERM: end as with Ctrl-C, with everything saved.
    signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    with resumed(resume, file, **as_it_was, no_save=no_save) as before:
        if before is not None:
            overrides = before.overrides(overrides)
        file = file if before is None else before.network(file)
        assert file is not None
        target = wishes.target(file, before)
        require_own_files(wishes.written(target))
        network = read_network(file, overrides, quiet)
        announce_compilation(network)
        run = prepare(
            network,
            None if before is None else before.state,
            method=method,
            dt=dt,
            t_end=t_end,
            steps=steps,
            until=parse_until(until),
            sweeps=sweeps,
            order=parse_listed("--order", order),
            temperature=parse_listed("--temperature", temperature),
            rtol=rtol,
            atol=atol,
            threads=threads,
            layout=layout,
            dtype=dtype,
            seed=seed,
            same_trace=before is not None,
        )
        run.request |= {"network_file": os.path.abspath(file), "set": list(overrides)}
        run.checkpoint = None if checkpoint is None else seconds_of("--checkpoint", checkpoint)
        return _go(network, run, wishes, target, before)


@dataclass(frozen=True)
class _Wishes:
    """What is to become of what a run finds."""

    out: str | None
    no_save: bool
    picture: str | None
    quiet: bool
    as_json: bool

    @property
    def loud(self) -> bool:
        """Whether it is told in words."""
        return not self.quiet and not self.as_json

    @property
    def nothing_kept(self) -> bool:
        """Whether no file has the records."""
        return self.no_save and self.picture is None

    @property
    def temporary(self) -> bool:
        """Whether the records are for the picture alone."""
        return self.no_save and self.picture is not None

    def require(self) -> None:
        """Refuse, before a long run, wishes that contradict each other or cannot come true.

        Raises
        ------
        HamsimError
        """
        from hamsim.paths import why_unwritable

        out, picture = self.out, self.picture
        if self.no_save and out is not None:
            raise HamsimError("give --out or --no-save, not both")
        if picture is None:
            return
        if not picture.lower().endswith(tuple(PICTURES)):
            raise HamsimError(f"--plot {picture}: allowed endings are {', '.join(PICTURES)}")
        if why := why_unwritable(picture):
            raise HamsimError(f"--plot {picture}: {why}")
        if out is not None and os.path.realpath(out) == os.path.realpath(picture):
            raise HamsimError("--out and --plot name the same file; the picture would replace it")

    def written(self, target: Path) -> list[Path]:
        """Files that stay."""
        kept = [] if self.no_save else [target]
        return kept if self.picture is None else [*kept, Path(self.picture)]

    def target(self, file: str, before: Resumed | None) -> Path:
        """File of the records of a network's run, which may go on with another."""
        if before is not None and self.out is None:
            return before.path
        target = Path(self.out) if self.out is not None else Path(Path(file).stem + ".nc")
        return target.with_name(f".{target.name}.{os.getpid()}") if self.temporary else target


def _go(
    network: Network, run: Run | SweepRun, wishes: _Wishes, target: Path, before: Resumed | None
) -> int:
    """Go through a run and tell of it; the exit status."""
    from hamsim.dynamics.simulate import simulate_into
    from hamsim.report.run import plan_report, run_report

    sink = sink_for(run, None if wishes.nothing_kept else target, before)
    asked = wishes.loud or wishes.as_json
    plan = plan_report(network, run, run.header.dtype, SECONDS_TO_CHECK) if asked else None
    if plan is not None and wishes.loud:
        say_facts(plan.sections())
    for text in () if wishes.quiet else run.warnings:
        (say if wishes.loud else tell)(f"warning {text}")
    try:
        what = "sweeps" if run.schedule.method.name in DISCRETE else "steps"
        schedule = run.schedule
        with progress_bar(schedule.steps, schedule.duration, wishes.loud, what) as progress:
            outcome, stats = simulate_into(sink, run, progress)
        check = None if plan is None else plan.check
        saved = () if wishes.no_save else (str(target), target.stat().st_size)
        report = run_report(network, run, outcome, stats, check, *saved)
        if wishes.loud:
            say_facts(report.sections())
        elif wishes.quiet and outcome == "diverged":
            tell(str(outcome))
        report, failure = _drawn(report, wishes, target)
        if wishes.as_json:
            echo_json(report.to_dict())
        if failure is not None:
            tell(f"{failure or 'not enough memory to draw'}; the trace is kept: {report.trace}")
            return 2
    finally:
        if wishes.temporary:
            target.unlink(missing_ok=True)
    return _STATUS["interrupted"] if run.interrupted else _STATUS.get(outcome.kind, 0)


def _drawn(
    report: RunReport, wishes: _Wishes, target: Path
) -> tuple[RunReport, HamsimError | MemoryError | None]:
    """The report with the picture, and what went wrong with it: the run is not lost with it."""
    picture = wishes.picture
    if picture is None:
        return report, None
    try:
        missing, n_recorded, others = draw(target, picture)
    except (HamsimError, MemoryError) as error:
        return replace(report, trace=str(_kept(target) if wishes.temporary else target)), error
    if wishes.loud:
        say(f"plot    {picture}")
    if missing and wishes.loud:
        told = left_out_of(missing, n_recorded)
        say(f"note    {told}; choose by hamsim plot {report.trace or 'TRACE'} --group NAME")
    for sentence in others if wishes.loud else ():
        say(f"note    {sentence}")
    return replace(report, plot=picture, left_out=missing), None


def _kept(temporary: Path) -> Path:
    """Name, that nothing has, under which a trace stays that was for the picture alone."""
    stem, pid = temporary.name.removeprefix(".").removesuffix(f".{os.getpid()}"), os.getpid()
    name = temporary.with_name(f"{stem.removesuffix('.nc')}-{pid}.nc")
    temporary.replace(name)
    return name
