"""Weights within a group whose states are queens on a board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hamsim.spec.choices import require_square
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.numbers import Part, Positive
from hamsim.spec.rule import Example, Rule

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Queens"]


class Queens(Part):
    """Neuron [r, c] of a group of shape [n, n] says that a queen stands there.

    Parameters
    ----------
    queens : float
        What two queens that attack each other cost.
    """

    queens: Positive


def _fit(rule: Queens, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    require_square("queens", connection, ends[0], 2)


RULE = Rule(
    Queens,
    _fit,
    Example(
        {"board": [3, 3]},
        {"within": "board", "weights": {"queens": 2}},
        [
            [0, -2, -2, -2, -2, 0, -2, 0, -2],
            [-2, 0, -2, -2, -2, -2, 0, -2, 0],
            [-2, -2, 0, 0, -2, -2, -2, 0, -2],
            [-2, -2, 0, 0, -2, -2, -2, -2, 0],
            [-2, -2, -2, -2, 0, -2, -2, -2, -2],
            [0, -2, -2, -2, -2, 0, 0, -2, -2],
            [-2, 0, -2, -2, -2, 0, 0, -2, -2],
            [0, -2, 0, -2, -2, -2, -2, 0, -2],
            [-2, 0, -2, 0, -2, -2, -2, -2, 0],
        ],
    ),
    place=8,
)
