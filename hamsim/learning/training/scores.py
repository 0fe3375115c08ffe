"""How good answers are, in one number that is larger for better ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.learning.losses import BoundLoss
from hamsim.network import Group, Network
from hamsim.operator import Neurons

__all__ = ["Scorer", "Scoring", "classes_of"]


def classes_of(targets: NDArray[Any], size: int) -> Ints | None:
    """Which class each example has, where targets say classes; None where they do not.

    Parameters
    ----------
    targets : ndarray, shape (examples,) or (examples, size)
        Labels, or rows with a single 1 among zeros.
    size : int
        How many classes there are.
    """
    if size < 2:
        return None
    if targets.ndim == 1 and targets.dtype.kind in "iub":
        labels: Ints = targets.astype(np.int64)
        return labels
    if targets.ndim == 1 or targets[0].size != size:
        return None
    rows = targets.reshape(len(targets), size)
    single = np.all((rows == 0) | (rows == 1)) and np.all(np.count_nonzero(rows, axis=1) == 1)
    return np.argmax(rows, axis=1).astype(np.int64) if single else None


class Scoring:
    """How the examples of a task are scored.

    Where targets are classes, the score is the share of examples whose largest activation is at
    their class; those that did not come to rest count as wrong. Where they are numbers, it is
    R^2 = 1 - sum (v - t)^2 / sum (t - mean t)^2, over all neurons of the examples that did.

    Parameters
    ----------
    loss : BoundLoss
    targets : ndarray, shape (examples, ...)
    """

    def __init__(self, loss: BoundLoss, targets: NDArray[Any]) -> None:
        self._of, self.neurons = loss.of, loss.neurons
        self.classes = classes_of(targets, self.neurons.size)
        self.values: Floats | None = None
        fits = targets.dtype.kind in "fiub" and targets.size == len(targets) * self.neurons.size
        if self.classes is None and fits:
            self.values = targets.reshape(len(targets), -1).astype(np.float64)
        self._kept: dict[str, tuple[Group, Neurons]] = {}

    def begin(self) -> Scorer:
        """A scorer to which nothing was added yet."""
        return Scorer(self)

    def answers(self, x: Floats, network: Network) -> Floats:
        """What is compared with targets, shape (rows, k).

        Parameters
        ----------
        x : ndarray, shape (rows, n)
        network : Network
            Whose Lagrangians tell the activations.
        """
        found: Floats = x[:, self.neurons]
        if self._of == "x" and self.classes is None:
            return found
        for group in network.groups:
            here = (group.start <= self.neurons) & (self.neurons < group.stop)
            if here.any():
                own = np.ascontiguousarray(x[:, group.slice])
                g = self._prepared(group).activate(own)
                found[:, here] = g[:, self.neurons[here] - group.start]
        return found

    def _prepared(self, group: Group) -> Neurons:
        """A group by itself; prepared anew only where its parameters have changed."""
        kept = self._kept.get(group.name)
        if kept is None or kept[0] is not group:
            kept = self._kept[group.name] = (group, Neurons([group]))
        return kept[1]


class Scorer:
    """Sums up how good answers are."""

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring
        self._right = self._rows = 0
        self._wrong = 0.0  # sum of (v - t)^2
        self._parts: list[Ints] = []

    def add(self, rows: Ints, x: Floats, counts: NDArray[np.bool_], network: Network) -> None:
        """Take answers of some examples.

        Parameters
        ----------
        rows : ndarray of int, shape (rows,)
            Which examples.
        x : ndarray, shape (rows, n)
            States that they led to.
        counts : ndarray of bool, shape (rows,)
            Whether these are to be counted.
        network : Network
            That they were led by.
        """
        scoring = self._scoring
        if scoring.classes is not None:
            said = np.argmax(scoring.answers(x, network), axis=1)
            self._right += int(np.count_nonzero((said == scoring.classes[rows]) & counts))
            self._rows += rows.size
        elif scoring.values is not None and counts.any():
            kept = rows[counts]
            off = scoring.answers(x[counts], network) - scoring.values[kept]
            self._wrong += float(np.sum(off * off))
            self._parts.append(kept)

    @property
    def score(self) -> float:
        """The score of all that was added; NaN where there is none."""
        scoring = self._scoring
        if scoring.classes is not None:
            return self._right / self._rows if self._rows else float("nan")
        if scoring.values is None or not self._parts:
            return float("nan")
        targets = scoring.values[np.sort(np.concatenate(self._parts))]
        if (targets == targets[0]).all():  # whatever rounding leaves of the spread
            return float("nan")
        spread = float(np.sum((targets - targets.mean(axis=0)) ** 2))
        return 1.0 - self._wrong / spread if spread > 0 else float("nan")
