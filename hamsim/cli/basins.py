"""`hamsim basins`: a picture of basins over a plane through the state space."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hamsim.cli.common import (
    PathType,
    announce_compilation,
    file_argument,
    json_option,
    read_network,
    set_option,
)
from hamsim.cli.complete import files
from hamsim.cli.drawing import draw_result
from hamsim.cli.searching import (
    INTERRUPTED,
    require_target,
    searching,
    starts_options,
    written,
)
from hamsim.errors import HamsimError
from hamsim.fileformats import PICTURES

if TYPE_CHECKING:
    from hamsim.equilibria.planes import Basins


@click.command("basins")
@file_argument
@click.option(
    "--plane",
    nargs=2,
    required=True,
    metavar="A B",
    help="Each a neuron, or a state: the number of an attractor, or trial:K of the file's "
    "initial states.",
)
@click.option(
    "--through",
    metavar="STATE",
    help="The origin: zero, initial, trial:K or the number of an attractor.",
)
@click.option("--size", type=int, default=100, help="States along each side; default: 100.")
@click.option(
    "--range", "ends", metavar="LOW:HIGH[,LOW:HIGH]", help="Of both coordinates, or of each."
)
@click.option(
    "-o",
    "--out",
    "picture",
    type=PathType(path_type=str),
    shell_complete=files(*PICTURES),
    help="PNG, SVG or PDF; default: FILE's name with .basins.png, here.",
)
@click.option(
    "--labels",
    "table",
    type=PathType(path_type=str),
    shell_complete=files(".npz"),
    help="Write the numbers behind the picture too, as npz.",
)
@starts_options
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: str,
    plane: tuple[str, str],
    through: str | None,
    size: int,
    ends: str | None,
    picture: str | None,
    table: str | None,
    starts: int,
    seed: int,
    exact: bool,
    trial: int,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Draw to which attractor each state of a plane through the state space goes.

    Numbers of attractors are those of `hamsim fixed-points` with the same --starts and --seed. A
    neuron's axis is its state; the axis to a state is 0 at the origin and 1 there. Ctrl-C ends it,
    and what was followed is drawn. Exit status: 0 done, 130 Ctrl-C.

    Example:  hamsim basins networks/hopfield.yaml --plane 0 1 -o plane.png
    """
    target = picture or f"{Path(file).stem}.basins.png"
    require_target("--out", target)
    require_target("--labels", table, (".npz",))
    limits = _range(ends)
    network = read_network(file, overrides, as_json)
    announce_compilation(network)
    from hamsim.equilibria.planes import basins
    from hamsim.report.attractors import BasinsReport

    with searching(not as_json) as progress:
        found = basins(
            network,
            *plane,
            size,
            limits,
            _origin(through),
            starts,
            seed,
            exact=exact,
            trial=trial,
            progress=progress,
        )
    if table is not None:
        _write(found, table)
    draw_result(found, target)
    written(BasinsReport(network, found), as_json, target, table, plot=target)
    context.exit(INTERRUPTED if found.interrupted else 0)


def _range(text: str | None) -> list[float] | None:
    """Two or four numbers of ``LOW:HIGH`` or ``LOW:HIGH,LOW:HIGH``."""
    if text is None:
        return None
    try:
        parts = [part.split(":") for part in text.split(",")]
        if len(parts) > 2 or any(len(part) != 2 for part in parts):
            raise ValueError
        return [float(number) for part in parts for number in part]
    except ValueError:
        raise HamsimError(
            f"--range {text}: write LOW:HIGH or LOW:HIGH,LOW:HIGH, as in --range -2:2"
        ) from None


def _origin(through: str | None) -> str | None:
    """What ``--through`` says, without spaces."""
    return None if through is None else through.strip()


def _write(found: Basins, target: str) -> None:
    import numpy as np

    from hamsim.paths import replacing

    names = ("labels", "a", "b", "origin", "directions", "x", "energy", "share", "at", "off")
    with replacing(Path(target)) as stream:
        np.savez_compressed(stream, **{name: getattr(found, name) for name in names})
