"""`hamsim plot`: a picture of a saved trace."""

from __future__ import annotations

from pathlib import Path

import click

from hamsim.cli.common import echo_json, json_option, left_out_of, say


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
@json_option
def command(trace: str, out: str | None, groups: tuple[str, ...], as_json: bool) -> None:
    """Draw a saved trace: energy against time, activations of groups.

    Groups of two-dimensional shape are drawn as images. If there are more than six groups it is
    said which are left out.

    Example:  hamsim plot digits.nc --group pixels -o pixels.png
    """
    from hamsim.io.tracereader import load_trace
    from hamsim.plotting.trace_figure import draw_trace, left_out, save_figure

    target = out or str(Path(trace).with_suffix(".png"))
    loaded = load_trace(trace, groups or None)
    save_figure(draw_trace(loaded, groups or None), target)
    missing = () if groups else left_out(loaded)
    if as_json:
        facts = {"trace": trace, "plot": target, "records": int(loaded.t.size)}
        echo_json({**facts, **({"left_out": list(missing)} if missing else {})})
        return
    say(target)
    if missing:
        say(f"{left_out_of(missing, len(loaded.groups))}; --group NAME chooses")
