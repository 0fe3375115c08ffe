"""What made a result: the version, the moment, and how the network was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from hamsim import __version__
from hamsim.provenance import described, now

__all__ = ["made", "note_network", "note_overrides"]

_KEY = "hamsim.made"


def note_network(seed: int, overrides: Mapping[str, Any]) -> None:
    """Remember the seed of the network that the command has read, and what was put in it."""
    _noted()["seed"] = seed
    note_overrides(overrides)


def note_overrides(overrides: Mapping[str, Any]) -> None:
    """Remember the values of ``--set``."""
    _noted()["overrides"] = described(overrides)


def made() -> dict[str, Any]:
    """The block `made` of a JSON output."""
    return {"hamsim": __version__, "date": now(), **_noted()}


def _noted() -> dict[str, Any]:
    context = click.get_current_context(silent=True)
    noted: dict[str, Any] = {} if context is None else context.meta.setdefault(_KEY, {})
    return noted
