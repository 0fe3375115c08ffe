"""`hamsim new`: a network file to begin with."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from hamsim.cli.common import PathType, json_option
from hamsim.cli.complete import files, words
from hamsim.cli.output import echo_json, say
from hamsim.errors import HamsimError, did_you_mean, printable
from hamsim.starters.kinds import KINDS

# Endings of a user's own table.
TABLES = (".csv", ".tsv")


def _offered(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Kinds and tables."""
    each = (words(*KINDS), files(*TABLES))
    return [item for offer in each for item in offer(context, parameter, incomplete)]


@click.command("new")
@click.argument("kind", type=PathType(path_type=str), shell_complete=_offered)
@click.option(
    "-o",
    "--out",
    type=PathType(path_type=str),
    shell_complete=files(".yaml"),
    help="The network file; default: KIND's name with .yaml, here.",
)
@click.option(
    "--columns",
    metavar="A,B,W",
    help="Of a table: its columns of who sends, who receives, and the weight.",
)
@json_option
def command(kind: str, out: str | None, columns: str | None, as_json: bool) -> None:
    """Write a network to begin with, full of comments: it runs, and is proved to come to rest.

    KIND is memory, circuit, layers or connectome, or a csv file of yours with synapses: an edge a
    row, as pre,post,weight, or a matrix with the names of neurons. Nothing is overwritten.

    Example:  hamsim new memory
    """
    own = kind.lower().endswith(TABLES)
    if not own and kind not in KINDS:
        hint = did_you_mean(kind, [*KINDS, "a csv file"])
        raise HamsimError(f"no kind '{printable(kind)}'; {hint}")
    if columns is not None and not own:
        raise HamsimError("--columns is for a csv file: hamsim new FILE.csv --columns A,B,W")
    target = _target(kind, out)
    made = _of_table(kind, target, columns) if own else _of_kind(kind, target)
    _write(made, check=own)
    file = shlex.quote(str(target))
    picture = shlex.quote(f"{target.stem}.png")
    steps = [f"hamsim run {file} --plot {picture}", f"hamsim check {file}"]
    if as_json:
        echo_json({"files": [str(path) for path in made], "next": steps})
        return
    for path in made:
        say(printable(str(path)))
    say(f"next: {steps[0]}")
    say(f"      {steps[1]}")


def _target(kind: str, out: str | None) -> Path:
    """The network file."""
    target = Path(out if out is not None else f"{Path(kind).stem}.yaml")
    if target.suffix.lower() not in (".yaml", ".yml"):
        raise HamsimError(f"--out: a network file ends in .yaml, not '{printable(target.name)}'")
    if not str(target).isprintable():
        raise HamsimError("--out: a name has no control characters")
    if not target.parent.is_dir():
        raise HamsimError(f"there is no folder '{printable(str(target.parent))}'")
    return target


def _of_kind(kind: str, target: Path) -> Mapping[Path, str]:
    from hamsim.starters.kinds import filled, path_of, text_of

    if kind != "connectome":
        return {target: filled(f"{kind}.yaml", target)}
    from hamsim.starters.connectome import network_of, read_connectome

    table = target.with_suffix(".csv")
    with path_of("connectome.csv") as path:
        found = read_connectome(str(path))
    return {**network_of(found, table.name, target), table: text_of("connectome.csv")}


def _of_table(table: str, target: Path, columns: str | None) -> Mapping[Path, str]:
    from hamsim.starters.connectome import network_of, read_connectome

    if not os.path.lexists(table):
        said = "hamsim new connectome writes an example with its table"
        raise HamsimError(f"no file '{printable(table)}'; {said}")
    names = () if columns is None else tuple(name.strip() for name in columns.split(","))
    if columns is not None and len(names) != 3:
        raise HamsimError(f"--columns names three columns, A,B,W, not {len(names)}")
    found = read_connectome(table, names)
    return network_of(found, os.path.relpath(table, target.parent), target)


def _write(made: Mapping[Path, str], check: bool) -> None:
    """Write new files, all or none; nothing that is there is touched."""
    written = []
    try:
        for path in made:
            if os.path.lexists(path):
                raise HamsimError(f"'{printable(str(path))}' is there already; nothing was written")
        for path, text in made.items():
            with path.open("x", encoding="utf-8") as stream:
                written.append(path)
                stream.write(text)
        if check:
            from hamsim.spec.load import load

            load(next(iter(made)))
    except BaseException as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        if isinstance(error, OSError):
            where = printable(str(error.filename or "the files"))
            raise HamsimError(f"cannot write '{where}': {error.strerror}") from None
        raise
