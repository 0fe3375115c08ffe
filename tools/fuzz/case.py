"""An input: files, the ways by which they go into hamsim, and what else should be known of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class WrongResultError(AssertionError):
    """A door has found that what hamsim returned is not what it must be."""


class TooLargeError(Exception):
    """What is asked for is much, but not wrong: nothing was tried."""


@dataclass
class Door:
    """One way into hamsim.

    Parameters
    ----------
    name : str
    call : callable
        Of the folder that holds the input's files. Raises what hamsim raises, or
        `WrongResultError`.
    """

    name: str
    call: Callable[[Path], Any]


@dataclass
class Case:
    """One input.

    Parameters
    ----------
    kind, label : str
        What it is, and what was done to it.
    doors : list of Door
    files : dict of str to bytes
        By their names, relative to the folder of the inputs.
    told : str
        What is not in the files, as text.
    places : tuple of str
        Words of which a message has to hold one to say where the mistake is, besides the names of
        files, keys of a description, options and quoted pieces of the input.
    """

    kind: str
    label: str
    doors: list[Door]
    files: dict[str, bytes] = field(default_factory=dict)
    told: str = ""
    places: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(len(content) for content in self.files.values())
