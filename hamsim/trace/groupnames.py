"""Names of the groups in a trace, for a shell that completes them: nothing else is imported."""

from __future__ import annotations

import json
import os

import h5py

__all__ = ["names_of_groups"]


def names_of_groups(path: str) -> list[str]:
    """Names of a trace's groups; none if it cannot be read at once."""
    if not os.path.isfile(path):
        return []
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs["groups"]
    except (OSError, RuntimeError, KeyError):
        return []
    return [group["name"] for group in json.loads(text)]
