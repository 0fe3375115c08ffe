"""`hamsim schema`: the file format as a JSON Schema, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hamsim.cli.common import PathType, json_option
from hamsim.cli.complete import files
from hamsim.cli.output import echo_json, put, say
from hamsim.errors import HamsimError

# With this comment in a network file, editors know the schema beside it.
_LINE = "# yaml-language-server: $schema="


@click.command("schema")
@click.option(
    "-o",
    "--out",
    type=PathType(path_type=str),
    shell_complete=files(".json"),
    help="Write it to this file instead.",
)
@click.option("--force", is_flag=True, help="Replace a file that is no schema of hamsim.")
@json_option
def command(out: str | None, force: bool, as_json: bool) -> None:
    """Print the JSON Schema of network files, by which editors complete and check them.

    Editors with a language server for YAML, as VS Code, Vim, Emacs and PyCharm have one, read it
    where the first line of a network file is  # yaml-language-server: $schema=hamsim.schema.json

    Example:  hamsim schema -o hamsim.schema.json
    """
    from hamsim.spec.jsonschema import schema

    found = schema()
    if out is None:
        put(_text(found))
        return
    _write(Path(out), _text(found), force)
    if as_json:
        echo_json({"file": out})
    else:
        say(f"{out}: written; the first line of a network file beside it:")
        say(f"{_LINE}{Path(out).name}")


def _text(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, text: str, force: bool) -> None:
    """Write the schema; an earlier one is replaced, nothing else without being told to."""
    from hamsim.paths import replacing

    try:
        if not force and path.exists() and not _is_schema(path):
            raise HamsimError(f"'{path}' is there already and is no schema; --force replaces it")
        with replacing(path) as stream:
            stream.write(text.encode())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise HamsimError(f"cannot write '{path}': {why}") from None


def _is_schema(path: Path) -> bool:
    from hamsim.spec.jsonschema import TITLE

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("title") == TITLE
