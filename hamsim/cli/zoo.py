"""Where the example networks are, and what to say of files that are not there."""

from __future__ import annotations

import os
from pathlib import Path

from hamsim.errors import HamsimError, did_you_mean, printable
from hamsim.fileformats import NETWORKS, TRACES

__all__ = ["examples", "missing", "near_by", "require_trace", "zoo"]

MAX_FILES = 1000  # of a folder that are looked through for one of a similar name


def zoo() -> Path:
    """Folder of the example networks: inside an installed copy, or beside the sources."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "zoo"
    return installed if installed.is_dir() else package.parent / "networks"


def examples() -> dict[str, Path]:
    """Files of the example networks by their names."""
    return {path.stem: path for path in sorted(zoo().glob("*.yaml"))}


def missing(file: str, command: str) -> str:
    """What to say of a network file that is not there: an example, or a file of a similar name.

    Parameters
    ----------
    file : str
    command : str
        That should read it.
    """
    name = printable(file) if file and command != "convert" else f"'{printable(file)}'"
    said = f"{name}: no such file"
    found = examples()
    word = os.path.basename(file).removesuffix(".yaml")
    if word in found:
        shown = os.path.relpath(found[word])
        shown = str(found[word]) if shown.startswith("..") else shown
        more = " TARGET" if command == "convert" else ""
        return (
            f"{said}; the example of this name: hamsim {command} {shown}{more}, or a copy of your "
            f"own by hamsim examples {word} --copy ."
        )
    if near := near_by(file, tuple(NETWORKS)):
        return f"{said}; {near}"
    hint = did_you_mean(word, found)
    if hint.startswith(_HINT):
        return f"{said}; {_HINT}the example {hint.removeprefix(_HINT)}"
    return said


_HINT = "did you mean "


def near_by(file: str, endings: tuple[str, ...]) -> str:
    """Which file in the same folder may be meant, as a question; empty if none is like it."""
    names, word = _beside(file, endings), os.path.basename(file)
    same = [word + ending for ending in endings if word + ending in names]
    hint = f"{_HINT}'{same[0]}'?" if same else did_you_mean(word, names)
    return hint if hint.startswith(_HINT) else ""


def _beside(file: str, endings: tuple[str, ...]) -> list[str]:
    """Names of the files in a file's folder that a command could read."""
    try:
        with os.scandir(os.path.dirname(file) or ".") as entries:
            some = [entry.name for _, entry in zip(range(MAX_FILES), entries, strict=False)]
    except (OSError, ValueError):
        return []
    return sorted(name for name in some if name.lower().endswith(endings))


def require_trace(file: str) -> None:
    """Refuse what is no trace, with what else may be meant: its reader knows nothing of commands.

    Raises
    ------
    HamsimError
    """
    shown = f"'{printable(file)}'"
    if not os.path.lexists(file):
        near = near_by(file, TRACES)
        raise HamsimError(f"no file {shown}{f'; {near}' if near else ''}")
    if os.path.isfile(file) and file.lower().endswith(tuple(NETWORKS)):
        raise HamsimError(f"{shown} is not a trace of hamsim; hamsim run makes one of a network")
