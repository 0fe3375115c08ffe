"""Where the example networks are, and what to say of files that are not there."""

from __future__ import annotations

import os
from pathlib import Path

from hamsim.errors import did_you_mean, printable

__all__ = ["examples", "missing", "zoo"]

# Endings of files that commands read.
_ENDINGS = (".yaml", ".yml", ".json", ".graphml", ".npz", ".mtx", ".nc")
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
    name = printable(file) if command != "convert" else f"'{printable(file)}'"
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
    for names, what in ((_beside(file), ""), (list(found), "the example ")):
        hint = did_you_mean(os.path.basename(file) if not what else word, names)
        if hint.startswith("did you mean '"):
            return f"{said}; did you mean {what}{hint.removeprefix('did you mean ')}"
    return said


def _beside(file: str) -> list[str]:
    """Names of the files in a file's folder that a command could read."""
    try:
        with os.scandir(os.path.dirname(file) or ".") as entries:
            some = [entry.name for _, entry in zip(range(MAX_FILES), entries, strict=False)]
    except (OSError, ValueError):
        return []
    return sorted(name for name in some if name.lower().endswith(_ENDINGS))
