"""`hamsim check`: what is guaranteed of a network."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli.common import (
    PathType,
    announce_compilation,
    file_argument,
    json_option,
    read_network,
    set_option,
)
from hamsim.cli.complete import files
from hamsim.cli.output import Styled, echo_json, named, say, trimmed
from hamsim.errors import HamsimError
from hamsim.paths import replacing, why_unwritable

if TYPE_CHECKING:
    from hamsim.certify.certificate import Certificate
    from hamsim.network import Network

_ROWS = {
    "energy_decreases": "energy decreases",
    "bounded_below": "bounded below",
    "converges": "converges",
    "unique_equilibrium": "one rest state",
    "globally_stable": "globally stable",
    "instant_well_posed": "tau = 0",
}
_COLOURS = {"proved": "green", "refuted": "red", "undecided": "yellow"}
MAX_WORD = 120  # letters, so that a name of a million does not fill the screen
# What the exit status is about: a memory has many rest states, and that is no fault.
_ASKED = ("energy_decreases", "bounded_below", "converges", "instant_well_posed")


@click.command("check")
@file_argument
@set_option
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Let a probabilistic bound decide about eigenvalues, if it holds with this probability.",
)
@click.option(
    "--repair",
    "repaired",
    type=PathType(path_type=str),
    shell_complete=files(".yaml"),
    help="Write a repaired network.",
)
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: str,
    overrides: tuple[str, ...],
    confidence: float | None,
    repaired: str | None,
    as_json: bool,
) -> None:
    """Prove or refute that a network must converge.

    Exit status: 0 it must converge, 1 a condition is refuted, 3 undecided.

    Example:  hamsim check networks/softmax_oscillation.yaml --repair repaired.yaml
    """
    from hamsim.certify.check import check

    if confidence is not None and not 0 < confidence < 1:  # click takes NaN for one between
        raise HamsimError(f"confidence is {confidence:g}; it must be above 0 and below 1")
    if repaired is not None and (why := why_unwritable(repaired)):
        raise HamsimError(f"cannot write '{repaired}': {why}")
    network = read_network(file, overrides)
    announce_compilation(network)
    certificate = check(network, confidence)
    facts: dict[str, Any] = {"name": network.name, **certificate.to_dict()}
    if repaired is not None:
        facts["repaired"] = _repair(network, repaired)
    if as_json:
        echo_json(facts)
    else:
        _print(network, certificate)
        if repaired is not None:
            say(f"\nrepaired  {repaired}: {'; '.join(facts['repaired'])}")
    context.exit(exit_status(certificate))


def exit_status(certificate: Certificate) -> int:
    """0 if the network must converge, 1 if a condition is refuted, 3 if neither is known."""
    if certificate.converges == "proved":
        return 0
    return 1 if "refuted" in [getattr(certificate, name) for name in _ASKED] else 3


def _repair(network: Network, target: str) -> list[str]:
    from hamsim.certify.advice import repair
    from hamsim.spec.dump import to_text

    description, done = repair(network)
    if not done:
        raise HamsimError("there is nothing that equal tau or symmetric weights would repair")
    text = to_text(description)
    with replacing(Path(target)) as stream:
        stream.write(text.encode())
    return done


def _print(network: Network, certificate: Certificate) -> None:
    if network.name:
        say(Styled(named(network.name)))
    say(f"{'symmetry':20}{certificate.symmetry}")
    for name, title in _ROWS.items():
        status = getattr(certificate, name)
        say(f"{title:20}", Styled(status, _COLOURS[status]))
    step = certificate.max_step
    say(f"{'largest Euler step':20}{'none guaranteed' if step is None else f'{step:.6g}'}")
    for condition in certificate.conditions:
        say("")
        first, *more = _wrapped(f"{condition.name}: {condition.message}")
        say(Styled(f"{condition.status:10}", _COLOURS[condition.status]), first)
        numbers = [
            f"{name} = {value:.6g}"
            for name, value in condition.evidence.items()
            if isinstance(value, float | int)
        ]
        more += _wrapped("evidence: " + ", ".join(numbers)) if numbers else []
        more += _wrapped(f"theorem: {condition.theorem}") if condition.theorem else []
        if condition.status != "proved" and condition.repair:
            more += _wrapped(f"repair: {condition.repair}")
        for line in more:
            say(f"{'':10}{line}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        trimmed(text, MAX_WORD), 90, subsequent_indent="  ", break_on_hyphens=False
    )
