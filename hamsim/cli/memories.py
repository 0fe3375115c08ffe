"""What the commands about memories share: options of how states are followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hamsim.cli.complete import words

__all__ = ["TABLES", "dynamics_options", "threshold_option"]

TABLES = (".csv", ".tsv")

_F = TypeVar("_F", bound=Callable[..., Any])


def dynamics_options(function: _F) -> _F:
    """Add what says how states are followed, of discrete dynamics above all."""
    for option in (
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


def threshold_option(function: _F) -> _F:
    """Add from which overlap on a pattern counts as found."""
    return click.option(
        "--threshold",
        type=float,
        default=0.9,
        help="Overlap from which on a pattern counts as found; default: 0.9.",
    )(function)
