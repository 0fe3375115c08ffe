"""What training leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamsim.counted import counted
from hamsim.drawable import Drawable
from hamsim.learning.training.history import History
from hamsim.network import Network
from hamsim.shown import Shown

__all__ = ["Trained"]


@dataclass(frozen=True, eq=False)
class Trained(Shown, Drawable):
    """A network that was trained, and how it went.

    Parameters
    ----------
    network : Network
        An ordinary one: after the last epoch, and where training was to stop by itself, after the
        best one.
    table : History
        A row an epoch; a dict of arrays with `to_dataframe`.
    best : int
        Number of the epoch with the least loss, or the best score, of validation, and of training
        where nothing was kept for validation; from 1 on. The last one where none is known.
    unstable : int
        How many examples were left out of steps, each time that they were: not at rest, or in a
        state that is not stable.
    seconds : float
        Of all epochs, also those before a checkpoint.
    interrupted : bool
        Whether Ctrl-C ended it; then it is as after the last epoch that was whole.
    stopped : bool
        Whether it stopped by itself before the last epoch.
    """

    network: Network
    table: History
    best: int
    unstable: int
    seconds: float
    interrupted: bool = False
    stopped: bool = False

    @property
    def has_no_loss(self) -> bool:
        """Whether a rule without a loss made its steps."""
        table = self.table
        return bool(np.isfinite(table["norm"]).any() and not np.isfinite(table["loss"]).any())

    def __repr__(self) -> str:
        if not self.table.rows:
            return "<Trained: no epoch was finished>"
        last = {name: column[-1] for name, column in self.table.items()}
        told = f"loss {last['loss']:.4g}, score {last['score']:.4g}"
        if self.has_no_loss:
            told = f"largest change {last['norm']:.4g}"
        left = f", {counted(self.unstable, 'example')} left out" if self.unstable else ""
        return f"<Trained for {counted(self.table.rows, 'epoch')}: {told}{left}>"
