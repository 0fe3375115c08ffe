"""What acts on neurons while discrete dynamics sets them: inputs, and values that are held."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Mask
from hamsim.dynamics.timeline.stretches import Stretch
from hamsim.network import Network, Stimulus

__all__ = ["Acting", "acting_in"]


class Acting(NamedTuple):
    """What acts in a stretch of sweeps.

    Parameters
    ----------
    input : ndarray, shape (trials, n) or (1, n)
    free : ndarray of bool, shape (n,)
        Neurons that no clamp holds.
    held : ndarray, shape (trials, n) or (1, n)
        States that are held; NaN where none is.
    """

    input: Floats
    free: Mask
    held: Floats


def acting_in(network: Network, stretch: Stretch) -> Acting:
    """Put together the stimuli of a stretch; of clamps of the same neuron the last one holds."""
    n = network.n_neurons
    stimuli = [each for each in stretch.acting if isinstance(each, Stimulus)]
    rows = max((each.value.shape[0] for each in stimuli if each.value.ndim == 2), default=1)
    drive = np.repeat(network.input[None], rows, axis=0)
    held = np.full((rows, n), np.nan)
    for each in stimuli:
        if each.mode == "input":
            drive[:, each.neurons] += each.value
        else:
            held[:, each.neurons] = each.value
    return Acting(drive, np.logical_and.reduce(np.isnan(held), axis=0), held)
