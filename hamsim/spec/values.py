"""Numbers and values of a description: expressions, lists, files, distributions, rules.

A value is validated and resolved at once: what comes out holds plain numbers and absolute paths.
"""

from __future__ import annotations

import ast
import math
import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    StrictStr,
    Tag,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hamsim.errors import ExpressionError, did_you_mean
from hamsim.expression import CONSTANTS, evaluate, names_in, parse
from hamsim.spec.messages import shown, wrong, wrong_many

__all__ = [
    "ANY_VALUE",
    "MAX_COUNT",
    "TAGGED",
    "Count",
    "Distance",
    "FileValue",
    "Fraction",
    "Lognormal",
    "Normal",
    "NotNegative",
    "Number",
    "Part",
    "Positive",
    "PositiveOrAuto",
    "Uniform",
    "Value",
    "Weights",
    "is_random",
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


def _number(value: Any, info: ValidationInfo) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong(f"must be a number or an expression, not {shown(value)}")
    if isinstance(value, str):
        try:
            value = evaluate(value, (info.context or {}).get("parameters"))
        except ExpressionError as error:
            raise wrong(str(error)) from None
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond all doubles
        number = math.inf
    if not math.isfinite(number):
        raise wrong("must be a finite number")
    return number


def _whole(value: Any, info: ValidationInfo) -> int:
    number = _number(value, info)
    if number != int(number):
        raise wrong(f"must be a whole number, not {number:g}")
    return int(number)


def _count(value: Any, info: ValidationInfo) -> int:
    number = _whole(value, info)
    if number < 1:
        raise wrong(f"must be at least 1, not {number:g}")
    if number > MAX_COUNT:
        raise wrong(f"must be at most {MAX_COUNT:g}, not {number:g}")
    return number


def _positive(value: Any, info: ValidationInfo) -> float:
    number = _number(value, info)
    if number <= 0:
        raise wrong(f"must be above 0, not {number:g}")
    return number


def _not_negative(value: Any, info: ValidationInfo) -> float:
    number = _number(value, info)
    if number < 0:
        raise wrong(f"must be at least 0, not {number:g}")
    return number


def _fraction(value: Any, info: ValidationInfo) -> float:
    number = _number(value, info)
    if not 0 < number <= 1:
        raise wrong(f"must be above 0 and at most 1, not {number:g}")
    return number


def _positive_or_auto(value: Any, info: ValidationInfo) -> float | str:
    return "auto" if value == "auto" else _positive(value, info)


_input: dict[str, Any] = {"json_schema_input_type": float | str}
Number: TypeAlias = Annotated[float, BeforeValidator(_number, **_input)]
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
            return _number(item, info)
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
    """Numbers in a file: npy, npz (with `key`), csv (`key` names a column) or mtx."""

    file: StrictStr
    key: StrictStr | None = None

    @field_validator("file")
    @classmethod
    def _absolute(cls, file: str, info: ValidationInfo) -> str:
        too_long = len(file) > MAX_PATH
        too_long |= any(len(os.fsencode(part)) > MAX_NAME for part in file.split(os.sep))
        if not file.strip() or "\0" in file or too_long:
            raise wrong("must be the name of a file")
        base = (info.context or {}).get("base") or os.getcwd()
        return os.path.normpath(os.path.join(base, os.path.expanduser(file)))


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
            raise wrong(f"low {self.low:g} is above high {self.high:g}")
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


class Distance(Part):
    """Weights as a function of the distance d of two neurons of groups of one shape.

    Neuron k of an axis with n neurons lies at k length / n. On a ring and a torus each axis closes
    on itself and d is the shortest way. In a one-way connection of groups with one axis d has a
    sign: it is positive where the receiving neuron lies ahead of the sending one.
    """

    of_distance: StrictStr
    space: Literal["ring", "line", "grid", "torus"]
    length: Positive | None = None

    @field_validator("of_distance")
    @classmethod
    def _only_d(cls, text: str, info: ValidationInfo) -> str:
        parameters = (info.context or {}).get("parameters") or {}
        try:
            tree = parse(text)
        except ExpressionError as error:
            raise wrong(str(error)) from None
        known = {**parameters, "d": 1.0}
        for name in names_in(tree):
            if name not in known:
                hint = did_you_mean(name, [*CONSTANTS, *known], "known names")
                raise wrong(f"unknown name '{name}'; {hint}")
            if name != "d":
                text = _substitute(text, name, parameters[name])
        return text


def _substitute(text: str, name: str, value: float) -> str:
    """Put a parameter's value into an expression, so that the resolved text stands on its own."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.Constant(value) if node.id == name else node

    return ast.unparse(Put().visit(ast.parse(text.strip(), mode="eval")).body)


_KINDS = {
    "file": "<file>",
    "key": "<file>",
    "normal": "<normal>",
    "lognormal": "<lognormal>",
    "uniform": "<uniform>",
}
_RULES = {"of_distance": "<of_distance>"}


def _kind_of(value: Any, mappings: Mapping[str, str]) -> str | None:
    if isinstance(value, list | tuple):
        return "<list>"
    if isinstance(value, Mapping):
        return next((tag for key, tag in mappings.items() if key in value), None)
    if isinstance(value, Part):
        return next((tag for key, tag in mappings.items() if key in type(value).model_fields), None)
    return "<number>"


def _one_distribution(value: Any) -> Any:
    """Refuse two distributions at once, which each would call the other an unknown key."""
    if isinstance(value, Mapping):
        named = [key for key in value if key in ("normal", "lognormal", "uniform")]
        if len(named) > 1:
            raise wrong(f"give {named[0]} or {named[1]}, not both", named[1])
    return value


def value_kind(value: Any) -> str | None:
    """Tag of the union's member that a value belongs to."""
    return _kind_of(value, _KINDS)


def weights_kind(value: Any) -> str | None:
    """Tag of the union's member that a rule for weights belongs to."""
    return _kind_of(value, {**_RULES, **_KINDS})


Numbers: TypeAlias = Annotated[
    tuple[Any, ...], BeforeValidator(_list, json_schema_input_type=list[Any])
]
_NumberCase = Annotated[Number, Tag("<number>")]
_ListCase = Annotated[Numbers, Tag("<list>")]
_FileCase = Annotated[FileValue, Tag("<file>")]
_NormalCase = Annotated[Normal, Tag("<normal>")]
_LognormalCase = Annotated[Lognormal, Tag("<lognormal>")]
_UniformCase = Annotated[Uniform, Tag("<uniform>")]
_DistanceCase = Annotated[Distance, Tag("<of_distance>")]
_VALUE_ERROR = (
    "must be a number, an expression, a list, {file:, key:} or one of "
    "{normal:}, {lognormal:}, {uniform:}"
)

Value: TypeAlias = Annotated[
    _NumberCase | _ListCase | _FileCase | _NormalCase | _LognormalCase | _UniformCase,
    Discriminator(value_kind, custom_error_type="value", custom_error_message=_VALUE_ERROR),
    BeforeValidator(_one_distribution),
]
Weights: TypeAlias = Annotated[
    _NumberCase
    | _ListCase
    | _FileCase
    | _NormalCase
    | _LognormalCase
    | _UniformCase
    | _DistanceCase,
    Discriminator(
        weights_kind,
        custom_error_type="value",
        custom_error_message=_VALUE_ERROR + ", or the rule {of_distance:, space:}",
    ),
    BeforeValidator(_one_distribution),
]
# Tags of unions, which are in pydantic's locations but not in files.
TAGGED: Mapping[str, type[Part]] = {
    "<file>": FileValue,
    "<normal>": Normal,
    "<lognormal>": Lognormal,
    "<uniform>": Uniform,
    "<of_distance>": Distance,
}
ANY_VALUE: TypeAdapter[Any] = TypeAdapter(Value)
