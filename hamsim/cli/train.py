"""`hamsim train`: make a network's loss of examples small."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli.check import print_certificate
from hamsim.cli.common import (
    PathType,
    announce_compilation,
    file_argument,
    json_option,
    read_spec,
    set_option,
)
from hamsim.cli.complete import files, words
from hamsim.cli.drawing import draw_result
from hamsim.cli.output import echo_json, say, tell
from hamsim.cli.searching import INTERRUPTED, plot_option, require_target, tell_sections
from hamsim.cli.training_bar import training_bar
from hamsim.cli.words import METHODS_OF_LEARNING
from hamsim.errors import HamsimError
from hamsim.paths import quoted

if TYPE_CHECKING:
    from hamsim.learning.training.trained import Trained

# What the command ends with where no example of the last epoch came to rest.
NOTHING_LEARNED = 1
_YAML = (".yaml", ".yml")


@click.command("train")
@file_argument
@click.option(
    "--out",
    "target",
    type=PathType(path_type=str),
    required=True,
    shell_complete=files(*_YAML),
    help="File of the trained network; its arrays go to NAME-data.npz beside it.",
)
@click.option("--resume", is_flag=True, help="Go on from NAME-checkpoint.npz, which is there.")
@click.option("--force", is_flag=True, help="Begin anew, and replace files that are there.")
@click.option("--epochs", type=int, help="Default: the file's.")
@click.option(
    "--method",
    shell_complete=words(*METHODS_OF_LEARNING),
    help=f"Of gradients: {', '.join(METHODS_OF_LEARNING)}. Default: the file's.",
)
@click.option("--seed", type=int, help="Of the order of examples; default: the file's.")
@click.option("--threads", type=click.IntRange(min=1), help="Default: as many as are of use.")
@plot_option("Draw loss, score and sweeps over the epochs to this PNG, SVG or PDF.")
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: str,
    target: str,
    resume: bool,
    force: bool,
    epochs: int | None,
    method: str | None,
    seed: int | None,
    threads: int | None,
    picture: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Train a network as the block `training` of its file says.

    After every epoch training is kept in a checkpoint, from which --resume goes on to the same
    numbers, however it ended. Ctrl-C ends it as after the last whole epoch. The trained network is
    checked. Exit status: 0 done, 1 no example of the last epoch came to rest, 130 Ctrl-C.

    Example:  hamsim train networks/digits_classifier.yaml --out trained.yaml --plot curves.png
    """
    require_target("--out", target, _YAML)
    require_target("--plot", picture)
    spec = read_spec(file, overrides)
    if spec.training is None:
        raise HamsimError(
            f"'{file}' has no block training:, which says on which data the network is trained"
        )
    from hamsim.formats.trained import checkpoint_of
    from hamsim.learning.training.train import train

    kept = checkpoint_of(target)
    if os.path.lexists(target) and os.path.realpath(target) == os.path.realpath(file):
        raise HamsimError(f"--out {target} is the file that says how to train; give another")
    begun = _begun(target, kept, resume, force)
    with training_bar(not as_json) as progress:
        trained = train(
            spec,
            epochs=epochs,
            method=method,
            seed=seed,
            threads=threads,
            checkpoint=kept,
            resume=kept if begun else None,
            progress=progress,
        )
    _finish(trained, target, picture, kept, as_json)
    if trained.interrupted:
        context.exit(INTERRUPTED)
    table = trained.table
    nothing = table.rows and table["unstable"][-1] and math.isnan(table["loss"][-1])
    context.exit(NOTHING_LEARNED if nothing else 0)


def _begun(target: str, kept: Path, resume: bool, force: bool) -> bool:
    """Whether there is a checkpoint to go on from.

    Raises
    ------
    HamsimError
        Files are there that would be lost.
    """
    from hamsim.formats.trained import trained_files

    if resume:
        if force:
            raise HamsimError("--resume goes on, --force begins anew: give one of the two")
        if kept.exists():
            return True
    for path in () if force else (*trained_files(target), kept):
        if os.path.lexists(path):
            more = "; --resume goes on from it, --force begins anew" if path == kept else ""
            raise HamsimError(f"{quoted(path)} is there already{more or '; --force replaces it'}")
    if resume:
        tell(f"note: there is no {quoted(kept)} yet; training begins")
    return False


def _finish(trained: Trained, target: str, picture: str | None, kept: Path, as_json: bool) -> None:
    """Write, draw, check and print what training has come to."""
    from hamsim.certify.check import check
    from hamsim.compiler import compile
    from hamsim.formats.trained import write_trained
    from hamsim.report.certificate import CertificateReport
    from hamsim.report.training import TrainingReport

    if not trained.table.rows:
        tell("no epoch was finished: nothing is written")
        return
    report = TrainingReport(trained)
    made = [str(path) for path in write_trained(trained.network, target, report.line())]
    if picture is not None:
        draw_result(trained, picture)
        made.append(picture)
    network = compile(target)
    announce_compilation(network)
    certificate = CertificateReport(network.name, check(network))
    more: dict[str, Any] = {"files": made, "checkpoint": str(kept)}
    if as_json:
        echo_json(report.to_dict() | more | {"certificate": certificate.to_dict()})
        return
    tell_sections(report.sections(), "{:10}")
    say("")
    print_certificate(certificate)
    say("")
    for path in (*made, str(kept)):
        say(path)
