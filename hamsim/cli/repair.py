"""`hamsim repair`: a clean copy of a trace whose run was killed."""

from __future__ import annotations

import click

from hamsim.cli.common import PathType, json_option
from hamsim.cli.complete import TRACES, files
from hamsim.cli.output import echo_json, say
from hamsim.cli.zoo import require_trace


@click.command("repair")
@click.argument("trace", type=PathType(path_type=str), shell_complete=files(*TRACES))
@click.option("-o", "--out", type=PathType(path_type=str), help="Write the copy here instead.")
@json_option
def command(trace: str, out: str | None, as_json: bool) -> None:
    """Make a clean copy of a trace whose run was killed, with all its finished records.

    Without --out the copy takes the file's place. Do not repair a trace that is being written.

    Example:  hamsim repair digits.nc
    """
    from hamsim.io.tracefile import repair

    require_trace(trace)
    records = repair(trace, out)
    if as_json:
        echo_json({"trace": out or trace, "records": records})
    else:
        say(f"{out or trace}: {records:,} records")
