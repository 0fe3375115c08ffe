"""What several commands share: arguments, overrides, and how results are printed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hamsim.cli.complete import files, settings
from hamsim.cli.made import note_network, note_overrides
from hamsim.cli.output import tell
from hamsim.errors import HamsimError, printable
from hamsim.fileformats import NETWORKS, OTHERS
from hamsim.report.words import named

if TYPE_CHECKING:
    from hamsim.network import Network
    from hamsim.spec.schema import Spec

__all__ = [
    "PathType",
    "announce_compilation",
    "file_argument",
    "json_option",
    "left_out_of",
    "parse_listed",
    "parse_overrides",
    "parse_until",
    "parsed",
    "quiet_option",
    "read_network",
    "read_spec",
    "require_present",
    "set_option",
    "source_of",
]

_F = TypeVar("_F", bound=Callable[..., Any])


class PathType(click.Path):
    """A path as it is given; click asks the system of it before the command does."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Refuse what no system takes for a name."""
        if "\0" in os.fspath(value):
            self.fail(f"{printable(os.fspath(value))}: a name has no zero byte", param, ctx)
        return super().convert(value, param, ctx)


def file_argument(function: _F) -> _F:
    """Add the argument FILE: a network in YAML, or in another format that can be converted."""
    return click.argument("file", type=PathType(path_type=str), shell_complete=files(*NETWORKS))(
        function
    )


def json_option(function: _F) -> _F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")(
        function
    )


def quiet_option(function: _F) -> _F:
    """Add ``--quiet``."""
    return click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")(function)


def set_option(function: _F) -> _F:
    """Add ``--set PATH=VALUE``, as often as wanted."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        shell_complete=settings,
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
    note_overrides(result)
    return result


def parse_until(text: str | None) -> Any:
    """What ``--until`` says: a number, a mapping as in a file, or a condition."""
    if text is None or not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        pass
    return parsed("--until", text) if text.strip().startswith("{") else text


def parse_listed(option: str, text: str | None) -> Any:
    """A word, a number, or a list of these as in a file."""
    if text is None:
        return None
    from hamsim.errors import SpecError
    from hamsim.spec.text import parse_text

    parsed, _, problems = parse_text(f"value: {text}", option)
    if problems:
        raise SpecError(problems)
    return parsed["value"] if isinstance(parsed, dict) else text


def parsed(option: str, text: str | None) -> Any:
    """What is written behind an option as in a file; None if nothing is."""
    if text is None:
        return None
    from hamsim.errors import SpecError
    from hamsim.spec.text import parse_text

    value, _, problems = parse_text(text, option)
    if problems:
        raise SpecError(problems)
    return value


def read_spec(file: str, overrides: tuple[str, ...], quiet: bool = False) -> Spec:
    """Description of the network in a file; what it does not say is told on stderr."""
    from hamsim.spec.load import load

    values = parse_overrides(overrides)
    require_present(file)
    if os.path.splitext(file)[1].lower() not in OTHERS:
        spec = load(file, values)
        note_network(spec.seed, values)
        return spec
    from hamsim.formats import convert

    spec, _, notes = convert.read_spec(file, None, values)
    note_network(spec.seed, values)
    for note in () if quiet else notes:
        tell(f"note: {note}")
    return spec


def require_present(file: str) -> None:
    """Refuse a network file that is not there, with what else may be meant.

    Raises
    ------
    HamsimError
    """
    from hamsim.cli.zoo import missing

    if "\0" not in file and not os.path.lexists(file):
        raise HamsimError(missing(file, click.get_current_context().info_name or "run"))


def read_network(file: str, overrides: tuple[str, ...], quiet: bool = False) -> Network:
    """The network in a file, of whatever format."""
    from hamsim.compiler import compile

    return compile(read_spec(file, overrides, quiet))


def source_of(file: str, overrides: tuple[str, ...]) -> tuple[Any, dict[str, Any] | None]:
    """What is compiled for each of several values, and what is put in its place besides.

    A file stays one: a description that was read has numbers in the place of its parameters.
    """
    if os.path.splitext(file)[1].lower() in OTHERS:
        return read_spec(file, overrides), None
    values = parse_overrides(overrides)
    require_present(file)
    from hamsim.spec.load import load

    note_network(load(file, values).seed, values)
    return file, values


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
    some = ", ".join(map(named, picture[:MAX_NAMED]))
    if len(picture) > MAX_NAMED:
        some += f" and {len(picture) - MAX_NAMED} more"
    return f"{n_groups - len(picture)} of {n_groups} groups are drawn, {some} left out"


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
            tell(f"compiling the formula {text}{kept}")
