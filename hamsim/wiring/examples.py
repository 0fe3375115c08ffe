"""Examples that a description says a network is trained on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.errors import CompileError
from hamsim.spec.ends import End, whole_network
from hamsim.spec.schema import Spec
from hamsim.spec.training import InputSpec, TrainingSpec
from hamsim.spec.training_checks import is_labels, target_form
from hamsim.spec.values import FileValue
from hamsim.wiring.cues import Cues
from hamsim.wiring.masks import meant
from hamsim.wiring.values import read_file

__all__ = ["Examples", "Shown", "examples_of", "shown_to"]


class Shown(NamedTuple):
    """Neurons that are given something of each example.

    Parameters
    ----------
    end : End
        The group.
    places : ndarray of int, shape (k,)
        Which of its neurons.
    mode : str
        "clamp", "input" or "initial".
    """

    end: End
    places: Ints
    mode: str

    @property
    def neurons(self) -> Ints:
        """Their numbers in the network."""
        found: Ints = self.end.neurons[self.places]
        return found


class Examples(NamedTuple):
    """What a network is trained on.

    Parameters
    ----------
    inputs : tuple of ndarray, shape (examples, k)
        For each input of the description.
    targets : ndarray of int, shape (examples,), or of float, shape (examples, n), or None
        Classes, or a row an example; None where nothing is aimed at.
    """

    inputs: tuple[Floats, ...]
    targets: NDArray[Any] | None


def shown_to(spec: Spec, training: TrainingSpec) -> tuple[Shown, ...]:
    """Which neurons the inputs of a description are for."""
    found = []
    for k, cue in enumerate(training.cues):
        end = _end(spec, cue.group)
        found.append(Shown(end, meant(spec, cue, end, _path(training, k)), cue.mode))
    return tuple(found)


def examples_of(spec: Spec, training: TrainingSpec) -> Examples:
    """Read the examples of a description.

    Parameters
    ----------
    spec : Spec
    training : TrainingSpec
        The block of the same description.

    Raises
    ------
    CompileError
        A value is missing, or none has a row for each example.
    """
    cues, shown = Cues(spec), shown_to(spec, training)

    def read(k: int, cue: InputSpec, count: int | None) -> Floats:
        path = _path(training, k)
        if cue.value is None:
            raise CompileError(f"{path}.value: required key is missing; or give data in Python")
        place = ("training", "inputs", str(k))
        return cues.value(cue.value, shown[k].end, place, f"{path}.value", count)

    inputs = [read(k, cue, None) for k, cue in enumerate(training.cues)]
    targets = _targets(spec, training, cues, None)
    rows = [values for values in inputs if values.ndim == 2]
    rows += [targets] if targets is not None and _has_rows(targets) else []
    if not rows:
        raise CompileError("training: no value has a row for each example")
    count = len(rows[0])
    # What is drawn is drawn for each example.
    inputs = [
        values if values.ndim == 2 else np.broadcast_to(read(k, cue, count), (count, values.size))
        for k, (cue, values) in enumerate(zip(training.cues, inputs, strict=True))
    ]
    if targets is not None and not _has_rows(targets):
        again = _targets(spec, training, cues, count)
        assert again is not None
        targets = np.broadcast_to(again, (count, again.shape[-1]))
    kept = tuple(
        np.ascontiguousarray(values[:, each.places])
        for values, each in zip(inputs, shown, strict=True)
    )
    return Examples(kept, targets)


def _has_rows(targets: NDArray[Any]) -> bool:
    return targets.ndim == 2 or targets.dtype.kind == "i"


def _targets(
    spec: Spec, training: TrainingSpec, cues: Cues, count: int | None
) -> NDArray[Any] | None:
    """Classes as whole numbers, or rows; one row without an axis where it holds for all."""
    target = training.targets
    if target is None:
        return None
    path = "training.targets.value"
    if target.value is None:
        raise CompileError(f"{path}: required key is missing; or give data in Python")
    end = _end(spec, target.group)
    if isinstance(target.value, FileValue | tuple):
        array = target.value
        if isinstance(array, FileValue):
            array = read_file(array, spec.files, path, target_form(end))
        if is_labels(found := np.asarray(array), end):
            return found.reshape(-1).astype(np.int64)
    return cues.value(target.value, end, ("training", "targets"), path, count)


def _end(spec: Spec, name: str) -> End:
    network = whole_network(spec.groups)
    start = network.starts[network.names.index(name)]
    return End([name], [spec.groups[name]], [start], network=spec.groups)


def _path(training: TrainingSpec, k: int) -> str:
    at = training.place(k)
    return f"training.{at[0]}" + (f"[{k}]" if len(at) > 1 else "")
