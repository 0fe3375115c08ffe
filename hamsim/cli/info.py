"""`hamsim info`: what a network consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hamsim.cli.common import file_argument, json_option, read_network, set_option
from hamsim.cli.output import echo_json
from hamsim.cli.tables import table_of

if TYPE_CHECKING:
    from hamsim.report.network import NetworkReport

WIDTH = 100  # of a description


@click.command("info")
@file_argument
@set_option
@json_option
def command(file: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Print size, groups, connections and structure of a network.

    Example:  hamsim info networks/digits.yaml
    """
    network = read_network(file, overrides)
    from hamsim.report.network import network_report

    report = network_report(network)
    if as_json:
        echo_json(report.to_dict())
    else:
        _print(report)


def _print(report: NetworkReport) -> None:
    """Print tables with their titles, and single facts a line each."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    first, *others = report.sections()
    if first.title:
        console.print(Text(first.title, style="bold"))
    for fact in first.facts:
        is_prose = fact.name == "description"
        console.print(Text(click.wrap_text(fact.words, WIDTH) if is_prose else fact.words))
    for section in others:
        if section.rows:
            console.print(table_of(section), markup=False)
        elif not section.title:
            console.print()
        for fact in section.facts:
            console.print(Text(fact.words))
