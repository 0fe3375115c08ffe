"""The wording of mistakes that validation finds: one line each, with what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from hamsim.errors import did_you_mean, shown

__all__ = ["explain", "shown", "told_apart", "wrong", "wrong_many"]

_QUOTES = "'\""


def wrong(message: str, *at: Any) -> PydanticCustomError:
    """One mistake, somewhere below the field that is being validated."""
    return wrong_many([(at, message)])


def wrong_many(problems: Sequence[tuple[tuple[Any, ...], str]]) -> PydanticCustomError:
    """Several mistakes at once: (path below the field, message) each."""
    return PydanticCustomError("hamsim", "mistakes", {"problems": list(problems)})


def told_apart(one: float, two: float) -> tuple[str, str]:
    """Two numbers, short if they differ then, else with all their digits."""
    short = f"{one:g}", f"{two:g}"
    return short if short[0] != short[1] else (repr(one), repr(two))


def explain(
    error: ValidationError, model: type[BaseModel], tagged: Mapping[str, type[BaseModel]]
) -> list[tuple[tuple[Any, ...], str]]:
    """Say what pydantic found in hamsim's words.

    Parameters
    ----------
    error : ValidationError
    model : type
        What was validated; its fields are the allowed keys.
    tagged : mapping of str to type
        Members of unions by their tags, which stand in pydantic's locations but not in files.

    Returns
    -------
    list of (path, message)
    """
    result: list[tuple[tuple[Any, ...], str]] = []
    tags = {*tagged, "<number>", "<list>"}
    for entry in error.errors(include_url=False):
        *above, last = entry["loc"] or ("",)
        place = tuple(part for part in above if part not in tags)
        if entry["loc"] and (last not in tags or entry["type"] == "extra_forbidden"):
            place = (*place, last)
        kind, context = entry["type"], entry.get("ctx") or {}
        given = entry["input"]
        if kind == "hamsim":
            result += [((*place, *inner), message) for inner, message in context["problems"]]
            continue
        if kind == "extra_forbidden":
            allowed = _keys_at(model, entry["loc"][:-1], tagged)
            message = f"unknown key; {did_you_mean(str(place[-1]), allowed)}"
        elif kind == "missing":
            message = "required key is missing"
        elif kind == "literal_error":
            allowed = re.findall(r"'([^']*)'", context["expected"])
            told = shown(given)
            message = f"{told} is not allowed; {did_you_mean(told.strip(_QUOTES), allowed)}"
        elif kind == "value":
            message = f"{shown(given)} is not a value; {entry['msg']}"
        else:
            wanted = _WANTED.get(kind) or entry["msg"][:1].lower() + entry["msg"][1:]
            message = f"{wanted}, not {shown(given)}"
        result.append((place, message))
    return result


_WANTED = {
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "greater_than_equal": "must be at least 0",
}


def _keys_at(
    model: type[BaseModel], loc: Sequence[Any], tagged: Mapping[str, type[BaseModel]]
) -> list[str]:
    """Keys that the file may have at a place of a model."""
    current = model
    for part in loc:
        if part in tagged:
            current = tagged[part]
            continue
        field = current.model_fields.get(str(part))
        if field is None:
            continue
        for candidate in (field.annotation, *get_args(field.annotation)):
            inner = [candidate, *get_args(candidate)]
            found = [c for c in inner if isinstance(c, type) and issubclass(c, BaseModel)]
            if found:
                current = found[0]
                break
    return [field.alias or name for name, field in current.model_fields.items()]
