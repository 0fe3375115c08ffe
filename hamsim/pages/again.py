"""How to make all runs of a sweep again: by a file that says them, or by what its folder holds."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.datafiles import FOLDER
from hamsim.scale.plan.plan import FILE, Plan
from hamsim.scale.plan.source import NETWORK, Description
from hamsim.spec.dump import to_text
from hamsim.spec.overrides import put
from hamsim.spec.text import split_path

__all__ = ["NAME", "Again", "again"]

NAME = "sweep.yaml"
# Of the file; what a page holds of more values is no file that somebody reads.
MOST_LETTERS = 400_000
# Arguments of `simulate` that the block simulation says as well.
_SAID = ("method", "dt", "t_end", "rtol", "atol", "trials", "energy")


@dataclass(frozen=True)
class Again:
    """How to repeat a sweep.

    Parameters
    ----------
    commands : tuple of str
        Lines for a shell.
    text : str
        Of the file that they read; empty where no file can say it.
    """

    commands: tuple[str, ...]
    text: str = ""


def again(plan: Plan, folder: str) -> Again:
    """How to make all runs of a sweep again, in another folder.

    Parameters
    ----------
    plan : Plan
        As it was read.
    folder : str
        Where.
    """
    target = f"{Path(folder).resolve().stem}-again"
    text, why = _text(plan)
    if not text:
        return Again(tuple(_from_folder(folder, f"{target}.sweep", why)))
    file, where = NAME, ""
    if isinstance(plan.source, Description) and plan.source.places:
        file, where = str(Path(folder) / NAME), f" in {folder}, where its data files are"
    command = shlex.join(["hamsim", "sweep", file, "--out", f"{target}.sweep"])
    return Again((f"# save the file below as {NAME}{where}", command), text)


def _from_folder(folder: str, target: str, why: str) -> Iterator[str]:
    """Lines that begin the same sweep in another folder."""
    there = [
        str(path) for name in (FILE, FOLDER, NETWORK) if (path := Path(folder) / name).exists()
    ]
    yield f"# no file says all of it: {why}; what says it lies in its folder"
    yield shlex.join(["mkdir", target])
    yield shlex.join(["cp", "-r", *there, target])
    yield shlex.join(["hamsim", "sweep", "--join", target])


def _text(plan: Plan) -> tuple[str, str]:
    """The file, or why there is none."""
    source = plan.source
    if not isinstance(source, Description):
        return "", "a compiled network was swept"
    if names := [name for name in plan.arguments if name not in _SAID]:
        return "", f"{names[0]} was given in Python"
    if not plan.keep:
        return "", "it kept nothing but how runs ended"
    keep = []
    for each in plan.keep:
        if each.what != each.name:
            what = "a function" if each.is_function else f"{each.what} under another name"
            return "", f"it kept {what}"
        keep.append(each.name)
    raw: Any = dict(source.raw)
    if source.resolved:  # they are numbers by now wherever they were used
        raw.pop("parameters", None)
    values = {f"simulation.{name}": value for name, value in plan.arguments.items()}
    for path, value in {**source.fixed, **values}.items():
        raw, _ = put(raw, tuple(split_path(path)), value)
    text = to_text(_plain({**raw, "sweep": {**_block(plan.axes), "keep": keep}}))
    if len(text) > MOST_LETTERS:
        return "", "its values are more than a page holds"
    return text, ""


def _block(axes: tuple[Axis, ...]) -> dict[str, Any]:
    """What the block `sweep:` says of axes, in their order."""
    found: dict[str, Any] = {}
    *others, last = axes
    if last.names == ("seed",):
        seeds = [int(seed) for (seed,) in last.values]
        found["seeds"] = len(seeds) if seeds == list(range(len(seeds))) else seeds
    else:
        others.append(last)
    each = [dict(zip(a.names, map(list, zip(*a.values, strict=True)), strict=True)) for a in others]
    # Of a file, what changes together comes behind all else.
    single = [len(axis.names) == 1 for axis in others]
    count = single.index(False) if False in single else len(single)
    if not any(single[count:]):
        over = {name: values for names in each[:count] for name, values in names.items()}
        each = each[count:]
        found = ({"over": over} if over else {}) | ({"zip": each} if each else {}) | found
    elif each:
        found = {"zip": each} | found
    return found


def _plain(value: Any) -> Any:
    """A value as a file has it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
