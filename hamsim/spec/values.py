"""Numbers and values of a description: expressions, lists, files, distributions, rules.

A value is validated and resolved at once: what comes out holds plain numbers and absolute paths.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    StrictBool,
    StrictStr,
    Tag,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hamsim.errors import ExpressionError
from hamsim.expression import evaluate, names_in, parse
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.forms import Form
from hamsim.spec.messages import shown, told_apart, wrong, wrong_many

__all__ = [
    "ANY_VALUE",
    "MAX_COUNT",
    "VALUE_ERROR",
    "VALUE_KINDS",
    "Count",
    "FileCase",
    "FileValue",
    "Fraction",
    "ListCase",
    "Lognormal",
    "LognormalCase",
    "Normal",
    "NormalCase",
    "NotNegative",
    "Number",
    "NumberCase",
    "Part",
    "Positive",
    "PositiveOrAuto",
    "Uniform",
    "UniformCase",
    "Value",
    "as_number",
    "as_whole",
    "is_random",
    "kind_of",
    "one_distribution",
    "read_value",
]

# Neurons in a group, and trials: more do not fit into any memory.
MAX_COUNT = 1_000_000_000
# Bytes of a file's name, and characters of its path, that file systems can have.
MAX_NAME = 255
MAX_PATH = 2048


class Part(BaseModel):
    """Base of all models: nothing unknown, nothing written later."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# --- numbers ---------------------------------------------------------------------------------


def as_number(value: Any, info: ValidationInfo) -> float:
    """A number, or an expression over parameters that gives one; finite."""
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


def _positive_or_auto(value: Any, info: ValidationInfo) -> float | str:
    return "auto" if value == "auto" else _positive(value, info)


_input: dict[str, Any] = {"json_schema_input_type": float | str}
Number: TypeAlias = Annotated[float, BeforeValidator(as_number, **_input)]
Positive: TypeAlias = Annotated[float, BeforeValidator(_positive, **_input)]
NotNegative: TypeAlias = Annotated[float, BeforeValidator(_not_negative, **_input)]
Fraction: TypeAlias = Annotated[float, BeforeValidator(_fraction, **_input)]
Count: TypeAlias = Annotated[int, BeforeValidator(_count, json_schema_input_type=int | str)]
PositiveOrAuto: TypeAlias = Annotated[
    float | Literal["auto"], BeforeValidator(_positive_or_auto, **_input)
]


# --- values: a number, a list, a file, a distribution -----------------------------------------


def _list(value: Any, info: ValidationInfo) -> Any:
    """Nested lists of numbers and expressions to nested tuples of numbers."""
    problems: list[tuple[tuple[Any, ...], str]] = []

    def convert(item: Any, at: tuple[Any, ...]) -> Any:
        if isinstance(item, list | tuple):
            if len(at) > 8:
                raise wrong("a list of numbers has at most 8 axes", *at)
            return tuple(convert(inner, (*at, k)) for k, inner in enumerate(item))
        if type(item) is float and math.isfinite(item):
            return item
        try:
            return as_number(item, info)
        except PydanticCustomError as error:
            problems.extend(
                ((*at, *inner), text) for inner, text in (error.context or {})["problems"]
            )
            return 0.0

    result = convert(value, ())
    if problems:
        raise wrong_many(problems)
    if not result:
        raise wrong("an empty list holds no numbers")
    _require_rectangle(result)
    return result


def _require_rectangle(rows: tuple[Any, ...]) -> tuple[int, ...]:
    """Shape of nested tuples, or the first place where they are ragged."""
    first: tuple[int, ...] | None = None
    for k, row in enumerate(rows):
        try:
            shape = _require_rectangle(row) if isinstance(row, tuple) else ()
        except PydanticCustomError as error:
            raise wrong_many(
                [((k, *inner), text) for inner, text in (error.context or {})["problems"]]
            ) from None
        if first is None:
            first = shape
        if shape != first:
            raise wrong(f"uneven list: shape {list(shape)} here, {list(first)} before", k)
    return (len(rows), *(first or ()))


