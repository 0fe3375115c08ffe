"""What changes over time: from values of a description to functions of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.errors import CompileError
from hamsim.network import Group, OverTime
from hamsim.signals import Sampled, Several, Signal, Written
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.misfit import Misfit
from hamsim.spec.overtime import is_over_time
from hamsim.spec.schema import Spec
from hamsim.spec.timetables import samples_of

__all__ = ["inputs_over_time", "signal_of"]


def signal_of(value: Any, end: End, files: DataFiles, path: str, trials: bool = True) -> Signal:
    """A function of time, with one value for all neurons of an end or one for each.

    Parameters
    ----------
    value : str, tuple of str or float, TableOverTime or SamplesOverTime
    end : End
    files : DataFiles
    path : str
        Names the value in messages.
    trials : bool
        Whether there may be an axis for trials.
    """
    if isinstance(value, str):
        return Written(value)
    if isinstance(value, tuple):
        return Several.of(value)
    try:
        samples = samples_of(value, end, files, trials)
    except Misfit as misfit:  # checked already, but files may have changed since
        raise CompileError(f"{path}: {misfit}") from None
    for array in (samples.times, samples.values):
        array.flags.writeable = False
    return Sampled(samples.times, samples.values, value.between, value.beyond, samples.trials)


def inputs_over_time(spec: Spec, group: Group) -> Iterator[OverTime]:
    """Inputs of a group's neurons that change over time; of those that have their own, theirs."""
    part, path = spec.groups[group.name], f"groups.{group.name}"
    own: Ints = np.array(
        [k for k, neuron in enumerate(part.neurons or ()) if neuron.input is not None],
        dtype=np.int64,
    )
    if is_over_time(part.input):
        end = End([group.name], [part], [group.start])
        signal = signal_of(part.input, end, spec.files, f"{path}.input", trials=False)
        rest = np.setdiff1d(np.arange(group.size), own)
        if rest.size:
            signal = signal if rest.size == group.size else signal.take(rest)
            yield OverTime("input", _frozen(group.start + rest), signal, what=f"{path}.input")
    for k in own.tolist():
        value = (part.neurons or ())[k].input
        if is_over_time(value):
            neuron = _frozen(np.array([group.start + k]))
            what = f"{path}.neurons[{k}].input"
            yield OverTime("input", neuron, Written(str(value)), what=what)


def _frozen(array: Ints) -> Ints:
    array.flags.writeable = False
    return array
