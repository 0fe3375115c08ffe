"""`hamsim examples`: the networks that come with hamsim."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from hamsim.cli.common import echo_json, json_option
from hamsim.errors import HamsimError, did_you_mean


def zoo() -> Path:
    """Folder of the example networks: inside an installed copy, or beside the sources."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "zoo"
    return installed if installed.is_dir() else package.parent / "networks"


@click.command("examples")
@click.argument("name", required=False)
@click.option(
    "--copy", "folder", type=click.Path(path_type=str), help="Copy NAME and its data here."
)
@json_option
def command(name: str | None, folder: str | None, as_json: bool) -> None:
    """List the networks that come with hamsim, print one, or copy it to change it.

    Example:  hamsim examples digits --copy .
    """
    found = {path.stem: path for path in sorted(zoo().glob("*.yaml"))}
    if name is None:
        if folder is not None:
            raise HamsimError("say which network to copy: hamsim examples NAME --copy FOLDER")
        _list(found, as_json)
        return
    name = name.removesuffix(".yaml")
    if name not in found:
        raise HamsimError(f"no example '{name}'; {did_you_mean(name, found, 'examples')}")
    if folder is None:
        if as_json:
            echo_json(_facts(found[name]))
        else:
            click.echo(found[name].read_text(encoding="utf-8"), nl=False)
        return
    copied = _copy(found[name], Path(folder))
    if as_json:
        echo_json({"copied": [str(path) for path in copied]})
    else:
        for path in copied:
            click.echo(path)


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
        click.echo(click.style(fact["name"].ljust(width), bold=True) + "  " + fact["title"])
    click.echo("\nOne in full, with what you should see: hamsim examples " + facts[0]["name"])
    click.echo("Run it: hamsim run " + facts[0]["file"])


def _copy(source: Path, folder: Path) -> list[Path]:
    """Copy a network file and the data files that it names; nothing is overwritten."""
    from hamsim.spec.text import parse_text

    raw, _, _ = parse_text(source.read_text(encoding="utf-8"), str(source))
    files = [Path(source.name), *sorted({Path(name) for name in _data_files(raw)})]
    for file in files:
        if (folder / file).exists():
            raise HamsimError(f"'{folder / file}' is there already; nothing was copied")
    try:
        for file in files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.parent / file, folder / file)
    except OSError as error:
        raise HamsimError(f"cannot copy to '{folder}': {error.strerror}") from None
    return [folder / file for file in files]


def _data_files(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["file"]] if isinstance(value.get("file"), str) else []
        return own + [name for item in value.values() for name in _data_files(item)]
    if isinstance(value, list):
        return [name for item in value for name in _data_files(item)]
    return []
