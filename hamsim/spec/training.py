"""How a network is trained: on which data, for what, what of it is learned, and in which steps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StrictStr,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from hamsim.spec.cues import Cue
from hamsim.spec.learning_methods import (
    GradientMethod,
    MethodCase,
    Optimizer,
    OptimizerCase,
)
from hamsim.spec.messages import wrong
from hamsim.spec.named import words_or_numbers
from hamsim.spec.numbers import BelowOne, Count, NotNegative, Part, Positive, as_number
from hamsim.spec.values import Value

__all__ = [
    "TRAINING_TAGS",
    "ConstraintsSpec",
    "GradientMethod",
    "InputSpec",
    "LearnSpec",
    "Optimizer",
    "RestSpec",
    "StopSpec",
    "TargetSpec",
    "TrainingSpec",
]


class InputSpec(Part):
    """What neurons are given of each example.

    Parameters
    ----------
    group : str
        Whose neurons.
    value : optional
        One row an example. It may be missing where data are given in Python.
    mode : {"clamp", "input", "initial"}
        Hold x at the value, add it to the input, or begin with it.
    mask : optional
        Which of the group's neurons are meant: one number a neuron, not 0 for those, or names.
    """

    group: StrictStr
    value: Cue | None = None
    mode: Literal["clamp", "input", "initial"] = "clamp"
    mask: Value | None = None

    _words = field_validator("mask", mode="wrap")(words_or_numbers)

    @property
    def named(self) -> tuple[str, ...] | None:
        """Neurons that the mask names; None if it holds numbers."""
        words = isinstance(self.mask, tuple) and isinstance(self.mask[0], str)
        return self.mask if words else None  # type: ignore[return-value]


class TargetSpec(Part):
    """What a group is to say of each example.

    Parameters
    ----------
    group : str
        Whose neurons.
    value : optional
        One row an example, or the number of the neuron that stands for its class.
    loss : str
        "squared", "cross_entropy", or a formula in t and in g or x, whose sum over neurons it is.
    of : {"g", "x"}
        Whether activations or states are compared.
    """

    group: StrictStr
    value: Cue | None = None
    loss: StrictStr = "squared"
    of: Literal["g", "x"] = "g"


def _several(value: Any) -> str:
    return "<inputs>" if isinstance(value, list | tuple) else "<input>"


def _some(value: Any) -> Any:
    if isinstance(value, list | tuple) and not value:
        raise wrong("the list of inputs is empty")
    return tuple(value) if isinstance(value, list) else value


InputCase: TypeAlias = Annotated[
    Annotated[InputSpec, Tag("<input>")] | Annotated[tuple[InputSpec, ...], Tag("<inputs>")],
    Discriminator(_several),
    BeforeValidator(_some),
]


def _names(value: Any) -> Any:
    """A name, a list of names that may be empty, or all."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise wrong("must be a name, a list of names, or all")
    return tuple(value)


Names: TypeAlias = Annotated[
    tuple[str, ...], BeforeValidator(_names, json_schema_input_type=str | list[str])
]


class LearnSpec(Part):
    """What is learned.

    Parameters
    ----------
    connections : tuple of str
        Whose weights, by their names.
    input : tuple of str
        Groups whose input is.
    lagrangian : dict of str to tuple of str
        Parameters of the Lagrangians of groups.
    """

    connections: Names = ("all",)
    input: Names = ()
    lagrangian: dict[StrictStr, Names] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _something(self) -> LearnSpec:
        if not (self.connections or self.input or any(self.lagrangian.values())):
            raise wrong("names nothing that is learned")
        return self


class ConstraintsSpec(Part):
    """What is made to hold after each step.

    Parameters
    ----------
    nonnegative : tuple of str
        Connections without negative weights.
    norm : dict of str to float
        The largest norm that a neuron's weights of a connection may have.
    gain : float, optional
        The largest product of weights and slopes, so that the certificate stays `proved`.
    """

    nonnegative: Names = ()
    norm: dict[StrictStr, Positive] = Field(default_factory=dict)
    gain: Positive | None = None


class StopSpec(Part):
    """When training ends early.

    Parameters
    ----------
    patience : int
        Epochs without a better value.
    by : {"loss", "score"}
        Of what, on the validation part, or on the training part if there is none.
    """

    patience: Count
    by: Literal["loss", "score"] = "loss"


