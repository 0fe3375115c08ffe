"""What acted in a run, as a trace keeps it: on whom, how and when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hamsim.network import Network, OverTime
from hamsim.trace import expected as forms

__all__ = ["Acting", "acting_of", "decode_acting", "encode_acting"]

MOST = 2000  # that are kept: a table may have any number of pulses


@dataclass(frozen=True)
class Acting:
    """A stimulus, on neurons of one group.

    Parameters
    ----------
    group : str
    who : str
        The group, one neuron as people write it, or how many of the group's neurons.
    mode : {"clamp", "clamp_g", "input"}
        Whether x or g is held, or something is added to the input.
    start, stop : float
        `stop` may be infinite.
    moving : bool
        Whether it changes over time.
    """

    group: str
    who: str
    mode: str
    start: float
    stop: float
    moving: bool = False


def acting_of(network: Network) -> tuple[Acting, ...]:
    """Stimuli of a network, in the order of the file; inputs of the neurons' own are none."""
    starts = np.array([group.start for group in network.groups])
    found: list[Acting] = []
    for each in network.acting:
        if isinstance(each, OverTime) and each.after is None:
            continue
        moving = isinstance(each, OverTime)
        groups = np.searchsorted(starts, each.neurons, side="right") - 1
        for k in np.unique(groups).tolist():
            group = network.groups[k]
            neurons = np.unique(each.neurons[groups == k])
            if neurons.size == group.size:
                who = group.name
            elif neurons.size == 1:
                who = group.label(int(neurons[0]) - group.start)
            else:
                who = f"{neurons.size:,} neurons of {group.name}"
            found.append(Acting(group.name, who, each.mode, each.start, each.stop, moving))
            if len(found) == MOST:
                return tuple(found)
    return tuple(found)


def encode_acting(stimuli: tuple[Acting, ...]) -> list[dict[str, Any]]:
    """For JSON."""
    return [asdict(each) for each in stimuli]


def decode_acting(value: Any, where: str) -> tuple[Acting, ...]:
    """Inverse of `encode_acting`."""
    return tuple(Acting(**forms.fields(each, where, _ACTING)) for each in _listed(value, where))


_listed = forms.list_of(forms.table)
_ACTING: dict[str, forms.Check] = {
    "group": forms.text,
    "who": forms.text,
    "mode": forms.text,
    "start": forms.number,
    "stop": forms.number,
    "moving": forms.truth,
}
