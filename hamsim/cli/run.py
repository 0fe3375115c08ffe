"""`hamsim run`: simulate, tell what happened, save it and draw it."""

from __future__ import annotations

import os
import signal
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli.common import (
    PathType,
    announce_compilation,
    file_argument,
    json_option,
    left_out_of,
    read_network,
    set_option,
)
from hamsim.cli.complete import TRACES, files, words
from hamsim.cli.drawing import PICTURES, draw
from hamsim.cli.output import echo_json, named, say, tell
from hamsim.cli.progress import progress_bar
from hamsim.cli.words import DTYPES, LAYOUTS, METHODS
from hamsim.errors import HamsimError

if TYPE_CHECKING:
    from hamsim.arrays import Floats
    from hamsim.dynamics.run import Run
    from hamsim.network import Network
    from hamsim.trace.outcome import Outcome
    from hamsim.trace.stats import Stats

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
@click.option("--method", shell_complete=words(*METHODS), help="auto, euler, heun or rk4.")
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
    shell_complete=words(*LAYOUTS),
    help="How weights are stored: auto, rows, half, tiles, dense, convolution; see hamsim info.",
)
@click.option(
    "--dtype",
    default="float64",
    metavar="NAME",
    shell_complete=words(*DTYPES),
    help="Of weights and records: float64 or float32.",
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
    from hamsim.trace.file import FileSink

    if no_save and out is not None:
        raise HamsimError("give --out or --no-save, not both")
    if picture is not None:
        _refuse_bad_picture(picture)
        if out is not None and os.path.realpath(out) == os.path.realpath(picture):
            raise HamsimError("--out and --plot name the same file; the picture would replace it")
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
        (say if loud else tell)(f"warning {text}")
    try:
        with progress_bar(run.schedule.steps, loud) as progress:
            outcome, stats = simulate_into(sink, run, progress)
        final = run.final_state()
        facts: dict[str, Any] = {
            "network": network.name,
            "outcome": asdict(outcome),
            "stats": stats.to_dict(),
            "check": None if checked is None else checked.to_dict(),
            "symmetric": network.symmetric,
            "trace": None if no_save else str(target),
            "made": run.header.made.to_dict(),
            "plot": picture,
            "final": _by_group(network, final) if final.size <= MAX_JSON_NUMBERS else None,
        }
        if loud:
            _report(network, run, outcome, stats, facts, target)
        elif quiet and outcome == "diverged":
            tell(str(outcome))
        failure = None
        if picture is not None:
            try:
                missing, n_recorded, _ = draw(target, picture)
            except (HamsimError, MemoryError) as error:
                failure, facts["plot"] = error, None  # told last: the run is not lost with it
                if temporary:
                    target, temporary = _kept(target), False
                    facts["trace"] = str(target)
            else:
                _tell_of_picture(picture, missing, n_recorded, facts, loud)
        if as_json:
            echo_json(facts)
        if failure is not None:
            tell(f"{failure or 'not enough memory to draw'}; the trace is kept: {target}")
            return 2
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
    from hamsim.paths import why_unwritable

    if not picture.lower().endswith(PICTURES):
        raise HamsimError(f"--plot {picture}: allowed endings are {', '.join(PICTURES)}")
    if why := why_unwritable(picture):
        raise HamsimError(f"--plot {picture}: {why}")


def _kept(temporary: Path) -> Path:
    """Name, that nothing has, under which a trace stays that was for the picture alone."""
    stem, pid = temporary.name.removeprefix(".").removesuffix(f".{os.getpid()}"), os.getpid()
    name = temporary.with_name(f"{stem.removesuffix('.nc')}-{pid}.nc")
    temporary.replace(name)
    return name


def _tell_of_picture(
    picture: str, missing: tuple[str, ...], n_recorded: int, facts: dict[str, Any], loud: bool
) -> None:
    if missing:
        facts["left_out"] = list(missing)
    if not loud:
        return
    say(f"plot    {picture}")
    if missing:
        saved = facts["trace"] or "TRACE"
        told = left_out_of(missing, n_recorded)
        say(f"note    {told}; choose by hamsim plot {saved} --group NAME")


def _announce(network: Network, run: Any, checked: Any) -> None:
    trials = "" if network.trials is None else f", {_count(network.trials, 'trial')}"
    name = f"{named(network.name)}: " if network.name else ""
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
    from hamsim.trace.outcome import WORST_FIRST

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
            say(f"x       {named(name)}: " + ", ".join(f"{value:.4g}" for value in values))
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
