"""`hamsim check`: what is guaranteed of a network."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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
from hamsim.cli.output import Styled, echo_json, say
from hamsim.errors import HamsimError
from hamsim.paths import replacing, why_unwritable
from hamsim.report.words import trimmed

if TYPE_CHECKING:
    from hamsim.network import Network
    from hamsim.report.certificate import CertificateReport

_COLOURS = {"proved": "green", "refuted": "red", "undecided": "yellow"}
_EXIT_STATUS = {True: 0, False: 1, None: 3}
MAX_WORD = 120  # letters, so that a name of a million does not fill the screen


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
    from hamsim.report.certificate import CertificateReport

    if confidence is not None and not 0 < confidence < 1:  # click takes NaN for one between
        raise HamsimError(f"confidence is {confidence:g}; it must be above 0 and below 1")
    if repaired is not None and (why := why_unwritable(repaired)):
        raise HamsimError(f"cannot write '{repaired}': {why}")
    network = read_network(file, overrides)
    announce_compilation(network)
    report = CertificateReport(network.name, check(network, confidence))
    if repaired is not None:
        report = replace(report, repaired=_repair(network, repaired), target=repaired)
    if as_json:
        echo_json(report.to_dict())
    else:
        print_certificate(report)
    context.exit(_EXIT_STATUS[report.answer])


def _repair(network: Network, target: str) -> tuple[str, ...]:
    from hamsim.certify.advice import repair
    from hamsim.spec.dump import to_text

    description, done = repair(network)
    if not done:
        raise HamsimError("there is nothing that equal tau or symmetric weights would repair")
    text = to_text(description)
    with replacing(Path(target)) as stream:
        stream.write(text.encode())
    return tuple(done)


def print_certificate(report: CertificateReport) -> None:
    """Print the answers, and what each condition found beside its status."""
    first, *others = report.sections()
    if first.title:
        say(Styled(first.title))
    for fact in first.facts:
        words = fact.words
        say(f"{fact.name:20}", Styled(words, _COLOURS[words]) if words in _COLOURS else words)
    for section in others:
        say("")
        if not section.title:  # of the network as a whole
            for fact in section.facts:
                say(f"{fact.name}  {fact.words}")
            continue
        texts = (f"{fact.name}: {fact.words}" for fact in section.facts)
        begin, *more = (line for text in texts for line in _wrapped(text))
        say(Styled(f"{section.title:10}", _COLOURS[section.title]), begin)
        for line in more:
            say(f"{'':10}{line}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        trimmed(text, MAX_WORD), 90, subsequent_indent="  ", break_on_hyphens=False
    )
