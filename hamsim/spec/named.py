"""Groups and neurons as a description names them."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    WrapSerializer,
)

from hamsim.errors import ExpressionError
from hamsim.expression import evaluate
from hamsim.spec.messages import shown, wrong, wrong_many
from hamsim.spec.numbers import MAX_NUMBER

__all__ = ["Endpoint", "NeuronNames", "are_words", "neurons_named", "words_or_numbers"]

_T = TypeVar("_T")
_Some: TypeAlias = Annotated[list[_T], Field(min_length=1)]


def _endpoint(value: Any) -> Any:
    names = value if isinstance(value, list | tuple) else [value]
    if not names:
        raise wrong("the list of groups is empty")
    problems = [
        (
            (k,) if isinstance(value, list | tuple) else (),
            f"must be a group's name, not {shown(name)}",
        )
        for k, name in enumerate(names)
        if not isinstance(name, str)
    ]
    if problems:
        raise wrong_many(problems)
    return tuple(names)


def _endpoint_out(value: tuple[str, ...], handler: SerializerFunctionWrapHandler) -> Any:
    return value[0] if len(value) == 1 else list(value)


Endpoint: TypeAlias = Annotated[
    tuple[str, ...],
    BeforeValidator(_endpoint, json_schema_input_type=str | _Some[str]),
    WrapSerializer(_endpoint_out),
]


def neurons_named(value: Any) -> tuple[str | int, ...]:
    """Neurons as a file names them: one or a list, each by text or by number."""
    names = value if isinstance(value, list | tuple) else [value]
    if not names:
        raise wrong("the list of neurons is empty")
    problems = []
    for k, name in enumerate(names):
        whole = type(name) is int or (type(name) is float and name.is_integer())
        if not isinstance(name, str) and not (whole and abs(name) <= MAX_NUMBER):
            at = (k,) if isinstance(value, list | tuple) else ()
            problems.append((at, f"must be a neuron by its name or number, not {shown(name)}"))
    if problems:
        raise wrong_many(problems)
    return tuple(name if isinstance(name, str) else int(name) for name in names)


NeuronNames: TypeAlias = Annotated[
    tuple[str | int, ...],
    BeforeValidator(neurons_named, json_schema_input_type=str | int | _Some[str | int]),
]


def are_words(items: Any, info: ValidationInfo) -> bool:
    """Whether a list is of words that are no numbers, nor expressions that give one."""
    items = [items] if isinstance(items, str) else items
    if not isinstance(items, list | tuple) or not items:
        return False
    return all(isinstance(item, str) for item in items) and not all(
        _gives_number(item, info) for item in items
    )


def words_or_numbers(mask: Any, handler: Any, info: ValidationInfo) -> Any:
    """A mask: names of neurons as they are, anything else as a value."""
    if are_words(mask, info):
        return (mask,) if isinstance(mask, str) else tuple(mask)
    return handler(mask)


def _gives_number(text: str, info: ValidationInfo) -> bool:
    try:
        evaluate(text, (info.context or {}).get("parameters"))
    except ExpressionError:
        return False
    return True
