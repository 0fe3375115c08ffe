"""`hamsim repair`: a clean copy of a trace whose run was killed, or which is damaged."""

from __future__ import annotations

import click

from hamsim.cli.common import PathType, json_option
from hamsim.cli.complete import files
from hamsim.cli.output import echo_json, say_facts
from hamsim.cli.zoo import require_trace
from hamsim.fileformats import TRACES


@click.command("repair")
@click.argument("trace", type=PathType(path_type=str), shell_complete=files(*TRACES))
@click.option("-o", "--out", type=PathType(path_type=str), help="Write the copy here instead.")
@json_option
def command(trace: str, out: str | None, as_json: bool) -> None:
    """Make a clean copy of a trace with all its finished records, of whatever became of its run.

    Records that are not what was written, because the file was damaged, are left out, and told.
    Without --out the copy takes the file's place. Do not repair a trace that is being written.

    Example:  hamsim repair digits.nc
    """
    from hamsim.report.files import RepairReport
    from hamsim.trace.repair import repair

    require_trace(trace)
    report = RepairReport(out or trace, repair(trace, out))
    if as_json:
        echo_json(report.to_dict())
        return
    say_facts(report.sections())
