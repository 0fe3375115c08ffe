"""`hamsim report`: one page of all that is known of a network, a run, a sweep, or training."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli.common import (
    PathType,
    announce_compilation,
    json_option,
    parse_overrides,
    quiet_option,
    require_present,
    set_option,
)
from hamsim.cli.complete import files, groups
from hamsim.cli.made import note_network
from hamsim.cli.output import echo_json, say, tell
from hamsim.cli.searching import INTERRUPTED, require_target, status_line
from hamsim.cli.zoo import require_trace
from hamsim.errors import HamsimError
from hamsim.fileformats import NETWORKS, TRACES

if TYPE_CHECKING:
    from hamsim.pages.subject import Subject

_PAGES = (".html", ".htm")


@click.command("report")
@click.argument(
    "file", type=PathType(path_type=str), shell_complete=files(*NETWORKS, *TRACES, ".npz")
)
@click.option(
    "-o",
    "--out",
    type=PathType(path_type=str),
    shell_complete=files(*_PAGES),
    help="The page; default: FILE's name with .html, here.",
)
@click.option("--no-run", is_flag=True, help="Do not run a network: say what it is.")
@click.option("--no-check", is_flag=True, help="Do not ask what is guaranteed.")
@click.option("--title", metavar="TEXT", help="Of the page; default: the network's name.")
@click.option(
    "--group",
    "chosen",
    multiple=True,
    shell_complete=groups,
    help="Draw this group of a run. Repeatable; default: all that are few.",
)
@click.option(
    "--neurons",
    multiple=True,
    metavar="NAMES",
    help="Draw these neurons of a run: exc.N027,AVAL or exc[10:20]. Repeatable.",
)
@click.option(
    "--show",
    multiple=True,
    metavar="NAME",
    help="Draw this number of a sweep. Repeatable; default: the first six.",
)
@quiet_option
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: str,
    out: str | None,
    no_run: bool,
    no_check: bool,
    title: str | None,
    chosen: tuple[str, ...],
    neurons: tuple[str, ...],
    show: tuple[str, ...],
    quiet: bool,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write one page: what a network is, what is guaranteed, what happened, how to repeat it.

    FILE is a network, which is run; a trace; the folder of a sweep; or what hamsim train has
    written. The page is one file that loads nothing from anywhere. Exit status: 0 done, 2 the input
    is wrong, 130 Ctrl-C ended the run; what was recorded is on the page.

    Example:  hamsim report networks/wilson_cowan.yaml -o report.html
    """
    target = out if out is not None else f"{Path(os.path.normpath(file)).stem}.html"
    require_target("--out", target, _PAGES)
    values = parse_overrides(overrides)
    if file.lower().endswith(TRACES):
        require_trace(file)
    else:
        require_present(file)
    from hamsim.pages.subject import subject_of
    from hamsim.pages.write import SECONDS, require_fitting, write_page

    subject = subject_of(file, values or None)
    require_fitting(subject, bool(chosen or neurons), bool(show), not no_run)
    if no_run and subject.kind not in _RUN:
        raise HamsimError(f"--no-run is for networks, which are run; {file} is a {subject.kind}")
    if subject.network is not None:
        note_network(subject.network.seed or 0, values)
        announce_compilation(subject.network)
    loud = not quiet and not as_json
    if not no_run:
        subject = _with_run(subject, loud)
    asked = {"groups": chosen or None, "neurons": _names(subject, neurons), "show": show or None}
    made_by = shlex.join(["hamsim", "report", *_given(context)])
    with status_line(loud) as update:
        if update is not None:
            update("writing the page")
        seconds = 0.0 if no_check else SECONDS
        write_page(subject, Path(target), seconds, **asked, title=title, command=made_by)
    _tell(subject, target, loud, as_json)
    interrupted = not no_run and subject.trace is not None and subject.kind in _RUN
    if interrupted and subject.trace is not None and subject.trace.outcome == "interrupted":
        context.exit(INTERRUPTED)


_RUN = ("network", "training")


def _with_run(subject: Subject, loud: bool) -> Subject:
    """The same with what happens when it is run, if it is a network."""
    if subject.kind not in _RUN:
        return subject
    from hamsim.pages.run import with_run

    with status_line(loud) as update:
        if update is None:
            return with_run(subject)
        return with_run(
            subject,
            lambda now: update(
                f"running: t = {now.time:.4g} of {now.duration:.4g}, residual {now.residual:.2g}"
            ),
        )


def _names(subject: Subject, neurons: tuple[str, ...]) -> list[str] | None:
    """Neurons one by one."""
    if not neurons or subject.trace is None:
        return None
    numbering = subject.trace.header.recorded.numbering
    return [name for text in neurons for name in numbering.split(text)]


def _given(context: click.Context) -> list[str]:
    """Arguments as they were given, but for those that change nothing on the page."""
    told: list[str] = []
    for parameter in context.command.params:
        value: Any = context.params.get(parameter.name or "")
        name = max(parameter.opts, key=len)
        if parameter.name in ("quiet", "as_json") or not value:
            continue
        if isinstance(parameter, click.Argument):
            told.insert(0, str(value))
        elif value is True:
            told.append(name)
        else:
            for each in value if isinstance(value, tuple) else (value,):
                told += [name, str(each)]
    return told


def _tell(subject: Subject, target: str, loud: bool, as_json: bool) -> None:
    size = os.path.getsize(target)
    outcome = None if subject.trace is None else str(subject.trace.outcome)
    if as_json:
        facts = {"file": subject.file, "kind": subject.kind, "network": subject.name}
        echo_json({**facts, "outcome": outcome, "page": target, "bytes": size})
    elif loud:
        for note in subject.notes:
            tell(f"note {note}")
        if outcome is not None:
            say(outcome)
        say(f"{target} ({size / 1e6:.2f} MB)")
