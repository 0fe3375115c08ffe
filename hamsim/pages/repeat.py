"""How to repeat it: commands, seeds, versions, the description, and what its data files hold."""

from __future__ import annotations

import hashlib
import platform
import shlex
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hamsim import __version__
from hamsim.counted import counted
from hamsim.html.elements import code, facts, fold, paragraph, table
from hamsim.html.markup import Html, joined
from hamsim.html.page import Part
from hamsim.methods import DISCRETE
from hamsim.pages.again import NAME as SWEPT
from hamsim.pages.again import again
from hamsim.pages.subject import Subject
from hamsim.report.words import size_of
from hamsim.spec.text import parse_text

__all__ = ["TITLE", "repeat_part"]

TITLE = "How to repeat it"
LIBRARIES = ("numpy", "scipy", "numba")
# Bytes of a data file that is read to name it by what it holds.
MOST_BYTES = 500_000_000
NAME = "network.yaml"


def repeat_part(subject: Subject, command: str = "") -> Part:
    """The part of a page about how it was made.

    Parameters
    ----------
    subject : Subject
    command : str, optional
        That made the page.
    """
    parts: list[Html] = []
    sweep = None if subject.plan is None else again(subject.plan, subject.file)
    commands = [*(_commands(subject) if sweep is None else sweep.commands)]
    commands += [command] if command else []
    if commands:
        parts.append(code("\n".join(commands), "Commands"))
    parts.append(facts(_facts(subject)))
    if sweep is not None and sweep.text:
        parts.append(fold(f"{SWEPT}, which says all of the sweep", code(sweep.text, "The sweep")))
    if subject.written:
        parts.append(
            fold(f"{Path(subject.file).name}, as it is written", code(subject.written, "The file"))
        )
    if source := subject.source:
        # A file of this name is what commands read where there is no other.
        named = NAME if any(NAME in line for line in commands) else "The description"
        title = f"{named}, with nothing implicit left"
        parts.append(fold(title, code(source, "The description, resolved")))
        parts += _data_files(source)
    elif subject.network is not None:
        parts.append(paragraph("No file describes this network: it was changed after compiling."))
    return Part(TITLE, joined(parts))


def _commands(subject: Subject) -> Iterator[str]:
    """What makes the same again in a shell."""
    sets = [
        part
        for path, value in subject.overrides.items()
        for part in ("--set", f"{path}={_said(value)}")
    ]
    if subject.trace is None:
        return
    if subject.kind in ("network", "training") and subject.file:
        yield shlex.join(["hamsim", "run", subject.file, *sets])
        return
    if subject.source:
        yield f"# save the description below as {NAME}"
        yield shlex.join(["hamsim", "run", NAME, *_options(subject)])


def _options(subject: Subject) -> Iterator[str]:
    """What a run was asked for that its description need not say."""
    trace = subject.trace
    assert trace is not None
    made = trace.made
    asked = {} if trace.state is None else dict(trace.state.request)
    if made.method:
        # One that was chosen is chosen again: its steps may be held to less than rtol.
        yield from ("--method", "auto" if asked.get("why") else made.method)
    if asked.get("dt") is not None and made.dt is not None:
        yield from ("--dt", repr(made.dt))
    for name in ("t_end", "steps", "rtol", "atol", "trials"):
        if (value := asked.get(name)) is not None:
            yield from (f"--{name.replace('_', '-')}", _said(value))
    if made.seed is not None and made.method not in ("", None) and asked.get("seed") is not None:
        yield from ("--seed", str(asked["seed"]))
    if made.method in DISCRETE and trace.stats.sweeps is not None:
        yield from ("--sweeps", str(trace.stats.sweeps))


def _said(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _facts(subject: Subject) -> Iterator[tuple[str, object]]:
    trace = subject.trace
    if trace is not None and trace.made.hamsim:
        made = trace.made
        how = ", ".join(
            part
            for part in (
                made.method,
                "" if made.dt is None else f"dt = {made.dt:.6g}",
                f"weights and records in {made.dtype}" if made.dtype else "",
                counted(made.threads, "thread") if made.threads else "",
            )
            if part
        )
        yield "run", f"hamsim {made.hamsim}, {made.date}"
        yield "method", how
        if made.seed is not None:
            yield "seed", str(made.seed)
        for path, value in made.overrides.items():
            yield "set", f"{path} = {value}"
    elif subject.network is not None and not _over_seeds(subject):
        yield "seed", str(subject.network.seed)
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield "page", f"hamsim {__version__}, Python {platform.python_version()}, {libraries}"
    yield (
        "same bits",
        "The same file, seed, method and version give the same numbers to the last bit on the same "
        "kind of machine, with any number of threads.",
    )


def _over_seeds(subject: Subject) -> bool:
    """Whether each run of a sweep has a seed of its own."""
    return subject.results is not None and "seed" in subject.results.dims


def _data_files(source: str) -> list[Html]:
    """Files that the description names, by what they hold."""
    parsed, _, problems = parse_text(source, "the description")
    found = dict.fromkeys(_named(parsed)) if not problems else {}
    rows = [_row(name) for name in found]
    if not rows:
        return []
    columns = ("data file", "size", "SHA-256")
    return [table(columns, rows, caption="Data files, as they are now")]


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("file"), str):
            yield value["file"]
        for part in value.values():
            yield from _named(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _named(part)


def _row(name: str) -> tuple[str, str, str]:
    path = Path(name)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            return path.name, size_of(size), "not read: it is too large"
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return path.name, "", f"not there: {error.strerror}"
    return path.name, size_of(size), digest
