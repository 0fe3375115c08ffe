"""`hamsim recall-basins`: from how many wrong neurons a network still finds its patterns."""

from __future__ import annotations

from typing import Any

import click

from hamsim.cli.common import file_argument, json_option, set_option
from hamsim.cli.measuring import measure, measuring_options
from hamsim.cli.memories import dynamics_options, threshold_option
from hamsim.cli.sweeping import parse_numbers


@click.command("recall-basins")
@file_argument
@click.option(
    "--flips",
    metavar="START:STOP:STEP",
    default="0:0.5:0.05",
    help="Parts of the neurons that are turned over; default: 0:0.5:0.05.",
)
@dynamics_options
@threshold_option
@measuring_options
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    file: str,
    flips: str,
    overrides: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Measure from how many wrong neurons a network still finds its patterns.

    For each part of flips and each seed every stored pattern is a cue with so many neurons turned
    over. Shares of recalled cues and overlaps have 95 % intervals over seeds. Runs are kept in a
    folder: the same command goes on after Ctrl-C, and more flips or seeds add to it. Exit status:
    0 done, 1 runs are missing or failed, 130 Ctrl-C.

    Example:  hamsim recall-basins networks/random_hopfield.yaml --flips 0.1:0.5:0.1 --seeds 5
    """
    from hamsim.memory.recall_basins import recall_basins

    numbers = parse_numbers("--flips", flips)
    measure(context, recall_basins, file, overrides, as_json, options, flips=numbers)
