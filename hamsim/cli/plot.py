"""`hamsim plot`: a picture of saved traces, of a network, or of a sweep."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli import complete, words
from hamsim.cli.common import PathType, json_option, read_network, set_option
from hamsim.cli.drawing import draw_network, draw_traces
from hamsim.cli.output import echo_json, say
from hamsim.cli.zoo import require_trace
from hamsim.errors import HamsimError, did_you_mean
from hamsim.fileformats import NETWORKS, PICTURES, TRACES

if TYPE_CHECKING:
    from hamsim.plotting.style import Picture

_INCHES = re.compile(r"\s*([0-9.]+)\s*[x\u00d7,]\s*([0-9.]+)\s*\Z")
# What is said of groups that are left out where nobody names any.
_CHOOSES = "; --group NAME chooses"


@click.command("plot")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE [FILE ...]",
    type=PathType(path_type=str),
    shell_complete=complete.files(*TRACES, *NETWORKS),
)
@click.option(
    "-o",
    "--out",
    type=PathType(path_type=str),
    shell_complete=complete.files(*PICTURES),
    help="PNG, SVG or PDF; default: the first file's name.",
)
@click.option(
    "--kind",
    metavar="KIND",
    shell_complete=complete.words(*words.TRACE_KINDS, *words.NETWORK_KINDS),
    help=f"Of a trace {', '.join(words.TRACE_KINDS)}; of a network {', '.join(words.NETWORK_KINDS)}"
    ". Default: by what is drawn.",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    shell_complete=complete.groups,
    help="Draw this group. Repeatable; default: the first six, images first.",
)
@click.option(
    "--neurons",
    multiple=True,
    metavar="NAMES",
    help="Draw these neurons: exc.N027,AVAL or exc[10:20]. Repeatable.",
)
@click.option("--trials", metavar="TRIALS", help="Draw these trials: 3, 0,4 or 0:5.")
@click.option(
    "--times", metavar="TIMES", help="Draw this stretch, 2:5; or images at these moments, 0,1,5."
)
@click.option(
    "--size",
    metavar="SIZE",
    shell_complete=complete.words(*words.SIZES),
    help="column (89 mm wide), page (183 mm), or inches: 6x4.",
)
@click.option("--dpi", type=float, metavar="NUMBER", help="Dots an inch.")
@click.option(
    "--style",
    default="screen",
    metavar="STYLE",
    shell_complete=complete.words(*words.STYLES),
    help="screen (default), or paper: as journals take it.",
)
@click.option("--title", metavar="TEXT", help="Above the picture.")
@set_option
@json_option
def command(
    files: tuple[str, ...],
    out: str | None,
    kind: str | None,
    groups: tuple[str, ...],
    neurons: tuple[str, ...],
    trials: str | None,
    times: str | None,
    size: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
    **look: Any,
) -> None:
    """Draw saved traces: energy against time, groups or single neurons, stimuli as bars.

    FILE is a trace, of which several stand side by side with the same scales; or a network, whose
    groups and connections are drawn. Groups of two-dimensional shape are drawn as images. What a
    picture leaves out, or averages because it has fewer dots, is said.

    Example:  hamsim plot digits.nc --group pixels --style paper --size page -o pixels.pdf
    """
    look["size"] = _size(size)
    target = out or f"{os.path.splitext(os.path.normpath(files[0]))[0]}.png"
    if _is_network(files[0]):
        chosen = {"--group": groups, "--trials": trials, "--times": times}
        _refuse(files, {name: value for name, value in chosen.items() if value})
        picture = _of_network(files[0], target, kind, neurons, overrides, look)
    else:
        for file in files:
            require_trace(file)
        if overrides:
            raise HamsimError("--set is for networks: a trace holds what was recorded")
        asked = {"groups": groups or None, "kind": kind, "trials": trials, "times": times}
        names = _names(files[0], neurons)
        picture = draw_traces(files, target, neurons=names, **asked, **look)
    _tell(files, target, picture, as_json, bool(groups or neurons))


def _tell(files: Sequence[str], target: str, picture: Picture, as_json: bool, named: bool) -> None:
    if as_json:
        noun = "network" if _is_network(files[0]) else "trace"
        what = {noun: files[0]} if len(files) == 1 else {"traces": list(files)}
        told = {"left_out": list(picture.left_out)} if picture.left_out else {}
        echo_json({**what, "plot": target, "description": picture.description, **told})
        return
    say(target)
    for sentence in picture.left_out:
        say(sentence + _CHOOSES * (not named and sentence.endswith("left out")))


def _is_network(file: str) -> bool:
    return file.lower().endswith(tuple(NETWORKS)) and os.path.isfile(file)


def _refuse(files: Sequence[str], chosen: dict[str, Any]) -> None:
    """What a picture of a network has not."""
    if len(files) > 1:
        raise HamsimError(f"'{files[0]}' is a network, which is drawn alone; name one file")
    for name in chosen:
        raise HamsimError(f"{name} is for traces; '{files[0]}' is a network")


def _of_network(
    file: str,
    target: str,
    kind: str | None,
    neurons: tuple[str, ...],
    overrides: tuple[str, ...],
    look: dict[str, Any],
) -> Picture:
    planes = set(words.TRACE_KINDS) & set(words.NETWORK_KINDS)
    if kind in words.TRACE_KINDS and kind not in planes:
        raise HamsimError(
            f"--kind {kind} is for traces; '{file}' is a network, of which hamsim run makes one"
        )
    if kind is not None and kind not in words.NETWORK_KINDS:
        raise HamsimError(f"--kind is '{kind}'; {did_you_mean(kind, words.NETWORK_KINDS)}")
    network = read_network(file, overrides)
    if not neurons:
        return draw_network(network, target, kind, **look)
    if kind not in planes:
        raise HamsimError(f"--neurons of a network is for the kinds {' and '.join(sorted(planes))}")
    names = [name for text in neurons for name in network.numbering.split(text)]
    return draw_network(network, target, kind, neurons=names, **look)


def _size(text: str | None) -> Any:
    """As pictures take it."""
    found = _INCHES.match(text) if text else None
    if found is None:
        return text
    try:
        return tuple(float(side) for side in found.groups())
    except ValueError:
        return text


def _names(file: str, neurons: tuple[str, ...]) -> list[str] | None:
    """Names of neurons, several of which may be in one text."""
    if not neurons:
        return None
    from hamsim.trace.reader import TraceReader

    with TraceReader(file) as reader:
        numbering = reader.header.recorded.numbering
    return [name for text in neurons for name in numbering.split(text)]
