"""What the commands about memories share: options of how states are followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from hamsim.cli.complete import words

__all__ = ["TABLES", "discrete_options", "discrete_request", "threshold_option"]

TABLES = (".csv", ".tsv")

_F = TypeVar("_F", bound=Callable[..., Any])


def discrete_options(function: _F) -> _F:
    """Add what says how states are followed, of discrete dynamics above all."""
    for option in (
        click.option("--run-seed", type=int, help="Of random orders and of a temperature."),
        click.option("--temperature", type=float, help="Of discrete dynamics; default: 0."),
        click.option("--sweeps", type=int, help="Of discrete dynamics, at most."),
        click.option(
            "--order",
            metavar="WHAT",
            shell_complete=words("random", "sequential"),
            help="In which order asynchronous updates go: random or sequential.",
        ),
        click.option(
            "--method",
            metavar="NAME",
            shell_complete=words("asynchronous", "synchronous"),
            help="What the file says, if nobody does; asynchronous where activations jump.",
        ),
    ):
        function = option(function)
    return function


def discrete_request(options: Mapping[str, Any]) -> dict[str, Any]:
    """What those options ask of `hamsim.recall`."""
    asked = {name: value for name, value in options.items() if value is not None}
    if "run_seed" in asked:
        asked["seed"] = asked.pop("run_seed")
    return asked


def threshold_option(function: _F) -> _F:
    """Add from which overlap on a pattern counts as found."""
    return click.option(
        "--threshold",
        type=float,
        default=0.9,
        help="Overlap from which on a pattern counts as found; default: 0.9.",
    )(function)
