"""How weights that do not fit their groups are told of."""

from __future__ import annotations

from typing import Any

__all__ = ["ROUNDING", "WEIGHTS", "Misfit", "Path"]

Path = tuple[Any, ...]
WEIGHTS: Path = ("weights",)
# Of the largest weight: what is made 0, or symmetric, because it differs by rounding alone.
ROUNDING = 1e-13


class Misfit(Exception):
    """Weights do not fit; path, from the rule on, and message."""

    def __init__(self, path: Path, message: str, *more: tuple[Path, str]) -> None:
        super().__init__(message)
        self.problems = ((path, message), *more)
