"""`hamsim fixed-points`: where a network ends."""

from __future__ import annotations

import math

import click

from hamsim.cli.common import (
    announce_compilation,
    file_argument,
    json_option,
    read_network,
    set_option,
)
from hamsim.cli.complete import words
from hamsim.cli.drawing import draw_result
from hamsim.cli.searching import (
    INTERRUPTED,
    plot_option,
    require_target,
    searching,
    starts_options,
    written,
)


@click.command("fixed-points")
@file_argument
@starts_options
@click.option(
    "--around",
    default="drive",
    metavar="WHAT",
    shell_complete=words("drive", "initial"),
    help="Random starts are drawn around what neurons receive (drive) or around the file's "
    "initial states (initial).",
)
@click.option("--spread", type=float, default=1.0, help="Multiplies how far they spread.")
@click.option(
    "--saddles", is_flag=True, help="Look for the saddles between minima, and for their tree."
)
@click.option(
    "--seconds",
    type=float,
    default=math.inf,
    help="About how long it may take; what was found by then is told.",
)
@plot_option("Draw energies or the tree, shares and states to this PNG, SVG or PDF.")
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: str,
    starts: int,
    seed: int,
    exact: bool,
    trial: int,
    around: str,
    spread: float,
    saddles: bool,
    seconds: float,
    picture: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Find where a network ends: its attractors, and the shares of their basins.

    Random starts are followed to rest states, which are merged; rest states along a slow way are
    one continuous attractor, and starts that do not rest are looked at for limit cycles. Ctrl-C
    ends the search, and what was found is told and drawn. Exit status: 0 done, 130 Ctrl-C.

    Example:  hamsim fixed-points networks/hopfield.yaml --saddles --plot letters.png
    """
    require_target("--plot", picture)
    network = read_network(file, overrides, as_json)
    announce_compilation(network)
    from hamsim.equilibria.attractors import attractors
    from hamsim.report.attractors import AttractorsReport

    with searching(not as_json) as progress:
        found = attractors(
            network,
            starts,
            seed,
            saddles,
            exact=exact,
            around=around,
            spread=spread,
            trial=trial,
            seconds=seconds,
            progress=progress,
        )
    if picture is not None:
        draw_result(found, picture)
    written(AttractorsReport(network, found), as_json, picture)
    context.exit(INTERRUPTED if found.interrupted else 0)
