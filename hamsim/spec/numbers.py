"""Numbers of a description: expressions over its parameters, and what else is asked of them.

A number is validated and resolved at once: what comes out is a plain number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from hamsim.errors import ExpressionError
from hamsim.expression import evaluate, names_in, parse
from hamsim.spec.messages import shown, wrong

__all__ = [
    "MAX_COUNT",
    "MAX_NUMBER",
    "BelowOne",
    "Count",
    "Fraction",
    "NotNegative",
    "Number",
    "Part",
    "Positive",
    "PositiveOrAuto",
    "Share",
    "Whole",
    "as_number",
    "as_whole",
]

# Neurons in a group, and trials: more do not fit into any memory.
MAX_COUNT = 1_000_000_000
# Numbers beyond this are of no neuron, and have more digits than a message should show.
MAX_NUMBER = 2**53


class Part(BaseModel):
    """Base of all models: nothing unknown, nothing written later."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> Any:
        """Schema of a file's part, in which each key is described as in the docstring."""
        from hamsim.spec.docstrings import described

        found = handler(core)
        own, said = handler.resolve_ref_schema(found), described(cls)
        own["description"] = said.text
        for name, field in cls.model_fields.items():
            key = field.alias or name
            if text := said.keys.get(key):
                own["properties"][key]["description"] = text
        if said.examples:
            own["examples"] = said.examples
        cls.adapt_schema(own)
        return found

    @classmethod
    def adapt_schema(cls, schema: dict[str, Any]) -> None:
        """Put right what a schema says of this part where files have other forms than the model."""


# --- numbers ---------------------------------------------------------------------------------


def as_number(value: Any, info: ValidationInfo) -> float:
    """A number, or an expression over parameters that gives one; finite."""
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong(f"must be a number or an expression, not {shown(value)}")
    if isinstance(value, str):
        try:
            text, context = value, info.context or {}
            value = evaluate(text, context.get("parameters"))
            context.get("used", set()).update(names_in(parse(text)))
        except ExpressionError as error:
            raise wrong(str(error)) from None
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond all doubles
        number = math.inf
    if not math.isfinite(number):
        raise wrong("must be a finite number")
    return number


def as_whole(value: Any, info: ValidationInfo) -> int:
    """A number, or an expression that gives one, without a fraction."""
    number = as_number(value, info)
    if number != int(number):
        raise wrong(f"must be a whole number, not {number:g}")
    return int(number)


def _count(value: Any, info: ValidationInfo) -> int:
    number = as_whole(value, info)
    if number < 1:
        raise wrong(f"must be at least 1, not {number:g}")
    if number > MAX_COUNT:
        raise wrong(f"must be at most {MAX_COUNT:g}, not {number:g}")
    return number


def _positive(value: Any, info: ValidationInfo) -> float:
    number = as_number(value, info)
    if number <= 0:
        raise wrong(f"must be above 0, not {number:g}")
    return number


def _not_negative(value: Any, info: ValidationInfo) -> float:
    number = as_number(value, info)
    if number < 0:
        raise wrong(f"must be at least 0, not {number:g}")
    return number


def _fraction(value: Any, info: ValidationInfo) -> float:
    number = as_number(value, info)
    if not 0 < number <= 1:
        raise wrong(f"must be above 0 and at most 1, not {number:g}")
    return number


def _share(value: Any, info: ValidationInfo) -> float:
    number = as_number(value, info)
    if not 0 <= number <= 1:
        raise wrong(f"must be from 0 to 1, not {number:g}")
    return number


def _below_one(value: Any, info: ValidationInfo) -> float:
    number = as_number(value, info)
    if not 0 <= number < 1:
        raise wrong(f"must be at least 0 and below 1, not {number:g}")
    return number


def _positive_or_auto(value: Any, info: ValidationInfo) -> float | str:
    return "auto" if value == "auto" else _positive(value, info)


def _written(validate: Callable[..., Any], kind: Any = float, **bounds: float) -> BeforeValidator:
    """A validation of what a file has: a number within bounds, or an expression."""
    form: Any = Annotated[kind, Field(**bounds)] if bounds else kind  # type: ignore[call-overload]
    return BeforeValidator(validate, json_schema_input_type=form | str)


Number: TypeAlias = Annotated[float, _written(as_number)]
Positive: TypeAlias = Annotated[float, _written(_positive, gt=0)]
NotNegative: TypeAlias = Annotated[float, _written(_not_negative, ge=0)]
Fraction: TypeAlias = Annotated[float, _written(_fraction, gt=0, le=1)]
BelowOne: TypeAlias = Annotated[float, _written(_below_one, ge=0, lt=1)]
Share: TypeAlias = Annotated[float, _written(_share, ge=0, le=1)]
Whole: TypeAlias = Annotated[int, _written(as_whole, int)]
Count: TypeAlias = Annotated[int, _written(_count, int, ge=1, le=MAX_COUNT)]
PositiveOrAuto: TypeAlias = Annotated[
    float | Literal["auto"],
    BeforeValidator(
        _positive_or_auto,
        json_schema_input_type=Annotated[float, Field(gt=0)] | Literal["auto"] | str,
    ),
]
