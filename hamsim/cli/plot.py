"""`hamsim plot`: a picture of saved traces, of a network, or of a sweep."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from hamsim.cli import complete, words
from hamsim.cli.common import PathType, json_option, read_network, set_option
from hamsim.cli.drawing import draw_network, draw_result, draw_traces, facts_of
from hamsim.cli.output import echo_json, say
from hamsim.cli.zoo import require_trace
from hamsim.errors import HamsimError, did_you_mean
from hamsim.fileformats import NETWORKS, PICTURES, TRACES

if TYPE_CHECKING:
    from hamsim.plotting.style import Picture

_INCHES = re.compile(r"\s*([0-9.]+)\s*[x\u00d7,]\s*([0-9.]+)\s*\Z")
# Kinds of pictures of a network that are spanned by neurons, or by states.
PLANES = ("phase", "landscape")
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
    help="Draw these neurons: exc.N027,AVAL or exc[10:20]; of planes the two that span them. "
    "Repeatable.",
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
@click.option("--show", metavar="NAME", help="Of a sweep: which number; default: the energy.")
@click.option(
    "--against",
    multiple=True,
    metavar="PATH",
    help="Of a sweep: against which axes; at most two, default: the longest.",
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
    show: str | None,
    against: tuple[str, ...],
    overrides: tuple[str, ...],
    as_json: bool,
    **look: Any,
) -> None:
    """Draw saved traces: energy against time, groups or single neurons, stimuli as bars.

    FILE is a trace, of which several stand side by side with the same scales; a network, whose
    groups and connections are drawn, or the plane of two --neurons (--kind phase, landscape); or
    the folder of a sweep. Groups of two-dimensional shape are drawn as images. What a picture
    leaves out, or averages because it has fewer dots, is said.

    Example:  hamsim plot digits.nc --group pixels --style paper --size page -o pixels.pdf
    """
    look["size"] = _size(size)
    target = out or f"{os.path.splitext(os.path.normpath(files[0]))[0]}.png"
    others = {"show": show, "against": against}
    if os.path.isdir(files[0]):
        chosen = {"kind": kind, "groups": groups, "neurons": neurons, "trials": trials}
        _require_alone(files, "a sweep", {**chosen, "times": times, "set": overrides})
        picture = _of_sweep(files[0], target, {**others, **look})
    elif _is_network(files[0]):
        chosen = {"groups": groups, "trials": trials, "times": times}
        _require_alone(files, "a network", {**chosen, **others})
        picture = _of_network(files[0], target, kind, neurons, overrides, look)
    else:
        for file in files:
            require_trace(file)
        _require_not_given(others, files[0], "a trace")
        if overrides:
            raise HamsimError("--set is for networks: a trace holds what was recorded")
        asked = {"groups": groups or None, "kind": kind, "trials": trials, "times": times}
        names = _names(files[0], neurons)
        picture = draw_traces(files, target, neurons=names, **asked, **look)
    _tell(files, target, picture, as_json, bool(groups or neurons))


def _tell(files: Sequence[str], target: str, picture: Picture, as_json: bool, named: bool) -> None:
    if as_json:
        noun = "sweep" if os.path.isdir(files[0]) else "trace"
        noun = "network" if _is_network(files[0]) else noun
        what: dict[str, Any] = {noun: files[0]} if len(files) == 1 else {"traces": list(files)}
        told: dict[str, Any] = {"notes": list(picture.left_out)} if picture.left_out else {}
        if "trace" in what:
            told["records"], missing = facts_of(files[0])
            told |= {"left_out": list(missing)} if missing and not named else {}
        echo_json({**what, "plot": target, "description": picture.description, **told})
        return
    say(target)
    for sentence in picture.left_out:
        say(sentence + _CHOOSES * (not named and sentence.endswith("left out")))


def _is_network(file: str) -> bool:
    return file.lower().endswith(tuple(NETWORKS)) and os.path.isfile(file)


# What is for sweeps; all other choices are for traces.
_OF_SWEEPS = ("show", "against")


def _require_alone(files: Sequence[str], what: str, chosen: dict[str, Any]) -> None:
    """Refuse other files beside one that is not a trace, and what its picture has not."""
    if len(files) > 1:
        raise HamsimError(f"'{files[0]}' is {what}, which is drawn alone; name one file")
    _require_not_given(chosen, files[0], what)


def _require_not_given(chosen: dict[str, Any], file: str, what: str) -> None:
    for name, value in chosen.items():
        if value:
            option = name.removesuffix("s") if name == "groups" else name
            of = "sweeps" if name in _OF_SWEEPS else "networks" if name == "set" else "traces"
            raise HamsimError(f"--{option} is for {of}; '{file}' is {what}")


def _of_sweep(folder: str, target: str, options: dict[str, Any]) -> Picture:
    from hamsim.scale.results.results import SweepResults

    return draw_result(SweepResults.read(folder), target, **options)


def _of_network(
    file: str,
    target: str,
    kind: str | None,
    neurons: tuple[str, ...],
    overrides: tuple[str, ...],
    look: dict[str, Any],
) -> Picture:
    if kind in words.TRACE_KINDS and kind not in words.NETWORK_KINDS:
        raise HamsimError(
            f"--kind {kind} is for traces; '{file}' is a network, of which hamsim run makes one"
        )
    if kind is not None and kind not in words.NETWORK_KINDS:
        raise HamsimError(f"--kind is '{kind}'; {did_you_mean(kind, words.NETWORK_KINDS)}")
    if neurons and kind not in PLANES:
        raise HamsimError(
            f"--neurons is for traces, and --kind {' or '.join(PLANES)}; '{file}' is a network"
        )
    network = read_network(file, overrides)
    if neurons:
        look["neurons"] = [name for text in neurons for name in network.numbering.split(text)]
    return draw_network(network, target, kind, **look)


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
