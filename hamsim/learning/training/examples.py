"""In which order examples are gone through, and which are kept for validation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Ints
from hamsim.counted import counted
from hamsim.draws.bijection import Bijection
from hamsim.draws.stream import Stream
from hamsim.errors import HamsimError

__all__ = ["Split", "batches_of", "split"]

# Places of their random numbers.
_PLACE = "training"


class Split(NamedTuple):
    """Numbers of examples, in rising order.

    Parameters
    ----------
    training, validation : ndarray of int
    """

    training: Ints
    validation: Ints


def split(examples: int, share: float, seed: int) -> Split:
    """Draw which examples are kept for validation.

    Parameters
    ----------
    examples : int
    share : float
        From 0 to below 1.
    seed : int

    Raises
    ------
    HamsimError
        Nothing would be left to train on.
    """
    kept = round(share * examples)
    if kept >= examples:
        raise HamsimError(
            f"validation keeps {kept} of {counted(examples, 'example')}: none is left to train on"
        )
    order = Bijection(Stream(seed, _PLACE, "validation"), examples).part(0, examples)
    return Split(np.sort(order[kept:]), np.sort(order[:kept]))


def batches_of(training: Ints, batch: int, epoch: int, seed: int) -> list[Ints]:
    """Examples of an epoch in an order that is drawn for it, cut into batches; the last is shorter.

    Parameters
    ----------
    training : ndarray of int
    batch : int
    epoch : int
        From 1 on.
    seed : int
    """
    stream = Stream(seed, _PLACE, "epoch", str(epoch))
    order = training[Bijection(stream, training.size).part(0, training.size)]
    return [order[k : k + batch] for k in range(0, order.size, batch)]
