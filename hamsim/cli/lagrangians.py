"""`hamsim lagrangians`: the families, their formulas, parameters and facts."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli import complete
from hamsim.cli.common import PathType, announce_compilation, json_option, parse_overrides
from hamsim.cli.drawing import draw_family
from hamsim.cli.output import echo_json, say
from hamsim.errors import HamsimError, SpecError, did_you_mean, printable
from hamsim.fileformats import PICTURES

if TYPE_CHECKING:
    from hamsim.network import Network
    from hamsim.report.lagrangian import LagrangianReport

# States of the neurons that a shared Lagrangian is shown with.
NEIGHBOURS = (0.0, 0.0, 1.0)


@click.command("lagrangians")
@click.argument("name", required=False, shell_complete=complete.lagrangians)
@click.option(
    "-e", "--expression", help='A formula instead of a name, as in -e "log(cosh(b*x))/b".'
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PARAMETER=VALUE",
    shell_complete=complete.lagrangian_values,
    help="Value of a parameter, as in --set beta=2. Repeatable.",
)
@click.option(
    "--plot",
    "picture",
    type=PathType(path_type=str),
    is_flag=False,
    flag_value="",
    shell_complete=complete.files(*PICTURES),
    help="Draw L, g and H, to this PNG, SVG or PDF; default: the name with .png, here.",
)
@json_option
def command(
    name: str | None,
    expression: str | None,
    overrides: tuple[str, ...],
    picture: str | None,
    as_json: bool,
) -> None:
    """List the Lagrangians, or say all that is known of one.

    NAME is one of the list. A formula is judged as in a network file: g and H are derived from it,
    and it is said whether it is convex.

    Example:  hamsim lagrangians tanh --set beta=2 --plot tanh.png
    """
    if name is not None and expression is not None:
        raise HamsimError("give a name or --expression, not both")
    if name is None and expression is None:
        if picture is not None or overrides:
            raise HamsimError("--plot and --set need the name of a Lagrangian before them")
        _list(as_json)
        return
    from hamsim.report.lagrangian import lagrangian_report

    network = _network(name, expression, parse_overrides(overrides))
    target = None
    if picture is not None:
        target = picture or f"{name or 'formula'}.png"
        announce_compilation(network)
        draw_family(network, target)
    report = lagrangian_report(network.groups[0])
    if as_json:
        echo_json({**report.to_dict(), "plot": target})
        return
    _print(report)
    if target is not None:
        say(f"plot        {target}")


def _list(as_json: bool) -> None:
    from hamsim.report.lagrangian import ListReport

    report = ListReport.of_table()
    if as_json:
        echo_json(report.to_list())
        return
    for section in report.sections():
        say(section.title)
        for fact in section.facts:
            say(f"    {fact.name} = {fact.words}" if fact.name else f"    {fact.words}")
        say("")
    say("hamsim lagrangians NAME says more of one; a new one needs no code: see --expression.")


def _network(name: str | None, expression: str | None, values: dict[str, Any]) -> Network:
    """A network of one group: one neuron, or a few where they share the Lagrangian."""
    from hamsim.compiler import compile
    from hamsim.lagrangians.families import formula_family
    from hamsim.lagrangians.table import TABLE

    if name is not None and name not in TABLE:
        raise HamsimError(f"no Lagrangian '{printable(name)}'; {did_you_mean(name, TABLE)}")
    row = TABLE[name] if name is not None else formula_family(expression or "")
    given = {"kind": name} if name is not None else {"expression": expression}
    states = [0.0] if row.additive else list(NEIGHBOURS)
    group = {
        "size": len(states),
        "lagrangian": {**given, **values},
        "initial": states,
    }
    try:
        return compile({"format": "hamsim/1", "groups": {"one": group}})
    except SpecError as error:
        # The file around it is not the user's: name the parameter alone.
        lines = [f"{p.path.rpartition('.')[2]}: {p.message}" for p in error.problems]
        raise HamsimError("\n".join(lines)) from None


def _print(report: LagrangianReport) -> None:
    """Print all that is known; formulas are to be copied, so on one line."""
    for section in report.sections():
        say(section.title)
        for fact in section.facts:
            line = f"{fact.name:12}{fact.words}"
            say(line if fact.whole else textwrap.fill(line, 100, subsequent_indent=" " * 12))
