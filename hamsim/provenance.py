"""Where a trace comes from: what made it, when, and what was asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from time import gmtime, strftime
from typing import Any

import numpy as np

__all__ = ["Provenance", "described", "now"]

MAX_ITEMS = 1000  # of a list that is kept; longer ones are only described
MAX_DEPTH = 8
MAX_LETTERS = 20_000


@dataclass(frozen=True)
class Provenance:
    """What made a trace. Of traces that do not say it, all is empty or None.

    Parameters
    ----------
    hamsim : str
        Version.
    date : str
        When the run was prepared, in UTC: ``2026-11-29T04:05:06Z``.
    seed : int or None
        Of the network's draws.
    overrides : mapping of str to value
        Values that were put in place of the file's, by ``--set`` or ``overrides=``. Long arrays
        are described only.
    method : str
    dt : float or None
    dtype : str
    threads : int or None
        As they were in the run, not as they were asked for.
    """

    hamsim: str = ""
    date: str = ""
    seed: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""
    dt: float | None = None
    dtype: str = ""
    threads: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return {**asdict(self), "overrides": dict(self.overrides)}

    def notes(self) -> dict[str, Any]:
        """What is known, as attributes of netCDF files: numbers and text."""
        facts = {**self.to_dict(), "overrides": json.dumps(dict(self.overrides))}
        return {name: value for name, value in facts.items() if value not in ("", None)}


def now() -> str:
    """Date and time in UTC, to the second."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime())


def described(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides as JSON can keep them; what is long, or cannot be written, told by a text."""
    result = {}
    for path, value in overrides.items():
        plain = _plain(value)
        short = len(json.dumps(plain)) <= MAX_LETTERS
        result[str(path)] = plain if short else _told(value)
    return result


def _plain(value: Any, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return _plain(value.item(), depth)
    if isinstance(value, np.ndarray):
        small = value.size <= MAX_ITEMS and value.ndim < MAX_DEPTH - depth
        return _plain(value.tolist(), depth) if small else _told(value)
    if depth < MAX_DEPTH and isinstance(value, Mapping | list | tuple) and len(value) <= MAX_ITEMS:
        if isinstance(value, Mapping):
            return {str(key): _plain(part, depth + 1) for key, part in value.items()}
        return [_plain(part, depth + 1) for part in value]
    return _told(value)


def _told(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"<{type(value).__name__} of shape {shape}>"
    sized = isinstance(value, Mapping | list | tuple | str)
    return f"<{type(value).__name__}{f' of {len(value):,}' if sized else ''}>"