class RestSpec(Part):
    """When a state counts as one of rest.

    Parameters
    ----------
    residual : float
        The largest part of the right-hand side that is left.
    """

    residual: Positive = 1e-3


def _limit(value: Any, info: ValidationInfo) -> float | str:
    if value == "none":
        return "none"
    number = as_number(value, info)
    if number <= 0:
        raise wrong(f"must be above 0, or none, not {number:g}")
    return number


Limit: TypeAlias = Annotated[
    float | Literal["none"],
    BeforeValidator(
        _limit, json_schema_input_type=Annotated[float, Field(gt=0)] | Literal["none"] | str
    ),
]


class TrainingSpec(Part):
    """How a network is trained.

    Parameters
    ----------
    inputs : InputSpec or tuple of InputSpec
        What which neurons are given of each example.
    targets : TargetSpec, optional
        Nothing for an optimizer that needs none.
    validation : float
        This part of the examples is not trained on.
    method : GradientMethod
        How the gradient of the loss is found.
    learn : LearnSpec
        What is learned: weights, inputs, parameters of Lagrangians.
    optimizer : Optimizer
        What makes steps of gradients, and how large they are.
    rates : dict of str to float
        Of connections, of `input` and of `lagrangian`, in the place of the optimizer's.
    constraints : ConstraintsSpec
        What is made to hold after each step.
    clip : float or "none"
        The largest norm that a gradient may have; a longer one is made shorter.
    stop : StopSpec, optional
        When training ends before all epochs.
    rest : RestSpec
        When a state counts as one of rest.
    epochs : int
        How often all examples are gone through.
    batch : int
        How many examples make a step.
    seed : int, optional
        Of what is drawn; the description's if nobody says.

    Examples
    --------
    {inputs: {group: seen, value: [[0, 1], [1, 0]]}, targets: {group: said, value: [0, 1]}}
    """

    inputs: InputCase
    targets: TargetSpec | None = None
    validation: BelowOne = 0.1
    method: MethodCase = GradientMethod.model_validate({"implicit": {}})
    learn: LearnSpec = LearnSpec()
    optimizer: OptimizerCase = Optimizer.model_validate({"adam": {}})
    rates: dict[StrictStr, NotNegative] = Field(default_factory=dict)
    constraints: ConstraintsSpec = ConstraintsSpec()
    clip: Limit = 1.0
    stop: StopSpec | None = None
    rest: RestSpec = RestSpec()
    epochs: Count = 20
    batch: Count = 32
    seed: Annotated[int, Field(ge=0, strict=True)] | None = None

    @property
    def cues(self) -> tuple[InputSpec, ...]:
        """The inputs, however many there are."""
        return self.inputs if isinstance(self.inputs, tuple) else (self.inputs,)

    def place(self, k: int) -> tuple[Any, ...]:
        """Where in the block an input stands."""
        return ("inputs", k) if isinstance(self.inputs, tuple) else ("inputs",)

    @model_validator(mode="after")
    def _can_be(self) -> TrainingSpec:
        stores = self.optimizer.name == "sparse"
        if self.targets is None and not stores:
            raise wrong("required key is missing; the optimizer sparse alone needs none", "targets")
        if self.targets is not None and stores:
            raise wrong("the optimizer sparse takes none: it stores what it is shown", "targets")
        if stores and self.stop is not None:
            raise wrong("the optimizer sparse has no loss and no score that tell when", "stop")
        if stores and self.rates:
            raise wrong("the optimizer sparse has one rate, that of its own settings", "rates")
        if self.method.name == "contrastive" and self.learn.lagrangian and not stores:
            raise wrong(
                "contrastive learning changes weights and inputs; parameters of Lagrangians are "
                "learned by the other methods",
                "learn",
                "lagrangian",
            )
        seen = any(cue.mode != "initial" for cue in self.cues)
        if not (seen or stores or self.method.name == "through_time"):
            raise wrong(
                "a state of rest does not know where it began, so that nothing is learned of a "
                "cue in initial alone; give method: through_time, or mode: clamp or input",
                *self.place(0),
                "mode",
            )
        return self


TRAINING_TAGS: Mapping[str, type[Part]] = MappingProxyType(
    {
        "<input>": InputSpec,
        "<inputs>": InputSpec,
        "<GradientMethod>": GradientMethod,
        "<Optimizer>": Optimizer,
    }
)
