"""`hamsim plot`: a picture of a saved trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hamsim.cli.common import echo_json, json_option, left_out_of, say

if TYPE_CHECKING:
    from hamsim.trace import Trace


@click.command("plot")
@click.argument("trace", type=click.Path(path_type=str))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=str),
    help="PNG, SVG or PDF; default: the trace's name.",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
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
    from hamsim.plotting.trace_figure import draw_trace, left_out, save_figure

    target = out or str(Path(trace).with_suffix(".png"))
    loaded, names = _load(trace, groups, neurons)
    save_figure(draw_trace(loaded, groups or None, names), target)
    missing = () if groups or neurons else left_out(loaded)
    if as_json:
        facts = {"trace": trace, "plot": target, "records": int(loaded.t.size)}
        echo_json({**facts, **({"left_out": list(missing)} if missing else {})})
        return
    say(target)
    if missing:
        say(f"{left_out_of(missing, loaded.header.recorded.some)}; --group NAME chooses")


def _load(
    path: str, groups: tuple[str, ...], neurons: tuple[str, ...]
) -> tuple[Trace, list[str] | None]:
    """What is to be drawn of a trace, and the neurons that are named."""
    from hamsim.io.tracereader import TraceReader, load_trace
    from hamsim.plotting.panels import read_besides

    if not neurons:
        return load_trace(path, groups or None), None
    with TraceReader(path) as reader:
        header = reader.header
    names = [name for text in neurons for name in header.recorded.numbering.split(text)]
    return load_trace(path, (*groups, *read_besides(header, names)), neurons=names), names
