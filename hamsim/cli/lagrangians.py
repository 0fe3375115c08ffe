"""`hamsim lagrangians`: the families, their formulas, parameters and facts."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli import complete
from hamsim.cli.common import PathType, announce_compilation, json_option, parse_overrides
from hamsim.cli.drawing import PICTURES, draw_family
from hamsim.cli.output import echo_json, say
from hamsim.errors import HamsimError, SpecError, did_you_mean, printable

if TYPE_CHECKING:
    from hamsim.lagrangians.row import Lagrangian
    from hamsim.network import Network

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
    network = _network(name, expression, parse_overrides(overrides))
    target = None
    if picture is not None:
        target = picture or f"{name or 'formula'}.png"
        announce_compilation(network)
        draw_family(network, target)
    facts = {**_facts(network), "plot": target}
    if as_json:
        echo_json(facts)
        return
    _print(network, facts)
    if target is not None:
        say(f"plot        {target}")


def _list(as_json: bool) -> None:
    from hamsim.lagrangians.table import TABLE

    if as_json:
        echo_json([_row_facts(row) for row in TABLE.values()])
        return
    for additive, title in (
        (True, "Element-wise: each neuron has its own"),
        (False, "Collective: the neurons of a group, or along the axes in 'over', share one"),
    ):
        say(title + "\n")
        for row in TABLE.values():
            if row.additive == additive:
                _say_row(row)
    say("hamsim lagrangians NAME says more of one; a new one needs no code: see --expression.")


def _say_row(row: Lagrangian) -> None:
    given = ", ".join(f"{p.name}={p.default:g}" for p in row.parameters)
    say(f"{row.name}({given})" if given else row.name)
    say(f"    L = {row.L}")
    say(f"    g = {row.g}")
    low, high, least, slope = (
        _readable(row, text) for text in (row.low, row.high, row.least, row.slope)
    )
    say(f"    g from {low} to {high}, H from {least} to {slope}; {_convex(row)}\n")


def _readable(row: Lagrangian, text: str) -> str:
    """A fact as it stands, unless it is written with an idiom that only the program should read."""
    from hamsim.expression import evaluate

    if "sign(" not in text:
        return text
    names = {parameter.name: parameter.default for parameter in row.parameters}
    return f"{evaluate(text, names, finite=False):g}"


def _convex(row: Lagrangian) -> str:
    if row.convex is None:
        return "convex: undecided"
    if row.convex:
        return "convex"
    if row.convex_from == float("inf"):
        return "not convex"
    return f"not convex; convex for x >= {row.convex_from:.4g}"


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


def _row_facts(row: Lagrangian) -> dict[str, Any]:
    return {
        "name": row.name,
        "L": row.L,
        "g": row.g,
        "dual": row.dual,
        "parameters": [
            {
                "name": p.name,
                "default": p.default,
                "allowed": p.rule or "any number",
                "meaning": p.meaning,
                "one_a_neuron": row.additive or p.one_a_neuron,
            }
            for p in row.parameters
        ],
        "additive": row.additive,
        "convex": row.convex,
        "convex_from": row.convex_from,
        "low": row.low,
        "high": row.high,
        "growth": row.growth,
        "least": row.least,
        "slope": row.slope,
        "far_slope": row.far_slope,
        "kernel": row.kernel,
        "kernel_if": row.kernel_if,
        "condition": row.condition,
        "kinks": row.kinks,
        "h": row.h,
        "witness": row.witness,
        "source": row.source,
    }


def _facts(network: Network) -> dict[str, Any]:
    """Facts of the family, and their values with the parameters at hand."""
    group = network.groups[0]
    names = ("low", "high", "growth", "least", "slope")
    return {
        **_row_facts(group.family),
        "values": {name: float(values[0]) for name, values in group.parameters.items()},
        "facts": {name: float(group.fact(name)[0]) for name in names},
        "neurons": group.size,
    }


def _print(network: Network, facts: dict[str, Any]) -> None:
    group = network.groups[0]
    row, numbers = group.family, facts["facts"]
    whose = "element-wise" if row.additive else "shared by a group, or along the axes in 'over'"
    say(f"{'formula' if row.formula else row.name}: {whose}")
    lines = [("L", row.L), ("g", row.g)]
    lines.append(("H v" if row.formula and not row.additive else "h", row.h))
    lines.append(("L*(g)", row.dual or ("" if row.formula else "no closed form")))
    for parameter in row.parameters:
        value = facts["values"][parameter.name]
        meaning = f": {parameter.meaning}" if parameter.meaning else ""
        rule = f" ({parameter.rule})" if parameter.rule else ""
        lines.append(("parameter", f"{parameter.name} = {value:g}{meaning}{rule}"))
    shared = "" if row.additive else f" with {group.size} neurons"
    lines += [
        ("range of g", f"{numbers['low']:.6g} to {numbers['high']:.6g}{shared}"),
        ("range of H", f"{numbers['least']:.6g} to {numbers['slope']:.6g}{shared}"),
        ("convex", _proved(row)),
        ("growth", _growth(row, numbers)),
    ]
    lines = [(title, text) for title, text in lines if text]
    if row.kernel:
        what = {"ones": "equal shifts of all neurons", "state": "the state itself"}
        when = f" if {row.kernel_if} = 0" if row.kernel_if else ""
        shifts = what.get(row.kernel, "equal shifts of the neurons with g > 0")
        lines.append(("H is 0 for", shifts + when))
    if row.source != "formula":
        lines.append(("source", row.source))
    for title, text in lines:
        line = f"{title:12}{text}"
        formula = title in ("L", "g", "h", "H v", "L*(g)")  # to be copied, so on one line
        say(line if formula else textwrap.fill(line, 100, subsequent_indent=" " * 12))


def _proved(row: Lagrangian) -> str:
    if row.convex is None:
        return "undecided"
    if row.convex:
        return "yes, proved" if row.formula else "yes"
    return f"no: {row.witness}" if row.witness else _convex(row).replace("not convex", "no")


def _growth(row: Lagrangian, numbers: dict[str, float]) -> str:
    degree = numbers["growth"]
    if row.formula:
        return ""
    if degree == 0:
        bounded = numbers["high"] < float("inf")
        return "g is bounded" if bounded else "slower than any power"
    if degree == float("inf"):
        return "exponential"
    return f"|g| ~ |x|^{degree:g}"
