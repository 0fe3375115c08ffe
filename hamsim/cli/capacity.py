"""`hamsim capacity`: how well a network recalls its patterns, the more it stores."""

from __future__ import annotations

from typing import Any

import click

from hamsim.cli.common import file_argument, json_option, set_option
from hamsim.cli.measuring import measure, measuring_options
from hamsim.cli.memories import dynamics_options, threshold_option
from hamsim.cli.sweeping import parse_numbers
from hamsim.errors import HamsimError


@click.command("capacity")
@file_argument
@click.option(
    "--loads",
    metavar="START:STOP:STEP",
    help="Patterns a neuron, as 0.05:0.2:0.01 or 0.05,0.1.",
)
@click.option("--patterns", metavar="START:STOP:STEP", help="How many patterns, instead of loads.")
@click.option("--flips", type=float, default=0.0, help="Part of each cue that is turned over.")
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
    loads: str | None,
    patterns: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Measure how well a network recalls what it stores, for several loads.

    For each load and seed so many random patterns are stored and each is a cue. Overlaps and shares
    of recalled cues have 95 % intervals over seeds; the theory's overlap stands beside them. Runs
    are kept in a folder: the same command goes on after Ctrl-C, and more loads or seeds add to it.
    Exit status: 0 done, 1 runs are missing or failed, 130 Ctrl-C.

    Example:  hamsim capacity networks/random_hopfield.yaml --loads 0.05:0.2:0.05 --seeds 5
    """
    if (loads is None) == (patterns is None):
        raise HamsimError("give --loads, as 0.05:0.2:0.01, or --patterns: one of the two")
    asked: dict[str, Any] = {}
    if loads is not None:
        asked["loads"] = parse_numbers("--loads", loads)
    if patterns is not None:
        asked["patterns"] = parse_numbers("--patterns", patterns)
    from hamsim.memory.capacity import capacity

    measure(context, capacity, file, overrides, as_json, options, **asked)
