"""What a shell offers for the arguments of the commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

__all__ = [
    "examples",
    "files",
    "groups",
    "lagrangian_values",
    "lagrangians",
    "settings",
    "words",
]

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _quietly(
    found: Callable[[click.Context, str], Iterable[str]], kind: str = "plain"
) -> Completer:
    """A completer that offers nothing where something is wrong: nobody wants to be told yet."""

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            words = [word for word in found(context, incomplete) if word.startswith(incomplete)]
        except Exception:
            return []
        return [CompletionItem(word, kind) for word in words if word.isprintable()]

    return complete


def words(*allowed: str) -> Completer:
    """One of a few words."""
    return _quietly(lambda context, incomplete: allowed)


def files(*endings: str) -> Completer:
    """Files with some endings, and folders on the way to them; all files if none is said."""
    return _quietly(lambda context, incomplete: _files(incomplete, endings), "path")


def _files(incomplete: str, endings: tuple[str, ...]) -> Iterable[str]:
    folder, begun = os.path.split(incomplete)
    with os.scandir(os.path.expanduser(folder) or ".") as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.name.startswith(".") and not begun.startswith("."):
            continue
        name = os.path.join(folder, entry.name)
        if entry.is_dir():
            yield f"{name}/"
        elif not endings or entry.name.lower().endswith(endings):
            yield name


def _first(context: click.Context, *names: str) -> str:
    """The argument of one of these names; click leaves it apart if an option lacks its value."""
    given = [context.params.get(name) for name in names]
    firsts = [value[0] if isinstance(value, tuple) and value else value for value in given]
    return next((str(value) for value in (*firsts, *context.args) if value), "")


def _examples(context: click.Context, incomplete: str) -> Iterable[str]:
    from hamsim.cli.zoo import examples as found

    return found()


def _lagrangians(context: click.Context, incomplete: str) -> Iterable[str]:
    from hamsim.lagrangians.table import TABLE

    return TABLE


def _lagrangian_values(context: click.Context, incomplete: str) -> Iterable[str]:
    from hamsim.cli.setpaths import parameters_of

    return [f"{name}=" for name in parameters_of(_first(context, "name"))]


def _settings(context: click.Context, incomplete: str) -> Iterable[str]:
    from hamsim.cli.setpaths import raw_network, set_paths

    return set_paths(raw_network(_first(context, "file", "source", "files")), incomplete)


def _groups(context: click.Context, incomplete: str) -> Iterable[str]:
    from hamsim.trace.groupnames import names_of_groups

    return names_of_groups(_first(context, "trace", "files", "file"))


examples = _quietly(_examples)
lagrangians = _quietly(_lagrangians)
lagrangian_values = _quietly(_lagrangian_values)
settings = _quietly(_settings)
groups = _quietly(_groups)
