"""`hamsim recall`: what a network makes of cues, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli.arrays import ENDINGS, read_rows
from hamsim.cli.common import (
    PathType,
    announce_compilation,
    file_argument,
    json_option,
    parse_until,
    parsed,
    read_network,
    set_option,
)
from hamsim.cli.complete import files
from hamsim.cli.drawing import draw_result
from hamsim.cli.memories import TABLES, dynamics_options, threshold_option
from hamsim.cli.searching import INTERRUPTED, plot_option, require_target, status_line, written

if TYPE_CHECKING:
    from hamsim.dynamics.run import Progress


@click.command("recall")
@file_argument
@click.option(
    "--cue",
    "cues",
    metavar="FILE[:NAME]",
    shell_complete=files(*ENDINGS),
    help="States to start from, one a row: npy, npz (with the array's name) or csv; default: the "
    "file's initial states.",
)
@click.option(
    "--patterns",
    metavar="WHAT",
    shell_complete=files(*ENDINGS),
    help="What is looked for: a file of patterns, one a row, or the name of the connection that "
    "stores them; default: those of the network file.",
)
@click.option(
    "--dense",
    metavar="MAPPING",
    help="F of memory neurons that follow at once, as '{degree: 3}'; default: the file's.",
)
@dynamics_options
@click.option("--seed", type=int, help="Of random orders and of a temperature.")
@click.option("--until", metavar="WHAT", help="What ends it: a residual or a condition, as in run.")
@click.option("--t-end", type=float, help="When it ends, of methods over time.")
@threshold_option
@click.option("--threads", type=int, help="At most so many.")
@click.option(
    "-o",
    "--out",
    type=PathType(path_type=str),
    shell_complete=files(*TABLES),
    help="Write a row a cue, as csv or tsv.",
)
@plot_option("Draw overlaps, and cues with what they came to, to this PNG, SVG or PDF.")
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    file: str,
    cues: str | None,
    patterns: str | None,
    dense: str | None,
    until: str | None,
    t_end: float | None,
    threshold: float,
    threads: int | None,
    out: str | None,
    picture: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
    **dynamics: Any,
) -> None:
    """Let a network go on from cues, and tell which of its patterns each has come to.

    A cue ends in a stored pattern, the negative of one, a mixture of three or another, spurious
    state. Overlaps are from -1 to 1; errors are neurons of the wrong sign; updates are those that
    changed a neuron, or products W g of methods over time. Ctrl-C ends it, and what was done is
    told and written. Exit status: 0 done, 130 Ctrl-C.

    Example:  hamsim recall networks/hopfield.yaml --out letters.csv --plot letters.png
    """
    require_target("--out", out, TABLES)
    require_target("--plot", picture)
    start = None if cues is None else read_rows("--cue", cues)
    network = read_network(file, overrides, as_json)
    looked_for: Any = patterns
    if patterns is not None and _is_file(patterns):
        looked_for = read_rows("--patterns", patterns)
    announce_compilation(network)
    from hamsim.memory.recall import recall
    from hamsim.report.recall import RecallReport

    with _progress(not as_json) as progress:
        found = recall(
            network,
            start,
            looked_for,
            dense=parsed("--dense", dense),
            threshold=threshold,
            until=parse_until(until),
            t_end=t_end,
            threads=threads,
            progress=progress,
            **dynamics,
        )
    if out is not None:
        found.table().write(out)
    if picture is not None:
        draw_result(found, picture)
    written(RecallReport(network, found), as_json, out, picture)
    context.exit(INTERRUPTED if found.interrupted else 0)


def _is_file(text: str) -> bool:
    """Whether patterns are in a file, not those of a connection."""
    return text.rpartition(":")[0].lower().endswith(ENDINGS) or text.lower().endswith(ENDINGS)


@contextmanager
def _progress(loud: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A line on a terminal that says how far it is."""
    with status_line(loud) as say_so:

        def tell(progress: Progress) -> None:
            assert say_so is not None
            say_so(f"t = {progress.time:.6g}, residual {progress.residual:.2g}")

        yield None if say_so is None else tell
