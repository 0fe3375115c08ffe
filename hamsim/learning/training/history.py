"""What is told of training, and kept of each epoch."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hamsim.tables import Table

__all__ = ["COLUMNS", "History", "Progress"]

# Of the table, each with its type.
COLUMNS: dict[str, Any] = {
    "epoch": np.int64,
    "loss": np.float64,
    "score": np.float64,
    "validation_loss": np.float64,
    "validation_score": np.float64,
    "sweeps": np.float64,
    "unstable": np.int64,
    "norm": np.float64,
    "seconds": np.float64,
}


class Progress(NamedTuple):
    """How far training is.

    Parameters
    ----------
    epoch, epochs : int
        Which epoch it is in, from 1 on, and how many there are.
    batch, batches : int
        How many batches of the epoch are over, of how many.
    loss, score : float
        Of the epoch so far.
    sweeps : float
        Products W g that an example took to come to rest, on average.
    unstable : int
        Examples of the epoch that were left out: not at rest, or in a state that is not stable.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    score: float
    sweeps: float
    unstable: int


class History(Table):
    """A table with a row an epoch.

    `epoch`, from 1 on; `loss` and `score` of the examples it was trained on, while it changed;
    `validation_loss` and `validation_score` after it; `sweeps`, products W g to rest; `unstable`,
    how many examples were left out; `norm`, the largest of a gradient before it was clipped;
    `seconds`.
    """

    def __init__(self, columns: Any = None) -> None:
        super().__init__(columns or {name: np.zeros(0, t) for name, t in COLUMNS.items()})

    def with_row(self, **row: float) -> History:
        """The same with one more epoch."""
        return History(
            {name: np.append(self[name], kind(row[name])) for name, kind in COLUMNS.items()}
        )
