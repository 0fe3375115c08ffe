"""A group of neurons as a description states it."""

from __future__ import annotations

import math
from typing import Any

from pydantic import field_validator, model_validator

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
    """A population of neurons."""

    size: Count | None = None
    shape: tuple[Count, ...] | None = None
    neurons: tuple[NeuronSpec, ...] | None = None
    lagrangian: LagrangianSpec
    tau: Value = 1.0
    input: CueOverTime = 0.0
    initial: Cue = 0.0
    noise: NoiseSpec | None = None

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
                f"there are {len(self.neurons)} neurons, but the size is {count}", "neurons"
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
