"""The file format as a JSON Schema, for editors, and for pages that describe each key.

It is made of the models and their docstrings, so that it says what they say. What only several
parts of a file together show to be wrong is left to hamsim: every valid file is valid here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from hamsim.spec.cues import Cue
from hamsim.spec.jsonrules import add_rules
from hamsim.spec.learning_methods import MethodCase, OptimizerCase
from hamsim.spec.named import Endpoint, NeuronNames
from hamsim.spec.neurons import NeuronTable
from hamsim.spec.numbers import (
    BelowOne,
    Count,
    Fraction,
    NotNegative,
    Number,
    Positive,
    PositiveOrAuto,
    Share,
    Whole,
)
from hamsim.spec.overtime import CueOverTime
from hamsim.spec.patterns import Patterns
from hamsim.spec.schema import Spec
from hamsim.spec.values import Value
from hamsim.spec.weights import Weights

__all__ = ["DIALECT", "TITLE", "schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "hamsim network"
# Types that keys share, the plainer ones first, and what they are. Editors, which show the
# description that lies deepest, are to show that of the key: here it is a comment.
_TYPES: Mapping[str, tuple[Any, str]] = {
    "Number": (Number, "A number, or an expression over `parameters` that gives one."),
    "Positive": (Positive, "A number above 0, or an expression that gives one."),
    "NotNegative": (NotNegative, "A number of at least 0, or an expression that gives one."),
    "Fraction": (Fraction, "Above 0 and at most 1, or an expression that gives such a number."),
    "BelowOne": (BelowOne, "At least 0 and below 1, or an expression that gives such a number."),
    "Share": (Share, "From 0 to 1, or an expression that gives such a number."),
    "Whole": (Whole, "A whole number, or an expression that gives one."),
    "Count": (Count, "A whole number of at least 1, or an expression that gives one."),
    "PositiveOrAuto": (PositiveOrAuto, "A number above 0, an expression, or auto."),
    "Groups": (Endpoint, "A group by its name, a list of groups, or all."),
    "Neurons": (NeuronNames, "A neuron by its name or number, or a list; ranges as in 3-7."),
    "Value": (
        Value,
        "A number or an expression, a list, a file, or what each number is drawn from.",
    ),
    "Patterns": (Patterns, "Patterns: listed, one a row; in a file; or drawn, so many."),
    "Cue": (Cue, "A value, patterns of a connection, or corrupted copies of them."),
    "CueOverTime": (
        CueOverTime,
        "A value, patterns of a connection, corrupted copies; or something that changes over time: "
        "an expression in t, a table with times, or times with values.",
    ),
    "Weights": (Weights, "A value, or one of the rules that make weights."),
    "GradientChoice": (MethodCase, "A method by its name, or its name with settings."),
    "OptimizerChoice": (OptimizerCase, "An optimizer by its name, or its name with settings."),
}
# A list of numbers can hold lists, which pydantic's types do not say.
_LIST = {
    "type": "array",
    "items": {"anyOf": [{"$ref": "#/$defs/Number"}, {"$ref": "#/$defs/Numbers"}]},
    "minItems": 1,
    "$comment": "A list of numbers or expressions, or a list of such lists.",
}
# Keys of the file that a blank leaves unsaid.
_BLANK = (
    *("name", "description", "references", "seed", "parameters", "connections", "stimuli"),
    "simulation",
)
_MADE = {
    "type": "object",
    "description": "What the command that printed this file says of itself; nothing reads it.",
}


def schema() -> dict[str, Any]:
    """JSON Schema of network files in the format ``hamsim/1``.

    Returns
    -------
    dict
        In the dialect 2020-12. Each key has a description; blocks have examples. Blocks and types
        that several keys share stand in ``$defs``.
    """
    found: dict[str, Any] = json.loads(_text())
    return found


@cache
def _text() -> str:
    kinds = {name: kind for name, (kind, _) in _TYPES.items()}
    kinds |= {model.__name__: model for model in (Spec, NeuronTable)}
    forms, shared = TypeAdapter.json_schemas(
        [(name, "validation", TypeAdapter(kind)) for name, kind in kinds.items()]
    )
    by_name = {name: form for (name, _), form in forms.items()}
    rewriting = _Rewriting()
    for name, (_, said) in _TYPES.items():
        rewriting.name(name, by_name[name], said)
    defined = {plain(key): rewriting.of(form) for key, form in shared["$defs"].items()}
    whole = defined.pop("Spec")
    _complete(whole)
    types = {**rewriting.named, "Numbers": _LIST, **defined}
    add_rules(types)
    return json.dumps(
        {
            "$schema": DIALECT,
            "title": TITLE,
            **whole,
            "$defs": {name: types[name] for name in sorted(types)},
        }
    )


def plain(name: str) -> str:
    """Name of a model for people who write files."""
    return name.removesuffix("Spec") if name != "Spec" else name


class _Rewriting:
    """Puts names in the place of types that keys share, and leaves out what no editor needs."""

    def __init__(self) -> None:
        self.named: dict[str, Any] = {}
        self.known: dict[str, str] = {}

    def name(self, name: str, form: Any, said: str) -> None:
        """Give a type a name, by which it is found in what is rewritten from now on."""
        written = self._inside(form)
        self.known[_key(written)] = name
        self.named[name] = {**written, "$comment": said}

    def of(self, form: Any) -> Any:
        """The same form, rewritten."""
        if isinstance(form, list):
            return [self.of(item) for item in form]
        if not isinstance(form, dict):
            return form
        written = self._inside(form)
        beside = {key: written.pop(key) for key in _BESIDE if key in written}
        name = self.known.get(_key(written))
        if name is None and {"type": "null"} in written.get("anyOf", []):
            rest = [case for case in written["anyOf"] if case != {"type": "null"}]
            name = self.known.get(_key({"anyOf": rest}))
            if name is not None:
                return {"anyOf": [_ref(name), {"type": "null"}], **beside}
        return {**(written if name is None else _ref(name)), **beside}

    def _inside(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """What a form holds, rewritten; the form itself has no name yet."""
        written: dict[str, Any] = {}
        for key, value in form.items():
            if key in ("title", "discriminator") and not isinstance(value, dict | list):
                continue
            unsaid = key == "default" and value in (None, [], {})
            if key == "discriminator" or unsaid:
                continue
            if key in ("properties", "$defs", "patternProperties"):
                written[key] = {name: self.of(item) for name, item in value.items()}
            elif key in _VALUES:
                written[key] = _said(value) if key == "default" else value
            elif key == "$ref":
                written[key] = "#/$defs/" + plain(value.rpartition("/")[2])
            else:
                written["anyOf" if key == "oneOf" else key] = self.of(value)
        return _flat(written)


# Keys beside which a reference can stand, and those whose values are no schemas.
_BESIDE = ("default", "description", "examples")
_VALUES = ("default", "examples", "enum", "const", "required")


def _flat(form: dict[str, Any]) -> dict[str, Any]:
    """A choice whose cases are no choices themselves, with lists of any depth by their name."""
    cases: list[Any] = []
    for case in form.get("anyOf", []):
        inner = case["anyOf"] if case.keys() == {"anyOf"} else [case]
        cases += [each for each in inner if each not in cases]
    if cases:
        form["anyOf"] = [
            _ref("Numbers") if case == {"type": "array", "items": {}} else case for case in cases
        ]
    return form


def _said(value: Any) -> Any:
    """A default without what it leaves unsaid."""
    if isinstance(value, dict):
        return {key: _said(item) for key, item in value.items() if item is not None}
    return value


def _key(form: Mapping[str, Any]) -> str:
    return json.dumps(form, sort_keys=True)


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _complete(whole: dict[str, Any]) -> None:
    """Put in what the whole file can say beside the fields of a `Spec`."""
    keys = whole["properties"]
    whole["required"] = ["format", "groups"]
    keys["format"].pop("default", None)
    for key in _BLANK:
        keys[key] = _or_blank(keys[key])
    keys["groups"] |= {
        "minProperties": 1,
        "propertyNames": {"pattern": r"^[^\s.,\[\]]+$", "not": {"const": "all"}},
    }
    keys["made"] = _MADE
    # Memory neurons of a dense memory are given theirs by its rule.
    dense = {"properties": {"weights": {"type": "object", "required": ["dense"]}}}
    by_rule = {"contains": {**dense, "required": ["weights"]}}
    some = {"properties": {"connections": {"type": "array", **by_rule}}}
    whole["if"] = {"not": {**some, "required": ["connections"]}}
    stated = {"type": "object", "required": ["lagrangian"]}
    whole["then"] = {"properties": {"groups": {"additionalProperties": stated}}}


def _or_blank(form: dict[str, Any]) -> dict[str, Any]:
    beside = {key: form.pop(key) for key in _BESIDE if key in form}
    return {"anyOf": [form, {"type": "null"}], **beside}