class FileValue(Part):
    """Numbers in a file: npy, npz (with `key`), csv (`key` names a column) or mtx.

    Parameters
    ----------
    header, index : bool, optional
        Whether the first line and the first column of a csv file are labels, where that cannot be
        seen. `index` may name the column that labels the rows.
    """

    file: StrictStr
    key: StrictStr | None = None
    header: StrictBool | None = None
    index: StrictBool | StrictStr | None = None

    @field_validator("file")
    @classmethod
    def _absolute(cls, file: str, info: ValidationInfo) -> str:
        if file in ((info.context or {}).get("tables") or ()):
            return file
        too_long = len(file) > MAX_PATH
        too_long |= any(len(os.fsencode(part)) > MAX_NAME for part in file.split(os.sep))
        if not file.strip() or "\0" in file or too_long:
            raise wrong("must be the name of a file")
        base = (info.context or {}).get("base") or os.getcwd()
        return os.path.normpath(os.path.join(base, os.path.expanduser(file)))


def read_value(value: FileValue, files: DataFiles, form: Form) -> Any:
    """Array of a file, whose numbers may stand in these forms.

    Raises
    ------
    DataFileError
    """
    array = files.read(value.file, value.key, form, value.header, value.index)
    if files.is_given(value.file):
        files.note(value, _as_tuples(array.tolist()))
    return array


def _as_tuples(numbers: Any) -> Any:
    return tuple(map(_as_tuples, numbers)) if isinstance(numbers, list) else numbers


class MeanStd(Part):
    """Parameters of a normal distribution."""

    mean: Number = 0.0
    std: NotNegative = 1.0


class LowHigh(Part):
    """Bounds of a uniform distribution."""

    low: Number = 0.0
    high: Number = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> LowHigh:
        if self.low > self.high:
            low, high = told_apart(self.low, self.high)
            raise wrong(f"low {low} is above high {high}")
        if not math.isfinite(self.high - self.low):
            raise wrong(f"from {self.low:g} to {self.high:g} is too far")
        return self


class Normal(Part):
    """Drawn from a normal distribution."""

    normal: MeanStd


class Lognormal(Part):
    """Drawn so that the logarithm is normal with this mean and std."""

    lognormal: MeanStd


class Uniform(Part):
    """Drawn from low to high."""

    uniform: LowHigh


def is_random(value: Any) -> bool:
    """Whether a value is drawn from a distribution."""
    return isinstance(value, Normal | Lognormal | Uniform)


VALUE_KINDS = {
    "file": "<file>",
    "key": "<file>",
    "normal": "<normal>",
    "lognormal": "<lognormal>",
    "uniform": "<uniform>",
}


def kind_of(value: Any, mappings: Mapping[str, str], number: str | None = "<number>") -> str | None:
    """Tag of the member of a union that a value belongs to, by the keys that it has."""
    if isinstance(value, list | tuple):
        return "<list>"
    if isinstance(value, Mapping):
        return next((tag for key, tag in mappings.items() if key in value), None)
    if isinstance(value, Part):
        return next((tag for key, tag in mappings.items() if key in type(value).model_fields), None)
    return number


def one_distribution(value: Any) -> Any:
    """Refuse two distributions at once, which each would call the other an unknown key."""
    if isinstance(value, Mapping):
        named = [key for key in value if key in ("normal", "lognormal", "uniform")]
        if len(named) > 1:
            raise wrong(f"give {named[0]} or {named[1]}, not both", named[1])
    return value


def value_kind(value: Any) -> str | None:
    """Tag of the union's member that a value belongs to."""
    return kind_of(value, VALUE_KINDS)


Numbers: TypeAlias = Annotated[
    tuple[Any, ...], BeforeValidator(_list, json_schema_input_type=list[Any])
]
NumberCase = Annotated[Number, Tag("<number>")]
ListCase = Annotated[Numbers, Tag("<list>")]
FileCase = Annotated[FileValue, Tag("<file>")]
NormalCase = Annotated[Normal, Tag("<normal>")]
LognormalCase = Annotated[Lognormal, Tag("<lognormal>")]
UniformCase = Annotated[Uniform, Tag("<uniform>")]
VALUE_ERROR = (
    "must be a number, an expression, a list, {file:, key:} or one of "
    "{normal:}, {lognormal:}, {uniform:}"
)

Value: TypeAlias = Annotated[
    NumberCase | ListCase | FileCase | NormalCase | LognormalCase | UniformCase,
    Discriminator(value_kind, custom_error_type="value", custom_error_message=VALUE_ERROR),
    BeforeValidator(one_distribution),
]
ANY_VALUE: TypeAdapter[Any] = TypeAdapter(Value)
