"""`hamsim show`: a network file, resolved."""

from __future__ import annotations

import click

from hamsim.cli.common import file_argument, json_option, read_spec, set_option
from hamsim.cli.output import echo_json, put


@click.command("show")
@file_argument
@set_option
@json_option
def command(file: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Print a network file resolved: defaults filled in, expressions worked out.

    What is printed is a network file again and gives the same network.

    Example:  hamsim show networks/ring.yaml > resolved.yaml
    """
    from hamsim.spec.dump import dump, to_plain

    spec = read_spec(file, overrides)
    if as_json:
        echo_json(to_plain(spec))
    else:
        put(dump(spec))
