"""Which starters there are, and of what files each of them is made."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType

__all__ = ["KINDS", "filled", "path_of", "plain_word", "text_of"]

# What each is, in a line.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "memory": "letters that are recalled from copies with wrong pixels",
        "circuit": "excitatory and inhibitory neurons, connected at random and driven",
        "layers": "layers that learn to tell images apart",
        "connectome": "named neurons with the synapses of a table; or a csv file of your own",
    }
)
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*\Z", re.ASCII)
_NO_TEXT = ("true", "false", "null")


def filled(name: str, target: Path, **more: str) -> str:
    """A text of this folder with the names of the network put in.

    Parameters
    ----------
    name : str
    target : path
        Of the network file.
    **more : str
        What else stands in braces in the text.
    """
    text = text_of(name)
    own = {
        "file": shlex.quote(str(target)),
        "picture": shlex.quote(f"{target.stem}.png"),
        "results": shlex.quote(f"{target.stem}.csv"),
        "name": plain_word(target.stem),
    }
    for key, value in {**own, **more}.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def text_of(name: str) -> str:
    """A text of this folder."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def path_of(name: str) -> AbstractContextManager[Path]:
    """A file of this folder on disk, wherever the package lies."""
    return as_file(files(__package__).joinpath(name))


def plain_word(text: str) -> str:
    """A text as it stands in a file: in quotes where it would be something else without."""
    plain = _PLAIN.match(text) and text.lower() not in _NO_TEXT
    return text if plain else json.dumps(text, ensure_ascii=False)
