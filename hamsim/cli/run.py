"""`hamsim run`: simulate, tell what happened, save it and draw it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli.common import (
    announce_compilation,
    echo_json,
    file_argument,
    json_option,
    left_out_of,
    read_network,
    say,
    set_option,
)
from hamsim.errors import HamsimError

if TYPE_CHECKING:
    from hamsim.dynamics.run import Progress, Run
    from hamsim.network import Floats, Network
    from hamsim.trace import Outcome, Stats

# States that are few enough to be told besides being saved.
MAX_JSON_NUMBERS = 1000
MAX_PRINTED_NUMBERS = 12
# How long a run may be kept waiting by the question of what is guaranteed of it.
SECONDS_TO_CHECK = 1.0
_STATUS = {"diverged": 1, "interrupted": 130}


@click.command("run")
@file_argument
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=str),
    help="Trace file; default: FILE's name with .nc, here.",
)
@click.option("--no-save", is_flag=True, help="Do not keep the trace.")
@click.option(
    "--plot", "picture", type=click.Path(path_type=str), help="Draw to this PNG, SVG or PDF."
)
@click.option("--method", help="auto, euler, heun or rk4.")
@click.option("--dt", type=float, help="Step.")
@click.option("--t-end", type=float, help="Duration.")
@click.option("--steps", type=int, help="Exactly so many steps, instead of a duration.")
@click.option("--until", type=float, help="End when max|W g + I - x| is at most this.")
@click.option("--trials", metavar="N", help="So many trials, with draws of their own.")
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
    help="How weights are stored: auto, rows, half, tiles, dense, convolution; see hamsim info.",
)
@click.option(
    "--dtype", default="float64", metavar="NAME", help="Of weights and records: float64 or float32."
)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@set_option
@json_option
def command(
    file: str,
    out: str | None,
    no_save: bool,
    picture: str | None,
    method: str | None,
    dt: float | None,
    t_end: float | None,
    steps: int | None,
    until: float | None,
    trials: str | None,
    record: str | None,
    threads: int | None,
    layout: str,
    dtype: str,
    quiet: bool,
    overrides: tuple[str, ...],
    as_json: bool,
) -> int:
    """Simulate a network, print what happened, save the trace and draw it.

    Ctrl-C ends the run; what was recorded is saved. Exit status: 0 done, 1 the run or one of its
    trials diverged, 2 the input is wrong, 130 ended by Ctrl-C.

    Example:  hamsim run networks/digits.yaml --plot digits.png
    """
    from hamsim.dynamics.room import require_disk
    from hamsim.dynamics.simulate import prepare, simulate_into
    from hamsim.io.tracefile import FileSink

    if no_save and out is not None:
        raise HamsimError("give --out or --no-save, not both")
    if picture is not None:
        _refuse_bad_picture(picture)
    for key, value in (("trials", trials), ("record", record)):
        if value is not None:
            overrides = (*overrides, f"simulation.{key}={value}")
    network = read_network(file, overrides, quiet)
    announce_compilation(network)
    # A batch system that ends a job sends SIGTERM: end as with Ctrl-C, with everything saved.
    signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    run = prepare(
        network,
        None,
        method,
        dt,
        t_end,
        steps,
        until,
        threads=threads,
        layout=layout,
        dtype=dtype,
    )
    target = Path(out) if out is not None else Path(Path(file).stem + ".nc")
    temporary = no_save and picture is not None
    if temporary:
        target = target.with_name(f".{target.name}.{os.getpid()}")
    if no_save and picture is None:
        sink: Any = _Nothing()
    else:
        sink = FileSink(target)
        require_disk(run, target)
    loud = not quiet and not as_json
    checked = _check(network, run, dtype) if loud or as_json else None
    if loud:
        _announce(network, run, checked)
    for text in () if quiet else run.warnings:
        click.echo(f"warning {text}", err=not loud)
    try:
        with _progress_bar(run.schedule.steps, loud) as progress:
            outcome, stats = simulate_into(sink, run, progress)
        final = run.final_state()
        facts: dict[str, Any] = {
            "network": network.name,
            "outcome": asdict(outcome),
            "stats": stats.to_dict(),
            "check": None if checked is None else checked.to_dict(),
            "symmetric": network.symmetric,
            "trace": None if no_save else str(target),
            "plot": picture,
            "final": _by_group(network, final) if final.size <= MAX_JSON_NUMBERS else None,
        }
        if loud:
            _report(network, run, outcome, stats, facts, target)
        elif quiet and outcome == "diverged":
            click.echo(str(outcome), err=True)
        if picture is not None:
            missing, n_recorded = _draw(target, picture)
            if loud:
                say(f"plot    {picture}")
            if missing:
                facts["left_out"] = list(missing)
            if missing and loud:
                saved = "TRACE" if no_save else str(target)
                told = left_out_of(missing, n_recorded)
                say(f"note    {told}; choose by hamsim plot {saved} --group NAME")
        if as_json:
            echo_json(facts)
    finally:
        if temporary:
            target.unlink(missing_ok=True)
    return _STATUS["interrupted"] if run.interrupted else _STATUS.get(outcome.kind, 0)


class _Nothing:
    """A sink for runs of which nothing is kept."""

    def open(self, header: Any) -> None:
        """Do nothing."""

    def append(self, t: Any, blocks: Any) -> None:
        """Do nothing."""

    def close(self, outcome: Any, stats: Any) -> None:
        """Do nothing."""

    def abandon(self) -> None:
        """Do nothing."""


def _refuse_bad_picture(picture: str) -> None:
    """Find out before a long run that its picture could not be written."""
    from hamsim.plotting.trace_figure import FORMATS

    if not picture.lower().endswith(FORMATS):
        raise HamsimError(f"--plot {picture}: allowed endings are {', '.join(FORMATS)}")
    if not Path(picture).resolve().parent.is_dir():
        raise HamsimError(f"--plot {picture}: there is no folder '{Path(picture).parent}'")


def _draw(target: Path, picture: str) -> tuple[tuple[str, ...], int]:
    """Draw a trace; names of the groups that the picture leaves out, and how many there are."""
    from hamsim.io.tracereader import load_trace
    from hamsim.plotting.trace_figure import draw_trace, left_out, save_figure

    trace = load_trace(target)
    save_figure(draw_trace(trace), picture)
    return left_out(trace), trace.header.recorded.some


def _announce(network: Network, run: Any, checked: Any) -> None:
    trials = "" if network.trials is None else f", {_count(network.trials, 'trial')}"
    name = f"{network.name}: " if network.name else ""
    triples = network.triples
    gated = "" if triples is None else f", {_count(triples.weights.size, 'gated triple')}"
    say(
        f"{name}{_count(network.n_neurons, 'neuron')} in {_count(len(network.groups), 'group')}, "
        f"{_count(network.W.nnz, 'synapse')}{gated}{trials}"
    )
    say(f"check   {checked.text}")
    say(f"method  {run.schedule.method.name}, dt = {run.schedule.dt:.4g}")


def _check(network: Network, run: Any, dtype: str) -> Any:
    """What is guaranteed of the run as it is: its clamps, currents, step, method and weights."""
    from hamsim.certify.verdict import verdict_of_run

    plan = run.schedule
    end = plan.steps * plan.dt
    return verdict_of_run(network, plan.method.name, plan.dt, end, dtype, SECONDS_TO_CHECK)


def _report(
    network: Network, run: Run, outcome: Outcome, stats: Stats, facts: dict[str, Any], target: Path
) -> None:
    from hamsim.trace import WORST_FIRST

    say(str(outcome))
    watch = stats.energy
    if watch is not None and set(outcome.outcomes) != {"diverged"}:
        some = "trials that did not diverge" if outcome == "diverged" else "trials"
        mean = "" if network.trials is None else f" (means of {some})"
        say(f"energy  from {watch.start:.6g} to {watch.end:.6g}{mean}; {_rises(stats)}")
    if (
        facts["final"]
        and outcome != "diverged"
        and network.trials is None
        and network.n_neurons <= MAX_PRINTED_NUMBERS
    ):
        for name, values in facts["final"].items():
            say(f"x       {name}: " + ", ".join(f"{value:.4g}" for value in values))
    words = outcome.outcomes
    if len(words) > 1 and not {"diverged", "alternating"}.isdisjoint(words):
        counts = (f"{words.count(word)} {word}" for word in WORST_FIRST if word in words)
        say(f"trials  {', '.join(counts)}, of {len(words)}")
    if network.trials is not None and network.trials > 1:
        largest = network.settings.residual
        if largest is not None:
            rest = sum(residual <= largest for residual in stats.residuals)
            say(f"trials  {rest} of {network.trials} have a residual of at most {largest:g}")
    for note in stats.notes:
        if note not in run.warnings:  # those were told before
            say(f"note    {note}")
    running = max(0.0, stats.seconds - stats.preparation)
    each = running / max(1, stats.steps)
    threads = _count(stats.threads, "thread")
    say(
        f"time    {_count(stats.steps, 'step')} in {running:.2f} s, {_duration(each)} a step, "
        f"{threads}; {stats.preparation:.2f} s to prepare"
    )
    if facts["trace"]:
        say(f"trace   {target} ({target.stat().st_size / 1e6:.2f} MB)")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _duration(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} us" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"


def _by_group(network: Network, state: Floats) -> dict[str, Any]:
    return {group.name: state[..., group.slice].tolist() for group in network.groups}


def _rises(stats: Stats) -> str:
    watch = stats.energy
    if watch is None:
        return ""
    if not watch.rose:
        return f"never rose in {_count(stats.steps, 'step')}"
    return (
        f"ROSE in {_count(watch.rises, 'step')}, first at t = {watch.first_time:.4g}, most by "
        f"{watch.largest_rise:.3g} ({watch.relative_rise:.2g} of its size) at t = {watch.time:.4g}"
    )


def _progress_bar(steps: int, loud: bool) -> Any:
    """A context that gives the callback for `simulate_into`; shown on a terminal only."""
    from rich.console import Console

    console = Console(stderr=True)
    if not loud or not console.is_terminal:
        return nullcontext(None)
    return _Bar(console, steps)


class _Bar:
    """A progress bar with steps, residual and energy."""

    def __init__(self, console: Any, steps: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} steps"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[facts]}"),
            console=console,
            transient=True,
        )
        self._steps = steps

    def __enter__(self) -> Callable[[Progress], None]:
        self._bar.start()
        self._task = self._bar.add_task("preparing", total=self._steps, facts="")
        return self._update

    def _update(self, progress: Progress) -> None:
        facts = f"residual {progress.residual:.2g}"
        if progress.energy is not None:
            facts += f"  energy {progress.energy:.6g}"
        self._bar.update(self._task, completed=progress.step, description="running", facts=facts)

    def __exit__(self, *reason: object) -> None:
        self._bar.stop()
