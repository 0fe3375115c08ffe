"""What comes together over the batches of an epoch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.learning.found import Found
from hamsim.learning.training.history import Progress
from hamsim.learning.training.scores import Scorer
from hamsim.network import Network

__all__ = ["Epoch"]


class Epoch:
    """Sums over batches.

    Parameters
    ----------
    scorer : Scorer or None
        None where nothing is scored.
    """

    def __init__(self, scorer: Scorer | None) -> None:
        self._scorer = scorer
        self._loss = self._sweeps = 0.0
        self._counted = self._rows = 0
        self.unstable = 0
        self.norm = math.nan

    def add(
        self, rows: Ints, found: Found | None, norm: float, network: Network | None = None
    ) -> None:
        """Take a batch.

        Parameters
        ----------
        rows : ndarray of int
            Its examples.
        found : Found or None
            None where nothing went to rest.
        norm : float
            Of its gradient; NaN where no step was made, so that none of its examples counts.
        network : Network, optional
            That led them; without it nothing is scored.
        """
        self.norm = float(np.fmax(self.norm, norm))
        if found is None:
            return
        counts = found.counts if math.isfinite(norm) else np.zeros_like(found.counts)
        self._loss += float(found.loss[counts].sum())
        self._counted += int(np.count_nonzero(counts))
        self._rows += rows.size
        self._sweeps += float(found.products_forward.sum())
        self.unstable += rows.size - int(np.count_nonzero(counts))
        if self._scorer is not None and network is not None:
            self._scorer.add(rows, found.x, found.counts, network)

    @property
    def loss(self) -> float:
        """Mean over the examples that count; NaN without any."""
        return self._loss / self._counted if self._counted else math.nan

    @property
    def score(self) -> float:
        """See `Scoring`."""
        return math.nan if self._scorer is None else self._scorer.score

    @property
    def sweeps(self) -> float:
        """Products to rest, the mean over examples."""
        return self._sweeps / self._rows if self._rows else math.nan

    def row(self) -> dict[str, Any]:
        """What the table says of it."""
        names = ("loss", "score", "sweeps", "unstable", "norm")
        return {name: getattr(self, name) for name in names}

    def progress(self, epoch: int, epochs: int, batch: int, batches: int) -> Progress:
        """What is told while it lasts."""
        told = (self.loss, self.score, self.sweeps, self.unstable)
        return Progress(epoch, epochs, batch, batches, *told)
