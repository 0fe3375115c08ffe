"""Numbers of a description: expressions over its parameters, and what else is asked of them.

A number is validated and resolved at once: what comes out is a plain number.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo

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


_input: dict[str, Any] = {"json_schema_input_type": float | str}
Number: TypeAlias = Annotated[float, BeforeValidator(as_number, **_input)]
Positive: TypeAlias = Annotated[float, BeforeValidator(_positive, **_input)]
NotNegative: TypeAlias = Annotated[float, BeforeValidator(_not_negative, **_input)]
Fraction: TypeAlias = Annotated[float, BeforeValidator(_fraction, **_input)]
BelowOne: TypeAlias = Annotated[float, BeforeValidator(_below_one, **_input)]
Share: TypeAlias = Annotated[float, BeforeValidator(_share, **_input)]
Count: TypeAlias = Annotated[int, BeforeValidator(_count, json_schema_input_type=int | str)]
PositiveOrAuto: TypeAlias = Annotated[
    float | Literal["auto"], BeforeValidator(_positive_or_auto, **_input)
]
