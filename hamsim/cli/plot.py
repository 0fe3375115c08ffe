"""`hamsim plot`: a picture of a saved trace."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hamsim.cli import complete
from hamsim.cli.common import PathType, json_option, left_out_of
from hamsim.cli.drawing import draw
from hamsim.cli.output import echo_json, say
from hamsim.cli.zoo import require_trace
from hamsim.fileformats import PICTURES, TRACES


@click.command("plot")
@click.argument("trace", type=PathType(path_type=str), shell_complete=complete.files(*TRACES))
@click.option(
    "-o",
    "--out",
    type=PathType(path_type=str),
    shell_complete=complete.files(*PICTURES),
    help="PNG, SVG or PDF; default: the trace's name.",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    shell_complete=complete.groups,
    help="Draw this group. Repeatable; default: the first six, images first.",
)
@click.option(
    "--neurons",
    multiple=True,
    metavar="NAMES",
    help="Draw these neurons: exc.N027,AVAL or exc[10:20]. Repeatable.",
)
@json_option
def command(
    trace: str,
    out: str | None,
    groups: tuple[str, ...],
    neurons: tuple[str, ...],
    as_json: bool,
) -> None:
    """Draw a saved trace: energy against time, activations of groups or of single neurons.

    Groups of two-dimensional shape are drawn as images. If there are more than six groups it is
    said which are left out.

    Example:  hamsim plot digits.nc --group pixels -o pixels.png
    """
    require_trace(trace)
    target = out or f"{os.path.splitext(trace)[0]}.png"
    missing, n_groups, n_records = draw(Path(trace), target, groups, neurons)
    if as_json:
        facts = {"trace": trace, "plot": target, "records": n_records}
        echo_json({**facts, **({"left_out": list(missing)} if missing else {})})
        return
    say(target)
    if missing:
        say(f"{left_out_of(missing, n_groups)}; --group NAME chooses")
