"""`hamsim examples`: the networks that come with hamsim."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from hamsim.cli import complete
from hamsim.cli.common import PathType, json_option
from hamsim.cli.output import Styled, echo_json, put, say
from hamsim.cli.zoo import examples, zoo

__all__ = ["command", "zoo"]
from hamsim.errors import HamsimError, did_you_mean, printable


@click.command("examples")
@click.argument("name", required=False, shell_complete=complete.examples)
@click.option(
    "--copy",
    "folder",
    type=PathType(file_okay=False, path_type=str),
    help="Copy NAME and its data here.",
)
@json_option
def command(name: str | None, folder: str | None, as_json: bool) -> None:
    """List the networks that come with hamsim, print one, or copy it to change it.

    Example:  hamsim examples digits --copy .
    """
    found = examples()
    if name is None:
        if folder is not None:
            raise HamsimError("say which network to copy: hamsim examples NAME --copy FOLDER")
        _list(found, as_json)
        return
    name = name.removesuffix(".yaml")
    if name not in found:
        raise HamsimError(
            f"no example '{printable(name)}'; {did_you_mean(name, found, 'examples')}"
        )
    if folder is None:
        if as_json:
            echo_json(_facts(found[name]))
        else:
            put(found[name].read_text(encoding="utf-8"))
        return
    copied = _copy(found[name], Path(folder))
    if as_json:
        echo_json({"copied": [str(path) for path in copied]})
    else:
        for path in copied:
            say(str(path))


def _facts(path: Path) -> dict[str, Any]:
    from hamsim.spec.text import parse_text

    raw, _, _ = parse_text(path.read_text(encoding="utf-8"), str(path))
    text = " ".join(str(raw.get("description", "")).split())
    return {"name": path.stem, "title": raw.get("name", ""), "description": text, "file": str(path)}


def _list(found: dict[str, Path], as_json: bool) -> None:
    facts = [_facts(path) for path in found.values()]
    if as_json:
        echo_json(facts)
        return
    width = max(len(fact["name"]) for fact in facts)
    for fact in facts:
        say(Styled(fact["name"].ljust(width)), "  " + fact["title"])
    say("\nOne in full, with what you should see: hamsim examples " + facts[0]["name"])
    say("Run it: hamsim run " + facts[0]["file"])


def _copy(source: Path, folder: Path) -> list[Path]:
    """Copy a network file and the data files that it names; nothing is overwritten."""
    from hamsim.paths import replacing
    from hamsim.spec.text import parse_text

    raw, _, _ = parse_text(source.read_text(encoding="utf-8"), str(source))
    files = [Path(source.name), *sorted({Path(name) for name in _data_files(raw)})]
    made = []
    try:
        for file in files:
            if os.path.lexists(folder / file):
                raise HamsimError(f"'{folder / file}' is there already; nothing was copied")
        for file in files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            with replacing(folder / file) as stream:
                stream.write((source.parent / file).read_bytes())
            made.append(folder / file)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        _remove(made)
        why = getattr(error, "strerror", None) or error
        raise HamsimError(f"cannot copy to '{folder}': {why}") from None
    except HamsimError:
        _remove(made)
        raise
    return made


def _remove(files: list[Path]) -> None:
    """Take back a copy that is not whole."""
    for file in files:
        with suppress(OSError):
            file.unlink()


def _data_files(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["file"]] if isinstance(value.get("file"), str) else []
        return own + [name for item in value.values() for name in _data_files(item)]
    if isinstance(value, list):
        return [name for item in value for name in _data_files(item)]
    return []
