"""Values of a description: numbers, lists, files, and what is drawn from a distribution.

A value is validated and resolved at once: what comes out holds plain numbers and absolute paths.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BeforeValidator,
    Discriminator,
    StrictBool,
    StrictStr,
    Tag,
    TypeAdapter,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from hamsim.spec.datafiles import DataFiles
from hamsim.spec.distributions import (
    DISTRIBUTIONS,
    Bernoulli,
    Lognormal,
    Normal,
    Signs,
    Uniform,
    is_random,
)
from hamsim.spec.forms import Form
from hamsim.spec.messages import wrong, wrong_many
from hamsim.spec.numbers import (
    MAX_COUNT,
    Count,
    Fraction,
    NotNegative,
    Number,
    Part,
    Positive,
    PositiveOrAuto,
    Share,
    as_number,
    as_whole,
)

__all__ = [
    "ANY_VALUE",
    "MAX_COUNT",
    "VALUE_ERROR",
    "VALUE_KINDS",
    "VALUE_TAGS",
    "Count",
    "DrawnCase",
    "FileCase",
    "FileValue",
    "Fraction",
    "ListCase",
    "NotNegative",
    "Number",
    "NumberCase",
    "Numbers",
    "Part",
    "Positive",
    "PositiveOrAuto",
    "Share",
    "Value",
    "absolute",
    "as_number",
    "as_numbers",
    "as_whole",
    "is_random",
    "kind_of",
    "one_distribution",
    "read_value",
]

# Bytes of a file's name, and characters of its path, that file systems can have.
MAX_NAME = 255
MAX_PATH = 2048


# --- values: a number, a list, a file, a distribution -----------------------------------------


def as_numbers(value: Any, info: ValidationInfo) -> Any:
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


def absolute(file: str, info: ValidationInfo) -> str:
    """The path of a file that a description names, from the root on."""
    if file in ((info.context or {}).get("tables") or ()):
        return file
    too_long = len(file) > MAX_PATH
    too_long |= any(len(os.fsencode(part)) > MAX_NAME for part in file.split(os.sep))
    if not file.strip() or "\0" in file or too_long:
        raise wrong("must be the name of a file")
    base = (info.context or {}).get("base") or os.getcwd()
    return os.path.normpath(os.path.join(base, os.path.expanduser(file)))


class FileValue(Part):
    """Numbers in a file: npy, npz (with `key`), csv (`key` names a column) or mtx.

    Parameters
    ----------
    file : str
        Relative to the folder of the network file.
    key : str, optional
        Name of the array in an npz file, or of the column of a csv file.
    header, index : bool, optional
        Whether the first line and the first column of a csv file are labels, where that cannot be
        seen. `index` may name the column that labels the rows.

    Examples
    --------
    {file: digits.npz, key: patterns}
    """

    file: StrictStr
    key: StrictStr | None = None
    header: StrictBool | None = None
    index: StrictBool | StrictStr | None = None

    @field_validator("file")
    @classmethod
    def _absolute(cls, file: str, info: ValidationInfo) -> str:
        return absolute(file, info)


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


VALUE_KINDS = {
    "file": "<file>",
    "key": "<file>",
    **{name: f"<{name}>" for name in DISTRIBUTIONS},
}


# Tags of unions, which are in pydantic's locations but not in files, with the keys allowed there.
VALUE_TAGS: Mapping[str, type[Part]] = MappingProxyType(
    {"<file>": FileValue, **{f"<{name}>": model for name, model in DISTRIBUTIONS.items()}}
)


# Most values are one number, or an expression.
_SCALARS = frozenset((float, int, str))


def kind_of(value: Any, mappings: Mapping[str, str], number: str | None = "<number>") -> str | None:
    """Tag of the member of a union that a value belongs to, by the keys that it has."""
    if type(value) in _SCALARS:
        return number
    if isinstance(value, list | tuple):
        return "<list>"
    if isinstance(value, Mapping):
        return next((tag for key, tag in mappings.items() if key in value), None)
    if isinstance(value, Part):
        keys = _keys_of(type(value))
        return next((tag for key, tag in mappings.items() if key in keys), None)
    return number


@cache
def _keys_of(model: type[Part]) -> frozenset[str]:
    """Keys of a model, which pydantic takes its time to tell."""
    return frozenset(model.model_fields)


def one_distribution(value: Any) -> Any:
    """Refuse two distributions at once, which each would call the other an unknown key."""
    if isinstance(value, Mapping):
        named = [key for key in value if key in DISTRIBUTIONS]
        if len(named) > 1:
            raise wrong(f"give {named[0]} or {named[1]}, not both", named[1])
    return value


def value_kind(value: Any) -> str | None:
    """Tag of the union's member that a value belongs to."""
    return kind_of(value, VALUE_KINDS)


Numbers: TypeAlias = Annotated[
    tuple[Any, ...], BeforeValidator(as_numbers, json_schema_input_type=list[Any])
]
NumberCase = Annotated[Number, Tag("<number>")]
ListCase = Annotated[Numbers, Tag("<list>")]
FileCase = Annotated[FileValue, Tag("<file>")]
DrawnCase = (
    Annotated[Normal, Tag("<normal>")]
    | Annotated[Lognormal, Tag("<lognormal>")]
    | Annotated[Uniform, Tag("<uniform>")]
    | Annotated[Bernoulli, Tag("<bernoulli>")]
    | Annotated[Signs, Tag("<signs>")]
)
VALUE_ERROR = "must be a number, an expression, a list, {file:, key:} or one of " + ", ".join(
    f"{{{name}:}}" for name in DISTRIBUTIONS
)

Value: TypeAlias = Annotated[
    NumberCase | ListCase | FileCase | DrawnCase,
    Discriminator(value_kind, custom_error_type="value", custom_error_message=VALUE_ERROR),
    BeforeValidator(one_distribution),
]
ANY_VALUE: TypeAdapter[Any] = TypeAdapter(Value)
