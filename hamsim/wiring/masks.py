"""Which neurons of an end are meant, where a description names some or has a mask."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from hamsim.arrays import Ints
from hamsim.draws.stream import Stream
from hamsim.spec.ends import End
from hamsim.spec.forms import neuron_form
from hamsim.spec.schema import Spec
from hamsim.wiring.values import one_a_neuron

__all__ = ["Masked", "meant"]


class Masked(Protocol):
    """A part of a description with a mask."""

    @property
    def mask(self) -> Any:
        """One number a neuron, not 0 for those that are meant, or names; None for all."""

    @property
    def named(self) -> tuple[str | int, ...] | None:
        """The names."""


def meant(spec: Spec, part: Masked, end: End, path: str) -> Ints:
    """Places in an end of the neurons that are meant, in the order of the network.

    Parameters
    ----------
    spec : Spec
    part : Masked
    end : End
        It knows the numbers of its neurons in the network.
    path : str
        Names the part in messages, and the stream of random numbers.
    """
    if part.named is not None:
        found: Ints = np.unique(end.numbering.select_all(part.named)[0])
        return found
    if part.mask is None:
        return np.argsort(end.neurons)  # as in the file, in whatever order they were named
    at, numbers = f"{path}.mask", Stream(spec.seed, path, "mask")
    mask = one_a_neuron(
        part.mask, end.shape, numbers, spec.files, at, form=lambda: neuron_form(end)
    )
    return np.flatnonzero(mask)
