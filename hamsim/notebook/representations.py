"""HTML of results, for notebooks."""

from __future__ import annotations

from typing import Any

__all__ = ["html_of"]


def html_of(shown: Any) -> str | None:
    """HTML of a result; None where its text says as much.

    Parameters
    ----------
    shown : object
        Of a class that is `Shown`.
    """
    return None
