"""Values that change over time: expressions in t, tables with a column of times, and samples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    Discriminator,
    StrictStr,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hamsim.errors import ExpressionError
from hamsim.expression import names_in, parse
from hamsim.signals import with_numbers
from hamsim.signals.functions import CALLS, TIME
from hamsim.spec.cues import Corrupt, PatternsCase
from hamsim.spec.messages import wrong, wrong_many
from hamsim.spec.numbers import Part, as_number
from hamsim.spec.values import (
    VALUE_ERROR,
    VALUE_KINDS,
    DrawnCase,
    FileCase,
    Numbers,
    absolute,
    as_numbers,
    kind_of,
    one_distribution,
)

__all__ = [
    "OVER_TIME_TAGS",
    "CueOverTime",
    "NumberOverTime",
    "SamplesOverTime",
    "TableOverTime",
    "is_over_time",
]

Between: TypeAlias = Literal["linear", "step"]
Beyond: TypeAlias = Literal["error", "hold", "repeat"]
_TIME = re.compile(rf"(?<![\w.]){TIME}(?!\w)")


def _number(value: Any, info: ValidationInfo) -> float | str:
    """A number, or an expression in t with numbers in the place of parameters."""
    if not isinstance(value, str) or not _TIME.search(value):
        return as_number(value, info)
    text = value
    context = info.context or {}
    parameters = context.get("parameters") or {}
    if TIME in parameters:
        raise wrong(f"{TIME} is the time here; give the parameter '{TIME}' another name")
    try:
        resolved = with_numbers(text, parameters)
        names = names_in(parse(text, CALLS))
    except ExpressionError as error:
        raise wrong(str(error)) from None
    context.get("used", set()).update(name for name in names if name != TIME)
    return resolved


def _numbers(value: Any, info: ValidationInfo) -> tuple[Any, ...]:
    """A list of numbers, of which some may be expressions in t, one a neuron."""
    items = value if isinstance(value, list | tuple) else ()
    if not any(isinstance(item, str) and _TIME.search(item) for item in items):
        numbers: tuple[Any, ...] = as_numbers(value, info)
        return numbers
    problems: list[tuple[tuple[Any, ...], str]] = []
    found: list[float | str] = []
    for k, item in enumerate(items):
        try:
            found.append(_number(item, info))
        except PydanticCustomError as error:
            told = (error.context or {})["problems"]
            problems += [((k, *at), message) for at, message in told]
    if problems:
        raise wrong_many(problems)
    return tuple(found)


class TableOverTime(Part):
    """Values in a file, with the times that they belong to: csv, or npz.

    Parameters
    ----------
    table : str
        Name of the file.
    time : str
        Its column, or array, of times, which rise.
    key : str, optional
        The column of values, or the array of an npz file. Without it a csv file has them in its
        other columns: one for all neurons, or one a neuron, in their order or by their names.
    columns : tuple of str, optional
        These columns, one a neuron, instead.
    between : {"linear", "step"}
        A straight line from each value to the next, or each value until the next.
    beyond : {"error", "hold", "repeat"}
        What holds before the first time and after the last one.

    Examples
    --------
    {table: salt.csv, key: level, beyond: hold}
    """

    table: StrictStr
    time: StrictStr = "time"
    key: StrictStr | None = None
    columns: tuple[StrictStr, ...] | None = None
    between: Between = "linear"
    beyond: Beyond = "error"

    @field_validator("table")
    @classmethod
    def _absolute(cls, file: str, info: ValidationInfo) -> str:
        return absolute(file, info)

    @field_validator("columns", mode="before")
    @classmethod
    def _some(cls, names: Any) -> Any:
        if isinstance(names, list | tuple) and not names:
            raise wrong("the list of columns is empty")
        return tuple(names) if isinstance(names, list) else names

    @model_validator(mode="after")
    def _one_way(self) -> TableOverTime:
        if self.key is not None and self.columns is not None:
            raise wrong("give key or columns, not both", "columns")
        return self


class SamplesOverTime(Part):
    """Values with their times, both written down.

    Parameters
    ----------
    times : tuple of float
        Rising.
    values : tuple
        One a time, or for each time one a neuron; or rows of these, one a trial.
    between : {"linear", "step"}
        A straight line from each value to the next, or each value until the next.
    beyond : {"error", "hold", "repeat"}
        What holds before the first time and after the last one.

    Examples
    --------
    {times: [0, 1, 3], values: [0, 2, 1], beyond: hold}
    """

    times: Numbers
    values: Numbers
    between: Between = "linear"
    beyond: Beyond = "error"

    @field_validator("times")
    @classmethod
    def _rising(cls, times: tuple[Any, ...]) -> tuple[Any, ...]:
        for k, time in enumerate(times):
            if isinstance(time, tuple):
                raise wrong("must be a list of numbers, one a row of values")
            if k and time <= times[k - 1]:
                raise wrong(f"times rise, but {time:g} comes after {times[k - 1]:g}", k)
        return times


_SAMPLED = {"table": "<table>", "times": "<times>"}
_KINDS = {**_SAMPLED, **VALUE_KINDS, "patterns": "<patterns>", "corrupt": "<corrupt>"}
# Keys that other forms have, too.
_SHARED = ("key",)


def _one_kind(value: Any) -> Any:
    """Refuse two forms at once, which each would call the other an unknown key."""
    if isinstance(value, Mapping):
        named = [key for key in value if key in _KINDS and key not in _SHARED]
        if len(named) > 1:
            raise wrong(f"give {named[0]} or {named[1]}, not both", named[1])
    return one_distribution(value)


def is_over_time(value: Any) -> bool:
    """Whether a value of a checked description changes over time."""
    if isinstance(value, tuple):
        return any(isinstance(item, str) for item in value)
    return isinstance(value, str | TableOverTime | SamplesOverTime)


NumberOverTime: TypeAlias = Annotated[
    float | str, BeforeValidator(_number, json_schema_input_type=float | str)
]
ListOverTime: TypeAlias = Annotated[
    tuple[Any, ...], BeforeValidator(_numbers, json_schema_input_type=list[Any])
]
_ERROR = f"{VALUE_ERROR}, {{patterns:}}, {{corrupt:}}, an expression in t, {{table:}}, {{times:}}"
CueOverTime: TypeAlias = Annotated[
    Annotated[NumberOverTime, Tag("<number>")]
    | Annotated[ListOverTime, Tag("<list>")]
    | FileCase
    | DrawnCase
    | PatternsCase
    | Annotated[Corrupt, Tag("<corrupt>")]
    | Annotated[TableOverTime, Tag("<table>")]
    | Annotated[SamplesOverTime, Tag("<times>")],
    Discriminator(
        lambda value: kind_of(value, _KINDS), custom_error_type="value", custom_error_message=_ERROR
    ),
    BeforeValidator(_one_kind),
]
OVER_TIME_TAGS: Mapping[str, type[Part]] = MappingProxyType(
    {"<table>": TableOverTime, "<times>": SamplesOverTime}
)
