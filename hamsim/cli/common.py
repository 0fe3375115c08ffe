"""What several commands share: arguments, overrides, and how results are printed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hamsim.errors import HamsimError

if TYPE_CHECKING:
    from hamsim.network import Network
    from hamsim.spec.schema import Spec

__all__ = [
    "announce_compilation",
    "echo_json",
    "file_argument",
    "json_option",
    "left_out_of",
    "parse_overrides",
    "read_network",
    "read_spec",
    "say",
    "set_option",
]

_F = TypeVar("_F", bound=Callable[..., Any])


def file_argument(function: _F) -> _F:
    """Add the argument FILE: a network in YAML, or in another format that can be converted."""
    return click.argument("file", type=click.Path(path_type=str))(function)


def json_option(function: _F) -> _F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")(
        function
    )


def set_option(function: _F) -> _F:
    """Add ``--set PATH=VALUE``, as often as wanted."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        help="Put a value in place of the file's, as in --set groups.pixels.tau=2. Repeatable.",
    )(function)


def parse_overrides(overrides: tuple[str, ...]) -> dict[str, Any]:
    """Paths and values of ``--set``; a value is written as in a file."""
    from hamsim.errors import Problem, SpecError
    from hamsim.spec.text import parse_text

    result = {}
    for text in overrides:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            raise HamsimError(f"--set {text}: write PATH=VALUE, as in --set groups.pixels.tau=2")
        if path.strip() in result:
            raise HamsimError(f"--set {path.strip()} is given twice")
        try:
            parsed, _, problems = parse_text(value, "--set")
        except SpecError as error:
            problems = list(error.problems)
        if problems:
            raise SpecError([Problem(p.message, path.strip(), "--set") for p in problems])
        result[path.strip()] = parsed
    return result


def read_spec(file: str, overrides: tuple[str, ...], quiet: bool = False) -> Spec:
    """Description of the network in a file; what it does not say is told on stderr."""
    from hamsim.spec.load import load

    values = parse_overrides(overrides)
    if os.path.splitext(file)[1].lower() not in _OTHER_FORMATS:
        return load(file, values)
    from hamsim.io import convert

    spec, _, notes = convert.read_spec(file, None, values)
    for note in () if quiet else notes:
        click.echo(f"note: {note}", err=True)
    return spec


def read_network(file: str, overrides: tuple[str, ...], quiet: bool = False) -> Network:
    """The network in a file, of whatever format."""
    from hamsim.compiler import compile

    return compile(read_spec(file, overrides, quiet))


# Endings of files that need not be YAML.
_OTHER_FORMATS = (".graphml", ".json", ".npz", ".mtx")


def say(text: str) -> None:
    """Print a line; a reader that has gone must not end the run that is being told of."""
    try:
        click.echo(text)
    except OSError:
        sys.stdout = open(os.devnull, "w")


# Groups that are named where a picture leaves some out.
MAX_NAMED = 10


def left_out_of(picture: tuple[str, ...], n_groups: int) -> str:
    """Which groups a picture leaves out; empty if none.

    Parameters
    ----------
    picture : tuple of str
        The groups that are not in it.
    n_groups : int
        All that could be.
    """
    if not picture:
        return ""
    named = ", ".join(picture[:MAX_NAMED])
    if len(picture) > MAX_NAMED:
        named += f" and {len(picture) - MAX_NAMED} more"
    return f"{n_groups - len(picture)} of {n_groups} groups are drawn, {named} left out"


def announce_compilation(network: Network) -> None:
    """Say on stderr that formulas are compiled, which takes a moment when they are new."""
    formulas = {group.family.formula: group.family for group in network.groups}
    formulas.pop("", None)
    if not formulas:
        return
    from hamsim.kernels.kept import STORE
    from hamsim.lagrangians.functions import chunk_functions

    for text, family in formulas.items():
        if chunk_functions(family).is_new:
            kept = "; it is kept for later runs" if STORE.folder else ""
            click.echo(f"compiling the formula {text}{kept}", err=True)


def echo_json(facts: Any) -> None:
    """Print facts as JSON; numbers that JSON does not have become null."""
    say(json.dumps(_finite(facts), indent=2, ensure_ascii=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value
