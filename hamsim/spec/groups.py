"""A group of neurons as a description states it."""

from __future__ import annotations

import math
from typing import Any

from pydantic import field_validator, model_validator

from hamsim.counted import there_are
from hamsim.spec.cues import Cue
from hamsim.spec.lagrangian import LagrangianSpec
from hamsim.spec.messages import shown, wrong, wrong_many
from hamsim.spec.neuron import NeuronSpec
from hamsim.spec.noise import NoiseSpec
from hamsim.spec.numbers import MAX_COUNT, Count, Part
from hamsim.spec.overtime import CueOverTime
from hamsim.spec.values import Value

__all__ = ["GroupSpec"]


class GroupSpec(Part):
    """A population of neurons.

    Parameters
    ----------
    size : int, optional
        Number of neurons, where they lie along one axis.
    shape : tuple of int, optional
        Instead of size: numbers of neurons along each axis, as of an image [height, width].
    neurons : tuple of NeuronSpec, optional
        Instead: names of the neurons, or mappings with what differs from the group; or a csv file
        with one neuron a row.
    lagrangian : LagrangianSpec
        The Lagrangian, whose gradient is the activation: a name, a name with its parameters, or a
        formula. Memory neurons of a dense memory have that of its rule.
    tau : value
        Time constants, 0 for neurons that follow at once: one for all neurons, or one each.
    input : value
        Constant current I, or one that changes over time; noise is stated by `noise`.
    initial : value
        States in which a run begins. With one more axis in front they are trials.
    noise : NoiseSpec, optional
        Noise that is added to what drives the neurons.

    Examples
    --------
    {size: 100, lagrangian: relu}
    {shape: [28, 28], lagrangian: tanh, tau: 2, initial: {file: digits.npz, key: cues}}
    {size: 40, lagrangian: {kind: softmax, beta: 2}, tau: 0}
    {neurons: [A, {id: B, tau: 0.3}], lagrangian: {kind: tanh, beta: 0.5}}
    """

    size: Count | None = None
    shape: tuple[Count, ...] | None = None
    neurons: tuple[NeuronSpec, ...] | None = None
    lagrangian: LagrangianSpec
    tau: Value = 1.0
    input: CueOverTime = 0.0
    initial: Cue = 0.0
    noise: NoiseSpec | None = None

    @classmethod
    def adapt_schema(cls, schema: dict[str, Any]) -> None:
        """Allow a table of neurons, and groups that a rule of weights gives their Lagrangian."""
        del schema["required"]
        neurons = schema["properties"]["neurons"]
        neurons["anyOf"].insert(1, {"$ref": "#/$defs/NeuronTable"})

    @field_validator("neurons", "shape", mode="before")
    @classmethod
    def _some(cls, items: Any) -> Any:
        if not isinstance(items, list | tuple):
            raise wrong(f"must be a list, not {shown(items)}")
        if not items:
            raise wrong("the list is empty; a group has at least one neuron")
        return items

    @field_validator("neurons")
    @classmethod
    def _distinct(cls, neurons: tuple[NeuronSpec, ...] | None) -> tuple[NeuronSpec, ...] | None:
        seen: set[str] = set()
        problems = []
        for k, neuron in enumerate(neurons or ()):
            if neuron.id in seen:
                problems.append(((k,), f"the neuron '{neuron.id}' is named twice"))
            seen.add(neuron.id)
        if problems:
            raise wrong_many(problems)
        return neurons

    @model_validator(mode="after")
    def _one_size(self) -> GroupSpec:
        if self.size is None and self.shape is None and self.neurons is None:
            raise wrong("a group needs one of size, shape and neurons")
        if math.prod(self.shape or ()) > MAX_COUNT:
            number = math.prod(float(side) for side in self.shape or ())
            raise wrong(f"{number:g} neurons are too many; at most {MAX_COUNT:g}", "shape")
        if self.size is not None and self.shape is not None:
            raise wrong("give size or shape, not both", "size")
        count = self.size if self.size is not None else math.prod(self.shape or (0,))
        if self.neurons is not None and count and count != len(self.neurons):
            raise wrong(
                f"{there_are(len(self.neurons), 'neuron')}, but the size is {count}", "neurons"
            )
        if isinstance(self.lagrangian.over, tuple):
            rank = len(self.dimensions)
            axes = [axis % rank for axis in self.lagrangian.over if -rank <= axis < rank]
            if len(axes) != len(self.lagrangian.over) or len(set(axes)) != len(axes):
                shape = list(self.dimensions)
                raise wrong(
                    f"axes {list(self.lagrangian.over)} do not fit the shape {shape}",
                    "lagrangian",
                    "over",
                )
        return self

    @property
    def dimensions(self) -> tuple[int, ...]:
        """The group's shape, whichever way it was given."""
        if self.shape is not None:
            return self.shape
        return (self.size if self.size is not None else len(self.neurons or ()),)

    @property
    def count(self) -> int:
        """Number of neurons."""
        return math.prod(self.dimensions)

    @property
    def noisy(self) -> bool:
        """Whether anything is said of noise."""
        return self.noise is not None or any(n.noise is not None for n in self.neurons or ())
