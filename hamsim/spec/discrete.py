"""How a file asks for discrete dynamics: in which order, at which temperature, so many sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Discriminator, Tag, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from hamsim.methods import DEFAULT_ORDER, DISCRETE, METHOD_NAMES, ORDERS
from hamsim.spec.messages import shown, wrong, wrong_many
from hamsim.spec.named import neurons_named
from hamsim.spec.numbers import Part
from hamsim.spec.values import FileCase, NotNegative, as_numbers, kind_of

__all__ = ["METHOD_TAGS", "DiscreteMethod", "MethodOrSettings", "OrderCase"]

_FILE = {"file": "<file>", "key": "<file>"}


# --- order -----------------------------------------------------------------------------------


def _listed(value: Any) -> Any:
    """Neurons of one sweep, the same in all, or a list of them for each."""
    rows = isinstance(value, list | tuple) and value and isinstance(value[0], list | tuple)
    if not rows:
        return neurons_named(value)
    found, problems = [], []
    for k, row in enumerate(value):
        try:
            if not isinstance(row, list | tuple):
                raise wrong("must be a list of neurons, as those of the other sweeps are")
            found.append(neurons_named(row))
        except PydanticCustomError as error:
            problems += [((k, *at), text) for at, text in (error.context or {})["problems"]]
    if problems:
        raise wrong_many(problems)
    return tuple(found)


def _word(value: Any) -> str:
    if not isinstance(value, str) or value not in ORDERS:
        allowed = ", ".join((*ORDERS, "a list of neurons", "{file:, key:}"))
        raise wrong(f"{shown(value)} is no order; allowed: {allowed}")
    return value


def _kind_of_order(value: Any) -> str | None:
    return kind_of(value, _FILE, number="<order>")


OrderCase: TypeAlias = Annotated[
    Annotated[str, BeforeValidator(_word, json_schema_input_type=Literal[ORDERS]), Tag("<order>")]
    | Annotated[
        tuple[Any, ...],
        BeforeValidator(_listed, json_schema_input_type=list[str | int | list[str | int]]),
        Tag("<list>"),
    ]
    | FileCase,
    Discriminator(
        _kind_of_order,
        custom_error_type="value",
        custom_error_message=f"must be {', '.join(ORDERS)}, a list of neurons, or {{file:, key:}}",
    ),
]


# --- temperature -----------------------------------------------------------------------------


def _each_sweep(value: Any, info: ValidationInfo) -> Any:
    """Temperatures, one a sweep."""
    numbers = as_numbers(value, info)
    shape = np.shape(numbers)
    if len(shape) != 1:
        raise wrong(f"must be one number, or a list with one a sweep, not of shape {list(shape)}")
    below = [((k,), f"must be at least 0, not {x:g}") for k, x in enumerate(numbers) if x < 0]
    if below:
        raise wrong_many(below)
    return numbers


def _kind_of_temperature(value: Any) -> str | None:
    return kind_of(value, _FILE)


TemperatureCase: TypeAlias = Annotated[
    Annotated[NotNegative, Tag("<number>")]
    | Annotated[
        tuple[float, ...],
        BeforeValidator(_each_sweep, json_schema_input_type=list[float | str]),
        Tag("<list>"),
    ]
    | FileCase,
    Discriminator(
        _kind_of_temperature,
        custom_error_type="value",
        custom_error_message="must be a number, an expression, a list with one number a sweep, or "
        "{file:, key:}",
    ),
]


# --- method ----------------------------------------------------------------------------------


class Together(Part):
    """How all neurons are set at once, sweep after sweep.

    Parameters
    ----------
    temperature
        One, or one a sweep; at 0 each neuron takes the state of lower energy.
    """

    temperature: TemperatureCase = 0.0


class OneByOne(Together):
    """How neurons are set one after another.

    Parameters
    ----------
    order
        "random", drawn anew for each sweep and trial; "sequential", as in the file; or neurons, the
        same in all sweeps or a list for each.
    """

    order: OrderCase = DEFAULT_ORDER


class DiscreteMethod(Part):
    """A method of discrete dynamics with its settings.

    Parameters
    ----------
    asynchronous : OneByOne, optional
        Neurons are set one after another, each to the state of lower energy.
    synchronous : Together, optional
        All neurons are set at once.

    Examples
    --------
    {asynchronous: {order: sequential}}
    {synchronous: {temperature: 0.1}}
    """

    asynchronous: OneByOne | None = None
    synchronous: Together | None = None

    @field_validator("asynchronous", "synchronous", mode="before")
    @classmethod
    def _nothing_said(cls, value: Any) -> Any:
        return {} if value is None else value

    @classmethod
    def adapt_schema(cls, schema: dict[str, Any]) -> None:
        """Ask for one of them."""
        schema |= {"minProperties": 1, "maxProperties": 1}

    @property
    def name(self) -> str:
        """Which of them it is."""
        return "asynchronous" if self.synchronous is None else "synchronous"

    @property
    def settings(self) -> Together:
        """Those of the method."""
        found = self.asynchronous or self.synchronous
        assert found is not None
        return found

    @property
    def order(self) -> Any:
        """In which order neurons are set, as it is stated."""
        return DEFAULT_ORDER if self.asynchronous is None else self.asynchronous.order


def _spelt_out(value: Any) -> Any:
    """Refuse what is not one method; the name of one that has settings is short for a mapping."""
    if isinstance(value, str) and value in DISCRETE:
        return {value: {}}
    if isinstance(value, Mapping):
        said = [name for name in value if name in DISCRETE]
        if len(said) > 1:
            raise wrong(f"give {said[0]} or {said[1]}, not both", said[1])
        if not value:
            raise wrong(f"is empty; allowed are a name, and {{{'}, {'.join(_ASKED)}}}")
        plain = [name for name in value if name in METHOD_NAMES and name not in DISCRETE]
        if plain:
            raise wrong(f"has no settings; write method: {plain[0]}", plain[0])
    return value


_ASKED = tuple(f"{name}: ..." for name in DISCRETE)


def _kind_of_method(value: Any) -> str:
    return "<settings>" if isinstance(value, Mapping | DiscreteMethod) else "<method>"


if TYPE_CHECKING:
    MethodName: TypeAlias = str
else:
    MethodName = Literal[METHOD_NAMES]
MethodOrSettings: TypeAlias = Annotated[
    Annotated[MethodName, Tag("<method>")] | Annotated[DiscreteMethod, Tag("<settings>")],
    Discriminator(_kind_of_method),
    BeforeValidator(_spelt_out),
]
# Tags of unions, which are in pydantic's locations but not in files, with the keys allowed there.
METHOD_TAGS: Mapping[str, type[Part]] = MappingProxyType(
    {"<settings>": DiscreteMethod, "<method>": DiscreteMethod, "<order>": DiscreteMethod}
)
