"""`hamsim gradient`: the gradient of a network's loss, and methods beside finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from hamsim.cli.common import PathType, file_argument, json_option, read_spec, set_option
from hamsim.cli.complete import files, words
from hamsim.cli.searching import require_target, status_line, written
from hamsim.cli.words import METHODS_OF_LEARNING
from hamsim.errors import HamsimError

if TYPE_CHECKING:
    from hamsim.spec.schema import Spec

# What the command ends with where a method differs from differences, or none has a gradient.
DIFFERS = 1


@click.command("gradient")
@file_argument
@click.option("--check", "checks", is_flag=True, help="Compare methods with finite differences.")
@click.option(
    "--method",
    "methods",
    multiple=True,
    shell_complete=words(*METHODS_OF_LEARNING),
    help="Default: implicit. With --check several may be given; default: all that are exact or "
    "nearly so.",
)
@click.option("--edges", type=click.IntRange(min=1), default=20, help="To check; default: 20.")
@click.option("--seed", type=int, default=0, help="Of what --check draws; default: 0.")
@click.option(
    "--out",
    "target",
    type=PathType(path_type=str),
    shell_complete=files(".npz"),
    help="Also write the gradient to this npz file.",
)
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
    target: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Differentiate the loss of the block `training`, or check gradients by differences.

    With --check methods are compared with finite differences, at weights drawn at random; a file
    without such a block gets the squared distance of all activations from targets that are drawn.
    A method that has no gradient here says why. Exit status: 0 done, and all methods agree; 1 one
    differs, or none has a gradient.

    Example:  hamsim gradient networks/ring.yaml --check --edges 5
    """
    require_target("--out", target, (".npz",))
    spec = read_spec(file, overrides)
    if not checks:
        _tell_gradient(spec, file, methods, target, as_json)
        return
    if target is not None:
        raise HamsimError("--check writes no gradient: leave --out away")
    from hamsim.learning.checking import check_gradient
    from hamsim.report.gradient_check import GradientCheckReport

    with _progress(not as_json) as progress:
        found = check_gradient(
            spec, methods=methods or None, edges=edges, seed=seed, progress=progress
        )
    written(GradientCheckReport(found), as_json, names="{:13}")
    context.exit(0 if found.agrees else DIFFERS)


def _tell_gradient(
    spec: Spec, file: str, methods: tuple[str, ...], target: str | None, as_json: bool
) -> None:
    """Print how large the gradient is, and write it."""
    if spec.training is None or spec.training.targets is None:
        raise HamsimError(
            f"'{file}' has no block training: with targets, which says the loss; --check draws some"
        )
    if len(methods) > 1:
        raise HamsimError("--method is given twice: only --check compares methods")
    from hamsim.learning.gradient import gradient
    from hamsim.report.gradient import GradientReport

    found = gradient(spec, method=methods[0] if methods else "implicit")
    if target is not None:
        found.save(target)
    written(GradientReport(spec.name, found), as_json, target, names="{:8}")


@contextmanager
def _progress(loud: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    with status_line(loud) as say_so:

        def tell(method: str, done: int, edges: int) -> None:
            assert say_so is not None
            say_so(f"{method}: {done:,} of {edges:,} weights")

        yield None if say_so is None else tell
