"""`hamsim gradient`: methods of gradients beside finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from hamsim.cli.common import file_argument, json_option, read_spec, set_option
from hamsim.cli.complete import words
from hamsim.cli.searching import status_line, written
from hamsim.cli.words import METHODS_OF_LEARNING

# What the command ends with where a method differs from differences, or none has a gradient.
DIFFERS = 1


@click.command("gradient")
@file_argument
@click.option("--check", "checks", is_flag=True, required=True, help="Compare with differences.")
@click.option(
    "--method",
    "methods",
    multiple=True,
    shell_complete=words(*METHODS_OF_LEARNING),
    help="Give it again for several; default: implicit, equilibrium and through_time.",
)
@click.option("--edges", type=click.IntRange(min=1), default=20, help="How many; default: 20.")
@click.option("--seed", type=int, default=0, help="Of what is drawn; default: 0.")
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: str,
    checks: bool,
    methods: tuple[str, ...],
    edges: int,
    seed: int,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compare gradients of a network with finite differences, at weights drawn at random.

    The loss is that of the block `training`, of its first examples; without one it is the squared
    distance of all activations from targets that are drawn. A method that has no gradient here
    says why. Exit status: 0 all that have one agree, 1 one differs or none has one.

    Example:  hamsim gradient networks/ring.yaml --check --edges 5
    """
    spec = read_spec(file, overrides)
    from hamsim.learning.checking import check_gradient
    from hamsim.report.gradient_check import GradientCheckReport

    with _progress(not as_json) as progress:
        found = check_gradient(
            spec, methods=methods or None, edges=edges, seed=seed, progress=progress
        )
    written(GradientCheckReport(found), as_json, names="{:13}")
    context.exit(0 if found.agrees else DIFFERS)


@contextmanager
def _progress(loud: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    with status_line(loud) as say_so:

        def tell(method: str, done: int, edges: int) -> None:
            assert say_so is not None
            say_so(f"{method}: {done:,} of {edges:,} weights")

        yield None if say_so is None else tell
